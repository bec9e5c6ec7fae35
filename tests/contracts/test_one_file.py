"""Adding an object touches one file and one migration; nothing below or above the modules knows a business object by
name.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import kith
from kith.kernel.fields.base import type_names
from kith.kernel.schema import registry
from tests.world import World

SOURCE = Path(kith.__file__).parent
MODULE = SOURCE / "modules" / "customers"
# Others may lead to an object: a related list, a reference. That is their own line, not a part of adding it.
LEADS_TO = re.compile(
    r"""Related\('contacts'[^)]*\)|Rollup\('contacts', _\([^)]*\), 'contacts'[^)]*\)|related_name='contacts'"""
    r"""|'customers\.Contact'|ReferencesField\([^)]*'contacts'[^)]*\)"""
)
GIVEN_BY_NAME = re.compile(r"\bContacts?\b|'contacts'")
FILLED_BY = {"seed.py", "sample_words.py"}  # makes the demo's records, with the object or without


def test_contacts_are_one_file_and_their_migrations() -> None:
    """Of all files of the module, only their own and the migrations name contacts, but for lines that lead to them."""
    naming = set()
    for path in MODULE.rglob("*.py"):
        code = _without_docs(path)
        if GIVEN_BY_NAME.search(re.sub(r"_\('[^']*'\)", "", LEADS_TO.sub("", code))):
            naming.add(path.relative_to(MODULE).as_posix())
    migrations = {one for one in naming if one.startswith("migrations/")}
    assert naming - migrations - FILLED_BY == {"contacts.py"}
    assert migrations


def test_the_sample_object_is_one_file() -> None:
    """It has pages, API, history and all these tests; its folder holds its app and one file."""
    folder = Path(__file__).parents[1] / "sample"
    assert {one.name for one in folder.glob("*.py")} == {"__init__.py", "apps.py", "samples.py"}
    assert not (folder / "migrations").exists()
    others = [path for path in SOURCE.rglob("*.py") if "tests.sample" in path.read_text("utf-8")]
    assert others == []


def test_no_floor_but_the_modules_knows_a_business_object() -> None:
    """Kernel and surfaces are generic: no string in them is the name of a module's object, but the workspace's own."""
    workspace = {
        spec.name for spec in registry.declared() if type(spec).__module__.startswith("kith.modules.workspace")
    }
    business = {
        spec.name for spec in registry.declared() if type(spec).__module__.startswith("kith.modules")
    } - workspace
    found = []
    for floor in ("kernel", "surfaces"):
        for path in (SOURCE / floor).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            # an attribute of a Django model, as in ``file.notes``, is no object
            names = {
                id(one.value) for one in ast.walk(tree) if isinstance(one, ast.keyword) and one.arg == "related_name"
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and node.value in business and id(node) not in names:
                    found.append(f"{path.relative_to(SOURCE)}:{node.lineno} says {node.value!r}")
    assert business
    assert found == []


def _without_docs(path: Path) -> str:
    """The code of a file without comments and docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def test_every_field_type_is_tried(world: World) -> None:
    """By the sample object or by the user-made one; a type that neither has is not tested by anything here."""
    schema = world.ctx("ada").schema
    tried = {one.type.name for object in ("samples", "x_visits") for one in schema[object].fields.values()}
    assert set(type_names()) - tried == set()
    filled = {canary.field for canary in world.canaries if canary.object == "samples"}
    assert len(filled) > 10

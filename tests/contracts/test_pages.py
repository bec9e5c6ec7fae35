"""Every other page about a record: forms, cells, menus, related lists, palette, search page, merging.

They tell nothing that their reader may not know, and of a record out of sight they tell what they tell of one that is
not there. ``test_every_page_is_tried`` fails for a new address that nothing here asks for.
"""

from __future__ import annotations

import pytest

from kith.kernel.fields.base import Field
from kith.kernel.kit.ids import new_id
from kith.kernel.records.change import change
from kith.surfaces.web import urls
from tests.canaries import leaks
from tests.contracts import expected
from tests.contracts.objects import OBJECTS
from tests.contracts.surfaces import parting, surface_named, that_can
from tests.contracts.tables import difference, none_of, rows, taken_back
from tests.contracts.test_reading import unseen, wanted
from tests.world import ACTORS, World

everywhere = pytest.mark.parametrize("object", OBJECTS)
of_pages = pytest.mark.parametrize("surface", that_can("pages"))

OF_NO_RECORD = {"list", "rows", "footer", "column-menu", "sort", "pick", "options", "filter", "filter-tree", "bulk"} | {
    "new", "search", "shortcuts", "home",
}  # fmt: skip
"""Pages about an object, or about all: which record was asked for is nothing to them."""


@everywhere
@of_pages
def test_pages_tell_what_their_reader_may_know(world: World, object: str, surface: str, full: bool) -> None:
    side = surface_named(surface, world)
    before, wrong = rows(), []
    for who in ACTORS if full else ("ada", "olga", "rita", "stella", "noah", "olga_reads", "anonymous"):
        gone, may = new_id(), wanted(world, side.known_as(who), object)
        nothing = {name: ask() for name, ask in side.pages(who, object, gone).items()}
        for name, answer in nothing.items():
            wrong += [f"{who} meets {leak} in {name}" for leak in leaks(answer.seen, unseen(world, who, side))]
        for owner in (
            world.owners(object) if full else [one for one in world.owners(object) if one not in ("tim", "mara")]
        ):
            id = world.records[object, owner]
            for name, ask in side.pages(who, object, id).items():
                if name in OF_NO_RECORD:
                    continue
                answer, missing = ask(), nothing[name]
                if answer.status in (400, 500) or (name in ("record", "edit") and answer.done and owner not in may):
                    wrong.append(f"{who} asks for {name} of {owner}'s: {answer.status}")
                if owner not in may and answer.without(id) != missing.without(gone):
                    where = parting(answer.without(id), missing.without(gone))
                    wrong.append(f"{who} can tell {owner}'s from a missing one by {name}: {where}")
                found = leaks(answer.seen, unseen(world, who, side))
                wrong += [f"{who} meets {leak} in {name} of {owner}'s" for leak in found]
            if owner in may:
                assert side.pages(who, object, id)["record"]().done
    none_of(wrong)
    assert difference(before, rows()) == "", "looking at a page wrote something"


@everywhere
@of_pages
def test_what_leads_to_a_record_is_shown_to_who_sees_it(world: World, object: str, surface: str) -> None:
    """Strangers' records that lead to Olga's: on her record's pages there is no word of them, and no number."""
    side, root, wrong = surface_named(surface, world), world.ctx("system"), []
    if not root.schema[object].is_owned:
        return
    mine = world.records[object, "olga"]
    before = {name: ask() for name, ask in side.pages("olga", object, mine).items()}
    leading = [
        (spec, one)
        for spec in root.schema
        for one in spec.fields.values()
        if one.target == object and one.editable and (spec.name, "stella") in world.records
    ]
    for spec, one in leading:
        with taken_back():
            theirs = world.records[spec.name, "stella"]
            change(root, root.schema[spec.name], theirs, {one.name: [str(mine)] if _is_list(one) else str(mine)})
            for name, ask in side.pages("olga", object, mine).items():
                answer = ask()
                found = leaks(answer.seen, world.of(spec.name, "stella"))
                wrong += [f"{spec.name}.{one.name}: {leak} in {name}" for leak in found]
                if name in ("related", "record") and answer.without() != before[name].without():
                    wrong.append(f"{spec.name}.{one.name}: {name} {parting(answer.without(), before[name].without())}")
    none_of(wrong)


def _is_list(one: Field) -> bool:
    return one.type.name == "references"


OF_NOBODY = {"setup", "join", "logo", "language"}  # before anybody is signed in; tests/surfaces/web/test_people*.py
WRITES = {
    "preferences",
    "columns",
    "undo",
    "create",
    "action",
    "delete",
    "restore",
    "cell-save",
    "alike",
}  # other contracts
TRANSFERS = {
    "import",
    "import-page",
    "import-fields",
    "import-row",
    "import-rows",
    "import-refused",
    "import-deed",
    "export",
    "export-everything",
    "settings-export",
}  # of one's own files: test_imports, test_exports, tests/surfaces/web/test_importing.py
SETTINGS = {"health", "health-backup", "health-download", "health-job", "settings"}  # about no object


def test_every_page_is_tried(world: World) -> None:
    named = {one.name for one in urls.urlpatterns if getattr(one, "name", None)}
    side = surface_named("web", world)
    tried = set(side.pages("ada", "contacts", world.records["contacts", "olga"]))
    assert named - tried - {"alike"} - OF_NOBODY - WRITES - TRANSFERS - SETTINGS == set()


@everywhere
def test_duplicates_are_told_to_who_sees_them(world: World, object: str) -> None:
    """The hint under a field and the notice on a page: with the values of a record out of sight, as with none."""
    side = surface_named("web", world)
    spec = world.ctx("ada").schema[object]
    wrong = []
    for who in ("olga", "stella", "rita", "anonymous"):
        for owner in world.owners(object):
            mine = world.of(object, owner)
            for canary in mine:
                values = {canary.field: canary.wire}
                other = {canary.field: _other(canary.wire, canary.needle)}
                answers = [side.alike(who, object, canary.field, one) for one in (values, other)]
                seen = owner in expected.sees(who, spec)
                wrong += [
                    f"{who} is told of {leak}"
                    for leak in leaks(answers[0].seen, unseen(world, who, side))
                    if not leak.startswith(f"{object}.{canary.field} of {owner}")
                ]
                if not seen and answers[0].body != answers[1].body:
                    wrong.append(f"{who} types {canary}: {parting(answers[0].body, answers[1].body)}")
    none_of(wrong)


def _other(wire: object, needle: str) -> object:
    """A value of the same form that nobody has."""
    from kith.kernel.kit import json

    turned = "".join({"9": "0"}.get(one, str(int(one) + 1)) if one.isdigit() else one for one in needle)
    swapped = turned if turned != needle else "QQZ-" + needle[::-1]
    return json.loads(json.dumps_text(wire).replace(needle, swapped).encode())

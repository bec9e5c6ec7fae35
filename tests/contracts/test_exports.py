"""What leaves in files: what its reader may export, no formula, and nothing once a right is lost."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from kith.kernel.jobs.acting import Gone
from kith.kernel.policy.models import Role
from kith.kernel.records import read
from kith.kernel.records.change import change
from kith.kernel.records.errors import Forbidden, Refusal
from kith.kernel.schema import load
from kith.kernel.transfer import export as exports
from tests.canaries import leaks
from tests.contracts import expected, tables
from tests.contracts.objects import OBJECTS
from tests.contracts.surfaces import surface_named
from tests.contracts.tables import none_of, taken_back
from tests.contracts.taking import EXPORTS, FORMATS
from tests.contracts.test_hidden import UNKNOWN, hide, readable_fields, together
from tests.contracts.test_reading import ours, unseen
from tests.world import ACTORS, World, forget

everywhere = pytest.mark.parametrize("object", OBJECTS)
in_every_way = pytest.mark.parametrize("way", EXPORTS)


@everywhere
@in_every_way
@pytest.mark.parametrize("format", FORMATS)
def test_an_export_holds_what_its_reader_may_export(world: World, object: str, way: str, format: str) -> None:
    spec, side = world.ctx("ada").schema[object], surface_named("kernel", world)
    before, wrong = tables.rows(), []
    for who in ACTORS:
        answer, may = EXPORTS[way](world, who, object, format), expected.exports(who, spec)
        if answer.done is not bool(may) and not (answer.done and expected.is_personal(spec) and not answer.ids):
            wrong.append(f"{who}: {answer.status} {answer.body[:100]}")
        if ours(world, object, answer) != may:
            wrong.append(f"{who} takes out {sorted(ours(world, object, answer))}, not {sorted(may)}")
        if answer.done and set(answer.ids) > set(side.list(who, object, limit=500).ids):
            wrong.append(f"{who} takes out more than the list shows")
        wrong += [f"{who} meets {leak}" for leak in leaks(answer.seen, unseen(world, who, side))]
    none_of(wrong)
    assert tables.difference(before, tables.rows()) == ""


@everywhere
@in_every_way
def test_a_hidden_field_is_in_no_export(world: World, object: str, way: str, full: bool) -> None:
    """Not as a column, not asked for, not filtered or sorted by."""
    spec, wrong = world.ctx("ada").schema[object], []
    if "export" not in spec.verbs:
        return
    with taken_back():
        Role.objects.filter(key="masked").update(rights={"*": {"read": "team", "export": "team"}})
        for place, name in enumerate(readable_fields(spec, full, "kernel")):
            group = together(spec, name)
            hide(world, spec, group)
            hidden = [one for one in world.canaries if one.object == object and one.field in group]
            for format in FORMATS if full else (FORMATS[place % 3],):
                answer = EXPORTS[way](world, "hugo", object, format)
                if not answer.done:
                    wrong.append(f"without {name}: {answer.status} {answer.body[:160]}")
                wrong += [f"without {name}, in {format}: {leak}" for leak in leaks(answer.seen, hidden)]
            for query in ({"fields": ["…"]}, {"sort": ["…"]}, {"sort": ["-…"]}):
                asked = [
                    EXPORTS[way](world, "hugo", object, "jsonl", **{key: [each.replace("…", one) for each in given]})
                    for one in (name, UNKNOWN)
                    for key, given in query.items()
                ]
                if asked[0].without(name) != asked[1].without(UNKNOWN) or asked[1].done:
                    wrong.append(f"{query} of {name}: {asked[0].body[:160]} / {asked[1].body[:160]}")
    none_of(wrong)


@everywhere
def test_no_cell_is_a_formula(world: World, object: str) -> None:
    """A text that a spreadsheet would run is a text in every file."""
    import openpyxl

    from kith.kernel.policy import mask

    spec, ada = world.ctx("ada").schema[object], world.ctx("ada")
    if "export" not in spec.verbs or "update" not in spec.verbs:
        return
    id = world.records[object, "olga" if spec.is_owned else "ada"]
    for name, one in mask.writable(ada, spec).items():
        for formula in ("=HYPERLINK(1)", ["=HYPERLINK(1)"]) if not one.target else ():
            try:
                change(world.ctx("ada"), world.ctx("ada").schema[object], id, {name: formula})
            except Refusal:
                continue
    out = io.BytesIO()
    exports.write_xlsx(world.ctx("ada"), world.ctx("ada").schema[object], out)
    book = openpyxl.load_workbook(out)
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n", "b", "d"}
    text = b"".join(exports.export(world.ctx("ada"), world.ctx("ada").schema[object], "csv")).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell.startswith("=")] == []
    assert any("HYPERLINK" in cell for cell in cells)


# --- rights that are lost on the way ----------------------------------------------------------------------------------


def lose(**values: Any) -> None:
    Role.objects.filter(key="masked").update(**values)
    load.bump()
    forget()


@everywhere
def test_a_right_lost_between_two_pages(world: World, object: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page that was sent is sent; from then on nothing that is no longer allowed."""
    spec = world.ctx("ada").schema[object]
    allowed = {"*": {"read": "team", "export": "team"}}
    if "export" not in spec.verbs or not spec.is_owned or expected.is_personal(spec):
        return
    monkeypatch.setattr(read, "MOST", 1)
    title = world.ctx("ada").schema[object].title
    losses: dict[str, dict[str, Any]] = {
        "the right to export": {"rights": {"*": {"read": "team"}}},
        "the right to read": {"rights": {}},
        "a field": {"masks": {f"{object}.{name}": "hidden" for name in together(spec, title)}},
    }
    for what, loss in losses.items():
        with taken_back():
            lose(rights=allowed, masks={})
            ctx = world.ctx("hugo")
            pieces = exports.export(ctx, ctx.schema[object], "jsonl")
            assert next(pieces), what
            lose(**loss)
            with pytest.raises(Forbidden):
                next(pieces)
    with taken_back():
        lose(rights=allowed, masks={})
        ctx = world.ctx("hugo")
        pieces = exports.export(ctx, ctx.schema[object], "jsonl")
        sent = [next(pieces)]
        lose(rights={"*": {"read": "own", "export": "own"}})
        assert b"".join(pieces) == b"", "what is left are the records of others"
        assert sent
    with taken_back():
        lose(rights=allowed, masks={})
        ctx = world.ctx("hugo")
        pieces = exports.export(ctx, ctx.schema[object], "jsonl")
        next(pieces)
        root = world.ctx("system")
        change(root, root.schema["users"], world.people["hugo"], {"is_active": False})
        load.bump()
        forget()
        with pytest.raises(Gone):
            next(pieces)

"""What comes in from files: made and changed is what the importer may make and change, and neither the preview, nor the
dry run, nor the report tells of a record or a field that is hidden from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.kit.ids import new_id
from kith.kernel.policy import mask
from kith.kernel.records.errors import Refusal
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import mapping as mappings
from kith.kernel.transfer.models import Import
from tests.canaries import leaks
from tests.contracts import expected, tables
from tests.contracts.objects import OBJECTS
from tests.contracts.plain import plain_field
from tests.contracts.surface import parting
from tests.contracts.surfaces import surface_named
from tests.contracts.tables import none_of, taken_back
from tests.contracts.taking import IMPORTS, KernelImport
from tests.contracts.test_finding import other
from tests.contracts.test_hidden import UNKNOWN, hide, readable_fields, together
from tests.contracts.test_reading import unseen
from tests.world import ACTORS, World, acceptable

everywhere = pytest.mark.parametrize("object", OBJECTS)
pytestmark = pytest.mark.usefixtures("import_folder")
in_every_way = pytest.mark.parametrize("way", IMPORTS)
ITS_OWN = ("kith_import",)  # tables that an import may write in whatever becomes of it


def records() -> dict[str, list[str]]:
    """All rows but those of the import itself, and the word of its end."""
    held = {table: rows for table, rows in tables.rows().items() if not table.startswith(ITS_OWN)}
    return {**held, "kith_event": [row for row in held["kith_event"] if "'imports'" not in row]}


def row(world: World, who: str, spec: ObjectSpec) -> dict[str, Any]:
    """Values that would make a record, as a line of a file."""
    given = acceptable(world.ctx(who), spec.name)
    return {
        name: wire
        for name, wire in given.items()
        if not isinstance(wire, dict) and (not spec.fields[name].target or isinstance(wire, str))
    }


@everywhere
@in_every_way
def test_who_may_import_makes_a_record(world: World, object: str, way: str) -> None:
    side, spec = IMPORTS[way](world), world.ctx("ada").schema[object]
    wrong = []
    for who in ACTORS:
        may = expected.imports(who, spec)
        if not may and "create" not in spec.verbs:
            values: dict[str, Any] = {spec.title: "x"}
        else:
            values = row(world, who if may else "ada", spec)
        with taken_back():
            before = records()
            dry = side.bring(who, object, [values], dry=True)
            if changed := tables.difference(before, records()):
                wrong.append(f"the dry run of {who}: {changed[:200]}")
            done = side.bring(who, object, [values])
            changed = tables.difference(before, records())
            if may and (not done.done or len(done.ids) != 1 or '"failed":0' not in done.body.replace(" ", "")):
                wrong.append(f"{who}: {done.status} {done.body[-300:]}")
            if may and done.ids and not surface_named("kernel", world).one(who, object, done.ids[0]).done:
                wrong.append(f"{who} does not see what they brought in")
            if not may and (done.done or done.status not in (400, 403, 404, 422) or changed):
                wrong.append(f"{who} may not: {done.status} {done.body[:200]} {changed[:200]}")
            for answer in (dry, done):
                wrong += [f"{who} meets {leak}" for leak in leaks(answer.seen, unseen(world, who, _kernel(world)))]
    none_of(wrong)


def _kernel(world: World) -> Any:
    return surface_named("kernel", world)


def keys(world: World, spec: ObjectSpec, owner: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Ways in which a row can name this owner's record: (match key, its values, the same of a record that is not)."""
    yield "id", {"id": str(world.records[spec.name, owner])}, {"id": str(new_id())}
    tried = set[tuple[str, bool, bool]]()
    for canary in world.of(spec.name, owner):
        one = spec.fields[canary.field]
        if (kind := (one.type.name, one.unique, one.shipped)) in tried and one.name != spec.title:
            continue  # one field of a type stands for the others
        tried.add(kind)
        if one.type.name in ("text", "email", "url", "person_name") or one.type.name in ("emails", "phones"):
            wire = canary.wire if isinstance(canary.wire, str) else canary.needle
            if one.type.name == "emails":
                wire = canary.wire[0]["value"]
            yield canary.field, {canary.field: wire}, {canary.field: wire.replace(canary.needle, other(canary.needle))}


def version(spec: ObjectSpec, id: Any) -> int:
    return int(spec.model._default_manager.get(pk=id).version)


@everywhere
@in_every_way
@pytest.mark.parametrize("mode", ["update", "upsert"])
def test_an_import_reaches_what_its_importer_reaches(
    world: World, object: str, way: str, mode: str, full: bool
) -> None:
    """Every record, named by its id, its address, its name, its key: changed where the importer may change it. One out
    of sight is passed over in the words that one which does not exist is passed over with.
    """
    side, spec = IMPORTS[way](world), world.ctx("ada").schema[object]
    if "import" not in spec.verbs or "update" not in spec.verbs:
        return
    field, wrong, tried = plain_field(spec), list[str](), 0
    few = ("olga", "stella", "olga_contacts") if spec.is_owned else ("ada",)
    for who in ("ada", "olga", "stella", "hugo", "olga_contacts") if full else few:
        if not expected.imports(who, spec):
            continue
        for owner in world.owners(object):
            if owner in ("tim", "mara") and who != "olga":
                continue
            was = version(spec, world.records[object, owner])
            known = {"id", *mask.readable(world.ctx(who), spec)}
            sees, may = expected.sees(who, spec), owner in expected.reaches(who, "update", spec)
            for key, held, gone in keys(world, spec, owner):
                if mode == "upsert" and spec.fields.get(key) is not None and spec.fields[key].unique:
                    continue  # that a unique value is taken is said to whoever wants it, here as in a form
                if key == field:
                    continue
                tried += 1
                answers = []
                for given in (held, gone):
                    with taken_back():
                        before = records()
                        values = {field: "Seagull", **given}
                        answers.append(side.bring(who, object, [values], mode=mode, match=[key]))
                        changed = tables.difference(before, records())
                        if given is held and may and mode == "update" and not changed and key in known:
                            wrong.append(f"{who} by {key} does not reach {owner}'s: {answers[0].body[-300:]}")
                        if not may and version(spec, world.records[object, owner]) != was:
                            wrong.append(f"{who} by {key} changed {owner}'s")
                        found = leaks(answers[-1].seen, unseen(world, who, _kernel(world)))
                        typed = f"{object}.{key} of {owner}"
                        wrong += [f"{who} by {key} meets {one}" for one in found if not one.startswith(typed)]
                if owner not in sees:
                    told = [
                        _but(answer.without(*answer.ids), given)
                        for answer, given in zip(answers, (held, gone), strict=True)
                    ]
                    if told[0] != told[1]:
                        wrong.append(f"{who} by {key} of {owner}'s: {parting(*told)}")
    none_of(wrong)
    assert tried


def _but(text: str, given: dict[str, Any]) -> str:
    for word in given.values():
        text = text.replace(word, "…").replace(word.lower(), "…")
    return text


@everywhere
@in_every_way
def test_a_hidden_field_is_unknown_to_an_import(world: World, object: str, way: str, full: bool) -> None:
    """As a column, a constant or a key it is refused like a name that no field has; its values are in no report."""
    side, spec = IMPORTS[way](world), world.ctx("ada").schema[object]
    if not expected.imports("hugo", spec):
        return
    names, wrong = readable_fields(spec, full, "kernel"), []
    for name in names if full else names[::2]:
        group = together(spec, name)
        hidden = [one for one in world.canaries if one.object == object and one.field in group]
        with taken_back():
            hide(world, spec, group)
            field = next((one for one in _texts(world, object) if one not in group), None)
            if field is None:
                continue
            before, plain = records(), {field: "Seagull"}
            for what in ("a column", "a constant", "a key"):
                if name in {"a column": mappings.TIMES, "a key": ("name", "external_id")}.get(what, ()):
                    continue  # words that a mapping knows whatever the object's fields are
                asked = [
                    side.bring("hugo", object, [{**plain, one: "x"} if what == "a column" else plain], **more)
                    for one in (name, UNKNOWN)
                    for more in [
                        {"a column": {}, "a constant": {"constants": {one: "x"}}, "a key": {"match": [one]}}[what]
                    ]
                ]
                if asked[0].done or asked[0].without(name) != asked[1].without(UNKNOWN):
                    wrong.append(f"{what} {name}: {asked[0].status} {parting(asked[0].body, asked[1].body)}")
                wrong += [f"{what} {name}: {leak}" for leak in leaks(asked[0].seen, hidden)]
            if changed := tables.difference(before, records()):
                wrong.append(f"{name}: {changed[:200]}")
            mine = {"id": str(world.records[object, "olga" if spec.is_owned else "ada"]), field: "Seagull"}
            answer = side.bring("hugo", object, [mine], match=["id"], mode="update")
            wrong += [f"an update without {name}: {leak}" for leak in leaks(answer.seen, hidden)]
            labelled = {str(spec.fields[name].label): "x", field: "Seagull"}
            proposed = set(_proposed(world, object, labelled)) & group - mappings.TIMES
            wrong += [f"{one} is proposed without {name}" for one in proposed]
    none_of(wrong)


def _texts(world: World, object: str) -> list[str]:
    ctx = world.ctx("hugo")
    return [name for name, one in mask.writable(ctx, ctx.schema[object]).items() if one.type.name == "text"]


def _proposed(world: World, object: str, values: dict[str, Any]) -> list[str]:
    """The fields that Kith itself finds for the columns of a file."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.DictWriter(out, list(values))
    writer.writeheader()
    writer.writerow(values)
    path = Path(imports.store.folder(Import())).parent / "proposed.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(out.getvalue(), "utf-8")
    ctx = world.ctx("hugo")
    job = imports.begin(ctx, [("proposed.csv", path)], object=object)
    return [one["field"] for file in imports.show(ctx, job.pk)["files"] for one in file["columns"]]


@everywhere
@in_every_way
def test_references_lead_only_to_what_the_importer_sees(world: World, object: str, way: str) -> None:
    """By id and by name: one out of sight is told of as one that is not there."""
    side, ctx = IMPORTS[way](world), world.ctx("olga")
    spec, wrong = ctx.schema[object], []
    if not expected.imports("olga", spec) or not spec.is_owned:
        return
    for name, one in mask.writable(ctx, spec).items():
        target = ctx.schema.get(one.target)
        if (
            target is None
            or not target.is_owned
            or (target.name, "stella") not in world.records
            or target.name == "users"
        ):
            continue
        title = next((each for each in world.of(target.name, "stella") if each.field == target.title), None)
        theirs = str(world.records[target.name, "stella"])
        pairs = [("id", theirs, str(new_id()))]
        if title is not None and isinstance(title.wire, str):
            pairs.append(("", title.wire, other(title.needle)))
        for how, held, gone in pairs:
            told = []
            for word in (held, gone):
                with taken_back():
                    values = {**row(world, "olga", spec), name: word}
                    lines = _lines(values, spec, {name: how})
                    answer = side.bring("olga", object, [values], lines=lines)
                    told.append(_but(answer.without(*answer.ids), {"": word}))
                    for made in answer.ids:
                        shown = surface_named("kernel", world).one("ada", object, made)
                        if theirs in shown.body:
                            wrong.append(f"{name} by {how or 'name'} leads to a stranger's")
            if told[0] != told[1]:
                wrong.append(f"{name} by {how or 'name'}: {parting(*told)}")
    none_of(wrong)


def _lines(values: dict[str, Any], spec: ObjectSpec, parts: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"column": one, "field": one, "part": parts.get(one, "id" if spec.fields[one].target else "")} for one in values
    ]


# --- whose import it is -----------------------------------------------------------------------------------------------


@in_every_way
def test_an_import_is_its_importers(world: World, way: str) -> None:
    """To see it, run it, change it or take it back: them and the administrator alone; no word to others."""
    side = IMPORTS[way](world)
    job = side.begin("olga", "contacts", [{"last_name": "Seagull"}])
    imports.carry_out(world.ctx("olga"), job)
    file = Import.objects.get(pk=job).files.get().pk
    before = tables.rows()
    for who in ("tim", "mara", "stella", "rita", "noah", "hugo", "anonymous"):
        ctx, gone = world.ctx(who), new_id()
        for ask in _asking(ctx, file):
            told = []
            for id in (job, gone):
                with pytest.raises(Refusal) as refusal:
                    ask(id)
                told.append((refusal.value.status, str(refusal.value).replace(str(id), "…")))
            assert told[0] == told[1] and told[0][0] == 404, who
        assert job not in [one.pk for one in imports.mine(ctx)]
    assert tables.difference(before, tables.rows()) == ""
    assert side.take_back("olga", job).done


def _asking(ctx: Any, file: Any) -> tuple[Any, ...]:
    return (
        lambda id: imports.show(ctx, id),
        lambda id: imports.rows(ctx, id),
        lambda id: imports.preview(ctx, id, file),
        lambda id: imports.check(ctx, id),
        lambda id: imports.carry_out(ctx, id),
        lambda id: imports.take_back(ctx, id),
        lambda id: imports.mend(ctx, id),
        lambda id: imports.cancel(ctx, id),
        lambda id: list(imports.refused_csv(ctx, id)),
        lambda id: imports.configure(ctx, id, file, {}),
        lambda id: imports.remap(ctx, id, file, object="contacts"),
        lambda id: imports.leave_out(ctx, id, file),
    )


@everywhere
def test_a_hidden_key_of_another_system_finds_nothing(world: World, object: str) -> None:
    side, spec = KernelImport(world), world.ctx("ada").schema[object]
    held = [one for one in world.of(object, "olga") if one.field == "external_id"]
    if not expected.imports("hugo", spec) or not held or not _texts(world, object):
        return
    hide(world, spec, together(spec, "external_id"))
    field, told = _texts(world, object)[0], []
    for key in (held[0].wire, other(held[0].needle)):
        lines = [{"column": "key", "field": "key"}, {"column": field, "field": field}]
        with taken_back():
            answer = side.bring(
                "hugo", object, [{"key": key, field: "Seagull"}], dry=True, lines=lines, system="default", mode="update"
            )
        told.append(_but(answer.body, {"": key}))
    assert told[0] == told[1], parting(*told)

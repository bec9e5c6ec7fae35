"""User-made objects, fields and choices: there at once, renamed without a write, deleted and retyped without a loss."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kith.api import Forbidden, Invalid, NotFound, Query, change, read
from kith.kernel.events.models import Event
from kith.kernel.fields.base import type_names
from kith.kernel.query.tree import Is
from kith.kernel.records import retype, shape
from kith.kernel.schema.load import current, version
from tests.world import value_for

LABELS = {"en": "Region", "zh-hans": "大区"}


def _now(ctx: Any) -> Any:
    """The context of the next request: it sees the schema as it is by then."""
    return ctx.with_(schema=current())


def _values(ctx: Any, object: str, name: str, **query: Any) -> list[Any]:
    page = read.rows(ctx, ctx.schema[object], Query(fields=(name,), limit=200, **query))
    return [row[name] for row in page.rows if row[name] not in (None, "", ())]


def test_a_new_field_is_everywhere_at_the_next_request(world: Any) -> None:
    ctx = world.ctx("ada")
    before = version()
    made = shape.add_field(ctx, "contacts", "text", LABELS)
    assert made.name == "x_region"
    assert version() > before
    ctx = _now(ctx)
    spec = ctx.schema["contacts"]
    assert "x_region" in spec.fields
    assert "x_region" in spec.sections[0].fields
    id = change(ctx, spec, None, {"name": "Ada Lovelace", "x_region": "North"}).id
    assert read.one(ctx, spec, id).rows[0]["x_region"] == "North"
    assert [row.id for row in read.rows(ctx, spec, Query(where=Is("x_region", "eq", "north"))).rows] == [id]


def test_only_administrators_change_the_schema(world: Any) -> None:
    before = version()
    for person in ("olga", "mara", "rita"):
        with pytest.raises(Forbidden):
            shape.add_field(world.ctx(person), "contacts", "text", LABELS)
    assert version() == before


def test_a_field_that_makes_no_sense_is_refused_with_every_reason(world: Any) -> None:
    with pytest.raises(Invalid) as refused:
        shape.add_field(world.ctx("ada"), "contacts", "no_such_type", LABELS, target="nowhere", colour="red")
    assert {one.field for one in refused.value.complaints} >= {"type", "colour"}
    with pytest.raises(Invalid):
        shape.add_field(world.ctx("ada"), "contacts", "choice", LABELS)
    with pytest.raises(NotFound):
        shape.add_field(world.ctx("ada"), "nothing", "text", LABELS)


@pytest.mark.parametrize("type", ["external_key", "external_keys"])
def test_a_type_that_is_kiths_own_is_refused_by_name(world: Any, type: str) -> None:
    with pytest.raises(Invalid) as refused:
        shape.add_field(world.ctx("ada"), "contacts", type, LABELS)
    assert [(one.field, one.code, type in str(one.message)) for one in refused.value.complaints] == [
        ("type", "not_for_users", True)
    ]
    shape.add_field(world.ctx("ada"), "contacts", "text", LABELS)
    with pytest.raises(Invalid):
        retype.retype(_now(world.ctx("ada")), "contacts", "x_region", type)
    assert _now(world.ctx("ada")).schema["contacts"].fields["x_region"].type.name == "text"


@pytest.mark.parametrize("type", type_names())
def test_unique_is_refused_or_kept(world: Any, type: str) -> None:
    """Whatever type it is: either the field is refused with the reason, or no second record gets the value."""
    more: dict[str, Any] = {"choices": [{"labels": {"en": "Near"}}]} if "choice" in type else {}
    more |= {"target": "companies"} if type in ("reference", "references") else {}
    try:
        name = shape.add_field(world.ctx("ada"), "contacts", type, LABELS, unique=True, **more).name
    except Invalid as refused:
        assert {one.field for one in refused.complaints} <= {"type", "unique"}
        return
    ctx = _now(world.ctx("ada"))
    field = ctx.schema["contacts"].fields[name]
    value, _needle = value_for(ctx, ctx.schema["contacts"], field, random.Random(3))
    change(ctx, ctx.schema["contacts"], None, {"last_name": "First", name: value})
    with pytest.raises(Invalid) as taken:
        change(ctx, ctx.schema["contacts"], None, {"last_name": "Second", name: value})
    assert [(one.field, one.code) for one in taken.value.complaints] == [(name, "taken")]


def test_only_a_reference_leads_somewhere(world: Any) -> None:
    with pytest.raises(Invalid) as refused:
        shape.add_field(world.ctx("ada"), "contacts", "text", LABELS, target="companies")
    assert [one.field for one in refused.value.complaints] == ["target"]


def test_a_field_does_not_inherit_what_an_earlier_one_of_its_name_held(world: Any) -> None:
    shape.add_field(world.ctx("ada"), "contacts", "text", LABELS, unique=True)
    ctx = _now(world.ctx("ada"))
    first = change(ctx, ctx.schema["contacts"], None, {"last_name": "First", "x_region": "North"}).id
    shape.rename_field(ctx, "contacts", "x_region", "Area")
    shape.add_field(_now(ctx), "contacts", "text", LABELS, unique=True)
    ctx = _now(ctx)
    change(ctx, ctx.schema["contacts"], None, {"last_name": "Second", "x_region": "North"})
    change(ctx, ctx.schema["contacts"], first, {"x_area": "South"})
    change(ctx, ctx.schema["contacts"], None, {"last_name": "Third", "x_area": "North"})


def test_a_rename_writes_no_record(world: Any) -> None:
    ctx = world.ctx("ada")
    shape.add_field(ctx, "contacts", "text", LABELS)
    ctx = _now(ctx)
    done = change(ctx, ctx.schema["contacts"], None, {"name": "Ada", "x_region": "North"})
    events = Event.objects.filter(object="contacts").count()
    assert shape.rename_field(ctx, "contacts", "x_region", "Sales area") == "x_sales_area"
    ctx = _now(ctx)
    row = read.one(ctx, ctx.schema["contacts"], done.id).rows[0]
    assert row["x_sales_area"] == "North"
    assert row.version == done.version
    assert Event.objects.filter(object="contacts").count() == events


def test_a_deleted_field_comes_back_with_its_values(world: Any) -> None:
    ctx = world.ctx("ada")
    shape.add_field(ctx, "contacts", "text", LABELS)
    ctx = _now(ctx)
    change(ctx, ctx.schema["contacts"], None, {"name": "Ada", "x_region": "North"})
    key = shape.delete_field(ctx, "contacts", "x_region")
    ctx = _now(ctx)
    assert "x_region" not in ctx.schema["contacts"].fields
    assert shape.restore_field(ctx, key) == "x_region"
    assert _values(_now(ctx), "contacts", "x_region") == ["North"]


def test_a_change_of_type_keeps_what_it_cannot_read(world: Any) -> None:
    ctx = world.ctx("ada")
    shape.add_field(ctx, "contacts", "text", LABELS)
    ctx = _now(ctx)
    spec = ctx.schema["contacts"]
    for word in ("12", "1300", "about fifty"):
        change(ctx, spec, None, {"name": word, "x_region": word})
    looked = retype.preview(ctx, "contacts", "x_region", "number")
    assert (looked.converted, looked.left, [text for _id, text in looked.samples]) == (2, 1, ["about fifty"])
    assert _values(ctx, "contacts", "x_region") != []  # a preview changes nothing
    done = retype.retype(ctx, "contacts", "x_region", "number")
    assert (done.converted, done.left) == (2, 1)
    ctx = _now(ctx)
    assert sorted(_values(ctx, "contacts", "x_region")) == [12, 1300]
    old = shape.CustomField.objects.exclude(deleted_at=None).get(object="contacts", name="x_region")
    shape.delete_field(ctx, "contacts", "x_region")
    shape.restore_field(_now(ctx), old.pk)
    assert sorted(_values(_now(ctx), "contacts", "x_region")) == ["12", "1300", "about fifty"]


def test_a_choice_that_records_hold_is_kept_but_not_offered(world: Any) -> None:
    ctx = world.ctx("ada")
    shape.add_field(
        ctx,
        "contacts",
        "choice",
        LABELS,
        choices=[{"labels": {"en": "North", "zh-hans": "北"}}, {"labels": {"en": "South"}}],
    )
    ctx = _now(ctx)
    change(ctx, ctx.schema["contacts"], None, {"name": "Ada", "x_region": "北"})
    shape.change_field(ctx, "contacts", "x_region", choices=[{"key": "south", "labels": {"en": "South"}}])
    held = _now(ctx).schema["contacts"].fields["x_region"]
    assert [(one.key, one.active) for one in held.choices] == [("south", True), ("north", False)]
    assert _values(_now(ctx), "contacts", "x_region") == ["north"]


def test_shipped_fields_and_objects_take_other_words(world: Any) -> None:
    ctx = world.ctx("ada")
    shape.change_field(ctx, "contacts", "job_title", labels={"en": "Rank"})
    shape.change_object(
        ctx, "contacts", one={"en": "Person", "zh-hans": "客户"}, many={"en": "People", "zh-hans": "客户"}
    )
    spec = current()["contacts"]
    assert str(spec.fields["job_title"].label) == "Rank"
    assert str(spec.label_many) == "People"


def test_a_user_made_object_has_fields_references_and_a_bin_of_its_own(world: Any) -> None:
    ctx = world.ctx("ada")
    name = shape.add_object(ctx, {"en": "Site", "zh-hans": "门店"}, {"en": "Sites", "zh-hans": "门店"})
    assert name == "x_sites"
    ctx = _now(ctx)
    shape.add_field(ctx, name, "reference", {"en": "Company"}, target="companies")
    ctx = _now(ctx)
    firm = change(ctx, ctx.schema["companies"], None, {"name": "Lotus Bay"}).id
    site = change(ctx, ctx.schema[name], None, {"name": "Berlin", "x_company": str(firm)}).id
    page = read.one(ctx, ctx.schema[name], site)
    assert page.rows[0]["x_company"] == firm
    assert page.titles["companies", firm].text == "Lotus Bay"
    hop = Query(where=Is("x_company.name", "eq", "Lotus Bay"))
    assert [row.id for row in read.rows(ctx, ctx.schema[name], hop).rows] == [site]
    shape.delete_object(ctx, name)
    assert name not in current().objects
    shape.restore_object(_now(ctx), name)
    assert read.one(_now(ctx), current()[name], site).rows[0]["name"] == "Berlin"


def test_a_unique_field_refuses_the_second_claim_and_frees_it_in_the_bin(world: Any) -> None:
    from kith.api import delete

    ctx = world.ctx("ada")
    shape.add_field(ctx, "contacts", "text", LABELS, unique=True)
    ctx = _now(ctx)
    spec = ctx.schema["contacts"]
    first = change(ctx, spec, None, {"name": "Ada", "x_region": "North"}).id
    with pytest.raises(Invalid):
        change(ctx, spec, None, {"name": "Tim", "x_region": "NORTH"})
    delete(ctx, spec, first)
    assert change(ctx, spec, None, {"name": "Tim", "x_region": "north"}).event is not None

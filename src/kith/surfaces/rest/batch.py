"""``POST /{object}/batch``: up to 1,000 creates, updates, upserts and deletes in one transaction and under one undo."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from kith.kernel.fields.base import Field
from kith.kernel.fields.external_keys import OneKey
from kith.kernel.fields.points import Points
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.ids import new_id
from kith.kernel.policy import mask
from kith.kernel.query.tree import Is
from kith.kernel.records import read
from kith.kernel.records.change import Change, Item, change_many
from kith.kernel.records.errors import Complaint, Forbidden, Invalid, NotFound
from kith.kernel.records.read import Query
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.rest.door import Call, reply
from kith.surfaces.rest.problems import Problem, complaint, parameter, said

MOST: Final = 1000
LISTS: Final = ("create", "update", "upsert", "delete")
MEMBERS: Final = frozenset({*LISTS, "match", "partial"})


@dataclass(slots=True)
class Wish:
    """One item of the body: the list it stands in, its place there, and what it comes to."""

    among: str
    index: int
    values: Mapping[str, Any] = field(default_factory=dict)
    id: uuid.UUID | None = None
    expect: int | None = None
    wrong: list[Complaint] = field(default_factory=list)
    made: Change | None = None

    def refuse(self, field: str, code: str, message: str) -> None:
        self.wrong.append(Complaint(field, code, message))

    @property
    def item(self) -> Item:
        if self.among == "delete":
            return Item(id=self.id, verb="delete", expect=self.expect)
        return Item(self.values, self.id, "update" if self.id else "create", self.expect)


def batch(call: Call, object: str) -> HttpResponse:
    """All or nothing, unless ``"partial": true``; errors name the list and the index of their item."""
    spec, body = call.spec(object), call.values()
    unknown = sorted(set(body) - MEMBERS)
    if unknown:
        raise parameter(unknown[0][:60], "unknown_member", _("A batch has no “%(name)s”.") % {"name": unknown[0][:60]})
    partial = body.get("partial", False)
    if not isinstance(partial, bool):
        raise parameter("partial", "not_a_bool", _("“%(name)s” is true or false.") % {"name": "partial"})
    wishes = list(_wishes(body))
    if len(wishes) > MOST:
        raise Problem(413, _("A batch has at most %(most)s items.") % {"most": MOST})
    _match(call, spec, [one for one in wishes if one.among == "upsert"], body.get("match"))
    _refuse_doubles(wishes)
    if not partial:
        _raise(wishes)
    _carry_out(call, spec, [one for one in wishes if not one.wrong], partial)
    if not partial:
        _raise(wishes)
    results = {name: [_result(one) for one in wishes if one.among == name] for name in LISTS if name in body}
    return reply({**results, "errors": _errors(wishes)})


def _wishes(body: Mapping[str, Any]) -> Iterator[Wish]:
    for name in LISTS:
        held = body.get(name, [])
        if not isinstance(held, list):
            raise parameter(name, "not_a_list", _("“%(name)s” is a list.") % {"name": name})
        for index, raw in enumerate(held):
            yield _wish(name, index, raw)


def _wish(name: str, index: int, raw: Any) -> Wish:
    one = Wish(name, index)
    if name == "delete" and isinstance(raw, str):
        raw = {"id": raw}
    if not isinstance(raw, dict):
        one.refuse("", "not_an_object", _("Each item is an object with the values of its fields."))
        return one
    one.values = {key: value for key, value in raw.items() if name == "create" or key not in ("id", "version")}
    if name in ("update", "delete"):
        one.id = read.identity(raw.get("id") or "")
        if one.id is None:
            one.refuse("id", "required", _("Say which record: “id”."))
        one.expect = raw.get("version")
        if one.expect is not None and type(one.expect) is not int:
            one.refuse("version", "not_a_number", _("“version” is the whole number that the record had."))
    if name == "delete" and one.values:
        one.refuse(next(iter(one.values)), "unknown_member", _("To delete, give “id” and “version” only."))
    return one


def _match(call: Call, spec: ObjectSpec, wishes: list[Wish], match: Any) -> None:
    """Find the record that each upsert is about: one query for all of them."""
    if match is None and not wishes:
        return
    held = mask.readable(call.ctx, spec).get(match) if isinstance(match, str) else None
    if held is None or not _identifies(spec, held):
        usable = ", ".join(name for name, one in mask.readable(call.ctx, spec).items() if _identifies(spec, one))
        raise parameter(
            "match", "bad_match", _("“match” names the field that tells records apart: %(names)s.") % {"names": usable}
        )
    by = _compared(spec, held)
    wanted: dict[Any, list[Wish]] = {}
    for one in (one for one in wishes if not one.wrong):
        for key in _key(call, held, by, one):
            wanted.setdefault(key, []).append(one)
    found = _found(call, spec, by, [some[0].values[held.name] for some in wanted.values()]) if wanted else {}
    for key, some in wanted.items():
        ids = found.get(key, set())
        for place, one in enumerate(some):
            if place:
                one.refuse(held.name, "given_twice", _("Another item of this batch is about the same record."))
            elif len(ids) > 1:
                one.refuse(held.name, "ambiguous", _("%(count)s records have this value.") % {"count": len(ids)})
            elif ids:
                one.id = next(iter(ids))


def _compared(spec: ObjectSpec, held: Field) -> Field:
    """The field to compare with: for a primary address all addresses, so that a second one is found, too."""
    several = [spec.fields[name] for name in (held.expands.to if held.expands else ()) if name in spec.fields]
    return next((one for one in several if isinstance(one.type, Points)), held)


def _identifies(spec: ObjectSpec, one: Field) -> bool:
    """Whether a value of this field stands for one record."""
    return one.unique or isinstance(one.store, OneKey) or _compared(spec, one) is not one


def _key(call: Call, held: Field, by: Field, one: Wish) -> Iterator[Any]:
    """What the item's value is compared by; a complaint instead where it cannot be read."""
    try:
        value = by.type.parse(by, one.values.get(held.name), call.ctx.locale)
    except Unreadable as error:
        one.refuse(held.name, error.code, said(error))
        return
    if by.type.empty(value):
        one.refuse(held.name, "required", _("%(field)s is needed") % {"field": held.label})
    else:
        yield value[0].key if isinstance(by.type, Points) else by.type.dump(by, value)


def _found(call: Call, spec: ObjectSpec, by: Field, values: list[Any]) -> dict[Any, set[uuid.UUID]]:
    found: dict[Any, set[uuid.UUID]] = {}
    for page in read.every(call.ctx, spec, Query(Is(by.name, "in", values), fields=(by.name,))):
        for row in page.rows:
            held = row[by.name]
            for value in [point.key for point in held] if isinstance(by.type, Points) else [by.type.dump(by, held)]:
                found.setdefault(value, set()).add(row.id)
    return found


def _refuse_doubles(wishes: list[Wish]) -> None:
    """One record, one item: two would overwrite each other in an order that nobody sees."""
    seen: set[uuid.UUID] = set()
    for one in wishes:
        if one.id is not None and one.id in seen:
            one.refuse("id", "given_twice", _("Another item of this batch is about the same record."))
        elif one.id is not None:
            seen.add(one.id)


def _carry_out(call: Call, spec: ObjectSpec, wishes: list[Wish], partial: bool) -> None:
    if not wishes:
        return
    try:
        made = change_many(call.ctx.with_(batch=new_id()), spec, [one.item for one in wishes], partial=partial)
    except Invalid as error:
        for each in error.complaints:
            if each.row is None and len(wishes) > 1:
                raise  # a race for a unique value: the database does not say whose
            wishes[each.row or 0].wrong.append(each)
        return
    except (NotFound, Forbidden) as error:
        if len(wishes) > 1 or (isinstance(error, Forbidden) and not wishes[0].id):
            raise
        field, code = ("id", "not_found") if isinstance(error, NotFound) else ("", "forbidden")
        wishes[0].refuse(field, code, str(error))
        return
    for one, change in zip(wishes, made, strict=True):
        one.wrong.extend(change.complaints.found)
        one.made = None if change.complaints.found else change


def _result(one: Wish) -> dict[str, Any] | None:
    """What became of an item; ``null`` where it was refused. ``event`` is what ``/events/{id}/undo`` takes."""
    if one.made is None:
        return None
    done = one.made.event
    return {
        "id": one.made.id,
        "version": one.made.version,
        "status": one.made.verb if done is not None else "unchanged",
        "event": done.id if done is not None else None,
    }


def _errors(wishes: list[Wish]) -> list[dict[str, Any]]:
    return [{"list": one.among, "index": one.index, **complaint(each)} for one in wishes for each in one.wrong]


def _raise(wishes: list[Wish]) -> None:
    if errors := _errors(wishes):
        raise Problem(422, _("Nothing was saved: some items were not accepted."), errors)

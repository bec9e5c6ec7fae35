"""Ways to reach somebody: several e-mail addresses or phone numbers, of which one is the primary one.

All lie in ``ContactPoint``, indexed by their normal form, so "who is this?" is one look-up; the primary one stands in
a column of the record too, for lists and sorting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Literal

from django.db import models
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Expansion, Field, FieldType, type_named
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Aside, Column, Json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean

WORD: Final = 20
MOST: Final = 100
"""Addresses of one kind on one record."""


@dataclass(frozen=True, slots=True)
class Point:
    """One address. ``use`` is the user's word for it ("work"), ``status`` is "", "bounced" or "opted_out"."""

    value: str
    key: str
    use: str = ""
    primary: bool = False
    status: str = ""


class Points(FieldType):
    """Several addresses of one kind. Reads one text, a list of texts, or the list of objects that it sends."""

    kind = Kind.JSON
    point_kind: ClassVar[str]
    longest: ClassVar[int]
    """Characters of one address: what the column of the primary one holds."""

    def read_one(self, typed: str, locale: Locale) -> Point:
        """One address as typed. Raises :class:`Unreadable`."""
        raise NotImplementedError

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> tuple[Point, ...]:
        if raw is None or raw == "":
            return ()
        items = raw if isinstance(raw, list | tuple) else [raw]
        return primary_first(self._item(one, locale) for one in items if one not in (None, ""))

    def _item(self, raw: Any, locale: Locale) -> Point:
        if isinstance(raw, Point):
            return raw
        if isinstance(raw, str):
            return self.read_one(raw, locale)
        if isinstance(raw, dict) and isinstance(raw.get("value"), str):
            read = self.read_one(raw["value"], locale)
            return replace(
                read, use=_word(raw.get("kind")), primary=raw.get("primary") is True, status=_word(raw.get("status"))
            )
        raise Unreadable(
            "not_points", gettext_noop("Expected a text, or a list of objects with value, kind and primary")
        )

    def dump(self, field: Field, value: Any) -> list[dict[str, Any]]:
        return [
            {"value": one.value, "kind": one.use, "primary": one.primary, "status": one.status} for one in value or ()
        ]

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return ", ".join(one.value for one in value or ())

    def form_widget(self, field: Field) -> str:
        return "points"

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("contains", "empty") if isinstance(field.store, Json) else ("eq", "in", "contains", "starts", "empty")

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        return None

    def search_text(self, field: Field, value: Any) -> str:
        return " ".join(one.value for one in value or ())

    def json_schema(self, field: Field) -> dict[str, Any]:
        one = {
            "value": {"type": "string"},
            "kind": {"type": "string"},
            "primary": {"type": "boolean"},
            "status": {"type": "string"},
        }
        return {"type": "array", "items": {"type": "object", "properties": one, "required": ["value"]}}

    def merge(self, field: Field, kept: Any, lost: Any) -> tuple[Point, ...]:
        """The addresses of both; the survivor's primary stays, and the strictest status of a shared one counts."""
        mine = {one.key: one for one in kept or ()}
        for one in lost or ():
            held = mine.get(one.key)
            mine[one.key] = (
                replace(one, primary=False) if held is None else replace(held, status=held.status or one.status)
            )
        return primary_first(mine.values())

    def check(self, field: Field, value: Any) -> None:
        if len(value) > MOST:
            raise Unreadable(
                "too_many", gettext_noop("At most %(most)s; this has %(count)s"), most=MOST, count=len(value)
            )
        for one in value:
            if (length := len(one.value)) > self.longest:
                raise Unreadable(
                    "too_long",
                    gettext_noop("At most %(most)s characters; this has %(length)s"),
                    most=self.longest,
                    length=length,
                )


def _word(raw: Any) -> str:
    """The user's word for an address, or its status: short, and never a reason to refuse the address."""
    return clean(raw)[:WORD].strip() if isinstance(raw, str) else ""


def primary_first(points: Iterable[Point]) -> tuple[Point, ...]:
    """The points without doubles, exactly one of them primary, and that one first."""
    points = tuple(points)
    if len(points) == 1:
        return (_marked(points[0], True),)
    found: dict[str, Point] = {}
    for one in points:
        held = found.get(one.key)
        found[one.key] = one if held is None else replace(held, primary=held.primary or one.primary)
    main = next((one for one in found.values() if one.primary), next(iter(found.values()), None))
    if main is None:
        return ()
    rest = [_marked(one, False) for one in found.values() if one.key != main.key]
    return (_marked(main, True), *rest)


def _marked(one: Point, primary: bool) -> Point:
    return one if one.primary is primary else Point(one.value, one.key, one.use, primary, one.status)


class PointsField:
    """A line in a model that gives it several addresses (``emails``) and a column with the primary one (``email``)."""

    type_name: ClassVar[str]
    length: ClassVar[int]
    personal: ClassVar[Literal["none", "personal", "sensitive"]] = "personal"

    def __init__(self, label: Any, primary_label: Any) -> None:
        self.label, self.primary_label = label, primary_label
        # made here, not below, so that it counts as declared on this line and keeps its place among the columns
        self._column = models.CharField(primary_label, max_length=self.length, blank=True, default="", db_index=True)

    def contribute_to_class(self, model: Any, name: str) -> None:
        """Add the primary column. Called by Django's model metaclass."""
        self.name, self.primary = name, name.removesuffix("s")
        self.column_names = (self.primary,)
        model.add_to_class(self.primary, self._column)
        model.composites = {**model.composites, name: self}

    def fields(self) -> list[Field]:
        """The fields that this line gives the object."""
        many = Field(
            name=self.name,
            type=type_named(self.type_name),
            store=PointsStore(type_named(self.type_name).point_kind, self.primary),  # type: ignore[attr-defined]
            label=self.label,
            personal=self.personal,
            options={"primary": self.primary},
        )
        single = Field(
            name=self.primary,
            type=type_named(self.type_name.removesuffix("s")),
            store=Column(self.primary),
            label=self.primary_label,
            personal=self.personal,
            max_length=self.length,
            expands=Expansion((self.name,), self._put_first),
        )
        return [single, many]

    def _put_first(self, value: Any, held: Mapping[str, Any]) -> Mapping[str, Any]:
        """The addresses with ``value`` in the place of the primary one; the others stay."""
        points = tuple(held.get(self.name) or ())
        reader: Points = type_named(self.type_name)  # type: ignore[assignment]
        if not value:
            return {self.name: primary_first(points[1:])}
        new = reader.read_one(value, NEUTRAL)
        if any(one.key == new.key for one in points):
            return {self.name: primary_first(replace(one, primary=one.key == new.key) for one in points)}
        kept = points[1:]
        return {self.name: primary_first([replace(new, primary=True, use=points[0].use if points else ""), *kept])}


class PointsStore(Aside):
    """Rows of ``ContactPoint``, with the primary value in a column of the record."""

    def __init__(self, kind: str, primary: str) -> None:
        super().__init__("points", kind)
        self.primary = primary

    def save(self, field: Field, value: Any, record: Any) -> None:
        setattr(record, self.primary, value[0].value if value else "")

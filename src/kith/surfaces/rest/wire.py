"""Rows as JSON values: references with their titles, everything else as its field type dumps it.

What the caller may not see of a reference is not there at all: the reference is null, or missing from a list.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kith.kernel.fields.base import Field, FieldType
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.references import References
from kith.kernel.records.read import Page, Row, Title

Titles = Mapping[tuple[str, uuid.UUID], Title]
Way = Callable[[Any], Any]
Ways = list[
    tuple[str, Way | None]
]  # None: the value is its own wire form, and a call for each would cost a third of the page


def ways(fields: Iterable[Field], titles: Titles) -> Ways:
    """For each field its name and the function from a value to its wire form. Made once a page, used for each row."""
    return [(one.name, None if _is_plain(one) else way(one, titles)) for one in fields]


def way(one: Field, titles: Titles) -> Way:
    """How the values of this field are written: nothing is null, or an empty list where the field holds several."""
    if one.target:
        return _references(one, titles) if isinstance(one.type, References) else _reference(one, titles)
    if one.type.kind is Kind.ENUMS:
        return lambda value: one.type.dump(one, value or ())
    if _is_plain(one):
        return _same
    return lambda value: None if value is None or value == "" else one.type.dump(one, value)


def item(row: Row, ways: Ways) -> dict[str, Any]:
    """One record."""
    values = row.values
    made: dict[str, Any] = {"id": row.id, "version": row.version}
    for name, write in ways:
        value = values[name]
        made[name] = write(value) if write is not None else None if value == "" else value
    return made


def items(page: Page) -> list[dict[str, Any]]:
    """All records of a page, with all fields that were read."""
    written = ways(page.fields, page.titles)
    return [item(row, written) for row in page.rows]


def _is_plain(one: Field) -> bool:
    return not one.target and one.type.kind is not Kind.ENUMS and type(one.type).dump is FieldType.dump


def _same(value: Any) -> Any:
    return None if value == "" else value


def _reference(one: Field, titles: Titles) -> Way:
    target = one.target

    def write(value: Any) -> dict[str, Any] | None:
        title = titles.get((target, value)) if value is not None else None
        return None if title is None else {"object": target, "id": value, "title": title.text}

    return write


def _references(one: Field, titles: Titles) -> Way:
    def write(value: Any) -> list[dict[str, Any]]:
        found = []
        for to in value or ():
            title = titles.get(to.key)
            if title is not None:
                found.append({**to.attributes, "object": to.object, "id": to.id, "title": title.text})
        return found

    return write

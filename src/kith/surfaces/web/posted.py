"""Values on their way between a form and a field type: what a browser posted, as ``parse`` takes it, and the way back.

Names in a form, for a field ``emails`` or ``amount``:

``amount``            one control
``sizes`` (repeated)  several of a list; an empty one says that the control was there
``amount-currency``   a part of a composite (money, address, name of a person)
``emails-0-value``    a row of a repeating value, with ``emails-primary`` for the row that is the main one;
                      ``emails-rows`` says that the rows were there even if all are gone
``picture``           a file that is brought; ``picture-remove`` takes away the one that is there
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from babel.numbers import format_decimal
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from kith.kernel.fields.base import Field
from kith.kernel.fields.file import LARGEST_NEW
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.postal import PARTS
from kith.kernel.kit import json
from kith.kernel.kit.cldr import cldr
from kith.kernel.kit.html import from_plain, text_of
from kith.kernel.kit.locale import NEUTRAL, Locale

MISSING: Final = object()
"""What :func:`posted` answers for a field that the form did not have: it stays as it is."""

ROWS: Final = {"points": "value", "references": "id", "addresses": ""}
"""Widgets that repeat, and the part of a row without which it is no row ("": any part but its kind)."""

MOST_ROWS: Final = 200


Files = MultiValueDict[str, Any]
"""The files of a request."""

NAME: Final = ("first_name", "last_name")


def widget_of(field: Field) -> str:
    """The name of the form part of this field."""
    return "name" if field.type.name == "person_name" else field.type.form_widget(field)


def posted(field: Field, data: QueryDict, files: Files | None = None) -> Any:
    """What the form says about this field, for ``FieldType.parse``; :data:`MISSING` when it says nothing."""
    widget, name = widget_of(field), field.name
    if widget == "file":
        return _file(name, data, files)
    if widget in ROWS:
        return _rows(field, data, ROWS[widget])
    if part_names := [part for part in parts_of(field) if f"{name}-{part}" in data]:
        return _parts(field, {part: str(data[f"{name}-{part}"]).strip() for part in part_names})
    if name not in data:
        return MISSING
    if widget == "choices":
        return [one for one in data.getlist(name) if one]
    raw = data.getlist(name)[-1]  # a switch posts its "no" in a hidden field before its "yes"
    if not isinstance(raw, str) or not raw.strip():
        return None
    return _json(raw) if widget == "json" else raw


def read(fields: Mapping[str, Field], data: QueryDict, files: Files | None = None) -> dict[str, Any]:
    """The raw values of all fields that the form had, by name."""
    found = {name: posted(field, data, files) for name, field in fields.items()}
    kept = {name: raw for name, raw in found.items() if raw is not MISSING}
    return {
        name: raw for name, raw in kept.items() if raw is not None or not fields[name].write_only
    }  # a secret is not shown, so "" is no wish


def filled(field: Field, value: Any, locale: Locale) -> Any:
    """A value as a form shows it, in the shape in which :func:`posted` gives it back."""
    widget = widget_of(field)
    if widget in ROWS:
        return field.type.dump(field, value) if value else []
    if parts_of(field):
        return _filled_parts(field, value, locale)
    if widget == "choices":
        return [str(one) for one in value or ()]
    if value is None:
        return ""
    if field.type.kind is Kind.ENUMS:
        return ", ".join(str(one) for one in value)
    if widget == "rich_text" and from_plain(words := text_of(value)) == value:
        return words  # written as plain text: nobody need see the tags that it became
    wire = field.type.dump(field, value)
    if widget == "file":
        return wire
    if isinstance(wire, bool):
        return "true" if wire else "false"
    if field.type.kind is Kind.JSON:
        return wire if isinstance(wire, str) else json.dumps_text(wire)
    if field.type.kind in (Kind.DATE, Kind.DATETIME, Kind.NUMBER):
        return _typed(field, value, wire, locale)
    return "" if wire is None else str(wire)


def parts_of(field: Field) -> tuple[str, ...]:
    """The parts of a composite that are typed, in the order of its declaration; ``()`` for a value that is one text."""
    if widget_of(field) == "name":
        return NAME
    if not field.type.parts or widget_of(field) in ROWS:
        return ()
    sent = field.type.json_schema(field).get("properties", {})
    return tuple(part for part in field.type.parts if part in sent)  # the rest is worked out by the type


def _file(name: str, data: QueryDict, files: Files | None) -> Any:
    """A file that was chosen; ``None`` to take away the one that is there. Neither: it stays."""
    brought = files.get(name) if files is not None else None
    if brought is not None:  # one byte more than allowed, so that the type refuses it in its own words
        return {"name": brought.name or "", "content": brought.read(LARGEST_NEW + 1)}
    return None if f"{name}-remove" in data else MISSING


def _parts(field: Field, given: dict[str, str]) -> dict[str, str] | None:
    """The parts, or nothing when only what the form itself filled in (a currency) is there."""
    main = [value for part, value in given.items() if part != "currency"]
    return {part: value for part, value in given.items() if value} if any(main) else None


def _rows(field: Field, data: QueryDict, needed: str) -> Any:
    pattern = re.compile(rf"{re.escape(field.name)}-(\d{{1,4}})-([a-z_]+)")
    allowed = {
        "value": {"value", "kind", "status"},
        "id": {"id", *field.options.get("attributes", {})},
        "": {"kind", *PARTS},
    }[needed]
    found: dict[int, dict[str, Any]] = {}
    for key in data:
        if (match := pattern.fullmatch(key)) and match[2] in allowed:
            found.setdefault(int(match[1]), {})[match[2]] = str(data[key]).strip()
    if not found and f"{field.name}-rows" not in data:
        return MISSING
    main = data.get(f"{field.name}-primary", "")
    rows = []
    for number in sorted(found)[:MOST_ROWS]:
        row = found[number]
        if not (row.get(needed) if needed else any(value for part, value in row.items() if part != "kind")):
            continue
        if needed == "value":
            row["primary"] = main == str(number)
        rows.append({part: value for part, value in row.items() if value != ""})
    return rows


def _filled_parts(field: Field, value: Any, locale: Locale) -> dict[str, str]:
    if widget_of(field) == "name":
        return {"first_name": getattr(value, "first", value or ""), "last_name": getattr(value, "last", "")}
    wire = field.type.dump(field, value) if not field.type.empty(value) else {}
    given = wire if isinstance(wire, Mapping) else {}
    numbers = {part for part, kind in field.type.parts.items() if kind is Kind.NUMBER and given.get(part) is not None}
    return {
        part: _number(given[part], locale) if part in numbers else str(given.get(part) or "")
        for part in parts_of(field)
    }


def _json(text: str) -> Any:
    """What JSON text says; the text itself when it is none, so that the type refuses it in its own words."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _number(value: Any, locale: Locale) -> str:
    """A number without groups, in the reader's digits and decimal sign: 1200.5, 1200,5."""
    return str(format_decimal(Decimal(str(value)), format="0.##########", locale=cldr(locale)))


def _typed(field: Field, value: Any, wire: Any, locale: Locale) -> str:
    """What a person would type for this value: the shortest form that is read back as exactly the same value."""
    shown = [field.type.display(field, value, locale), str(wire)]
    if field.type.kind is Kind.NUMBER:
        shown.insert(0, _number(wire, locale) if isinstance(wire, int | float | Decimal) else str(wire))
    if field.type.kind is Kind.DATETIME:
        shown.insert(1, f"{value.astimezone(locale.zone):%Y-%m-%d %H:%M:%S}")
    for text in shown:
        try:
            if field.type.parse(field, text, locale) == value:
                return text
        except ValueError:
            continue
    return str(field.type.dump(field, field.type.parse(field, wire, NEUTRAL)))

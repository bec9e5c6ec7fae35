"""JSON as a table: one object a line, or one array of objects. Read piece by piece, however long the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.transfer.cells import Line, Table, distinct

BLOCK: Final = 1 << 16
LONGEST: Final = 10_000_000
"""Characters of one object."""

_SPACE = " \t\r\n,"
_OURS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_decoder = json.JSONDecoder(parse_float=Decimal)


def read(path: Path, encoding: str) -> Table:
    """The objects as rows; the columns are the keys of all of them, in the order in which they first come.

    Objects within an object become columns of their own (``address.city``); lists stay as they are.
    """
    columns: dict[str, None] = {}
    for _number, one, _wrong in _objects(path, encoding):
        if isinstance(one, Mapping):
            columns.update(dict.fromkeys(_flat(one)))
    if not columns:
        raise Unreadable("empty_file", gettext_noop("This file is empty"))
    names = distinct(columns)
    return Table(names, _lines(path, encoding, tuple(columns)))


def is_json(head: str) -> bool:
    """Whether a text begins as JSON objects do."""
    bare = head.lstrip("\ufeff \t\r\n")
    return bare.startswith("{") or (bare.startswith("[") and bare[1:].lstrip()[:1] in ("{", "]"))


def _lines(path: Path, encoding: str, columns: tuple[str, ...]) -> Iterator[Line]:
    for number, one, wrong in _objects(path, encoding):
        if not isinstance(one, Mapping):
            yield Line(number, [""] * len(columns), wrong or "not_an_object")
            continue
        flat = _flat(one)
        yield Line(number, [flat.get(name, "") for name in columns])


def _flat(one: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    own = _OURS.fullmatch(str(one.get("id"))) is not None  # our own export: each value is that of one field
    for key, value in one.items():
        if isinstance(value, Mapping) and value and not before and not own and not _whole(value):
            found.update(_flat(value, f"{key}."))
        else:
            found[before + key] = value
    return found


def _whole(value: Mapping[str, Any]) -> bool:
    """An object that is one value: an amount of money, a reference, keys of other systems."""
    return {"amount", "currency"} <= set(value) or "id" in value or all(isinstance(one, str) for one in value.values())


def _objects(path: Path, encoding: str) -> Iterator[tuple[int, Any, str]]:
    """(number, object, what is wrong with it). After an error the next line is tried; in an array nothing
    follows it.
    """
    with path.open(encoding=encoding) as file:
        buffer, number, array, ended = "", 0, False, False
        while True:
            buffer = buffer.lstrip("\ufeff" + _SPACE)
            if number == 0 and not array and buffer[:1] == "[":
                buffer, array = buffer[1:], True
                continue
            if array and buffer[:1] == "]":
                return
            try:
                one, end = _decoder.raw_decode(buffer) if buffer else (None, 0)
                whole = bool(buffer) and (end < len(buffer) or ended)
            except (ValueError, RecursionError):
                whole, one, end = False, None, 0
                if "\n" in buffer and not array and (ended or _over(buffer)):
                    number += 1
                    yield number, None, "not_json"
                    buffer = buffer.partition("\n")[2]
                    continue
            if whole:
                number += 1
                yield number, one, "" if isinstance(one, Mapping) else "not_an_object"
                buffer = buffer[end:]
                continue
            if ended:
                if buffer.strip(_SPACE):
                    yield number + 1, None, "not_json"
                return
            block = file.read(BLOCK)
            ended = not block
            buffer += block
            if len(buffer) > LONGEST + BLOCK:
                raise Unreadable(
                    "not_json", gettext_noop("Row %(row)s is no JSON object, or longer than any"), row=number + 1
                )


def _over(buffer: str) -> bool:
    """Whether the first line alone is broken: the next one begins an object of its own."""
    return buffer.partition("\n")[2].lstrip()[:1] == "{"

"""Cards of people (vCard 2.1, 3 and 4), read as rows of a table with fixed columns.

A card is read leniently: programs write it in many ways. What a table of contacts has no place for (pictures, keys,
sounds) is left out, and the table's notes say how often.
"""

from __future__ import annotations

import codecs
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kith.kernel.kit.errors import gettext_noop
from kith.kernel.transfer.cells import Line, Table

COLUMNS: Final = (
    "FN", "Family name", "Given name", "Prefix", "ORG", "Department", "TITLE", "EMAIL", "TEL", "ADR", "Other addresses",
    "URL", "BDAY", "NOTE", "CATEGORIES", "NICKNAME", "UID", "REV",
)  # fmt: skip
PICTURES: Final = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
LONGEST: Final = 5_000_000
"""Characters of one card without its pictures."""

_USES: Final = ("work", "home", "cell", "fax", "pager", "car", "other")
_ADDRESS: Final = ("box", "extended", "street", "city", "state", "postal_code", "country")
_UNFOLDED = re.compile(r"\\([\\,;:nN\"])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a card: ``item1.TEL;TYPE=work:+49…`` has the group ``item1``."""

    name: str
    parameters: Mapping[str, tuple[str, ...]]
    value: str
    group: str = ""
    soft: bool = False  # values may hold escaped signs: not so in version 2.1

    @property
    def uses(self) -> list[str]:
        words = [one.lower() for key in ("TYPE", "") for one in self.parameters.get(key, ())]
        found = [one for one in _USES if one in words]
        return ["mobile" if one == "cell" else one for one in found]

    @property
    def preferred(self) -> bool:
        words = {one.lower() for key in ("TYPE", "") for one in self.parameters.get(key, ())}
        return "pref" in words or bool(self.parameters.get("PREF"))


def read(path: Path, encoding: str) -> Table:
    """The cards as a table. Broken ones come as rows that say so."""
    table = Table(COLUMNS, iter(()))
    table.lines = _cards(path, encoding, table)
    return table


def _cards(path: Path, encoding: str, table: Table) -> Iterator[Line]:
    pictures = 0
    number, card, open_card, size, wrong = 0, list[Entry](), False, 0, ""
    for line in _unfolded(path, encoding):
        word = line.strip().upper()
        if word == "BEGIN:VCARD" and (not open_card or not card):
            number, card, open_card, size, wrong = number + 1, [], True, 0, ""
        elif word == "BEGIN:VCARD":  # the one before never ended: keep what it had
            yield Line(number, _row(card), "unfinished_card")
            number, card, size, wrong = number + 1, [], 0, ""
        elif word == "END:VCARD" and open_card:
            yield Line(number, _row(card), wrong)
            card, open_card = [], False
        elif open_card and line.strip():
            entry = _entry(line, _version(card))
            if entry is None:
                continue  # a line that is none: pictures of old cards end in such
            if entry.name in PICTURES:
                pictures += 1
                continue
            size += len(line)
            if size > LONGEST:
                wrong = "card_too_long"
            else:
                card.append(entry)
    if open_card:
        yield Line(number, _row(card), "unfinished_card")
    if pictures:
        table.notes.append((gettext_noop("Pictures on cards are not imported: %(count)s"), {"count": pictures}))


def _version(card: list[Entry]) -> str:
    return next((one.value.strip() for one in card if one.name == "VERSION"), "")


def _unfolded(path: Path, encoding: str) -> Iterator[str]:
    """Lines as they were before folding: a continuation begins with a blank, or follows a quoted-printable ``=``.

    A soft line break may fall inside an UTF-8 character; Latin-1 keeps the bytes until a value is decoded.
    """
    held: str | None = None
    quoted = False
    with path.open(encoding=encoding, newline=None) as file:
        for raw in file:
            line = raw.rstrip("\r\n").replace("\x00", "")
            if held is not None and quoted and held.endswith("="):
                held = held[:-1] + line
                continue
            if held is not None and line[:1] in (" ", "\t"):
                held = held + line[1:] if len(held) < LONGEST else held
                continue
            if held is not None:
                yield held
            held, quoted = line, "QUOTED-PRINTABLE" in line.partition(":")[0].upper()
    if held is not None:
        yield held


def _entry(line: str, version: str) -> Entry | None:
    head, value = _cut(line)
    if value is None:
        return None
    group, _dot, rest = head.rpartition(".") if re.match(r"[\w-]+\.[A-Za-z]", head) else ("", "", head)
    pieces = _parts(rest, ";", escapes=False)
    name = pieces[0].strip().upper()
    if not re.fullmatch(r"[A-Z0-9-]+", name):
        return None
    parameters: dict[str, tuple[str, ...]] = {}
    for piece in pieces[1:]:
        key, equals, words = piece.partition("=")
        key, words = (key.strip().upper(), words) if equals else ("", key)
        split = tuple(one.strip().strip('"') for one in words.replace('"', "").split(","))
        parameters[key] = (*parameters.get(key, ()), *split)
    return Entry(name, parameters, _decoded(parameters, value), group, version != "2.1")


def _cut(line: str) -> tuple[str, str | None]:
    """Name and parameters, and the value behind the first colon that is not within quotation marks."""
    quoted = False
    for at, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return line[:at], line[at + 1 :]
    head, colon, value = line.partition(":")
    return (head, value) if colon else (line, None)


def _decoded(parameters: Mapping[str, tuple[str, ...]], value: str) -> str:
    words = {one.upper() for key in ("ENCODING", "") for one in parameters.get(key, ())}
    if "QUOTED-PRINTABLE" not in words:
        return value
    charset = (parameters.get("CHARSET") or ("utf-8",))[0]
    try:
        codecs.lookup(charset)
    except LookupError:
        charset = "utf-8"
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    for name in (charset, "utf-8", "gb18030"):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _parts(value: str, mark: str, escapes: bool = True) -> list[str]:
    """A value cut at ``mark``, but not where a backslash or quotation marks protect it."""
    parts, piece, at, quoted = list[str](), "", 0, False
    while at < len(value):
        letter = value[at]
        if letter == "\\" and escapes and at + 1 < len(value):
            piece, at = piece + value[at : at + 2], at + 2
            continue
        if letter == '"' and not escapes:
            quoted = not quoted
        if letter == mark and not quoted:
            parts.append(piece)
            piece = ""
        else:
            piece += letter
        at += 1
    return [*parts, piece]


def _text(value: str, soft: bool = True) -> str:
    if not soft or "\\" not in value:
        return value.strip()
    return _UNFOLDED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _pieces(entry: Entry) -> list[str]:
    return [_text(one, entry.soft) for one in _parts(entry.value, ";")]


def _row(card: list[Entry]) -> list[Any]:
    by_name: dict[str, list[Entry]] = {}
    for one in card:
        by_name.setdefault(one.name, []).append(one)

    def first(name: str) -> str:
        return next((found for one in by_name.get(name, ()) if (found := _text(one.value, one.soft))), "")

    family, given, middle, prefix, suffix = (*(_pieces(by_name["N"][0]) if "N" in by_name else ()), *[""] * 5)[:5]
    organisation = _pieces(by_name["ORG"][0]) if "ORG" in by_name else [""]
    addresses = sorted((one for one in map(_address, by_name.get("ADR", ())) if one[1]), key=lambda one: not one[0])
    values: dict[str, Any] = {
        "FN": first("FN"),
        "Family name": " ".join(filter(None, (family, suffix.replace(",", " ")))),
        "Given name": " ".join(filter(None, (given, middle))),
        "Prefix": prefix.replace(",", " "),
        "ORG": organisation[0] or first("ORG"),
        "Department": ", ".join(filter(None, organisation[1:])),
        "TITLE": first("TITLE") or first("ROLE"),
        "EMAIL": [_point(one, r"^(?:mailto:|internet:)") for one in by_name.get("EMAIL", ()) if one.value.strip()],
        "TEL": [_point(one, r"^tel:") for one in by_name.get("TEL", ()) if one.value.strip()],
        "ADR": addresses[0][1] if addresses else "",
        "Other addresses": [one for _preferred, one in addresses[1:]],
        "URL": first("URL"),
        "BDAY": first("BDAY"),
        "NOTE": "\n".join(filter(None, (_text(one.value, one.soft) for one in by_name.get("NOTE", ())))),
        "CATEGORIES": [
            word for one in by_name.get("CATEGORIES", ()) for piece in _parts(one.value, ",") if (word := _text(piece))
        ],
        "NICKNAME": first("NICKNAME"),
        "UID": first("UID"),
        "REV": first("REV"),
    }
    return [values[name] for name in COLUMNS]


def _point(entry: Entry, scheme: str) -> dict[str, Any]:
    value = re.sub(scheme, "", _text(entry.value, entry.soft), flags=re.IGNORECASE)
    if number := re.match(r"(?P<number>[^;]+);ext=(?P<extension>\d+)$", value):
        value = f"{number['number']} ext. {number['extension']}"
    return {"value": value, "kind": " ".join(entry.uses[:2]), "primary": entry.preferred}


def _address(entry: Entry) -> tuple[bool, dict[str, str]]:
    found = dict(zip(_ADDRESS, _pieces(entry), strict=False))
    box, extended = found.pop("box", ""), found.pop("extended", "")
    street = ", ".join(filter(None, (found.get("street", ""), extended, box)))
    parts = {**found, "street": street}
    return entry.preferred, {key: " ".join(one.split()) for key, one in parts.items() if one.strip()}

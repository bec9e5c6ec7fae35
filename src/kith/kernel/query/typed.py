"""The typed form of a filter, for the search box, the URL and the command line: text to tree and back.

::

    stage:proposal,won amount>10k company.city:"New York" close_date:<30d owner:me -lost_reason:* (a or b)

==================
========================================================================================================
``field:value``     equal; of a field with several values: has it. ``:value,value`` one of them
``= != > >= < <=``  comparisons, also after the colon (``amount:>10k``); ``10k..50k`` between, either end may be open
``~`` ``^``         contains, starts with
``field:*``         filled; ``-field:*`` empty
``-`` ``not``       before a condition, word or group: the opposite
``or`` ``|``        one of both; ``and`` or nothing: both. ``and`` binds tighter; round brackets group
``"..."``           a value, word or field label with spaces or signs; ``\\"`` and ``\\\\`` inside
==================
========================================================================================================

Fields go by API name or label, values by key or label, in any language; people by name or address, ``me`` is the
reader; records by exact title. Full-width signs （：，“”） count as half-width ones. Words that are no condition are
searched for. Periods are names: today, this_week, last_quarter, next_year, 30d, next_30d, or the same in words (本季度,
"last 30 days"). For ``<30d`` see :mod:`kith.kernel.query.meanings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.text import clean, fold
from kith.kernel.query import signs
from kith.kernel.query.compile import HOPS
from kith.kernel.query.meanings import Atom, Misplaced, Subject, condition, in_any_language
from kith.kernel.query.tree import ALL, DEEPEST, And, BadFilter, Not, Or, Tree, Words, check, tidy
from kith.kernel.query.written import write as write
from kith.kernel.schema.spec import ObjectSpec

LONGEST: Final = 10_000


class Names(Protocol):
    """What the reader of names must know of the actor's rights; ``records.sight`` answers."""

    def field(self, spec: ObjectSpec, name: str) -> Field | None: ...

    def fields(self, spec: ObjectSpec) -> Sequence[Field]: ...


class AllNames:
    """Every field: for texts of our own. The compiler still refuses what the actor may not read."""

    def field(self, spec: ObjectSpec, name: str) -> Field | None:
        return spec.fields.get(name)

    def fields(self, spec: ObjectSpec) -> Sequence[Field]:
        return tuple(spec.fields.values())


def parse(text: str, ctx: Context, spec: ObjectSpec, names: Names | None = None) -> Tree:
    """The tree of a typed filter; ``""`` is the condition that everything meets.

    Give the actor's sight as ``names`` for what people type, so that a hidden field is as unknown as one that is not
    there. Raises :class:`BadFilter` and nothing else; ``params["at"]`` is the place in the text (0 is the first
    character).
    """
    if len(text) > LONGEST:
        raise _bad("too_long", gettext_noop("The filter is longer than %(most)s characters"), LONGEST, most=LONGEST)
    try:
        clean(text)
    except Unreadable as error:
        place = next((at for at, one in enumerate(text) if one == "\x00" or "\ud800" <= one <= "\udfff"), 0)
        raise _bad(error.code, error.message, place, **error.params) from error
    reader = _Reader(text, ctx, spec, names or AllNames())
    tree = tidy(reader.whole())
    try:
        check(tree)
    except BadFilter as error:
        raise _bad(error.code, error.message, 0, **error.params) from error
    return tree


def _bad(code: str, message: str, at: int, **params: Any) -> BadFilter:
    return BadFilter(code, message, **{**params, "at": at})


class _Reader:
    """One pass over one text, by recursive descent: or, and, unit."""

    def __init__(self, text: str, ctx: Context, spec: ObjectSpec, names: Names) -> None:
        self.text, self.ctx, self.spec, self.names = text, ctx, spec, names
        self.at = 0

    def whole(self) -> Tree:
        found = self._or(0)
        if self.at < len(self.text):
            raise _bad("unopened", gettext_noop("This bracket closes nothing"), self.at)
        return found

    # --- groups ---

    def _or(self, depth: int) -> Tree:
        found = [self._and(depth)]
        while (start := self._skip()) < len(self.text) and (length := self._or_sign()):
            if found[-1] is ALL:
                raise self._wanted(start)
            self.at += length
            found.append(self._and(depth))
            if found[-1] is ALL:
                raise self._wanted(self.at)
        return found[0] if len(found) == 1 else Or(tuple(found))

    def _and(self, depth: int) -> Tree:
        found: list[Tree] = []
        joined = False
        while self._skip() < len(self.text) and self.text[self.at] not in signs.CLOSE and not self._or_sign():
            if (length := self._keyword(signs.AND)) and not joined:
                if not found:
                    raise self._wanted(self.at)
                self.at, joined = self.at + length, True
                continue
            found.append(self._unit(depth))
            joined = False
        if joined:
            raise self._wanted(self.at)
        return And(tuple(found)) if found else ALL

    def _unit(self, depth: int) -> Tree:
        negated = False
        while True:
            if self.text[self.at] in signs.DASHES and not self._ends(self.at + 1):
                self.at += 1
            elif length := self._keyword(signs.NOT):
                self.at += length
                if self._skip() >= len(self.text) or self.text[self.at] in signs.CLOSE + signs.BARS:
                    raise self._wanted(self.at)
            else:
                break
            negated = not negated
        found = self._group(depth) if self.text[self.at] in signs.OPEN else self._term()
        return Not(found) if negated else found

    def _group(self, depth: int) -> Tree:
        start = self.at
        if depth >= DEEPEST:
            raise _bad(
                "too_deep", gettext_noop("The filter is nested more than %(most)s levels deep"), start, most=DEEPEST
            )
        self.at += 1
        found = self._or(depth + 1)
        if self.at >= len(self.text):
            raise _bad("unclosed", gettext_noop("This bracket is not closed"), start)
        self.at += 1
        return And((found,))  # never the same object as ALL, so that "() or x" is no mistake

    def _or_sign(self) -> int:
        if self.text[self.at] in signs.BARS:
            return 2 if self.text[self.at + 1 : self.at + 2] in tuple(signs.BARS) else 1
        return self._keyword(signs.OR)

    def _keyword(self, words: frozenset[str]) -> int:
        """The length of the word here when it is one of these; else 0."""
        found = signs.WORD.match(self.text, self.at)
        return len(found[0]) if found and found[0].casefold() in words else 0

    # --- conditions and words ---

    def _term(self) -> Tree:
        start = self.at
        pieces, end = self._name()
        sign = signs.SIGN.match(self.text, end) if pieces else None
        spaced = None if sign or not pieces else self._spaced(end)
        if spaced is not None and self._subject(pieces, start) is not None:
            sign = spaced
        if sign is None:
            return self._words()
        subject = self._subject(pieces, start)
        if subject is None:
            if self.text.startswith("//", sign.end()) or (len(pieces) == 1 and pieces[0].isdigit()):
                return self._words()  # an address of the web, a time of day
            raise _bad(
                "unknown_field",
                gettext_noop("%(object)s has no field “%(field)s”"),
                start,
                object=str(self.spec.label_many),
                field=".".join(pieces),
            )
        self.at = sign.end()
        typed = signs.sign(sign[0])
        atoms, listed = self._values(typed)
        try:
            return condition(subject, typed, atoms, listed)
        except Misplaced as error:
            refusal = error.refusal
            raise _bad(refusal.code, refusal.message, error.at, **{"field": subject.path, **refusal.params}) from error

    def _name(self) -> tuple[list[str], int]:
        """The pieces of a dotted name at this place, and where it ends; no pieces when there is none."""
        pieces: list[str] = []
        at = self.at
        while at < len(self.text):
            if self.text[at] in signs.QUOTES:
                if (end := signs.closing(self.text, at)) < 0:
                    return [], at
                pieces.append(signs.unquoted(self.text[at + 1 : end]))
                at = end + 1
            elif found := signs.SEGMENT.match(self.text, at):
                pieces.append(found[0])
                at = found.end()
            else:
                return [], at
            if self.text[at : at + 1] != ".":
                break
            at += 1
        return pieces, at

    def _spaced(self, end: int) -> Any:
        at = self._skip(end)
        found = signs.SPACED.match(self.text, at) if at > end else None
        return found if found and self._ends(found.end()) else None

    def _subject(self, pieces: Sequence[str], start: int) -> Subject | None:
        """The field that a path of names or labels leads to."""
        spec = self.spec
        path: list[str] = []
        for place, piece in enumerate(pieces):
            field = self._field(spec, piece)
            if field is None or len(path) > HOPS:
                return None
            path.append(field.name)
            rest = pieces[place + 1 :]
            if not rest:
                return Subject(self.ctx, field, "", ".".join(path))
            if len(rest) == 1 and rest[0].casefold() in field.type.parts:
                part = rest[0].casefold()
                return Subject(self.ctx, field, part, ".".join([*path, part]))
            target = self.ctx.schema.get(field.target)
            if target is None:
                return None
            spec = target
        return None

    def _field(self, spec: ObjectSpec, name: str) -> Field | None:
        if (found := self.names.field(spec, name)) is not None:
            return found
        if not (folded := fold(name)):
            return None
        fields = self.names.fields(spec)
        by_name = next((one for one in fields if one.name.casefold() == folded), None)
        return by_name or next((one for one in fields if folded in in_any_language(one.label)), None)

    def _values(self, sign: str) -> tuple[list[Atom], bool]:
        self._skip()
        atoms = [self._atom()]
        listed = False
        while self.at < len(self.text) and self.text[self.at] in signs.COMMAS:
            self.at += 1
            listed = True
            if self._ends(self.at):
                break
            atoms.append(self._atom())
        if sign in (":", "=", "!="):
            return atoms, listed
        if listed and not any(one.quoted for one in atoms):  # "amount>10,000" is one number
            atoms = [Atom(self.text[atoms[0].at : self.at].rstrip(signs.COMMAS), atoms[0].at)]
        if len(atoms) > 1:
            raise _bad("one_value", gettext_noop("Expected one value"), atoms[1].at)
        return atoms, False

    def _atom(self) -> Atom:
        start = self.at
        if self.text[start : start + 1] and self.text[start] in signs.QUOTES:
            inside = Atom(self._quoted(), start, True)
            if self.text.startswith("..", self.at) and not self._ends(self.at + 2):
                self.at += 2
                other = self._atom()
                return Atom(inside.text, start, True, Atom(other.text, other.at, other.quoted))
            return inside
        found = signs.ATOM.match(self.text, start)
        if found is None:
            raise _bad("value_wanted", gettext_noop("Expected a value"), start)
        self.at = found.end()
        return Atom(found[0], start)

    def _words(self) -> Tree:
        if self.text[self.at] in signs.QUOTES:
            return Words(self._quoted())
        found = signs.WORD.match(self.text, self.at)
        if found is None:
            raise self._wanted(self.at)
        self.at = found.end()
        return Words(found[0])

    # --- characters ---

    def _quoted(self) -> str:
        start = self.at
        end = signs.closing(self.text, start)
        if end < 0:
            raise _bad("unclosed", gettext_noop("This quotation mark is not closed"), start)
        self.at = end + 1
        return signs.unquoted(self.text[start + 1 : end])

    def _skip(self, at: int | None = None) -> int:
        """Past white space: moves on, or only looks from ``at``."""
        place = self.at if at is None else at
        while place < len(self.text) and self.text[place].isspace():
            place += 1
        if at is None:
            self.at = place
        return place

    def _ends(self, at: int) -> bool:
        return at >= len(self.text) or self.text[at].isspace() or self.text[at] in signs.CLOSE + signs.BARS

    def _wanted(self, at: int) -> BadFilter:
        return _bad("condition_wanted", gettext_noop("Expected a condition or a word"), at)

"""What a typed value means for its field: the condition that ``field sign values`` is.

Words become what they mean as far as that is the same for everybody: labels of choices become keys, numbers numbers,
dates in the order of a locale ISO days. What depends on the reader or the day stays text ("me", "next fri",
"this_quarter", the title of a record): the compiler reads it each time.

**How near a date is.** ``<30d`` means nearer than 30 days and ``>30d`` further away. Which way depends on the field:
dates that people set look ahead (``close_date:<30d``: the coming 30 days), times that Kith keeps look back
(``updated_at:<30d``: the last 30 days, ``updated_at:>30d``: untouched for longer). A sign says it outright: ``<-30d``
back, ``<+30d`` ahead; with ``<=`` and ``>=`` it is that day itself. Today counts on both sides. A bare span is the
last one (``close_date:30d``), as in the JSON form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_noop, override

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import OPERATORS, Kind
from kith.kernel.kit import dates, periods
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.text import fold
from kith.kernel.query.operands import ME, one_day
from kith.kernel.query.tree import Is, Not, Or, Tree

DAYS: Final = (Kind.DATE, Kind.DATETIME)
ORDERED: Final = (Kind.NUMBER, *DAYS)
_SPAN: Final = re.compile(r"([+-]?)(\d{1,4})([dwmy])")
_OP: Final = {"~": "contains", "^": "starts", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_DAY_OP: Final = {**_OP, ">": "after", "<": "before"}
_STEP: Final = {"上": "last", "本": "this", "这": "this", "下": "next"}
_HAN_PERIOD: Final = re.compile("([上本这下])(?:一个?|个)?(周|星期|月|季度?)")
_HAN_UNIT: Final = {"周": "week", "星期": "week", "月": "month", "季": "quarter", "季度": "quarter"}
_NAMED: Final = {
    **{"今天": "today", "今日": "today", "昨天": "yesterday", "明天": "tomorrow"},
    **{"今年": "this_year", "本年": "this_year", "去年": "last_year", "明年": "next_year"},
}
_FAR: Final = re.compile(
    r"(last|past|next|最近|近|过去|未来|接下来) ?(\d{1,4}) ?(d|w|m|y|天|日|周|个?月|年)(?:ays?|eeks?|onths?|ears?)?"
)
_FAR_UNIT: Final = {"天": "d", "日": "d", "周": "w", "月": "m", "个月": "m", "年": "y"}


@dataclass(frozen=True, slots=True)
class Atom:
    """One value as typed. ``at`` is its place in the text."""

    text: str
    at: int
    quoted: bool = False
    until: Atom | None = None  # the other end of a range whose ends stand in quotes


@dataclass(frozen=True, slots=True)
class Subject:
    """What stands on the left: a field or a part of it, under its API path."""

    ctx: Context
    field: Field
    part: str
    path: str

    @property
    def kind(self) -> Kind:
        return self.field.type.parts[self.part] if self.part else self.field.type.kind

    @property
    def operators(self) -> Sequence[str]:
        return OPERATORS[self.kind] if self.part else self.field.operators

    @property
    def ordered(self) -> bool:
        return self.kind in ORDERED or "between" in self.operators


class Misplaced(Exception):
    """A value cannot be read: the refusal, and the place in the text."""

    def __init__(self, refusal: Unreadable, at: int) -> None:
        super().__init__(refusal, at)
        self.refusal, self.at = refusal, at


def condition(subject: Subject, sign: str, atoms: Sequence[Atom], listed: bool) -> Tree:
    """The tree of one term. ``listed``: there was a comma. Raises :class:`Misplaced`."""
    first = atoms[0]
    if sign == ":" and len(atoms) == 1 and first.text == "*" and not first.quoted:
        return Is(subject.path, "empty", False)
    if sign in _OP:
        return _compared(subject, sign, first)
    found = [_one(subject, sign, one) for one in atoms]
    if listed and not all(isinstance(one, Is) and one.op in ("eq", "has") for one in found):
        either: Tree = Or(tuple(found))
        return Not(either) if sign == "!=" else either
    if listed:
        values = [one.value for one in found if isinstance(one, Is)]
        if sign == "=" and subject.kind is Kind.ENUMS:
            return Is(subject.path, _allowed(subject, "eq", first), values)
        inside = Is(subject.path, _allowed(subject, "in", first), values)
        return Not(inside) if sign == "!=" else inside
    only = found[0]
    if isinstance(only, Is) and only.op in ("eq", "has") and only.value == "":  # "": nothing stands there
        return Is(subject.path, "empty", sign != "!=")
    if sign == "!=":
        return (
            Is(only.field, "ne", only.value)
            if isinstance(only, Is) and only.op == "eq" and "ne" in subject.operators
            else Not(only)
        )
    return only


def _one(subject: Subject, sign: str, atom: Atom) -> Tree:
    """Equality with one value, which may be a stretch of days or a range."""
    if subject.ordered and (ends := _range(atom)) is not None:
        low, high = (read(subject, one) if one is not None else None for one in ends)
        if low is None or high is None:
            op, value = ("lte", high) if low is None else ("gte", low)
            return Is(subject.path, _allowed(subject, op, atom), value)
        return Is(subject.path, _allowed(subject, "between", atom), [low, high])
    if subject.kind in DAYS and (name := period_named(atom.text)):
        return Is(subject.path, "within", name)
    op = "has" if sign == ":" and subject.kind is Kind.ENUMS else "eq"
    return Is(subject.path, _allowed(subject, op, atom), read(subject, atom))


def _compared(subject: Subject, sign: str, atom: Atom) -> Tree:
    if not atom.text:
        raise Misplaced(Unreadable("value_wanted", gettext_noop("Expected a value")), atom.at)
    if subject.kind in DAYS:
        span = _SPAN.fullmatch(atom.text) if sign[0] in "<>" else None
        if span is not None and (len(sign) == 1 or not span[1]):
            return _near(subject, sign, *span.groups())
        return Is(subject.path, _allowed(subject, _DAY_OP[sign], atom), read(subject, atom))
    op = _allowed(subject, _OP[sign], atom)
    return Is(subject.path, op, atom.text if op in ("contains", "starts") else read(subject, atom))


def _near(subject: Subject, sign: str, direction: str, count: str, unit: str) -> Tree:
    ahead = direction == "+" or (not direction and subject.field.editable)
    if sign[0] == "<":
        return Is(subject.path, "within", f"{'next_' if ahead else ''}{int(count)}{unit}")
    return Is(subject.path, "gte" if ahead else "lte", f"{'+' if ahead else '-'}{int(count)}{unit}")


def _range(atom: Atom) -> tuple[Atom | None, Atom | None] | None:
    if atom.until is not None:
        return atom, atom.until
    low, dots, high = atom.text.partition("..")
    if not dots or atom.quoted or not (low or high):
        return None
    return Atom(low, atom.at) if low else None, Atom(high, atom.at + len(low) + 2) if high else None


def _allowed(subject: Subject, op: str, atom: Atom) -> str:
    if op not in subject.operators:
        raise Misplaced(
            Unreadable(
                "unknown_operator",
                gettext_noop("“%(field)s” cannot be compared with “%(op)s”; use one of: %(operators)s"),
                field=subject.path,
                op=op,
                operators=", ".join(subject.operators),
            ),
            atom.at,
        )
    return op


def read(subject: Subject, atom: Atom) -> Any:
    """The value for the tree. Raises :class:`Misplaced` when the field would refuse it."""
    try:
        return _read(subject, atom.text)
    except (ValueError, ArithmeticError) as error:
        refusal = error if isinstance(error, Unreadable) else Unreadable("bad_value", gettext_noop("Expected a value"))
        raise Misplaced(refusal, atom.at) from error


def _read(subject: Subject, text: str) -> Any:
    field, ctx = subject.field, subject.ctx
    if not text:
        return text
    if subject.part:
        field.store.operand(field, text, subject.part)
        return text
    if subject.kind is Kind.REFERENCE:
        return "me" if field.target == "users" and text.casefold() in ME else text
    if subject.kind in (Kind.ENUM, Kind.ENUMS):
        return _choice(field, text) if field.choices else text
    if subject.kind in DAYS:
        return _pinned(subject, text)
    parsed = field.type.parse(field, text, ctx.locale)
    if field.type.main:  # money: "10k" is in the currency of whoever typed it
        return field.type.dump(field, parsed)
    if isinstance(parsed, bool | int):
        return parsed
    return parsed if isinstance(parsed, Decimal) else text


def _choice(field: Field, text: str) -> str:
    wanted = fold(text)
    for one in field.choices:
        if text == one.key:
            return one.key
    for one in field.choices:
        if wanted == fold(one.key) or wanted in in_any_language(one.label):
            return one.key
    known = ", ".join(str(one.label) for one in field.choices if one.active)
    raise Unreadable("not_a_choice", gettext_noop("Expected one of: %(choices)s"), choices=known)


def _pinned(subject: Subject, text: str) -> str:
    """A day or moment as ISO when it is the same next week; words that move ("fri", "+30d") stay words."""
    field, locale = subject.field, subject.ctx.locale
    if field.type.name not in ("date", "datetime"):
        field.type.parse(field, text, locale)
        return text
    now = dates.now()
    later = now + timedelta(days=7 if (now + timedelta(days=8)).year == now.year else -7)
    if subject.kind is Kind.DATE or one_day(text, subject.ctx) is not None:
        day = dates.parse_date(text, now.astimezone(locale.zone).date(), locale)
        moved: date = dates.parse_date(text, later.astimezone(locale.zone).date(), locale)
        return day.isoformat() if day == moved else text
    moment = dates.parse_moment(text, now, locale)
    fixed = moment == dates.parse_moment(text, later, locale)
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z" if fixed else text


def period_named(text: str) -> str:
    """The name of the period that these words mean ("this quarter", 本季度, "last 30 days"); "" when none."""
    folded = fold(text)
    name = _NAMED.get(folded) or folded.replace(" ", "_").replace("-", "_")
    if han := _HAN_PERIOD.fullmatch(folded):
        name = f"{_STEP[han[1]]}_{_HAN_UNIT[han[2]]}"
    elif far := _FAR.fullmatch(folded.replace("_", " ")):
        ahead = far[1] in ("next", "未来", "接下来")
        name = f"{'next_' if ahead else ''}{int(far[2])}{_FAR_UNIT.get(far[3], far[3])}"
    try:
        periods.period(name, datetime(2000, 6, 1, tzinfo=UTC).date())
    except ValueError:
        return ""
    return name


def in_any_language(label: Any) -> set[str]:
    """A label folded, in every language it is known in: a user's own words, or a shipped text and its translations."""
    if words := getattr(label, "words", None):
        return {fold(one) for one in words.values()}
    if isinstance(label, str):
        return {fold(label)}
    return set(_translations(label))


def _translations(label: Any) -> Iterable[str]:
    for language, _name in settings.LANGUAGES:
        with override(language):
            yield fold(str(label))

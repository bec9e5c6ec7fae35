"""The right side of a condition: what a value in a filter tree means for the field it is compared with."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.money import MoneyStore
from kith.kernel.fields.rates import base_currency, rate
from kith.kernel.fields.references import ANY
from kith.kernel.fields.store import Aside
from kith.kernel.kit import dates, periods
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.text import clean
from kith.kernel.query.tree import BadFilter
from kith.kernel.schema.spec import ObjectSpec

ME: Final = frozenset({"me", "我", "本人"})
MOST_VALUES: Final = 1000
_CLOCK: Final = re.compile(
    r"[:：点时]|\d ?[ap]\.?m\b|\b(?:now|min|h|hours?|minutes?)\b|[现刚此]|小时|分钟|\dt\d|^\d{10,13}$", re.IGNORECASE
)


def blank(raw: Any) -> bool:
    """Whether a value says nothing."""
    return raw is None or raw == "" or raw == [] or raw == ()


def one_day(raw: Any, ctx: Context) -> date | None:
    """The day that a value means when it names no hour; ``None`` when it is a moment or no day at all."""
    if isinstance(raw, date):
        return None if isinstance(raw, datetime) else raw
    if not isinstance(raw, str) or _CLOCK.search(raw):
        return None
    try:
        return dates.parse_date(raw, dates.today(ctx.locale), ctx.locale)
    except Unreadable:
        return None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition's field (or a part of it), and how its values are read. ``path`` is how the filter names it."""

    ctx: Context
    field: Field
    part: str
    path: str

    @property
    def kind(self) -> Kind:
        return self.field.type.parts[self.part] if self.part else self.field.type.kind

    def expr(self) -> Any:
        """The SQL of the field. Raises :class:`BadFilter` for a value that is worked out only when it is read."""
        try:
            return self.field.type.expr(self.field, self.part)
        except NotImplementedError as error:
            raise BadFilter(
                "not_filterable", gettext_noop("“%(field)s” cannot be used in a filter"), field=self.path
            ) from error

    def comparable(self, value: Any) -> Leaf:
        """The same condition where it compares money of a currency without a rate: with amounts of that currency alone.

        No index serves it, since amounts are found by their value in the own currency.
        """
        store = self.field.store
        if not isinstance(store, MoneyStore) or self.part:
            return self
        locale = self.ctx.locale
        given = [one for one in (value if isinstance(value, list | tuple) else [value]) if not blank(one)]
        found = [self._read(self.field.type.parse, self.field, one, locale) for one in given]
        currencies = {one.currency for one in found if one is not None}
        if len(currencies) != 1 or rate(currency := currencies.pop(), base_currency(), dates.now().date()) is not None:
            return self  # of several, the one without a rate is refused by name
        return replace(self, field=self.field.with_(store=store.of_one(currency)))

    def whole(self) -> Any:
        """What tells whether there is a value at all: of money the amount, where its base value waits for a rate."""
        main = self.field.type.main
        return self.field.type.expr(self.field, main) if main and not self.part else self.expr()

    def bad(self, problem: Any) -> BadFilter:
        return BadFilter("bad_value", gettext_noop("%(field)s: %(problem)s"), field=self.path, problem=str(problem))

    def several(self, value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise BadFilter("not_a_list", gettext_noop("Expected a list after “%(key)s”"), key=f"{self.path} in")
        if len(value) > MOST_VALUES:
            raise BadFilter(
                "too_many", gettext_noop("At most %(most)s values after “%(field)s”"), most=MOST_VALUES, field=self.path
            )
        return list(value)

    def text(self, value: Any) -> str:
        """What is looked for inside a text."""
        if not isinstance(value, str):
            raise self.bad(gettext_noop("Expected text"))
        found = self._read(clean, value)
        if not found:
            raise self.bad(gettext_noop("Expected text"))
        return str(found)

    def operand(self, raw: Any) -> Any:
        """The value as the database compares it; ``None`` for nothing, where ``eq`` asks for it. Raises
        :class:`BadFilter`.
        """
        if blank(raw):
            return None
        if self.part:
            return self._read(self.field.store.operand, self.field, raw, self.part)
        parsed = self._read(self.field.type.parse, self.field, raw, self.ctx.locale)
        return None if blank(parsed) else self._read(self.field.store.operand, self.field, parsed)

    def bound(self, raw: Any) -> Any:
        """The same where there must be a value: more than nothing is no question."""
        found = self.operand(raw)
        if found is None:
            raise self.bad(gettext_noop("Expected a value"))
        return found

    def pair(self, value: Any) -> tuple[Any, Any]:
        """The ends of ``between``; one of them may be open."""
        if not isinstance(value, list | tuple) or len(value) != 2 or (blank(value[0]) and blank(value[1])):
            raise BadFilter(
                "not_a_pair", gettext_noop("Expected two values after “%(field)s between”"), field=self.path
            )
        return None if blank(value[0]) else value[0], None if blank(value[1]) else value[1]

    def day(self, raw: Any) -> tuple[Any, Any] | None:
        """For a moment compared with a day: the day's first moment and the next day's."""
        if self.kind is not Kind.DATETIME or self.part or (found := one_day(raw, self.ctx)) is None:
            return None
        try:
            return self._moment(found), self._moment(found + timedelta(days=1))
        except OverflowError as error:
            raise self.bad(gettext_noop("This date leaves the calendar")) from error

    def period(self, value: Any) -> tuple[Any, Any]:
        """First day and day after the last of a named period, as the field compares them."""
        locale = self.ctx.locale
        start, end = self._read(periods.period, str(value), dates.today(locale), locale.week_start, locale.fiscal_start)
        try:
            if self.kind is Kind.DATETIME:
                return self._moment(start), self._moment(end)
            return self.field.store.operand(self.field, start), self.field.store.operand(self.field, end)
        except OverflowError as error:
            raise self.bad(gettext_noop("This period leaves the calendar")) from error

    def _moment(self, day: date) -> Any:
        return self.field.store.operand(self.field, datetime.combine(day, time(), self.ctx.locale.zone).astimezone(UTC))

    def keys(self, spec: ObjectSpec, wanted: list[Any]) -> tuple[Field, list[str]] | None:
        """For a primary e-mail address or phone number: the field with all of them, and the keys looked for."""
        if self.part or self.field.expands is None:
            return None
        many = spec.fields.get(self.field.expands.to[0])
        if many is None or not isinstance(many.store, Aside) or many.store.table != "points":
            return None
        points = self._read(many.type.parse, many, [one for one in wanted if not blank(one)], self.ctx.locale)
        return many, [one.key for one in points]

    def parsed(self, value: Any, op: str) -> Any:
        """The values of a field that lies aside, as its table holds them: keys of addresses, values of a set."""
        field = self.field
        if isinstance(field.store, Aside) and field.store.table == "keys":
            read = [
                self._read(field.type.parse, field, one, self.ctx.locale) for one in (value if op == "in" else [value])
            ]
            return [one for one in read if not blank(one)] if op == "in" else read[0]
        wanted = [one for one in (value if isinstance(value, list | tuple) else [value]) if not blank(one)]
        return [getattr(one, "key", one) for one in self._read(field.type.parse, field, wanted, self.ctx.locale) or ()]

    def title(self, raw: Any) -> str:
        """The text when a reference is named by a title; "" when by an id, ``me`` or what we sent out ourselves."""
        if not isinstance(raw, str) or (self.field.target == "users" and raw.casefold() in ME):
            return ""
        if self.field.target == ANY:  # a title may be that of any object: only an id is understood
            return ""
        try:
            uuid.UUID(raw)
        except ValueError:
            return self.text(raw)
        return ""

    def ids(self, raw: Any) -> list[Any]:
        """The id that a value is, with its object where the field leads to any. ``me`` is nobody for an actor without a
        user.
        """
        if isinstance(raw, str) and self.field.target == "users" and raw.casefold() in ME:
            return [self.ctx.actor.user] if self.ctx.actor.user else []
        parsed = self._read(self.field.type.parse, self.field, raw, self.ctx.locale)
        if self.field.target == ANY:
            return [one.key for one in parsed]
        return [
            getattr(one, "id", one) for one in (parsed if isinstance(parsed, tuple) else (parsed,)) if one is not None
        ]

    def _read(self, read: Any, *given: Any) -> Any:
        """Call a reader; whatever it refuses is a bad filter that names the field."""
        try:
            return read(*given)
        except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
            if isinstance(error, BadFilter):
                raise
            problem = str(error) if isinstance(error, Unreadable) else gettext_noop("Expected a value")
            raise self.bad(problem) from error

"""From a filter tree to ``Q``. Every name is looked up in the schema as the actor sees it; nothing a user typed reaches SQL.

SQL's third truth value is kept out: ``not`` is pushed down to the leaves and each leaf is true or false, never NULL, so that
``not (city = Berlin)`` finds the records without a city, as people expect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final, Protocol

from django.db.models import Model, Q, QuerySet
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IContains, In, IsNull, IStartsWith, LessThan, LessThanOrEqual
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit import dates, periods
from kith.kernel.query.tree import And, BadFilter, Is, Not, Or, Tree, Words
from kith.kernel.schema.spec import ObjectSpec

HOPS: Final = 3

COMPLEMENT: Final = {"eq": "ne", "ne": "eq", "in": "not_in", "empty": "filled", "filled": "empty"}
TESTS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "eq": Exact,
    "in": In,
    "contains": IContains,
    "starts": IStartsWith,
    "gt": GreaterThan,
    "gte": GreaterThanOrEqual,
    "lt": LessThan,
    "lte": LessThanOrEqual,
    "before": LessThan,
    "after": GreaterThan,
}


class Sight(Protocol):
    """What the compiler must know of the actor's rights. ``records.sight`` answers."""

    def field(self, spec: ObjectSpec, name: str) -> Field | None: ...

    def rows(self, spec: ObjectSpec) -> QuerySet[Model]: ...

    def aside(self, spec: ObjectSpec, field: Field, op: str, value: Any) -> Q: ...


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles trees for one context; ``me`` and relative dates are the context's."""

    ctx: Context
    sight: Sight

    def q(self, spec: ObjectSpec, tree: Tree, negated: bool = False) -> Q:
        """The condition as ``Q``. Raises :class:`BadFilter` naming the unknown field, operator or value."""
        if isinstance(tree, Not):
            return self.q(spec, tree.item, not negated)
        if isinstance(tree, Is):
            return self._leaf(spec, tree, negated)
        if isinstance(tree, Words):
            return Q()  # searched by the caller: words are not a comparison
        whole = Q()
        conjunction = isinstance(tree, And) != negated
        if isinstance(tree, Or) and not tree.items:
            return Q(pk__in=())
        for one in tree.items:
            part = self.q(spec, one, negated)
            whole = whole & part if conjunction else whole | part
        return whole

    def _leaf(self, spec: ObjectSpec, leaf: Is, negated: bool) -> Q:
        head, _, rest = leaf.field.partition(".")
        field = self._field(spec, head, leaf.field)
        if rest and rest not in field.type.parts:
            return self._hop(spec, field, Is(rest, leaf.op, leaf.value), leaf.field, negated)
        return self._compare(spec, field, rest, leaf, negated)

    def _field(self, spec: ObjectSpec, name: str, path: str) -> Field:
        field = self.sight.field(spec, name)
        if field is None:
            raise BadFilter("unknown_field", gettext_noop("%(object)s has no field “%(field)s”"), object=str(spec.label_many), field=path)
        return field

    def _hop(self, spec: ObjectSpec, field: Field, leaf: Is, path: str, negated: bool) -> Q:
        target = self.ctx.schema.get(field.target)
        if target is None or leaf.field.count(".") >= HOPS:
            raise BadFilter("unknown_field", gettext_noop("%(object)s has no field “%(field)s”"), object=str(spec.label_many), field=path)
        found = self.sight.rows(target).filter(self.q(target, leaf)).values("pk")
        return self._outside(field, "", In(field.type.expr(field), found)) if negated else Q(In(field.type.expr(field), found))

    def _outside(self, field: Field, part: str, test: Any) -> Q:
        return ~Q(test) | Q(IsNull(field.type.expr(field, part), True))

    def _compare(self, spec: ObjectSpec, field: Field, part: str, leaf: Is, negated: bool) -> Q:
        op, value = leaf.op, leaf.value
        if op not in field.operators and not (part and op in TESTS):
            raise BadFilter(
                "unknown_operator",
                gettext_noop("“%(field)s” cannot be compared with “%(op)s”; use one of: %(operators)s"),
                field=leaf.field,
                op=op,
                operators=", ".join(field.operators),
            )
        if op == "ne":
            op, negated = "eq", not negated
        if op == "empty":
            return self._empty(spec, field, part, (value is not False) != negated)
        if not field.store.columns or field.type.kind is Kind.ENUMS:
            found = self.sight.aside(spec, field, op, self._values(field, part, op, value, leaf))
            return ~found if negated else found
        if op == "within":
            start, end = self._period(leaf)
            return self._range(field, part, start, end, negated)
        if op == "between":
            low, high = self._pair(field, part, leaf)
            inside = Q(GreaterThanOrEqual(field.type.expr(field, part), low)) & Q(LessThanOrEqual(field.type.expr(field, part), high))
            return (~inside | Q(IsNull(field.type.expr(field, part), True))) if negated else inside
        operand = self._values(field, part, op, value, leaf)
        if op in ("eq", "in") and (operand is None or operand == []):
            return self._empty(spec, field, part, not negated) if operand is None else Q() if negated else Q(pk__in=())
        test = TESTS[op](field.type.expr(field, part), operand)
        return self._outside(field, part, test) if negated else Q(test)

    def _empty(self, spec: ObjectSpec, field: Field, part: str, empty: bool) -> Q:
        if not field.store.columns or field.type.kind is Kind.ENUMS:
            found = self.sight.aside(spec, field, "empty", None)
            return found if empty else ~found
        expr = field.type.expr(field, part)
        q = Q(IsNull(expr, True))
        if field.type.kind in (Kind.TEXT, Kind.ENUM):
            q |= Q(Exact(expr, ""))
        return q if empty else ~q

    def _values(self, field: Field, part: str, op: str, value: Any, leaf: Is) -> Any:
        if op == "in":
            if not isinstance(value, list | tuple):
                raise BadFilter("not_a_list", gettext_noop("Expected a list after “%(key)s”"), key=f"{leaf.field} in")
            return [self._value(field, part, one, leaf) for one in value]
        if op in ("contains", "starts"):
            if not isinstance(value, str):
                raise BadFilter("bad_value", gettext_noop("%(field)s: %(problem)s"), field=leaf.field, problem=gettext_noop("Expected text"))
            return value
        return self._value(field, part, value, leaf)

    def _value(self, field: Field, part: str, value: Any, leaf: Is) -> Any:
        if field.target == "users" and value == "me":
            return self.ctx.actor.user
        if part:
            return field.store.operand(field, value, part)
        try:
            parsed = field.type.parse(field, value, self.ctx.locale)
        except ValueError as error:
            raise BadFilter("bad_value", gettext_noop("%(field)s: %(problem)s"), field=leaf.field, problem=str(error)) from error
        return None if parsed is None else field.store.operand(field, parsed)

    def _pair(self, field: Field, part: str, leaf: Is) -> tuple[Any, Any]:
        if not isinstance(leaf.value, list | tuple) or len(leaf.value) != 2:
            raise BadFilter("not_a_pair", gettext_noop("Expected two values after “%(field)s between”"), field=leaf.field)
        return self._value(field, part, leaf.value[0], leaf), self._value(field, part, leaf.value[1], leaf)

    def _period(self, leaf: Is) -> tuple[Any, Any]:
        locale = self.ctx.locale
        try:
            return periods.period(str(leaf.value), dates.today(locale), locale.week_start, locale.fiscal_start)
        except ValueError as error:
            raise BadFilter("bad_value", gettext_noop("%(field)s: %(problem)s"), field=leaf.field, problem=str(error)) from error

    def _range(self, field: Field, part: str, start: Any, end: Any, negated: bool) -> Q:
        if field.type.kind is Kind.DATETIME:
            start, end = (datetime.combine(one, time(), self.ctx.locale.zone) for one in (start, end))
        expr = field.type.expr(field, part)
        inside = Q(GreaterThanOrEqual(expr, field.store.operand(field, start))) & Q(LessThan(expr, field.store.operand(field, end)))
        return (~inside | Q(IsNull(expr, True))) if negated else inside

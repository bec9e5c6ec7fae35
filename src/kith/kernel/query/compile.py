"""From a filter tree to ``Q``. Every name is looked up in the schema as the actor sees it; nothing typed reaches SQL.

SQL's third truth value is kept out: ``not`` is pushed down to the leaves and each leaf is true or false, never NULL, so
that ``not (city = Berlin)`` finds the records without a city, as people expect. ``ne`` is ``not eq`` and ``empty`` is
``not filled`` at whatever depth: a hop is true when a record that the actor may see lies at its end and meets the rest.

Text is equal without regard to case, compared as it is sorted (``InOrder``), so that one expression index serves both;
e-mail addresses and phone numbers by their key in ``ContactPoint``. Case is the database's: SQLite knows it for A to Z
only. Accents count (but for ``contains`` and ``starts`` on MariaDB).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.db.models import Model, Q, QuerySet, TextField, Value
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Lower
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    In,
    IsNull,
    IStartsWith,
    LessThan,
    LessThanOrEqual,
)
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.key_column import InOrder
from kith.kernel.fields.kinds import OPERATORS, Kind
from kith.kernel.fields.store import Aside, WireColumn
from kith.kernel.query import operands
from kith.kernel.query.operands import Leaf
from kith.kernel.query.tree import And, BadFilter, Is, Not, Tree, Words
from kith.kernel.schema.spec import ObjectSpec

HOPS: Final = 3
NOTHING: Final = Q(pk__in=())

COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "gt": GreaterThan,
    "gte": GreaterThanOrEqual,
    "lt": LessThan,
    "lte": LessThanOrEqual,
}
SAME: Final = {"before": "lt", "after": "gt"}  # the words for days
PARTLY: Final[dict[str, Callable[[Any, Any], Any]]] = {"contains": IContains, "starts": IStartsWith}


class Sight(Protocol):
    """What the compiler must know of the actor's rights. ``records.sight`` answers."""

    def field(self, spec: ObjectSpec, name: str) -> Field | None:
        """The field of that API name, if this actor may read it."""

    def fields(self, spec: ObjectSpec) -> Sequence[Field]:
        """All fields that this actor may read."""

    def rows(self, spec: ObjectSpec) -> QuerySet[Model]:
        """The living records that this actor may read."""

    def titled(self, spec: ObjectSpec, text: str) -> Any:
        """The ids of the readable records of exactly this title (a user's e-mail address, too): a list, or a query when
        they are many.
        """

    def words(self, spec: ObjectSpec, text: str) -> Q:
        """The records in which all these words are found."""

    def aside(self, spec: ObjectSpec, field: Field, op: str, value: Any) -> Q:
        """A condition on values in another table: eq, in, has, contains, starts, empty, primary, to. Never NULL."""


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
            op, value, negated = _positive(tree, negated)
            return self._leaf(spec, tree.field, op, value, negated, tree.field, 0)
        if isinstance(tree, Words):
            found = self.sight.words(spec, tree.text)
            return ~found if negated else found
        conjunction = isinstance(tree, And) != negated
        if not tree.items:
            return Q() if conjunction else NOTHING
        whole: Q | None = None
        for one in tree.items:
            part = self.q(spec, one, negated)
            if not part and not conjunction:
                return Q()  # an empty Q is true; Django would leave it out of an OR
            whole = part if whole is None else whole & part if conjunction else whole | part
        return whole or Q()

    def _leaf(self, spec: ObjectSpec, name: str, op: str, value: Any, negated: bool, path: str, hops: int) -> Q:
        """One condition in a positive operator. ``name`` is what is left of ``path`` after ``hops`` hops."""
        head, _, rest = name.partition(".")
        field = self.sight.field(spec, head)
        if field is None:
            raise _unknown(spec, path)
        if rest and rest not in field.type.parts:
            target = self.ctx.schema.get(field.target)
            if target is None or hops >= HOPS:
                raise _unknown(spec, path)
            return self._hop(spec, field, target, self._leaf(target, rest, op, value, False, path, hops + 1), negated)
        here = Leaf(self.ctx, field, rest, path)
        allowed = OPERATORS[here.kind] if rest else field.operators
        if ("empty" if op == "filled" else op) not in allowed:
            raise BadFilter(
                "unknown_operator",
                gettext_noop("“%(field)s” cannot be compared with “%(op)s”; use one of: %(operators)s"),
                field=path,
                op="empty" if op == "filled" else op,
                operators=", ".join(allowed),
            )
        if isinstance(field.store, Aside) or (here.kind is Kind.ENUMS and not rest):
            found = self._aside(spec, here, op, value)
            return ~found if negated else found
        return self._column(spec, here, SAME.get(op, op), value, negated)

    def _hop(self, spec: ObjectSpec, field: Field, target: ObjectSpec, rest: Q, negated: bool) -> Q:
        found = self.sight.rows(target).filter(rest).values("pk")
        if isinstance(field.store, Aside):
            linked = self.sight.aside(spec, field, "to", found)
            return ~linked if negated else linked
        expr = field.type.expr(field)
        return _two_valued(Q(In(expr, found)), expr, negated)

    # --- values in columns of the row ---

    def _column(self, spec: ObjectSpec, here: Leaf, op: str, value: Any, negated: bool) -> Q:
        if op == "filled":
            return _blank(here) if negated else ~_blank(here)
        here = here.comparable(value)
        if op in ("eq", "in"):
            wanted = here.several(value) if op == "in" else [value]
            return self._any(spec, here, wanted, negated)
        expr = here.expr()
        return _two_valued(self._test(here, expr, op, value), expr, negated)

    def _test(self, here: Leaf, expr: Any, op: str, value: Any) -> Q:
        if op in PARTLY:
            return Q(PARTLY[op](expr, here.text(value)))
        if op == "within":
            return _stretch(expr, *here.period(value))
        if op == "between":
            low, high = here.pair(value)
            tests = [self._test(here, expr, op, one) for op, one in (("gte", low), ("lte", high)) if one is not None]
            return tests[0] & tests[1] if len(tests) > 1 else tests[0]
        if (day := here.day(value)) is not None:  # a day among moments is all of its hours
            start, end = day
            return Q(COMPARE["gte" if op in ("gt", "gte") else "lt"](expr, end if op in ("gt", "lte") else start))
        return Q(COMPARE[op](expr, here.bound(value)))

    def _any(self, spec: ObjectSpec, here: Leaf, wanted: list[Any], negated: bool) -> Q:
        """Equal to one of these. An empty value among them asks for the empty ones."""
        if (keys := here.keys(spec, wanted)) is not None:
            many, held = keys
            found = self.sight.aside(spec, many, "primary", held) if held else NOTHING
            if any(map(operands.blank, wanted)):
                found = found | _blank(here)
            return ~found if negated else found
        if here.kind is Kind.REFERENCE:
            tests, blank = self._references(here, wanted), any(map(operands.blank, wanted))
        elif here.kind is Kind.DATETIME:
            days = [(one, here.day(one)) for one in wanted if not operands.blank(one)]
            tests = [_stretch(here.expr(), *day) for _one, day in days if day is not None]
            exact = [here.operand(one) for one, day in days if day is None]
            tests += [Q(In(here.expr(), exact))] if exact else []
            blank = any(map(operands.blank, wanted))
        else:
            values = [here.operand(one) for one in wanted]
            blank = any(one is None for one in values)
            tests = _equal(here, [one for one in values if one is not None])
        found = NOTHING
        for place, test in enumerate(tests):
            found = found | test if place else test
        if not tests and not blank:
            return Q() if negated else NOTHING
        expr = here.expr()
        if not blank:
            return _two_valued(found, expr, negated)
        empty = _blank(here)
        if negated:
            return ~empty & _two_valued(found, expr, True) if tests else ~empty
        return found | empty if tests else empty

    def _references(self, here: Leaf, wanted: list[Any]) -> list[Q]:
        ids, queries = self._ids(here, wanted)
        expr = here.expr()
        tests = [Q(Exact(expr, ids[0]) if len(ids) == 1 else In(expr, ids))] if ids else []
        return tests + [Q(In(expr, query)) for query in queries]

    def _ids(self, here: Leaf, wanted: list[Any]) -> tuple[list[Any], list[Any]]:
        """The ids that these values mean: an id, ``me``, or the title of a record that the actor may see."""
        ids: list[Any] = []
        queries: list[Any] = []
        for one in wanted:
            if operands.blank(one):
                continue
            title = here.title(one)
            if not title:
                ids += here.ids(one)
                continue
            target = self.ctx.schema.get(here.field.target)
            found = self.sight.titled(target, title) if target is not None else []
            if isinstance(found, list):
                ids += found
            else:
                queries.append(found)
        return list(dict.fromkeys(ids)), queries

    # --- values in other tables ---

    def _aside(self, spec: ObjectSpec, here: Leaf, op: str, value: Any) -> Q:
        field = here.field
        if op == "filled":
            return ~self.sight.aside(spec, field, "empty", None)
        if op in PARTLY:
            return self.sight.aside(spec, field, op, here.text(value))
        wanted = here.several(value) if op == "in" else value if isinstance(value, list | tuple) else [value]
        blank = any(map(operands.blank, wanted)) or (op != "in" and not wanted)
        if here.kind is Kind.REFERENCE:
            ids, queries = self._ids(here, list(wanted))
            found = self.sight.aside(spec, field, "to", ids) if ids else NOTHING
            for query in queries:
                found = found | self.sight.aside(spec, field, "to", query)
        else:
            if not isinstance(value, list | tuple):
                wanted = [value]
            held = here.parsed(value, op)
            found = self.sight.aside(spec, field, op, held) if held else NOTHING
        return found | self.sight.aside(spec, field, "empty", None) if blank else found


def _positive(leaf: Is, negated: bool) -> tuple[str, Any, bool]:
    """Operator, value and negation, with ``ne`` as not ``eq``, and ``empty`` or equal to nothing as not ``filled``."""
    op, value = leaf.op, leaf.value
    if op == "ne":
        op, negated = "eq", not negated
    if op == "eq" and operands.blank(value):
        return "filled", None, not negated
    if op != "empty":
        return op, value, negated
    if value is not None and not isinstance(value, bool):
        raise BadFilter(
            "bad_value",
            gettext_noop("%(field)s: %(problem)s"),
            field=leaf.field,
            problem=gettext_noop("Expected yes or no"),
        )
    return "filled", None, negated if value is False else not negated


def _two_valued(test: Q, expr: Any, negated: bool) -> Q:
    return ~test | Q(IsNull(expr, True)) if negated else test


def _stretch(expr: Any, start: Any, end: Any) -> Q:
    return Q(GreaterThanOrEqual(expr, start)) & Q(LessThan(expr, end))


def _equal(here: Leaf, values: list[Any]) -> list[Q]:
    if not values:
        return []
    expr: Combinable | BaseExpression = here.expr()
    if here.kind is not Kind.TEXT:
        return [Q(Exact(expr, values[0]) if len(values) == 1 else In(expr, values))]
    expr = InOrder(expr)
    lowered = [Lower(Value(str(one), output_field=TextField())) for one in values]
    return [Q(Exact(expr, lowered[0]) if len(lowered) == 1 else In(expr, lowered))]


def _blank(here: Leaf) -> Q:
    """That nothing stands there: NULL, an empty text, an empty list."""
    expr = here.whole()
    q = Q(IsNull(expr, True))
    if here.kind in (Kind.TEXT, Kind.ENUM):
        return q | Q(Exact(expr, ""))
    if isinstance(here.field.store, WireColumn) and not here.part:
        empties: tuple[Any, ...] = ([], {}, "")
        for nothing in empties:
            q |= Q(**{here.field.store.columns[0]: nothing})
    return q


def _unknown(spec: ObjectSpec, path: str) -> BadFilter:
    return BadFilter(
        "unknown_field", gettext_noop("%(object)s has no field “%(field)s”"), object=str(spec.label_many), field=path
    )

"""The contract of a field type, and the field: what one value of a business object is.

A type is one object for the whole process and holds no state; all that differs from field to field stands in the
``Field`` it is handed. ``parse`` and ``dump`` are each other's reverse: ``parse(dump(v)) == v``, which the JSON
store, the event log, undo and our own exports rely on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from django.utils.translation import gettext_noop

from kith.kernel.fields.kinds import OPERATORS, Kind
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale

if TYPE_CHECKING:
    from django.db.models.expressions import BaseExpression, Combinable

    from kith.kernel.fields.store import Store

NO_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice field. ``key`` is stored and never changes, ``label`` is shown, ``hue`` 1 to 8 colours its
    dot.
    """

    key: str
    label: Any
    hue: int = 8
    active: bool = True


@dataclass(frozen=True, slots=True)
class Expansion:
    """How a field is another way to write other fields: ``name`` writes first and last name, ``email`` the first of
    ``emails``.

    ``run(value, held)`` gets the value and what those fields hold (given or stored) and returns their new values by
    name.
    """

    to: tuple[str, ...]
    run: Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What one value of a business object is. Immutable; a change of the schema makes new ones."""

    name: str
    type: FieldType
    store: Store
    label: Any
    help: Any = ""
    required: bool = False
    unique: bool = False
    default: Any = None
    max_length: int | None = None
    choices: tuple[Choice, ...] = ()
    target: str = ""  # name of the object that a reference leads to
    options: Mapping[str, Any] = field(default_factory=lambda: NO_OPTIONS)
    readable: str = ""  # name of the right without which the field is hidden; "" = whoever may read the record
    writable: str = ""
    editable: bool = True  # False: kept by Kith itself (created_at, version, computed values)
    personal: Literal["none", "personal", "sensitive"] = "none"
    encrypted: bool = False
    write_only: bool = False
    expands: Expansion | None = None
    shipped: bool = True
    hidden: bool = False  # not offered in lists and forms unless asked for
    virtual: bool = False  # shows other fields together (an address): sent only when asked for by name, never exported

    def with_(self, **changes: Any) -> Field:
        """A copy with other attributes."""
        return replace(self, **changes)

    def choice(self, key: str) -> Choice | None:
        for one in self.choices:  # no generator: it is asked for each value of a list or a file
            if one.key == key:
                return one
        return None

    @property
    def operators(self) -> tuple[str, ...]:
        return self.type.operators(self)


class FieldType:
    """How values of one type behave. ``name`` is what the object builder and the API call the type."""

    name: ClassVar[str]
    kind: ClassVar[Kind]
    icon: ClassVar[str] = "letter-case"
    parts: ClassVar[Mapping[str, Kind]] = MappingProxyType({})
    """Parts of a composite by name, each of a wire kind. Filters, sorts and sums of the field itself go to its main
    part.
    """
    main: ClassVar[str] = ""
    """The main part, where the value is kept in its wire form; a store of columns may know a better one."""
    for_users: ClassVar[bool] = True
    """Whether users may add fields of this type; not where Kith keeps the one field of it that an object has."""

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> Any:
        """The value of what a person typed or a program sent; ``None`` for nothing.

        Raises :class:`Unreadable` with what was expected.
        """
        raise NotImplementedError

    def dump(self, field: Field, value: Any) -> Any:
        """The value on the wire: only what JSON has, and what ``parse`` reads back."""
        return value

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        """The value as a person reads it; "" for nothing."""
        return "" if value is None else str(value)

    def form_widget(self, field: Field) -> str:
        """Name of the form part that edits it, a template under ``widgets/``."""
        return "text"

    def operators(self, field: Field) -> tuple[str, ...]:
        """The operators of the filter grammar that make sense, the usual one first."""
        return OPERATORS[self.kind]

    def expr(self, field: Field, part: str = "", prefix: str = "") -> Combinable | BaseExpression:
        """SQL to filter and group by."""
        return field.store.expr(field, part, prefix)

    def sort_expr(self, field: Field, prefix: str = "") -> Combinable | BaseExpression | None:
        """SQL to sort by; ``None`` where order means nothing."""
        return self.expr(field, prefix=prefix)

    def search_text(self, field: Field, value: Any) -> str:
        """The words under which a record is found by this value; "" for none."""
        return ""

    def json_schema(self, field: Field) -> dict[str, Any]:
        """JSON Schema of the wire form, for OpenAPI."""
        return {"type": "string"}

    def empty(self, value: Any) -> bool:
        """Whether the value says nothing."""
        return not value and (value is None or value == "" or value == () or value == [])

    def merge(self, field: Field, kept: Any, lost: Any) -> Any:
        """The value of a record that swallows another one: the survivor's, else the loser's."""
        return lost if self.empty(kept) else kept

    def sample(self, field: Field, random: random.Random) -> Any:
        """A believable value for tests and previews."""
        raise NotImplementedError

    def check(self, field: Field, value: Any) -> None:
        """Refuse a value that can be read but not kept: too long, not among the choices. Raises :class:`Unreadable`."""
        if field.max_length and isinstance(value, str) and len(value) > field.max_length:
            raise Unreadable(
                "too_long",
                gettext_noop("At most %(most)s characters; this has %(length)s"),
                most=field.max_length,
                length=len(value),
            )


_types: dict[str, FieldType] = {}


def field_type(declared: type[FieldType]) -> type[FieldType]:
    """Class decorator: register a field type under its name. A second one of the same name is refused."""
    if declared.name in _types:
        raise ValueError(f"field type {declared.name!r} is declared twice")
    _types[declared.name] = declared()
    return declared


def type_named(name: str) -> FieldType:
    """The field type of that name. Raises ``KeyError`` naming it."""
    return _types[name]


def type_names() -> tuple[str, ...]:
    """All names, sorted."""
    return tuple(sorted(_types))

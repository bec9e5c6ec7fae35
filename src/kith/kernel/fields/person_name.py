"""The name of a person: one text that knows its two parts, shown in the order of its own language."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Concat, NullIf, Trim
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Expansion, Field, field_type, type_named
from kith.kernel.fields.key_column import InOrder
from kith.kernel.fields.store import Json, Store
from kith.kernel.fields.text import Text
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.names import east_asian, join_name, split_name
from kith.kernel.kit.text import clean

PARTS = ("first_name", "last_name")
KANA_FROM, HAN_FROM, HANGUL_TO = "\u3040", "\u3100", "\ud7a4"
_NAMES = (
    ("Mara", "Vogt"),
    ("Ada", "Lovelace"),
    ("小明", "王"),
    ("月", "林"),
    ("Ludwig", "van Beethoven"),
    ("修", "欧阳"),
)


class FullName(str):
    """A whole name as it is written on the wire, with its parts beside it. Compares as the text that it is."""

    __slots__ = ("first", "last")
    first: str
    last: str

    def __new__(cls, first: str, last: str) -> FullName:
        made = super().__new__(cls, join_name(first, last, NEUTRAL))
        made.first, made.last = first, last
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return (FullName, (self.first, self.last))


def taken_apart(typed: str, locale: Locale) -> FullName:
    """The name in a text, its parts guessed in the way of its script, or of ``locale`` where the script does not tell.

    The whole name reads as itself again. What is no name ("0, 王") may need a second look for that, and else is all
    first name.
    """
    made = _guess(typed, locale)
    for _turn in range(3):
        if (again := _guess(made, NEUTRAL)) == made:
            return made
        made = again
    return FullName("".join(made.split()), "")


def _guess(typed: str, locale: Locale) -> FullName:
    first, last = (" ".join(part.replace(",", " ").split()) for part in split_name(typed, locale))
    return (
        FullName(" ".join((last, first)), "")
        if " " in first and east_asian(first) and east_asian(last)
        else FullName(first, last)
    )


@field_type
class PersonName(Text):
    """First and last name in one. Reads the name in its usual order, "Vogt, Mara", or an object with the two parts."""

    name, icon = "person_name", "user"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> FullName | None:
        if isinstance(raw, FullName):
            return raw or None
        if isinstance(raw, Mapping):
            made = self._of_parts(raw)
            return (
                taken_apart(made, NEUTRAL) if made and isinstance(field.store, Json) else made
            )  # only the text is kept there
        text = super().parse(field, raw, locale)
        return (taken_apart(text, locale) or None) if text else None

    def _of_parts(self, raw: Mapping[Any, Any]) -> FullName | None:
        if not set(raw) <= set(PARTS) or not all(one is None or isinstance(one, str) for one in raw.values()):
            raise Unreadable("not_a_name", gettext_noop("Expected a name, or an object with first_name and last_name"))
        return FullName(*(" ".join(clean(raw.get(part) or "").split()) for part in PARTS)) or None

    def dump(self, field: Field, value: Any) -> str | None:
        return None if value is None else str(value)

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        if isinstance(value, FullName):
            return join_name(value.first, value.last, locale)
        return value or ""

    def sample(self, field: Field, random: random.Random) -> FullName:
        return FullName(*random.choice(_NAMES))


class NameStore(Store):
    """Two columns, read together. Written through the two fields themselves, into which the name expands."""

    def __init__(self, first: str, last: str) -> None:
        self.columns = (first, last)

    def load(self, field: Field, raw: Sequence[Any]) -> FullName | None:
        return FullName(raw[0] or "", raw[1] or "") or None

    def save(self, field: Field, value: Any, record: Any) -> None:
        """Nothing: the parts are written."""

    def expr(self, field: Field, part: str = "", prefix: str = "") -> Combinable | BaseExpression:
        """The whole name as ``join_name`` writes it; not indexed, so for filters beside another one."""
        first, last = (F(prefix + column) for column in self.columns)
        both_east = Q(_east_asian(first)) & Q(_east_asian(last))
        kana = Q(LessThan(_ordered(first), HAN_FROM)) | Q(LessThan(_ordered(last), HAN_FROM))
        whole = Case(
            When(both_east & kana, then=Concat(last, Value(" "), first)),
            When(both_east, then=Concat(last, first)),
            default=Trim(Concat(first, Value(" "), last)),
            output_field=models.TextField(),
        )
        return NullIf(whole, Value(""), output_field=models.TextField())


def _ordered(part: F) -> InOrder:
    return InOrder(part)


def _east_asian(part: F) -> Any:
    return Q(GreaterThanOrEqual(_ordered(part), KANA_FROM)) & Q(LessThan(_ordered(part), HANGUL_TO))


class PersonNameField:
    """``name = PersonNameField()`` gives an object ``first_name`` and ``last_name``, and ``name``, which writes both.

    ``prefix`` sets several names of one object apart: ``buyer = PersonNameField(_("Buyer"), prefix="buyer_")``.
    """

    column_names: tuple[str, ...] = ()  # the two parts are ordinary fields, which introspection reads

    def __init__(self, label: Any = "", prefix: str = "") -> None:
        self.label = label or _("Name")
        self.parts = tuple(prefix + part for part in PARTS)
        labels = (_("First name"), _("Last name"))
        self._columns = [models.CharField(one, max_length=100, blank=True, default="") for one in labels]

    def contribute_to_class(self, model: Any, name: str) -> None:
        """Add the two columns. Called by Django's model metaclass."""
        self.name = name
        for part, column in zip(self.parts, self._columns, strict=True):
            model.add_to_class(part, column)
        model.composites = {**model.composites, name: self}

    def fields(self) -> list[Field]:
        """The field for the whole name."""
        return [
            Field(
                name=self.name,
                type=type_named("person_name"),
                store=NameStore(*self.parts),
                label=self.label,
                personal="personal",
                expands=Expansion(self.parts, self._written),
            )
        ]

    def _written(self, value: Any, held: Mapping[str, Any]) -> Mapping[str, Any]:
        """Both parts of a new name. The one that is there already writes nothing: it may come back beside new parts."""
        was = held.get(self.name)
        if (value or "") == (was or "") or (was and value == taken_apart(was, NEUTRAL)):
            return {}
        return dict(zip(self.parts, (value.first, value.last) if value else (None, None), strict=True))

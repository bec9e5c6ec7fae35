"""A reference to a record of another object, by its id. ``field.target`` names that object."""

from __future__ import annotations

import random
import uuid
from typing import Any

from django.db.models.expressions import BaseExpression, Combinable
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Column
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale


@field_type
class Reference(FieldType):
    """The id of another record. Titles are fetched for a whole page at once, one query per object that is led to."""

    name, kind, icon = "reference", Kind.REFERENCE, "link"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> uuid.UUID | None:
        if isinstance(raw, dict):
            raw = raw.get("id")  # what we send out may come back
        if raw is None or raw == "":
            return None
        if isinstance(raw, uuid.UUID):
            return raw
        try:
            return uuid.UUID(raw)
        except (ValueError, AttributeError, TypeError) as error:
            raise Unreadable("not_an_id", gettext_noop("Expected the id of a record")) from error

    def dump(self, field: Field, value: Any) -> str | None:
        return None if value is None else str(value)

    def form_widget(self, field: Field) -> str:
        return "reference"

    def sort_expr(self, field: Field, prefix: str = "") -> Combinable | BaseExpression | None:
        """By the title of the record led to; only where a join can reach it."""
        from django.db.models import F

        if not isinstance(field.store, Column):
            return None
        return F(f"{prefix}{field.store.columns[0].removesuffix('_id')}__title_key")

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def sample(self, field: Field, random: random.Random) -> None:
        return None  # a made-up id leads nowhere: whoever needs one passes a real record


@field_type
class Owner(Reference):
    """The user who answers for the record. Rights hang on it, so it is a type of its own."""

    name, icon = "owner", "user"

    def form_widget(self, field: Field) -> str:
        return "user"

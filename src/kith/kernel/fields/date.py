"""A day in the calendar, without a time zone."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Json
from kith.kernel.kit import dates, when
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale


@field_type
class Date(FieldType):
    """A calendar day. Typed as ISO, in the locale's order or in words ("next fri", 下周五); sent as ``2026-11-20``."""

    name, kind, icon = "date", Kind.DATE, "calendar"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> date | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, datetime):
            return _day_of(raw, locale)
        if isinstance(raw, date):
            return raw
        if not isinstance(raw, str):
            raise Unreadable("not_a_date", gettext_noop("Expected a date, as in 2026-11-20"))
        if isinstance(field.store, Json) and len(raw) == 10:
            try:
                return date.fromisoformat(raw)  # what we stored ourselves: the quick way for lists
            except ValueError:
                pass
        return dates.parse_date(raw, dates.today(locale), locale)

    def dump(self, field: Field, value: Any) -> str | None:
        return None if value is None else value.isoformat()

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else when.format_date(value, locale)

    def form_widget(self, field: Field) -> str:
        return "date"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def sample(self, field: Field, random: random.Random) -> date:
        return date(2025, 1, 1) + timedelta(days=random.randrange(720))


def _day_of(moment: datetime, locale: Locale) -> date:
    """The day of a moment where the reader is; a spreadsheet's dates come as midnights without a zone."""
    try:
        return (moment.astimezone(locale.zone) if moment.tzinfo else moment).date()
    except OverflowError as error:
        raise Unreadable("not_a_date", gettext_noop("Expected a date, as in 2026-11-20")) from error

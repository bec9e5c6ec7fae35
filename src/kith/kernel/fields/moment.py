"""A moment: date and time, kept in UTC, shown in the reader's time zone."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit import dates, when
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale

EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)


@field_type
class Moment(FieldType):
    """Date and time. Without an offset it is read in the locale's time zone; sent as ISO 8601 in UTC."""

    name, kind, icon = "datetime", Kind.DATETIME, "clock"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> datetime | None:
        if raw is None or raw == "":
            return None
        if (
            isinstance(raw, str) and len(raw) >= 20 and raw[-1] == "Z"
        ):  # what we sent or stored ourselves: the quick way for lists
            try:
                return _within(datetime.fromisoformat(raw).astimezone(UTC))
            except (ValueError, OverflowError):
                pass  # the reader of typed moments says what is wrong
        if isinstance(raw, datetime):
            try:
                return _within((raw if raw.tzinfo else raw.replace(tzinfo=locale.zone)).astimezone(UTC))
            except OverflowError as error:
                raise Unreadable("not_a_moment", gettext_noop("This date leaves the calendar")) from error
        if not isinstance(raw, str):
            raise Unreadable("not_a_moment", gettext_noop("Expected a date and a time, as in 2026-11-20 14:30"))
        return _within(dates.parse_moment(raw, dates.now(), locale))

    def dump(self, field: Field, value: Any) -> str | None:
        if value is None:
            return None
        moment: datetime = value.astimezone(UTC)
        naive = datetime.combine(
            moment, moment.time()
        )  # a ninth of the time of replace(tzinfo=None), and written faster
        return f"{naive.isoformat()}Z"

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else when.format_moment(value, locale)

    def form_widget(self, field: Field) -> str:
        return "datetime"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def sample(self, field: Field, random: random.Random) -> datetime:
        return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(720 * 24 * 60))


def _within(moment: datetime) -> datetime:
    """The moment, if it can be told in every time zone: the first and the last day of the calendar cannot."""
    if not EARLIEST <= moment <= LATEST:
        raise Unreadable("not_a_moment", gettext_noop("This date leaves the calendar"))
    return moment

"""The company itself as an object: one record, which administrators edit and everybody may read."""

from __future__ import annotations

from zoneinfo import available_timezones

from kith.api import ADMINISTER, Change, ObjectSpec, Organisation, Section, Shared, _, is_currency, register


@register
class Organisations(ObjectSpec):
    model = Organisation
    name, one, label, icon = (
        "organisation",
        "organisation",
        (_("Company settings"), _("Company settings")),
        "building-community",
    )
    title = "name"
    columns = "name language time_zone currency"
    sections = [
        Section(_("Company"), "name"),
        Section(_("Locale"), "language time_zone country currency week_start fiscal_start"),
    ]
    policy = Shared(write=ADMINISTER)
    verbs = frozenset({"read", "create", "update"})
    bumps = True
    menu = ""

    def check(self, change: Change) -> None:
        if change.changed("time_zone") and change.after["time_zone"] not in available_timezones():
            change.refuse("time_zone", _("Expected a time zone, as in Europe/Berlin"))
        if change.changed("currency") and not is_currency(change.after["currency"]):
            change.refuse("currency", _("Expected the three letters of a currency, as in EUR"))
        if change.changed("week_start") and not 0 <= change.after["week_start"] <= 6:
            change.refuse("week_start", _("Expected 0 (Monday) to 6 (Sunday)"))
        if change.changed("fiscal_start") and not 1 <= change.after["fiscal_start"] <= 12:
            change.refuse("fiscal_start", _("Expected a month, 1 to 12"))

"""Consents: what a person agreed to, by which channel, on what ground, and the proof of it.

What somebody said last about a purpose and a channel stands in one record, what they said before in its history. Where
there are several, and when two people turn out to be one, the strictest counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from kith.api import (
    Change,
    ObjectSpec,
    Record,
    Section,
    _,
    action,
    keyset,
    models,
    now,
    register,
)

PURPOSES = [
    ("marketing", _("News and offers")),
    ("events", _("Invitations to events")),
    ("surveys", _("Surveys")),
    ("profiling", _("Profiling")),
    ("sharing", _("Passing on to partners")),
    ("service", _("Service messages")),
    ("other", _("Other")),
]
CHANNELS = [
    ("any", _("Any way")),
    ("email", _("E-mail")),
    ("phone", _("Phone")),
    ("sms", _("Text message")),
    ("post", _("Post")),
    ("messenger", _("Messenger")),
]
STATUSES = [
    ("given", _("Given")),
    ("pending", _("Asked for")),
    ("refused", _("Refused")),
    ("withdrawn", _("Withdrawn")),
]
GROUNDS = [
    ("consent", _("Consent")),
    ("contract", _("Contract")),
    ("legitimate_interest", _("Legitimate interest")),
    ("legal_obligation", _("Legal obligation")),
]
STRICTEST: Final = ("withdrawn", "refused", "pending", "given")
TOLD: Final = ("status", "legal_basis", "given_at", "withdrawn_at", "expires_on", "source", "evidence")
"""What belongs to one statement: of two that meet in a merge the stricter one is taken as a whole."""


class Consent(Record):
    contact = models.ForeignKey(
        "customers.Contact", models.CASCADE, related_name="consents", verbose_name=_("Contact"), db_index=False
    )
    purpose = models.CharField(_("Purpose"), max_length=20, choices=PURPOSES, default="marketing")
    channel = models.CharField(_("Channel"), max_length=20, choices=CHANNELS, default="email")
    status = models.CharField(_("Status"), max_length=20, choices=STATUSES, default="given")
    legal_basis = models.CharField(_("Legal basis"), max_length=20, choices=GROUNDS, default="consent")
    given_at = models.DateTimeField(_("Given at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("Withdrawn at"), null=True, blank=True)
    expires_on = models.DateField(_("Expires on"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=120, blank=True)
    evidence = models.TextField(_("Evidence"), blank=True, help_text=_("The words agreed to, and where the proof lies"))

    class Meta(Record.Meta):
        db_table = "kith_consent"
        indexes = [*Record.Meta.indexes, keyset("contact", "title_key"), keyset("status", "title_key")]


@register
class Consents(ObjectSpec):
    model = Consent
    name, one, label, icon = "consents", "consent", (_("Consent"), _("Consents")), "shield-check"
    title, subtitle = "purpose", ("contact", "channel", "status")
    pinned = "contact purpose channel status given_at withdrawn_at expires_on"
    columns = "purpose contact channel status given_at expires_on source owner"
    sections = [
        Section(_("Consent"), "contact purpose channel status legal_basis tags owner team"),
        Section(_("When"), "given_at withdrawn_at expires_on"),
        Section(_("Proof"), "source evidence"),
    ]
    search = {"contact": "A", "purpose": "B", "source": "C", "tags": "C"}
    once = "contact purpose channel"

    def check(self, change: Change) -> None:
        """Each status has its day, and the days stand in order."""
        held = change.after
        status, given, withdrawn = (held.get(name) for name in ("status", "given_at", "withdrawn_at"))
        until = held.get("expires_on")
        needed = {"given": "given_at", "withdrawn": "withdrawn_at"}.get(status or "")
        if needed and held.get(needed) is None:
            change.refuse(needed, _("Say when: a consent that is given or withdrawn has its day"), "required")
            change.refuse("status", _("Only with its day"), "no_day")
        if status == "given" and withdrawn is not None and (given is None or withdrawn >= given):
            change.refuse("status", _("A consent that was withdrawn is not given: change the status, or the day"))
        if status == "withdrawn" and given is not None and withdrawn is not None and withdrawn < given:
            change.refuse("withdrawn_at", _("It cannot be withdrawn before it was given"))
        soon = now() + timedelta(days=1)  # a day of grace for clocks and time zones
        for name, moment in (("given_at", given), ("withdrawn_at", withdrawn)):
            if moment is not None and change.changed(name) and moment > soon:
                change.refuse(name, _("This day has not come yet"))
        if until is not None and given is not None and until < given.date():
            change.refuse("expires_on", _("It cannot expire before it was given"))

    def united(self, held: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Of several statements the strictest, as a whole; of several given ones the one that ends first."""
        strictest = min(held, key=lambda one: (STRICTEST.index(one["status"]), one["expires_on"] or date.max))
        return {name: strictest[name] for name in TOLD}

    @action(_("Withdraw"), icon="circle-x", when=lambda consent: consent.status in ("given", "pending"))
    def withdraw(self, consent: Any) -> dict[str, Any]:
        return {"status": "withdrawn", "withdrawn_at": now().isoformat()}

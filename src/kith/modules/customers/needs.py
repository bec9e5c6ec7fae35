"""Needs: what a customer wants, in their words, before anybody has sold it to them."""

from __future__ import annotations

from kith.api import Board, MoneyField, ObjectSpec, Record, Section, _, keyset, models, register

STATUSES = [
    ("open", _("Open")),
    ("checking", _("Being checked")),
    ("offered", _("Offered")),
    ("met", _("Met")),
    ("dropped", _("Dropped")),
]
URGENCIES = [("low", _("Low")), ("normal", _("Normal")), ("high", _("High")), ("urgent", _("Urgent"))]


class Need(Record):
    title = models.CharField(_("Title"), max_length=200)
    status = models.CharField(_("Status"), max_length=20, choices=STATUSES, default="open")
    urgency = models.CharField(_("Urgency"), max_length=20, choices=URGENCIES, default="normal")
    budget = MoneyField(_("Budget"))
    company = models.ForeignKey(
        "customers.Company",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="needs",
        verbose_name=_("Company"),
        db_index=False,
    )
    contact = models.ForeignKey(
        "customers.Contact",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="needs",
        verbose_name=_("Contact"),
        db_index=False,
    )
    source = models.CharField(_("Source"), max_length=120, blank=True)
    description = models.TextField(_("Description"), blank=True)

    class Meta(Record.Meta):
        db_table = "kith_need"
        indexes = [
            *Record.Meta.indexes,
            keyset("company", "title_key"),
            keyset("contact", "title_key"),
            keyset("status", "title_key"),
        ]


@register
class Needs(ObjectSpec):
    model = Need
    name, one, label, icon = "needs", "need", (_("Need"), _("Needs")), "bulb"
    title, subtitle = "title", ("status", "company")
    pinned = "title company contact urgency budget"
    columns = "title status urgency budget company contact owner updated_at"
    sections = [
        Section(_("Need"), "title status urgency budget source owner team tags"),
        Section(_("Customer"), "company contact"),
        Section(_("Description"), "description"),
    ]
    board = Board(by="status", sum="budget")
    search = {"title": "A", "description": "C", "company": "B", "contact": "B", "tags": "C"}

"""Companies: the organisations we sell to, buy from or work with."""

from __future__ import annotations

from kith.api import (
    AddressField,
    DomainsField,
    EmailsField,
    MoneyField,
    ObjectSpec,
    PhonesField,
    Record,
    Related,
    Rollup,
    Section,
    _,
    keyset,
    models,
    register,
    text_index,
)

LIFECYCLE = [
    ("lead", _("Lead")),
    ("prospect", _("Prospect")),
    ("customer", _("Customer")),
    ("partner", _("Partner")),
    ("former", _("Former customer")),
]

OPEN = {"field": "status", "op": "in", "value": ["open", "checking", "offered"]}
"""The needs that are still to be met."""


class Company(Record):
    name = models.CharField(_("Name"), max_length=200)
    domains = DomainsField(_("Domains"), _("Domain"))
    website = models.URLField(_("Website"), max_length=300, blank=True)
    industry = models.CharField(_("Industry"), max_length=120, blank=True)
    employees = models.PositiveIntegerField(_("Employees"), null=True, blank=True)
    phones = PhonesField(_("Phones"), _("Phone"))
    emails = EmailsField(_("E-mails"), _("E-mail"))
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("Parent company"),
        db_index=False,
    )
    lifecycle_stage = models.CharField(_("Lifecycle stage"), max_length=40, blank=True, choices=LIFECYCLE)
    annual_revenue = MoneyField(_("Annual revenue"))
    address = AddressField(_("Address"))
    source = models.CharField(_("Source"), max_length=120, blank=True)
    description = models.TextField(_("Description"), blank=True)

    class Meta(Record.Meta):
        db_table = "kith_company"
        indexes = [
            *Record.Meta.indexes,
            keyset("lifecycle_stage", "title_key"),
            text_index("domain"),
            keyset("parent", "title_key"),
        ]


@register
class Companies(ObjectSpec):
    model = Company
    name, one, label, icon = "companies", "company", (_("Company"), _("Companies")), "building"
    title, subtitle, mark = "name", ("industry",), "square"
    pinned = "name website industry phones owner"
    columns = "name industry city phone lifecycle_stage tags owner updated_at"
    sections = [
        Section(
            _("About"),
            "name website domains industry employees annual_revenue lifecycle_stage tags source parent owner team",
        ),
        Section(_("Reach"), "phones emails address"),
        Section(_("Description"), "description"),
    ]
    search = {
        "name": "A",
        "domains": "B",
        "phones": "C",
        "emails": "C",
        "industry": "C",
        "tags": "C",
        "city": "C",
        "street": "D",
    }
    tree = "parent"
    rollups = [
        Rollup("contacts", _("Contacts"), "contacts", by="company"),
        Rollup("open_needs", _("Open needs"), "needs", by="company", where=OPEN),
        Rollup("open_budget", _("Their budget"), "needs", by="company", measure="sum:budget", where=OPEN),
        Rollup("employees", _("Employees"), measure="sum:employees"),
    ]
    related = [Related("contacts"), Related("needs"), Related("companies", by="parent")]

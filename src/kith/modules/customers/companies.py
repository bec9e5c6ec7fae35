"""Companies: the organisations we sell to, buy from or work with."""

from __future__ import annotations

from kith.api import (
    AddressField,
    EmailsField,
    MoneyField,
    ObjectSpec,
    PhonesField,
    Record,
    Related,
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


class Company(Record):
    name = models.CharField(_("Name"), max_length=200)
    domain = models.CharField(_("Domain"), max_length=190, blank=True)
    website = models.URLField(_("Website"), max_length=300, blank=True)
    industry = models.CharField(_("Industry"), max_length=120, blank=True)
    employees = models.PositiveIntegerField(_("Employees"), null=True, blank=True)
    phones = PhonesField(_("Phones"), _("Phone"))
    emails = EmailsField(_("E-mails"), _("E-mail"))
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", verbose_name=_("Parent company")
    )
    lifecycle_stage = models.CharField(_("Lifecycle stage"), max_length=40, blank=True, choices=LIFECYCLE)
    annual_revenue = MoneyField(_("Annual revenue"))
    address = AddressField(_("Address"))
    source = models.CharField(_("Source"), max_length=120, blank=True)
    description = models.TextField(_("Description"), blank=True)

    class Meta(Record.Meta):
        db_table = "kith_company"
        indexes = [*Record.Meta.indexes, keyset("lifecycle_stage", "title_key"), text_index("domain")]


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
            "name website domain industry employees annual_revenue lifecycle_stage tags source parent owner team",
        ),
        Section(_("Reach"), "phones emails address"),
        Section(_("Notes"), "description"),
    ]
    search = {
        "name": "A",
        "domain": "B",
        "phones": "C",
        "emails": "C",
        "industry": "C",
        "tags": "C",
        "city": "C",
        "street": "D",
    }
    related = [Related("contacts"), Related("needs"), Related("companies", by="parent")]

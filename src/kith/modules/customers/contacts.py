"""Contacts: the people we know at companies, or on their own."""

from __future__ import annotations

from kith.api import (
    AddressesField,
    AddressField,
    Change,
    EmailsField,
    ObjectSpec,
    PersonNameField,
    PhonesField,
    Record,
    ReferencesField,
    Related,
    Section,
    _,
    keyset,
    models,
    pgettext_lazy,
    register,
)
from kith.modules.customers.companies import LIFECYCLE


class Contact(Record):
    name = PersonNameField(pgettext_lazy("person", "Name"))
    salutation = models.CharField(_("Salutation"), max_length=40, blank=True)
    job_title = models.CharField(_("Job title"), max_length=150, blank=True)
    emails = EmailsField(_("E-mails"), _("E-mail"))
    phones = PhonesField(_("Phones"), _("Phone"))
    company = models.ForeignKey(
        "customers.Company",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("Company"),
        db_index=False,
    )
    companies = ReferencesField(
        _("Other companies"),
        "companies",
        {"role": ("text", _("Role")), "from": ("date", _("From")), "to": ("date", _("To"))},
    )
    birthday = models.DateField(_("Birthday"), null=True, blank=True)
    lifecycle_stage = models.CharField(_("Lifecycle stage"), max_length=40, blank=True, choices=LIFECYCLE)
    department = models.CharField(_("Department"), max_length=120, blank=True)
    address = AddressField(_("Address"))
    addresses = AddressesField(_("Further addresses"))
    language = models.CharField(_("Language"), max_length=12, blank=True)
    time_zone = models.CharField(_("Time zone"), max_length=60, blank=True)
    source = models.CharField(_("Source"), max_length=120, blank=True)
    description = models.TextField(_("Description"), blank=True)

    class Meta(Record.Meta):
        db_table = "kith_contact"
        indexes = [*Record.Meta.indexes, keyset("company", "title_key")]


@register
class Contacts(ObjectSpec):
    model = Contact
    name, one, label, icon = "contacts", "contact", (_("Contact"), _("Contacts")), "users"
    title, subtitle, mark = "name", ("job_title", "company"), "round"
    pinned = "name company emails phones job_title"
    columns = "name company email phone job_title tags owner updated_at"
    sections = [
        Section(_("About"), "name job_title department company companies lifecycle_stage tags source owner team"),
        Section(_("Reach"), "emails phones address addresses"),
        Section(_("Person"), "salutation birthday language time_zone description"),
    ]
    overrides = {"addresses": {"personal": "personal"}}
    related = [Related("needs"), Related("consents")]
    search = {
        "name": "A",
        "emails": "B",
        "phones": "B",
        "company": "C",
        "job_title": "C",
        "tags": "C",
        "city": "C",
        "street": "D",
        "addresses": "D",
    }

    def check(self, change: Change) -> None:
        """A contact that is neither named nor reachable is nobody."""
        if not any(
            change.after.get(name) for name in ("first_name", "last_name", "emails", "email", "phones", "phone")
        ):
            change.refuse("name", _("Give a name, an e-mail address or a phone number"), "required")

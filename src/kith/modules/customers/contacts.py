"""Contacts: the people we know at companies, or on their own."""

from __future__ import annotations

from kith.api import EmailsField, ObjectSpec, PhonesField, Record, Section, _, keyset, models, register
from kith.modules.customers.companies import LIFECYCLE


class Contact(Record):
    first_name = models.CharField(_("First name"), max_length=100, blank=True)
    last_name = models.CharField(_("Last name"), max_length=100, blank=True)
    job_title = models.CharField(_("Job title"), max_length=150, blank=True)
    emails = EmailsField(_("E-mails"), _("E-mail"))
    phones = PhonesField(_("Phones"), _("Phone"))
    company = models.ForeignKey(
        "customers.Company", models.SET_NULL, null=True, blank=True, related_name="contacts", verbose_name=_("Company")
    )
    birthday = models.DateField(_("Birthday"), null=True, blank=True)
    lifecycle_stage = models.CharField(_("Lifecycle stage"), max_length=40, blank=True, choices=LIFECYCLE)
    source = models.CharField(_("Source"), max_length=120, blank=True)

    class Meta(Record.Meta):
        db_table = "kith_contact"
        indexes = [*Record.Meta.indexes, keyset("company", "title_key")]


@register
class Contacts(ObjectSpec):
    model = Contact
    name, one, label, icon = "contacts", "contact", (_("Contact"), _("Contacts")), "users"
    title, subtitle = "last_name", ("job_title", "company")
    columns = "last_name company email phone job_title owner updated_at"
    sections = [
        Section(_("About"), "first_name last_name job_title company lifecycle_stage source owner team"),
        Section(_("Reach"), "emails phones"),
        Section(_("Person"), "birthday"),
    ]
    search = {"first_name": "A", "last_name": "A", "emails": "B", "phones": "B", "company": "C"}

"""Sheets: an object of the tests' own with one line of every composite and column, and a user-made field of every type.

Its table is made for this folder only; it is no app's, so no migration misses it.
"""

from __future__ import annotations

from types import MappingProxyType

from django.db import models

from kith.api import (
    AddressField,
    AutoNumberField,
    DurationField,
    EmailsField,
    MoneyField,
    MultiChoiceField,
    ObjectSpec,
    PercentField,
    PersonNameField,
    PhonesField,
    Record,
    RichTextField,
    Shared,
    StoredFileField,
    TagsField,
)
from kith.kernel.accounts.context import Context, system
from kith.kernel.fields.base import type_names
from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.fields.store import Aside, Json
from kith.kernel.schema.custom import LINKED
from kith.kernel.schema.introspect import fields_of
from kith.kernel.schema.load import current
from kith.kernel.schema.spec import Schema
from tests.kernel.fields.fields import field

CHANNELS = [("mail", "E-mail"), ("fair", "Trade fair"), ("call", "Phone")]
STORED = tuple(name for name in type_names() if name not in LINKED and not name.startswith("external_key"))
"""The types whose user-made fields lie in the JSON column."""


class Sheet(Record):
    name = PersonNameField()
    emails = EmailsField("E-mails", "E-mail")
    phones = PhonesField("Phones", "Phone")
    address = AddressField("Address")
    billing = AddressField("Billing address", prefix="billing_")
    amount = MoneyField("Amount", currency="EUR", most=10**15)
    tags = TagsField("Tags")
    channels = MultiChoiceField("Channels", choices=CHANNELS)
    body = RichTextField("Body", blank=True)
    notes = models.TextField("Notes", blank=True)
    site = models.URLField("Site", blank=True, max_length=300)
    share = PercentField("Share", null=True, blank=True, least=0, most=100)
    took = DurationField("Took", null=True, blank=True)
    logo = StoredFileField("Logo")
    raw = JSONColumn("Raw", null=True, blank=True)
    number = AutoNumberField("Number", prefix="S-{year}-", padding=3)

    class Meta:
        app_label = "sheets"
        db_table = "test_sheet"


class Sheets(ObjectSpec):
    model = Sheet
    name, one, label = "sheets", "sheet", ("Sheet", "Sheets")
    title = "name"
    policy = Shared()


def spec() -> ObjectSpec:
    """The object with its columns, and ``x_<type>`` of every type in the JSON column."""
    made = Sheets()
    fields = fields_of(made, {})
    for place, name in enumerate(STORED):
        fields[f"x_{name}"] = field(name, Json(f"f{place}"), f"x_{name}", shipped=False)
    for name in sorted(LINKED):
        fields[f"x_{name}"] = field(name, Aside("links"), f"x_{name}", shipped=False)
    return made.with_(fields=MappingProxyType(fields))


def context(sheets: ObjectSpec) -> Context:
    """The system's context in the schema in force with the sheets added."""
    held = current()
    return system(schema=Schema(held.version, {**held.objects, sheets.name: sheets}, held.by_model))

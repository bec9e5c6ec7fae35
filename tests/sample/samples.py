"""Samples: an object with one field of every type, and with every kind of guard that a field may carry.

It stands for all objects that do not exist yet: the contract tests run over it as over any other. For a new field type
add one line to the model here (and nothing else): ``test_every_field_type_is_tried`` says which types are missing.
"""

from __future__ import annotations

from decimal import Decimal

from kith.api import (
    AddressesField,
    AddressField,
    AutoNumberField,
    DomainsField,
    DurationField,
    EmailsField,
    MoneyField,
    MultiChoiceField,
    ObjectSpec,
    PercentField,
    PersonNameField,
    PhonesField,
    Record,
    ReferencesField,
    RichTextField,
    Section,
    StoredFileField,
    TagsField,
    _,
    models,
    register,
)
from kith.kernel.fields.json_column import JSONColumn

STAGES = [("new", _("New")), ("open", _("Open")), ("done", _("Done"))]


class Sample(Record):
    title = models.CharField(_("Name"), max_length=200)
    serial = models.CharField("Serial", max_length=60, unique=True, null=True, blank=True)
    number = AutoNumberField("Number", prefix="S-")
    word = models.CharField("Word", max_length=80, blank=True)
    plain = models.TextField("Plain", blank=True)
    body = RichTextField("Body", blank=True)
    count = models.PositiveIntegerField("Count", null=True, blank=True)
    ratio = models.DecimalField("Ratio", max_digits=12, decimal_places=3, null=True, blank=True)
    share = PercentField("Share", null=True, blank=True, least=0, most=100)
    price = MoneyField("Price")
    active = models.BooleanField("Active", default=True)
    day = models.DateField("Day", null=True, blank=True)
    moment = models.DateTimeField("Moment", null=True, blank=True)
    length = DurationField("Length", null=True, blank=True)
    stage = models.CharField("Stage", max_length=20, blank=True, choices=STAGES)
    stages = MultiChoiceField("Stages", choices=STAGES)
    topics = TagsField("Topics")
    emails = EmailsField("E-mails", "E-mail")
    phones = PhonesField("Phones", "Phone")
    domains = DomainsField("Domains", "Domain")
    link = models.URLField("Link", max_length=300, blank=True)
    person = PersonNameField("Person", prefix="person_")
    address = AddressField("Address")
    addresses = AddressesField("Addresses")
    company = models.ForeignKey(
        "customers.Company", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="Company"
    )
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="Parent")
    helpers = ReferencesField("Helpers", "contacts", {"role": ("text", "Role")})
    picture = StoredFileField("Picture")
    extra = JSONColumn("Extra", default=dict, blank=True)
    # fields with a guard
    salary = models.CharField("Salary", max_length=80, blank=True)  # hidden without the right samples.see_salary
    bonus = models.DecimalField(
        "Bonus", max_digits=12, decimal_places=2, default=Decimal(0), blank=True
    )  # written with a right
    secret = models.CharField("Secret", max_length=80, blank=True)  # written, never read

    class Meta(Record.Meta):
        db_table = "test_sample"


@register
class Samples(ObjectSpec):
    model = Sample
    name, one, label, icon = "samples", "sample", (_("Sample"), _("Samples")), "test-pipe"
    title, subtitle = "title", ("stage", "company")
    columns = "title company email phone stage owner updated_at"
    sections = [
        Section(
            "Sample",
            "title serial number word plain body count ratio share price active stage stages topics extra picture",
        ),
        Section("Reach", "emails phones domains link person address addresses"),
    ]
    search = {"title": "A", "word": "B", "body": "C"}
    sensitive = {"salary": "samples.see_salary"}
    overrides = {"secret": {"write_only": True}, "bonus": {"writable": "samples.set_bonus"}}

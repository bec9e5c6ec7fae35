"""What ``kith.api`` shows: all that business modules and plugins may import of the kernel. At most 150 names."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kith.kernel.accounts.context import Actor, Context, system
from kith.kernel.accounts.directory import acting_as, by_email, holders, members, teams_below
from kith.kernel.accounts.models import Invitation, Organisation, Team, Token, User
from kith.kernel.fields.address import AddressField
from kith.kernel.fields.addresses import AddressesField
from kith.kernel.fields.auto_number import AutoNumberField
from kith.kernel.fields.base import Choice, Field, FieldType, field_type, type_named
from kith.kernel.fields.domains import DomainsField
from kith.kernel.fields.duration import DurationField
from kith.kernel.fields.emails import EmailsField
from kith.kernel.fields.file import StoredFileField
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.long_text import RichTextField
from kith.kernel.fields.money import MoneyField
from kith.kernel.fields.multi_choice import MultiChoiceField
from kith.kernel.fields.percent import PercentField
from kith.kernel.fields.person_name import PersonNameField
from kith.kernel.fields.phones import PhonesField
from kith.kernel.fields.references import ReferencesField
from kith.kernel.fields.tags import TagsField
from kith.kernel.kit.dates import now
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import Locale
from kith.kernel.kit.money import is_currency
from kith.kernel.kit.text import fold, pinyin
from kith.kernel.policy import administrators
from kith.kernel.policy.conditions import check as check_condition
from kith.kernel.policy.grants import ADMINISTER
from kith.kernel.policy.models import Role
from kith.kernel.query.tree import from_json as filter_from_json
from kith.kernel.records import read
from kith.kernel.records.base import Record, keyset, text_index
from kith.kernel.records.change import Change, Item, change, change_many, delete, restore
from kith.kernel.records.checks import said
from kith.kernel.records.errors import Complaint, Conflict, Forbidden, Invalid, NotFound, Refusal
from kith.kernel.records.models import View
from kith.kernel.records.read import Query
from kith.kernel.records.samples import people as sample_people
from kith.kernel.records.undo import undo
from kith.kernel.records.views import problems as view_problems
from kith.kernel.schema.app import Module
from kith.kernel.schema.kept import Kept
from kith.kernel.schema.registry import register
from kith.kernel.schema.spec import (
    Action,
    Board,
    ObjectSpec,
    Owned,
    Page,
    Related,
    Rollup,
    Section,
    Shared,
    Told,
    action,
)
from kith.kernel.transfer.profiles import Profile as ImportProfile
from kith.kernel.transfer.profiles import alias as register_import_aliases
from kith.kernel.transfer.profiles import register as register_import_profile

__all__ = [
    "ADMINISTER",
    "Action",
    "Actor",
    "AddressField",
    "AddressesField",
    "AutoNumberField",
    "Board",
    "Change",
    "Choice",
    "Complaint",
    "Conflict",
    "Context",
    "DomainsField",
    "DurationField",
    "EmailsField",
    "Field",
    "FieldType",
    "Forbidden",
    "ImportProfile",
    "Invalid",
    "Invitation",
    "Item",
    "Kept",
    "Kind",
    "Locale",
    "Module",
    "MoneyField",
    "MultiChoiceField",
    "NotFound",
    "ObjectSpec",
    "Organisation",
    "Owned",
    "Page",
    "PercentField",
    "PersonNameField",
    "PhonesField",
    "Query",
    "Record",
    "ReferencesField",
    "Refusal",
    "Related",
    "RichTextField",
    "Role",
    "Rollup",
    "Section",
    "Shared",
    "StoredFileField",
    "TagsField",
    "Team",
    "Token",
    "Told",
    "Unreadable",
    "User",
    "View",
    "_",
    "acting_as",
    "action",
    "administrators",
    "by_email",
    "change",
    "change_many",
    "check_condition",
    "delete",
    "field_type",
    "filter_from_json",
    "fold",
    "holders",
    "is_currency",
    "keyset",
    "members",
    "models",
    "now",
    "pgettext_lazy",
    "pinyin",
    "read",
    "register",
    "register_import_aliases",
    "register_import_profile",
    "restore",
    "said",
    "sample_people",
    "system",
    "teams_below",
    "text_index",
    "type_named",
    "undo",
    "view_problems",
]

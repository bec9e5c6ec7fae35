"""The page of one record: who it is, its fields, what happened to it, and what leads to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit import dates
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records import change as writing
from kith.kernel.records import read
from kith.kernel.records.errors import Conflict, NotFound
from kith.kernel.records.history import Entry
from kith.kernel.records.read import Page, Row
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import around, cells, forms, posted, related, render, timeline, widgets
from kith.surfaces.web import request as web

KEPT: Final = ("created_at", "created_by", "updated_at")
FACTS: Final = 4
TABS: Final = ("overview", "history", "details", "related")


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the record: its value, whether it may be edited here, and where the value came from."""

    field: Field
    value: SafeString
    is_empty: bool
    cell: str  # the address of its editor; "" when it may not be written
    is_wide: bool
    source: str = ""  # "Mara Vogt · 12 min · was 1,900"
    source_icon: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    label: Any
    lines: tuple[Line, ...]

    @property
    def is_empty(self) -> bool:
        return all(one.is_empty for one in self.lines)


@dataclass(frozen=True, slots=True)
class Held:
    """The record as this person may see it, and what they may do to it."""

    spec: ObjectSpec
    id: uuid.UUID
    page: Page
    row: Row
    is_binned: bool
    may_update: bool
    may_delete: bool

    @property
    def title(self) -> str:
        one = self.spec.fields.get(self.spec.title)
        return one.type.display(one, self.row.get(one.name), render_locale(self)) if one and one.name in self.row.values else ""


def render_locale(held: Held) -> Any:
    return held.page_locale  # type: ignore[attr-defined]

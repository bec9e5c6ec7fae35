"""A row on its way to be a record: what it gives, what it still has to find, and what is wrong with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field
from kith.kernel.kit.errors import Unreadable
from kith.kernel.records.checks import said
from kith.kernel.transfer.cells import Cell, text_of

MADE_KEY: Final = "row:"
"""What a key begins with that was made from what the row says, for want of an id."""

SHOWN: Final = 200  # characters of a value in a message


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value of a row. ``code`` is for machines, ``message`` for people."""

    column: str
    field: str
    value: str
    code: str
    message: str


@dataclass(slots=True)
class Wish:
    """A record of another object that a row leads to. ``ways`` are (how, column, text), to be tried in this order."""

    field: Field
    ways: list[tuple[str, str, str]]
    rest: dict[str, Any] = default(default_factory=dict)  # attributes of the link: a role


@dataclass(slots=True)
class Draft:
    """One row. ``problems`` keep it from being saved, ``warnings`` are told; ``aside`` says why it is skipped."""

    number: int
    cells: Sequence[Cell]
    values: dict[str, Any] = default(default_factory=dict)
    wishes: list[Wish] = default(default_factory=list)
    key: str = ""
    own_key: bool = True  # the source gave it; False: made from what the row says
    id: uuid.UUID | None = None
    problems: list[Problem] = default(default_factory=list)
    warnings: list[Problem] = default(default_factory=list)
    aside: str = ""
    aside_params: Mapping[str, Any] = default(default_factory=dict)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    match: uuid.UUID | None = None
    binned: bool = False
    links: set[str] = default(default_factory=set)  # reference fields that led nowhere, or were made

    def refuse(self, column: str, name: str, cell: Cell, error: Unreadable) -> None:
        """Note a value that cannot be read."""
        self.problems.append(Problem(column, name, text_of(cell)[:SHOWN], error.code, said(error)))

    def warn(self, column: str, name: str, cell: Cell, code: str, message: str) -> None:
        """Note what is left out of a row that is imported all the same."""
        self.warnings.append(Problem(column, name, text_of(cell)[:SHOWN], code, message))


WRONG: Final = {
    "too_many_cells": gettext_noop("This row has more cells than there are columns"),
    "unfinished_card": gettext_noop("This card has no end"),
    "card_too_long": gettext_noop("This card is too long"),
    "not_json": gettext_noop("This is no JSON object"),
    "not_an_object": gettext_noop("This is no JSON object"),
}
"""Why a row cannot be used at all."""

ASIDE: Final = {
    "comment": gettext_noop("A comment, no record"),
    "footer": gettext_noop("The foot of a report, no record"),
    "deleted": gettext_noop("Deleted in the source"),
    "nothing": gettext_noop("No imported column of this row holds anything"),
    "double": gettext_noop("The same as row %(row)s"),
    "there": gettext_noop("Already there"),
    "missing": gettext_noop("There is no such record to update"),
    "left": gettext_noop("Left out by hand"),
}
"""Why a row is skipped."""


def reason(code: str, params: Mapping[str, Any]) -> str:
    """The reason in the reader's language."""
    return _(ASIDE[code]) % params if params else _(ASIDE[code])

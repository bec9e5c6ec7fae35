"""How a read or a write says no. Surfaces turn these into pages and problem documents; nothing else reaches a user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one field, in words. ``field`` is "" for the record as a whole, ``row`` its place in a
    batch.
    """

    field: str
    code: str
    message: str | Promise
    row: int | None = None


class Refusal(Exception):
    """The base of all refusals."""

    status = 400
    title = "Bad request"


class NotFound(Refusal):
    """The record does not exist, or this actor may not know that it does: the same answer."""

    status = 404

    def __init__(self, object: str = "", id: Any = None) -> None:
        super().__init__(_("Not found"))
        self.object, self.id = object, id


class Forbidden(Refusal):
    """The actor sees the object but may not do this to it."""

    status = 403

    def __init__(self, message: str = "", verb: str = "") -> None:
        super().__init__(message or _("You may not do this."))
        self.verb = verb


class Invalid(Refusal):
    """Values were refused. All complaints at once, so that nobody mends one after the other."""

    status = 422

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__(
            "; ".join(f"{one.field}: {one.message}" if one.field else str(one.message) for one in self.complaints)
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on which two people disagree: what the record held when the writer looked, holds now, and should
    hold.
    """

    field: str
    before: Any
    now: Any
    wanted: Any


class Conflict(Refusal):
    """Somebody else changed the record since it was read; both values of every field in question."""

    status = 412

    def __init__(self, version: int, differences: Iterable[Difference] = (), by: str = "") -> None:
        super().__init__(_("Somebody else changed this record in the meantime"))
        self.version, self.differences, self.by = version, tuple(differences), by


@dataclass(slots=True)
class Complaints:
    """Complaints about one record while it is checked."""

    row: int | None = None
    found: list[Complaint] = field(default_factory=list)

    def add(self, field: str, code: str, message: str | Promise) -> None:
        self.found.append(Complaint(field, code, message, self.row))

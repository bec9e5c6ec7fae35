"""How often a password or a code may be tried. Counted in the database, so that neither a restart nor a second process
forgets; exact over every span of time, since each attempt is a row.

An attempt is taken *before* the password is looked at: a hundred at once cannot slip through together.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from kith.kernel.accounts.models import Try
from kith.kernel.jobs.schedule import scheduled
from kith.kernel.jobs.task import job

WINDOW: Final = timedelta(minutes=15)
PER_ACCOUNT: Final = 10
PER_ADDRESS: Final = 50
CODES: Final = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """Attempts that were granted. ``give_back`` when the password was right: those who know it are no danger."""

    rows: tuple[int, ...]

    def give_back(self) -> None:
        Try.objects.filter(pk__in=self.rows).delete()


def password(login: str, address: str) -> Taken | None:
    """Take an attempt at this account from this address; ``None`` when either has none left."""
    return _take((_account(login), PER_ACCOUNT), (_address(address), PER_ADDRESS))


def code(user: Any) -> Taken | None:
    """Take an attempt at the second factor of a user."""
    return _take((_key("code", str(user)), CODES))


def once(user: Any, code: str) -> bool:
    """Whether this code of the user is used for the first time within :data:`WINDOW`: one that was seen is
    worthless.
    """
    return _take((_key("used", f"{user} {code}"), 1)) is not None


def forgive_account(login: str) -> None:
    """The account's attempts are forgotten: its owner has shown the password, or was given a new one."""
    Try.objects.filter(key=_account(login)).delete()


def forgive_codes(user: Any) -> None:
    Try.objects.filter(key=_key("code", str(user))).delete()


def _take(*limits: tuple[str, int]) -> Taken | None:
    now = timezone.now()
    rows = []
    for key, most in limits:
        Try.objects.filter(key=key, at__lte=now - WINDOW).delete()
        row = Try.objects.create(key=key, at=now)
        rows.append(row.pk)
        if (
            Try.objects.filter(key=key).count() > most
        ):  # with our own: two at once may both be refused, never both let in
            Try.objects.filter(pk__in=rows).delete()
            return None
    return Taken(tuple(rows))


def _account(login: str) -> str:
    return _key("account", login.strip().casefold())


def _address(address: str) -> str:
    """One address; of IPv6 the network of 64 bits, since a home has all of those."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return _key("address", address)
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False).network_address
    return _key("address", str(found))


def _key(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()


@scheduled("40 3 * * *", "accounts.forget_tries")
@job("accounts.forget_tries", unique=True)
def tidy(_ctx: Any, _progress: Any) -> int:
    """Drop attempts that count no more."""
    return Try.objects.filter(at__lte=timezone.now() - WINDOW).delete()[0]

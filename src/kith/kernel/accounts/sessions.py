"""Browsers in which people are signed in: listed to their owner, ended one by one or all but this one."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Iterable
from datetime import datetime
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import OperationalError
from django.utils import timezone

from kith.kernel.accounts.models import Session, User

NOTED_EVERY: Final = 60.0  # seconds: a read must not become a write at every click
MOST_KNOWN: Final = 20_000

_noted: dict[str, float] = {}
_lock = threading.Lock()

BROWSERS: Final = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|HeadlessChrome/"),
    ("Safari", r"Safari/"),
)
SYSTEMS: Final = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


def begin(user: User, key: str, agent: str, address: str) -> None:
    """Note that the user signed in with this session."""
    now = timezone.now()
    values = {"user": user, "agent": agent[:300], "address": address[:45], "began_at": now, "seen_at": now}
    Session.objects.update_or_create(key=key, defaults=values)


def seen(user: uuid.UUID, key: str | None, agent: str, address: str) -> None:
    """Note that the session is in use; at most once a minute and process, so nearly always without a statement."""
    now = time.monotonic()
    if not key or now - _noted.get(key, -NOTED_EVERY) < NOTED_EVERY:
        return
    with _lock:
        if len(_noted) > MOST_KNOWN:
            _noted.clear()
        _noted[key] = now
    values: dict[str, Any] = {"seen_at": timezone.now(), "agent": agent[:300], "address": address[:45]}
    try:
        if not Session.objects.filter(key=key, user_id=user).update(**values):
            Session.objects.update_or_create(key=key, defaults={**values, "user_id": user})
    except OperationalError:
        return  # the database is busy with a long write: the next click notes it


def of(user: User) -> list[Session]:
    """The open sessions of a user, the latest first; rows of sessions that have ended are dropped on the way."""
    rows = list(Session.objects.filter(user=user).order_by("-seen_at"))
    open_ones = [row for row in rows if _is_open(row, user)]
    if gone := [row.pk for row in rows if row not in open_ones]:
        Session.objects.filter(pk__in=gone).delete()
    return open_ones


def end(user: User, ids: Iterable[int]) -> int:
    """End these sessions of the user; the number of them. Each is refused from its next request on."""
    rows = list(Session.objects.filter(user=user, pk__in=list(ids)))
    store = _store()
    for row in rows:
        store().delete(row.key)
    Session.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def end_others(user: User, key: str | None) -> int:
    """End all sessions of the user but this one."""
    return end(user, Session.objects.filter(user=user).exclude(key=key or "").values_list("pk", flat=True))


def last_sign_in(users: Iterable[uuid.UUID]) -> dict[uuid.UUID, datetime | None]:
    """When these users last signed in."""
    return dict(User.objects.filter(pk__in=list(users)).values_list("pk", "last_login"))


def device(agent: str) -> tuple[str, str]:
    """Browser and system out of a user agent, for people: ``("Firefox", "Windows")``; "" for what is not known."""

    def first(known: Iterable[tuple[str, str]]) -> str:
        return next((name for name, pattern in known if re.search(pattern, agent)), "")

    return first(BROWSERS), first(SYSTEMS)


def forget() -> None:
    """Drop what this process noted: for tests."""
    _noted.clear()


def _is_open(row: Session, user: User) -> bool:
    """Whether Django would still take it: the data are there, theirs, and of today's password."""
    held = _store()(row.key).load()
    return bool(held.get(SESSION_KEY) == str(user.pk) and held.get(HASH_SESSION_KEY) == user.get_session_auth_hash())


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore

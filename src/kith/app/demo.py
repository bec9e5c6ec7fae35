"""The sample company of ``kith demo`` and its sign-in."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from kith.app import config, people, samples
from kith.app.words import _
from kith.kernel.accounts.models import User
from kith.kernel.kit.secret_file import keep_secret
from kith.kernel.records import statistics

EMAIL = "demo@kith.example"
NAMES = {"en": "Mara Vogt", "zh-hans": "林悦"}


class NotADemo(Exception):
    """The data folder holds a real company; sample records must not be mixed into it."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What to type."""

    email: str
    password: str


def broken_off() -> str:
    """What to do about a large company that was begun and is not whole; "" where there is none."""
    if not _unfinished().exists():
        return ""
    return _("The sample company was broken off. Delete {folder}, or give the demo another folder with --data.").format(
        folder=settings.KITH_DATA
    )


def _unfinished() -> Path:
    return config.current().data / "demo_unfinished"


def prepare(size: str = "small", language: str = "en", told: samples.Told = lambda *_numbers: None) -> SignIn:
    """Fill an empty, migrated database once; later calls only give the sign-in again. Raises :class:`NotADemo`.

    ``size`` is ``small`` or ``large``. The small company is made whole or not at all. The large one is written piece by
    piece, since one transaction of a million records would take gigabytes beside the database; one that was broken off
    is not gone on with.
    """
    path = config.current().data / "demo_password"
    if words := broken_off():
        raise NotADemo(words)
    marked = path.is_file()
    if User.objects.exists() and not (marked and User.objects.filter(email=EMAIL).exists()):
        raise NotADemo(
            _("{folder} holds a company already. Give the demo a folder of its own with --data.").format(
                folder=settings.KITH_DATA
            )
        )
    password = keep_secret(path, 12)
    if not User.objects.exists():
        large = size == "large"
        if large:
            _unfinished().touch()
        with nullcontext() if large else transaction.atomic():
            people.add(EMAIL, NAMES[language], "administrator", password, language=language)
            samples.fill(size, told)
        if large:
            statistics.refresh()
            _unfinished().unlink()
    return SignIn(EMAIL, password)

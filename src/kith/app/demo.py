"""The sample company of ``kith demo``: its sign-in, and the order in which the modules fill it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from django.db import transaction

from kith.app import config, people
from kith.app.words import _
from kith.kernel.accounts.context import system
from kith.kernel.accounts.models import User
from kith.kernel.kit.secret_file import keep_secret

EMAIL = "demo@kith.example"
NAMES = {"en": "Mara Vogt", "zh-hans": "林悦"}
SEED = 20_261_120  # the same company every time


class NotADemo(Exception):
    """The data folder holds a real company; sample records must not be mixed into it."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What to type."""

    email: str
    password: str


def prepare(size: str = "small", language: str = "en") -> SignIn:
    """Fill an empty, migrated database once; later calls only give the sign-in again. Raises :class:`NotADemo`.

    Each module may have ``seed.py`` with ``seed(ctx, random, size)``, called in the order of INSTALLED_APPS, so that
    later modules find what earlier ones made. ``size`` is ``small`` or ``large``.
    """
    path = config.current().data / "demo_password"
    marked = path.is_file()
    if User.objects.exists() and not (marked and User.objects.filter(email=EMAIL).exists()):
        raise NotADemo(
            _("{folder} holds a company already. Give the demo a folder of its own with --data.").format(
                folder=settings.KITH_DATA
            )
        )
    password = keep_secret(path, 12)
    if not User.objects.exists():
        with transaction.atomic():  # a half-filled company would never be filled again
            people.add(EMAIL, NAMES[language], "administrator", password, language=language)
            _seed(size)
    return SignIn(EMAIL, password)


def _seed(size: str) -> None:
    chance = random.Random(SEED)  # noqa: S311  (sample names, not secrets)
    for app in apps.get_app_configs():
        if app.name.startswith("kith.modules.") and find_spec(f"{app.name}.seed"):
            ctx = system("demo")  # a new one each time: people are part of the schema
            import_module(f"{app.name}.seed").seed(ctx, chance, size)

"""Settings of the site that is killed: those of Kith, and a handler that makes a job for each new contact."""

from __future__ import annotations

from kith.app.settings import *  # noqa: F403
from kith.app.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.app.crashing.Crashing"]

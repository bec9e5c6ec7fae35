"""Adding the sample company, in ``kith demo`` and from the settings: the order in which the modules fill it."""

from __future__ import annotations

import random
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from django.apps import apps

from kith.app.words import _
from kith.kernel.accounts.context import system
from kith.kernel.jobs.progress import Failed
from kith.kernel.jobs.task import job
from kith.kernel.records import samples
from kith.kernel.schema.load import current

SEED: Final = 20_261_120  # the same company every time


def fill(size: str = "small", told: Callable[[int, int], None] | None = None) -> None:
    """Call ``seed(ctx, random, size)`` of every module that has a ``seed.py``, in the order of INSTALLED_APPS, so that
    later modules find what earlier ones made; then mark what was made. ``size`` is ``small`` or ``large``.
    """
    chance = random.Random(SEED)  # noqa: S311  (sample names, not secrets)
    seeds = [
        f"{app.name}.seed"
        for app in apps.get_app_configs()
        if app.name.startswith("kith.modules.") and find_spec(f"{app.name}.seed")
    ]
    try:
        for place, name in enumerate(seeds):
            if told is not None:
                told(place, len(seeds))
            import_module(name).seed(system(samples.SOURCE), chance, size)  # a new one each time: people are part of it
    finally:
        samples.mark()  # also what there is when it broke off: it can be removed


@job(samples.ADD, retries=0, unique=True)
def add(_ctx: Any, progress: Any) -> dict[str, int]:
    """Add it to a company that is there; how many of which object."""
    if samples.here(current()):
        raise Failed(_("The sample data is here already"), final=True)
    fill(told=lambda done, total: progress.step(done, total))
    return samples.here(current())

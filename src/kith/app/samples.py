"""Adding the sample company, in ``kith demo`` and from the settings: the order in which the modules fill it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from django.apps import apps
from django.db import connection

from kith.app import side_by_side
from kith.app.sqlite import room
from kith.app.words import _
from kith.kernel.accounts.context import system
from kith.kernel.jobs.progress import Failed
from kith.kernel.jobs.task import job
from kith.kernel.kit.garbage import spared
from kith.kernel.records import samples, statistics
from kith.kernel.schema.load import current

SEED: Final = 20_261_120  # the same company every time


Told = Callable[[int, int, int, int], None]
"""Which module is at work, counted from 0, of how many; how many of its pieces are made, of how many (0: of none)."""


def fill(size: str = "small", told: Told = lambda *_numbers: None) -> None:
    """Call ``seed(ctx, random, size)`` of every module that has a ``seed.py``, in the order of INSTALLED_APPS, so that
    later modules find what earlier ones made; then mark what was made. ``size`` is ``small`` or ``large``.

    A seed that has much to do answers pieces, functions of a generator, which are made side by side. Each has a
    generator of its own, so that it is the same whoever makes it and when.
    """
    chance = random.Random(SEED)  # noqa: S311  (sample names, not secrets)
    seeds = [
        f"{app.name}.seed"
        for app in apps.get_app_configs()
        if app.name.startswith("kith.modules.") and find_spec(f"{app.name}.seed")
    ]
    try:
        for place, name in enumerate(seeds):
            told(place, len(seeds), 0, 0)
            ctx = system(samples.SOURCE)  # a new one each time: people are part of it
            pieces = [
                partial(_piece, piece, f"{SEED} {name}", number)
                for number, piece in enumerate(import_module(name).seed(ctx, chance, size) or ())
            ]
            side_by_side.run(pieces, partial(told, place, len(seeds)))
    except BaseException:
        if size == "small":  # what there is can be removed; a large one is thrown away with its database
            samples.mark()
        raise
    told(len(seeds), len(seeds), 0, 0)
    samples.mark()


def _piece(piece: Callable[[random.Random], None], seed: str, number: int) -> None:
    """After the first one the statistics are made: without them SQLite looks for the companies of 500 contacts among
    all of their owner, and with 600,000 contacts there the checks of 25,000 more took 2.5 s and not 1.
    """
    room.make()
    with spared():  # it leaves nothing to collect, and looking for that took a tenth of its time
        piece(random.Random(f"{seed} {number}"))  # noqa: S311
    if number == 0:
        statistics.refresh()
    connection.close()  # a new one knows the statistics


@job(samples.ADD, retries=0, unique=True)
def add(_ctx: Any, progress: Any) -> dict[str, int]:
    """Add it to a company that is there; how many of which object."""
    if samples.objects(current()):
        raise Failed(_("The sample data is here already"), final=True)
    fill(told=lambda module, modules, *_pieces: progress.step(module, modules))
    return samples.here(current())

"""Pairwise samples: every value of every axis meets every value of every other axis at least once."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any


def combinations(axes: Sequence[Sequence[Any]], full: bool) -> list[tuple[Any, ...]]:
    """All combinations of the axes, or the few of a pairwise sample; the same ones in every run."""
    every = list(itertools.product(*axes))
    if full or len(axes) < 3:
        return every
    random.Random(len(every)).shuffle(every)
    left = {pair for one in every for pair in _pairs(one)}
    chosen = []
    for least in range(len(list(_pairs(every[0]))), 0, -1):  # first those that bring the most new pairs
        for one in every:
            new = left.intersection(_pairs(one))
            if len(new) >= least:
                chosen.append(one)
                left -= new
    return chosen


def _pairs(one: tuple[Any, ...]) -> Iterator[tuple[int, Any, int, Any]]:
    for (place, value), (other_place, other) in itertools.combinations(enumerate(one), 2):
        yield place, value, other_place, other

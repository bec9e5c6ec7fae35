"""Short transactions that lose a deadlock or wait too long for a lock are tried again: the database has undone them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import OperationalError, connection

T = TypeVar("T")
TRIES: Final = 5


def again(work: Callable[[], T]) -> T:
    """Run ``work``, which must be one transaction of its own. Within another one it is run once: only that can start
    over.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except OperationalError:
            if attempt == TRIES or connection.in_atomic_block or not connection.is_usable():
                raise
            time.sleep(random.uniform(0, 0.02 * attempt))  # noqa: S311  (apart from the others, not secret)
    raise AssertionError("unreachable")

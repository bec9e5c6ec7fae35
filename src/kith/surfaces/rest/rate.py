"""How often one token or user may call: a fixed window of a minute in Django's cache (per process without Redis)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from kith.surfaces.rest.problems import Problem

WINDOW: Final = 60  # seconds


def spend(caller: UUID) -> None:
    """Count one call. Raises a 429 that says when to come back."""
    most: int = settings.KITH_RATE_LIMIT  # calls in a window; 0: no limit
    if not most:
        return
    now = int(timezone.now().timestamp())
    key = f"rest:rate:{caller}:{now // WINDOW}"
    try:
        used = cache.incr(key)
    except ValueError:
        used = 1 if cache.add(key, 1, 2 * WINDOW) else cache.incr(key)
    if used > most:
        raise Problem(429, _("Too many requests. Wait a moment."), headers={"Retry-After": str(WINDOW - now % WINDOW)})

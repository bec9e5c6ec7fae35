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
USUAL: Final = 6000  # calls in a window; ``KITH_RATE_LIMIT`` says otherwise, 0 means no limit


def spend(caller: UUID) -> None:
    """Count one call. Raises a 429 that says when to come back."""
    most = getattr(settings, "KITH_RATE_LIMIT", USUAL)
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

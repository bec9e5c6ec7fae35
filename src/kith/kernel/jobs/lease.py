"""Leases: one process at a time does a thing, and another takes over when it dies.

A lease saves double work; it does not make double work harmless. Its clock is the machine's, and a process can be
stopped between looking and acting. So whatever is done under a lease is also guarded where it is written (compare and
set).
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from kith.kernel.jobs.again import again
from kith.kernel.jobs.models import Lease


def holder() -> str:
    """A name for this process and thread of work, like ``web1:4711:9f3a``; good for one life."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def take(name: str, by: str, seconds: float) -> bool:
    """Take the lease, or prolong it when ``by`` has it. False when another has it. One statement."""
    now = timezone.now()
    until = now + timedelta(seconds=seconds)

    def attempt() -> bool:
        free = Lease.objects.filter(name=name).filter(Q(until__lte=now) | Q(holder=by))
        if free.update(holder=by, until=until):
            return True
        if Lease.objects.filter(name=name).exists():
            return False
        try:
            with transaction.atomic():
                Lease.objects.create(name=name, holder=by, until=until)
            return True
        except IntegrityError:  # two began at once
            return False

    return again(attempt)


def leave(name: str, by: str) -> None:
    """Give the lease back, so that the next one need not wait for it to run out."""
    again(lambda: Lease.objects.filter(name=name, holder=by).update(until=timezone.now()))

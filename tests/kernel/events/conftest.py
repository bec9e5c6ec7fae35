"""The rig of the jobs' tests serves here, too: events stand on the floor above."""

from __future__ import annotations

from tests.kernel.jobs.conftest import rig

__all__ = ["rig"]

"""Is somebody doing the jobs, are any stuck, and is somebody watching the clock?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.jobs import claim
from kith.kernel.jobs.models import Job, Schedule, State
from kith.kernel.kit.errors import gettext_noop
from kith.kernel.outside.health import Finding, check, ok, warn

LATE: Final = timedelta(minutes=10)


@check("jobs", gettext_noop("Jobs"), needs=("tables",))
def jobs(_thorough: bool) -> Iterator[Finding]:
    """Five indexed counts."""
    before = timezone.now() - LATE
    given_up = list(claim.dead().values_list("task", flat=True)[:100])
    late = Job.objects.filter(state=State.READY, run_after__lt=before).count()
    stuck = Job.objects.filter(state=State.RUNNING, lease_until__lt=before).count()
    running = Job.objects.filter(state=State.RUNNING).count()
    silent = Schedule.objects.filter(enabled=True, next_at__lt=before).count()
    if given_up:
        names = ", ".join(sorted(set(given_up))[:5])
        text = _("Jobs given up: {count} ({names}).").format(count=len(given_up), names=names)
        yield warn(text, _("See why under Settings, Health; they can be tried again."))
    if late or stuck:
        text = _("Jobs that have waited for more than 10 minutes: {count}.").format(count=late + stuck)
        yield warn(text, _("Is kith serve or kith worker running?"))
    if silent:
        text = _("Overdue by the clock: {count}.").format(count=silent)
        yield warn(text, _("Is kith serve or kith scheduler running?"))
    if not (given_up or late or stuck or silent):
        yield ok(_("At work: {count}; none late, none given up").format(count=running))

"""Is there a backup that is not old, and did the last one work?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from kith.app.backup.archive import Damaged
from kith.app.backup.verify import verify
from kith.kernel.jobs.models import Job, State
from kith.kernel.kit.errors import gettext_noop
from kith.kernel.outside import backups, clock
from kith.kernel.outside.health import Finding, bad, check, ok, warn

OLD: Final = timedelta(hours=30)
VERY_OLD: Final = timedelta(days=3)


@check("backups", gettext_noop("Backups"), needs=("tables",))
def recent(thorough: bool) -> Iterator[Finding]:
    """Only daily and manual ones count: the others are of a moment before something else."""
    found = [one for one in backups.listed() if one.kind in {"daily", "manual"}]
    age = clock.now() - found[0].made_at if found else None
    if thorough and found:
        try:
            verify(backups.folder() / found[0].name)
        except (Damaged, OSError) as error:
            yield bad(
                _("The newest backup cannot be used: {error}").format(error=error),
                _("Make another: kith backup FILE. Then look at the disk."),
            )
            return
    last = Job.objects.filter(task=backups.DAILY).order_by("-id").first()
    if last is not None and last.error and last.state in {State.DEAD, State.WAITING}:
        yield (
            bad(last.error, _("Put it right, then make one on the health page, or with: kith backup FILE"))
            if last.state == State.DEAD
            else warn(last.error, _("It is tried again by itself."))
        )
    if not settings.KITH_BACKUPS:
        yield warn(
            _("Daily backups are off (KITH_BACKUPS=0)."),
            _("See that something else makes them, or set how many are kept."),
        )
        return
    yield _aged(age)


def _aged(age: timedelta | None) -> Finding:
    if age is None:
        begun = Job.objects.order_by("id").values_list("created_at", flat=True).first()
        if begun is None or clock.now() - begun < OLD:
            return ok(_("None yet; the first one is made tonight, while kith serve runs"))
        return bad(_("There is no backup."), _("Make one on the health page, or with: kith backup FILE"))
    hours = round(age.total_seconds() / 3600)
    text = _("The newest is {hours} h old, and was read through").format(hours=hours)
    if age < OLD:
        return ok(text)
    todo = _("Let kith serve or kith scheduler run at night, or make one with: kith backup FILE")
    return bad(text, todo) if age > VERY_OLD else warn(text, todo)

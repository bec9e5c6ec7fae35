"""Is the log of changes whole, and is everybody who follows it near its end?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.events import delivery
from kith.kernel.events.models import Event
from kith.kernel.events.sealer import sealed_to
from kith.kernel.events.verify import verify
from kith.kernel.kit.errors import gettext_noop
from kith.kernel.outside.health import Finding, bad, check, ok, warn

LATE: Final = timedelta(minutes=10)
FAR: Final = 10_000  # events
RECENT: Final = 1_000


@check("log", gettext_noop("Log of changes"), needs=("tables",))
def log(thorough: bool) -> Iterator[Finding]:
    """The whole chain when thorough (a minute for two million changes), else its last thousand links."""
    verdict = verify(0 if thorough else max(0, sealed_to() - RECENT))
    behind = sorted(one for one, count in delivery.behind().items() if count > FAR)
    if not verdict.ok:
        text = _("Number {seq} of the log is not what was written ({reason}).")
        yield bad(text.format(seq=verdict.seq, reason=verdict.reason), _("Compare it with a backup."))
    if Event.objects.filter(seq=None, at__lt=timezone.now() - LATE).exists():
        yield warn(_("Changes are waiting to be sealed."), _("Is kith serve or kith worker running?"))
    if behind:
        text = _("Far behind the log: {names}").format(names=", ".join(behind))
        yield warn(text, _("Is kith serve or kith worker running?"))
    if verdict.ok:
        yield ok(_("Changes looked at: {count}; all as they were written").format(count=verdict.checked))

"""Can everything be found: is the full-text index there, and has each record its document?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from kith.kernel.kit.errors import gettext_noop
from kith.kernel.outside.health import Finding, bad, check, ok, warn
from kith.kernel.records import index
from kith.kernel.records.sight import living
from kith.kernel.schema.load import current
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.search import engines
from kith.kernel.search.models import SearchDoc

SAMPLE: Final = 200  # records of an object, the newest


@check("search", gettext_noop("Search"), needs=("tables",))
def search(thorough: bool) -> Iterator[Finding]:
    """A sample of each object's records, or when thorough all by number; and the indexes of promoted fields."""
    again = _("Run: kith rebuild search")
    if missing := engines.missing():
        yield bad(_("The full-text index is not whole ({names} missing).").format(names=", ".join(missing)), again)
        return
    schema, looked, whole = current(), 0, True
    for spec in schema:
        if not spec.search:
            continue
        lost, seen = _lost(spec, thorough)
        looked += seen
        if lost:
            whole = False
            text = _("{objects} that cannot be found: {count} of {total}.")
            yield warn(text.format(count=lost, total=seen, objects=spec.label_many), again)
    wanted = {one.name for one in index.wanted(schema)}
    if slow := wanted - set(index.present()):
        yield warn(_("Missing indexes of fields: {count}.").format(count=len(slow)), _("Run: kith rebuild indexes"))
    if whole:
        yield ok(_("Records looked at: {count}; all can be found").format(count=looked))


def _lost(spec: ObjectSpec, thorough: bool) -> tuple[int, int]:
    """How many records have no document, of how many."""
    rows, documents = living(spec), SearchDoc.objects.filter(object=spec.name)
    if thorough:
        count = rows.count()
        return abs(count - documents.count()), count
    ids = list(rows.order_by("-id").values_list("id", flat=True)[:SAMPLE])
    return len(ids) - documents.filter(record__in=ids).count(), len(ids)

"""Candidates for a search, under the actor's rights: bounded, then ranked; ``records.finding`` confirms them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet, TextField

from kith.kernel.accounts.context import Context
from kith.kernel.kit.text import title_prefix
from kith.kernel.policy.rows import branches
from kith.kernel.query import prepared
from kith.kernel.query.prepared import Slot
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.search import engines, tokens
from kith.kernel.search.models import SearchDoc

CANDIDATES: Final = 1000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record whose document matches. ``rank`` 0: the title begins with the words; 1: it holds them; 2: elsewhere."""

    object: str
    record: uuid.UUID
    rank: int


def documents(ctx: Context, specs: Iterable[ObjectSpec], text: str) -> QuerySet[Any]:
    """The documents of these objects that match and that lie within the actor's reach, as far as tokens can tell."""
    whole = Q(pk__in=())
    for one in wordings(ctx, specs, text):
        whole |= engines.matching(one)
    return SearchDoc.objects.filter(whole)


def wordings(ctx: Context, specs: Iterable[ObjectSpec], text: str) -> list[str]:
    """What is asked of the engine, once for all objects that the actor reaches alike."""
    prefixes = tokens.of_query(text)
    groups: dict[tuple[str, ...], list[str]] = {}
    for spec in specs:
        if (reach := _reach(ctx, spec)) is not None:
            groups.setdefault(reach, []).append(tokens.of_object(spec.name))
    asked = [[objects, reach] if reach else [objects] for reach, objects in groups.items()]
    return [engines.wording(prefixes, one) for one in asked] if prefixes else []


def _reach(ctx: Context, spec: ObjectSpec) -> tuple[str, ...] | None:
    """The scope tokens one of which a document must have; ``()`` when none is needed, ``None`` when nothing is
    reached.
    """
    found = branches(ctx, spec, "read")
    if not found:
        return None
    if any(not one.column for one in found):
        return ()
    return tuple(sorted({tokens.scope(one.column, one.value) for one in found}))


def candidates(ctx: Context, specs: Iterable[ObjectSpec], text: str) -> list[Candidate]:
    """At most 1,000 matching documents, the newest, ranked. Ranking a common word's every hit is the slow part
    everywhere.
    """
    asked = wordings(ctx, specs, text)

    def build() -> QuerySet[Any, Any]:
        whole = Q(pk__in=())
        for place in range(len(asked)):
            whole |= engines.matching(Slot(place, TextField()), CANDIDATES)
        rows = SearchDoc.objects.filter(whole).order_by("-id")
        return rows.values_list("object", "record", "title_key")[:CANDIDATES]

    rows = prepared.run(None, ("candidates", len(asked)), build, asked) if asked else []
    prefix, words = title_prefix(text), tokens.of_query(text)
    found = [Candidate(object, record, _rank(title, prefix, words)) for object, record, title in rows]
    return sorted(found, key=lambda one: one.rank)


def _rank(title: str, prefix: str, words: list[str]) -> int:
    if title.startswith(prefix):
        return 0
    return 1 if all(word in title for word in words) else 2

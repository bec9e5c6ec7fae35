"""Free words in a list, as a query that is kept: the words are a value of it.

They can be where the search documents alone can tell who matches (``finding.wording``). Two things keep a common word
of a million records quick: counting stops at its cap, and a page in the order of titles is made of the documents, which
hold the title, so that only its own records are looked up: 490 ms without, 160 with it, and 83 where SQLite reads the
titles from an index of them alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import F, Q, QuerySet, TextField

from kith.kernel.query.prepared import Slot
from kith.kernel.query.tree import ALL, And, Tree, Words
from kith.kernel.records.page import Key, beyond
from kith.kernel.search import engines
from kith.kernel.search.models import SearchDoc, SearchTitle

_TITLES: Final = (Key(F("title_key"), nullable=False), Key(F("record"), nullable=False))


def apart(tree: Tree) -> tuple[str, Tree]:
    """The words that every record must hold, and what else is asked; "" where words stand elsewhere in the tree."""
    if isinstance(tree, Words):
        return tree.text, ALL
    if isinstance(tree, And):
        words = [one for one in tree.items if isinstance(one, Words)]
        rest = tuple(one for one in tree.items if not isinstance(one, Words))
        if len(words) == 1:
            return words[0].text, And(rest)
    return "", tree


def documents(most: int = 0) -> QuerySet[Any]:
    """The records whose documents match the wording in place 0; ``most``: so many documents are enough."""
    model = SearchTitle if connections[DEFAULT_DB_ALIAS].vendor == "sqlite" else SearchDoc
    found = model._default_manager.filter(engines.matching(Slot(0, TextField()), most)).order_by()
    return found.values("pk")[:most] if most else found.values("record")


def within(alone: bool) -> Callable[[Sequence[Key], Sequence[Any] | None, int], Q]:
    """The condition on records for :class:`page.Rows`. ``alone``: nothing but words and tokens of the documents decides
    who is on the page, so the documents know the page.
    """

    def condition(keys: Sequence[Key], after: Sequence[Any] | None, limit: int) -> Q:
        found = documents()
        # MariaDB takes no LIMIT in a subquery
        if alone and _by_title(keys) and connections[DEFAULT_DB_ALIAS].vendor != "mysql":
            found = found.order_by("title_key", "record")
            found = (found if after is None else found.filter(beyond(_TITLES, after, 1)))[:limit]
        return Q(pk__in=found)

    return condition


def _by_title(keys: Sequence[Key]) -> bool:
    return [(one.expr, one.descending) for one in keys] == [(F("title_key"), False), (F("id"), False)]

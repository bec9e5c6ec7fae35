"""How the database carries out the hot queries: a snapshot per engine, so that a lost index shows up as a difference.

``explained`` also serves the test that looks for each query's index at small scale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.db import connection

from benchmarks import cases, probe
from benchmarks.load import Request
from benchmarks.place import Place

FOLDER: Final = Path(__file__).parent / "plans"
HOT: Final = (
    "record",
    "list",
    "list, newest first",
    "deep page",
    "filtered",
    "custom field, promoted",
    "search, Latin",
    "search, Chinese",
    "search, phone fragment",
    "search everywhere",
)


def run(place: Place, settings: Any, tell: Callable[[str], None], keep: Callable[[Any], None]) -> None:
    """Write the snapshot of this engine, for whoever sees everything and whoever sees little."""
    parts = []
    for persona, name, request, token in hot(place):
        if name not in (settings.only or HOT):
            continue
        parts.append(f"## {name}, {persona}\n")
        for sql, plan in explained(request, token):
            parts.append(f"{_short(sql)}\n\n{_indented(plan)}\n")
    if not settings.only:
        FOLDER.mkdir(exist_ok=True)
        head = f"# {place.kind}: the hot queries on {place.rows:,} contacts. Made by python -m benchmarks plans\n"
        (FOLDER / f"{place.kind}.txt").write_text("\n".join([head, *parts]))


def hot(place: Place) -> Iterator[tuple[str, str, Request, str]]:
    """Persona, case, a request of it and the token to send it with: for whoever sees all and whoever sees little."""
    personas = json.loads((place.folder / "seeded.json").read_text())["personas"]
    for persona in ("administrator", "few"):
        here = cases.known(persona, personas[persona]["user"])
        for name in HOT:
            yield persona, name, cases.READS[name](here)[0], personas[persona]["token"]


def explained(request: Request, token: str) -> Iterator[tuple[str, str]]:
    """Each query of a request that reads records or documents, and its plan."""
    for sql, params in probe.statements([request], token)[0]:
        if sql.startswith("SELECT") and re.search(r'FROM "kith_(contact|company|search_doc)"', sql):
            yield sql, plan_of(sql, params)


def plan_of(sql: str, params: Sequence[Any]) -> str:
    """The plan, without what changes from run to run."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            return _tree(cursor.fetchall())
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", params)
        return re.sub(r"'(?:[^']|'')*'", "'…'", "\n".join(row[0] for row in cursor.fetchall()))


def _tree(rows: list[tuple[int, int, int, str]]) -> str:
    deep = {0: -1}
    lines = []
    for id, parent, _unused, text in rows:
        deep[id] = deep.get(parent, -1) + 1
        lines.append("  " * deep[id] + text)
    return "\n".join(lines)


def _short(sql: str, most: int = 400) -> str:
    """The statement without the lists of its columns and of ids."""
    text = re.sub(r"^SELECT .*? FROM ", "SELECT … FROM ", sql, count=1)
    text = re.sub(r"IN \(%s(?:, %s)*\)", "IN (…)", text)  # how many there are hangs on the data
    return text if len(text) <= most else f"{text[:most]}…"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())

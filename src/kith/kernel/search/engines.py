"""The full-text engine of each database, behind one question: which documents have all these tokens?

SQLite: FTS5 with the documents as external content, kept in step by triggers. PostgreSQL: a GIN index on the tokens as
``tsvector``, without its parser. MariaDB: FULLTEXT in boolean mode; it drops words under three letters, so tokens are
padded. Tokens hold letters and digits only (``tokens``), so nothing in them can be taken for an operator; they are
bound all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import BooleanField, Expression, F, Func, Q

from kith.kernel.search.models import SearchDoc, SearchTitle

TABLE: Final = SearchDoc._meta.db_table
TITLES: Final = SearchTitle._meta.db_table
FTS: Final = "kith_search_fts"
WORDS: Final = "kith_search_words"
PAD: Final = "zz"

# The SQL below is made of names of ours; whatever a user types is bound.
# ruff: noqa: S608
INSTALL: Final[dict[str, tuple[str, ...]]] = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {FTS} USING fts5(body, content='{TABLE}', content_rowid='id', "
        "tokenize='unicode61 remove_diacritics 0', prefix='2 3 4')",
        # eight pieces of a level before they are merged, not four: a tenth less for many documents, a third for one
        f"INSERT INTO {FTS}({FTS}, rank) VALUES ('automerge', 8)",
        f"CREATE TRIGGER IF NOT EXISTS {FTS}_insert AFTER INSERT ON {TABLE} BEGIN "
        f"INSERT INTO {FTS}(rowid, body) VALUES (new.id, new.body); END",
        f"CREATE TRIGGER IF NOT EXISTS {FTS}_delete AFTER DELETE ON {TABLE} BEGIN "
        f"INSERT INTO {FTS}({FTS}, rowid, body) VALUES ('delete', old.id, old.body); END",
        f"CREATE TRIGGER IF NOT EXISTS {FTS}_update AFTER UPDATE OF body ON {TABLE} BEGIN "
        f"INSERT INTO {FTS}({FTS}, rowid, body) VALUES ('delete', old.id, old.body); "
        f"INSERT INTO {FTS}(rowid, body) VALUES (new.id, new.body); END",
        # named in a view, since SQLite would rather read the rows, six of which fill a page: 83 ms for the first fifty
        # of 175,000 documents, not 159
        f"CREATE INDEX IF NOT EXISTS {FTS}_titles ON {TABLE} (id, title_key, record)",
        f"CREATE VIEW IF NOT EXISTS {TITLES} AS SELECT id, title_key, record FROM {TABLE} INDEXED BY {FTS}_titles",
    ),
    # In a function for its price alone: at that of array_to_tsvector, which says 1 for its 70 µs, the planner reads a
    # million documents one by one rather than use the index (10 s, not 0.5). PL/pgSQL, since one in SQL is put in place
    # and its price lost.
    "postgresql": (
        f"CREATE OR REPLACE FUNCTION {WORDS}(body text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT "
        "PARALLEL SAFE COST 500 AS $$ BEGIN RETURN array_to_tsvector(string_to_array(body, ' ')); END $$",
        f"CREATE INDEX IF NOT EXISTS {FTS} ON {TABLE} USING gin ({WORDS}(body))",
    ),
    # COPY: on a table that has rows and had such an index before, MariaDB makes one that finds nothing otherwise
    "mysql": (f"ALTER TABLE {TABLE} ADD FULLTEXT INDEX IF NOT EXISTS {FTS} (body), ALGORITHM=COPY",),
}

REMOVE: Final[dict[str, tuple[str, ...]]] = {
    "sqlite": (
        f"DROP VIEW IF EXISTS {TITLES}",
        f"DROP INDEX IF EXISTS {FTS}_titles",
        *(f"DROP TRIGGER IF EXISTS {FTS}_{verb}" for verb in ("insert", "delete", "update")),
        f"DROP TABLE IF EXISTS {FTS}",
    ),
    "postgresql": (f"DROP INDEX IF EXISTS {FTS}", f"DROP FUNCTION IF EXISTS {WORDS}(text)"),
    "mysql": (f"DROP INDEX IF EXISTS {FTS} ON {TABLE}",),
}


def install() -> None:
    """Make the index and what keeps it in step, where they are missing."""
    if connection.vendor == "mysql" and not missing():
        return  # the table would be copied for nothing
    with connection.cursor() as cursor:
        for statement in INSTALL[connection.vendor]:
            cursor.execute(statement)


def remove() -> None:
    """Drop them, for a rebuild."""
    with connection.cursor() as cursor:
        for statement in REMOVE[connection.vendor]:
            cursor.execute(statement)


def missing() -> list[str]:
    """The parts of the index that are not there."""
    parts = ("insert", "delete", "update", "titles")
    names = [FTS, *(f"{FTS}_{part}" for part in parts), TITLES] if connection.vendor == "sqlite" else [FTS]
    question = {
        "sqlite": f"SELECT name FROM sqlite_master WHERE name LIKE %s OR name = '{TITLES}'",
        "postgresql": "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexname LIKE %s",
        "mysql": "SELECT DISTINCT index_name FROM information_schema.statistics"
        " WHERE table_schema = DATABASE() AND index_name LIKE %s",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(question, [f"{FTS}%"])
        there = {row[0] for row in cursor.fetchall()}
    return [one for one in names if one not in there]


def body(tokens: Sequence[str]) -> str:
    """The tokens as this database's engine wants them stored."""
    given = filter(None, tokens)
    return " ".join([PAD + one for one in given] if connection.vendor == "mysql" else given)


def wording(prefixes: Sequence[str], scopes: Sequence[Sequence[str]] = ()) -> str:
    """Documents with a token that begins with each of ``prefixes``, and of each group in ``scopes`` at least one token
    whole: as this database's engine puts it.
    """
    return _WORDING[connection.vendor](list(prefixes), [list(group) for group in scopes])


def matching(wording: str | Expression, newest: int = 0) -> Q:
    """Documents that match what :func:`wording` made, or what an expression holds that is one text.

    ``newest``: only so many of them are wanted. SQLite walks its index from the end and stops there; a common word of a
    million documents takes 4 ms instead of 320.
    """
    column, sql = _TEST[connection.vendor]
    last = f" ORDER BY rowid DESC LIMIT {int(newest)}" if newest else ""
    return Q(_Matches(column, sql.replace("{newest}", last), wording))


class _Matches(Func):
    """The engine's own test of a column. An expression and not bare SQL, so that it holds in a subquery, whose tables
    have other names.
    """

    output_field = BooleanField()

    def __init__(self, column: str, sql: str, wording: str | Expression) -> None:
        super().__init__(F(column))
        self.sql, self.wording = sql, wording

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        column, params = compiler.compile(self.source_expressions[0])
        held = ("%s", [self.wording]) if isinstance(self.wording, str) else compiler.compile(self.wording)
        return self.sql.replace("{column}", column).replace("{wording}", held[0]), [*params, *held[1]]


_TEST: Final = {
    "sqlite": ("id", f"{{column}} IN (SELECT rowid FROM {FTS} WHERE {FTS} MATCH {{wording}}{{newest}})"),
    "postgresql": ("body", f"{WORDS}({{column}}) @@ {{wording}}::tsquery"),
    "mysql": ("body", "MATCH({column}) AGAINST ({wording} IN BOOLEAN MODE) > 0"),
}
"""The column that is tested, and how."""


def _sqlite(prefixes: list[str], scopes: list[list[str]]) -> str:
    parts = [f'"{one}"*' for one in prefixes] + [
        "(" + " OR ".join(f'"{one}"' for one in group) + ")" for group in scopes
    ]
    return " AND ".join(parts)


def _postgresql(prefixes: list[str], scopes: list[list[str]]) -> str:
    parts = [f"'{one}':*" for one in prefixes] + [
        "(" + " | ".join(f"'{one}'" for one in group) + ")" for group in scopes
    ]
    return " & ".join(parts)


def _mysql(prefixes: list[str], scopes: list[list[str]]) -> str:
    parts = [f"+{PAD}{one}*" for one in prefixes] + [
        "+(" + " ".join(PAD + one for one in group) + ")" for group in scopes
    ]
    return " ".join(parts)


_WORDING: Final = {"sqlite": _sqlite, "postgresql": _postgresql, "mysql": _mysql}

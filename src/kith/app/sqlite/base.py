"""The connection: as Django's own, but a statement may have as many parameters as the library allows.

Django 5.2 assumes 999, the limit of 2020; so 500 contacts of 40 columns were 21 statements. SQLite has taken 32,766
since 3.32, and says itself how many.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.db.backends.sqlite3.features import DatabaseFeatures as SQLiteFeatures


def _limit() -> int:
    connection = sqlite3.connect(":memory:")
    try:
        return min(connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER), 32_766)
    finally:
        connection.close()


MOST: Final = _limit()


class DatabaseFeatures(SQLiteFeatures):
    max_query_params = MOST


class DatabaseWrapper(SQLite):
    features_class = DatabaseFeatures

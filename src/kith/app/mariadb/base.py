"""The connection: PyMySQL in the place of mysqlclient (which has no wheel), and lookups without regard to case."""

from __future__ import annotations

import pymysql

pymysql.install_as_MySQLdb()  # before Django's own back end imports MySQLdb

from django.db.backends.mysql.base import DatabaseWrapper as MySQL  # noqa: E402
from django.db.backends.mysql.operations import DatabaseOperations  # noqa: E402

_FOLDED = " COLLATE utf8mb4_unicode_ci"
_LOOKUPS = ("icontains", "istartswith", "iendswith")


class Operations(DatabaseOperations):
    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        """Both sides name the collation: the left one may have one of its own (a key of a JSON column), and two that
        differ are an error.
        """
        text = super().lookup_cast(lookup_type, internal_type)
        return f"({text}){_FOLDED}" if lookup_type in ("iexact", *_LOOKUPS) else text


class DatabaseWrapper(MySQL):
    """Columns are ``utf8mb4_bin``, so ``iexact`` and its kin must name the collation that folds case; no index serves
    them.
    """

    ops_class = Operations
    operators = {
        **MySQL.operators,
        **{lookup: MySQL.operators[lookup] + _FOLDED for lookup in ("iexact", *_LOOKUPS)},
    }
    pattern_ops = {
        **MySQL.pattern_ops,
        **{lookup: MySQL.pattern_ops[lookup] + _FOLDED for lookup in _LOOKUPS},
    }

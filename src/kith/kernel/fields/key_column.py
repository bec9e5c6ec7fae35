"""Text in binary order, the same on every database: what ``title_key`` is kept in, and how other text is sorted."""

from __future__ import annotations

from typing import Any, Final

from django.db import models
from django.db.models import Func
from django.db.models.functions import Lower

BINARY: Final = {"sqlite": "BINARY", "postgresql": "C", "mysql": "utf8mb4_bin"}


class KeyColumn(models.CharField):  # type: ignore[type-arg]
    """A text column compared byte by byte, so that merging in Python and sorting in SQL agree."""

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        return {**super().db_parameters(connection), "collation": BINARY[connection.vendor]}


class InOrder(Func):
    """Text as it is sorted: without regard to case, in binary order."""

    def __init__(self, expression: Any) -> None:
        super().__init__(Lower(expression), output_field=models.TextField())

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        folded: Any = self.source_expressions[0]
        key = folded.source_expressions[0]
        if connection.vendor == "mysql" and getattr(
            key, "virtual", ""
        ):  # promoted: MariaDB keeps it folded in a column
            column, params = compiler.compile(key.source_expressions[0])
            return key.virtual_column(column), list(params)
        inner, params = compiler.compile(self.source_expressions[0])
        collation = BINARY[connection.vendor]
        named = connection.ops.quote_name(collation) if connection.vendor == "postgresql" else collation
        return (
            f"({inner} COLLATE {named})",
            list(params),
        )

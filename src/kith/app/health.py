"""``/healthz``: this process answers. ``/readyz``: it can also reach its database, and the tables are those of this
version.
"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

NO_STORE = {"Cache-Control": "no-store"}

_migrated = False  # true stays true while this process lives: tables never go back under it


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive. Touches nothing, so it says nothing about the database."""
    return HttpResponse("ok\n", content_type="text/plain", headers=NO_STORE)


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when requests can be served, else 503 with what is missing; one query, plus the migration table until it is
    in order.
    """
    missing = problem()
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200, headers=NO_STORE)


def problem() -> str:
    """``""``, ``"database"`` or ``"migrations"``."""
    global _migrated
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "database"
    return "" if _migrated else "migrations"

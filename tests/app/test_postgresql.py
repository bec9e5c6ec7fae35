"""A PostgreSQL server that ends its connections, as a restart does, costs nobody an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.installation import available, installation

pytestmark = pytest.mark.skipif(not available("postgres"), reason="no PostgreSQL server")

ENDED = """
import sys
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connection
import psycopg
from kith.app.databases import use_pool

if sys.argv[1] == "pool":
    use_pool(2)

def asked():
    request_started.send(None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    request_finished.send(None)
    return pid

known = {asked() for _turn in range(4)}
settings = connection.settings_dict
with psycopg.connect(dbname=settings["NAME"], user=settings["USER"], password=settings["PASSWORD"],
                     host=settings["HOST"], port=settings["PORT"], autocommit=True) as other:
    other.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) pid", [list(known)])
    while other.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", [list(known)]).fetchone()[0]:
        pass
print(asked() in known)
if sys.argv[1] == "pool":
    connection.close_pool()
"""


@pytest.mark.parametrize("kind", ["thread", "pool"])
def test_a_connection_that_the_server_ended_is_not_used_again(tmp_path: Path, kind: str) -> None:
    with installation("postgres", tmp_path) as here:
        said = here.code(ENDED.replace("sys.argv[1]", repr(kind)))
    assert said.strip() == "False"

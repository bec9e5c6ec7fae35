"""The small parts of the composition root, each by itself."""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from kith.app import background, flow, static
from kith.app.body import Gone, TooLarge, TooSlow, read_body
from kith.app.bridge import environ
from kith.app.flow import ClientGone, Flow
from kith.app.peers import client_address
from kith.kernel.accounts import setup

PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.9", "203.0.113.5"),  # not our proxy: what it says does not count
        ("10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.9", "198.51.100.9"),  # the left one was invented by the client
        ("10.0.0.1", "198.51.100.9, 10.0.0.2", "198.51.100.9"),  # two proxies of ours
        ("10.0.0.1", "<script>", "10.0.0.1"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_only_our_proxies_are_believed(peer: str, forwarded: str, client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


def test_repeated_headers_become_one() -> None:
    scope = {
        "method": "GET",
        "path": "/ü",
        "query_string": b"q=\xff",
        "http_version": "2",
        "scheme": "https",
        "headers": [
            (b"cookie", b"a=1"),
            (b"cookie", b"b=2"),
            (b"x_forged", b"1"),
            (b"accept", b"a"),
            (b"accept", b"b"),
        ],
    }
    import io

    found = environ(scope, io.BytesIO(), 0)
    assert (found["HTTP_COOKIE"], found["HTTP_ACCEPT"]) == ("a=1; b=2", "a,b")
    assert "HTTP_X_FORGED" not in found
    assert "CONTENT_LENGTH" not in found
    assert found["PATH_INFO"].encode("latin-1").decode() == "/ü"


def messages(*found: dict[str, Any]) -> Any:
    waiting = list(found)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    return receive


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_is_read_to_its_end() -> None:
    body, length = asyncio.run(read_body(messages(part(b"ab"), part(b"cd", False)), 4))
    assert (body.read(), length) == (b"abcd", 4)


def test_a_body_over_the_limit_stops_at_once() -> None:
    with pytest.raises(TooLarge):
        asyncio.run(read_body(messages(part(b"abc"), part(b"de")), 4))


def test_a_body_that_stays_away_is_not_waited_for() -> None:
    with pytest.raises(TooSlow):
        asyncio.run(read_body(messages(part(b"a")), 4, grace=0.01))


def test_a_client_that_leaves_is_no_request() -> None:
    with pytest.raises(Gone):
        asyncio.run(read_body(messages(part(b"a"), {"type": "http.disconnect"}), 4))


def test_what_flows_arrives_in_order_and_whole() -> None:
    async def story() -> bytes:
        made = Flow(asyncio.get_running_loop())

        def pour() -> None:
            for number in range(2_000):
                made.put(f"{number},".encode() * 300)  # more than is kept in memory
            made.end()

        threading.Thread(target=pour).start()
        return b"".join([piece async for piece in made.pieces()])

    assert asyncio.run(story()) == b"".join(f"{number},".encode() * 300 for number in range(2_000))


def test_whoever_makes_an_answer_hears_that_nobody_reads_it() -> None:
    async def story() -> None:
        made = Flow(asyncio.get_running_loop())
        made.put(b"a")
        made.leave()
        with pytest.raises(ClientGone):
            made.put(b"b")
        assert [piece async for piece in made.pieces()] == []

    asyncio.run(story())


def test_a_client_that_reads_nothing_is_given_up_and_not_told_the_answer_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flow, "AHEAD", 10)
    monkeypatch.setattr(flow, "PATIENCE", 0.01)

    async def story() -> None:
        slow = Flow(asyncio.get_running_loop())
        slow.put(b"a" * 20)
        with pytest.raises(ClientGone):
            slow.put(b"b")
        with pytest.raises(ClientGone):
            assert [piece async for piece in slow.pieces()] == [b"a" * 20]
        slow.leave()
        assert flow._all_unread == 0

    asyncio.run(story())


def test_a_failure_reaches_the_reader_after_what_came_before() -> None:
    async def story() -> list[bytes]:
        made = Flow(asyncio.get_running_loop())
        made.put(b"a")
        made.fail(RuntimeError("broken"))
        found = []
        with pytest.raises(RuntimeError, match="broken"):
            async for piece in made.pieces():
                found.append(piece)
        return found

    assert asyncio.run(story()) == [b"a"]


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:
    settings.KITH_DATA, settings.KITH_BASE_URL = tmp_path, "https://crm.example.com"
    return tmp_path


def test_the_set_up_link_opens_once(data: Path) -> None:
    assert not setup.check_setup_token("")
    link = setup.setup_url()
    assert link == setup.setup_url()
    address, _question, token = link.partition("?token=")
    assert address == "https://crm.example.com/setup"
    assert len(token) == 43
    assert (data / "setup_token").stat().st_mode & 0o077 == 0
    assert setup.check_setup_token(token)
    assert setup.check_setup_token(token)  # looking does not use it up
    for wrong in ("", token[:-1], token + "a", token.swapcase(), "中"):
        assert not setup.check_setup_token(wrong)
    assert setup.burn()
    assert not setup.burn()
    assert not setup.check_setup_token(token)


@pytest.mark.django_db
def test_set_up_is_needed_until_there_is_a_user() -> None:
    from django.contrib.auth import get_user_model

    assert setup.needed()
    get_user_model().objects.create_user("mara@example.com", "quiet horse 42", name="Mara")  # type: ignore[attr-defined]
    assert not setup.needed()


@pytest.fixture
def files(data: Path, settings: Any) -> Any:
    folder = data / "assets"
    folder.mkdir()
    (folder / "app.css").write_text("body { color: black }\n" * 100, encoding="utf-8")
    (folder / "chunk-AB12CD34.js").write_text("export default 1", encoding="utf-8")
    (folder / "own.js").write_text("let a = 1;\n" * 200, encoding="utf-8")
    (folder / "own.js.gz").write_bytes(gzip.compress(b"built"))
    settings.STATICFILES_DIRS = [folder]
    forget()
    yield folder
    forget()


def forget() -> None:
    for remembered in (static.sources, static.digest, static._gzipped, finders.get_finder):
        remembered.cache_clear()


def fetch(address: str, **headers: str) -> HttpResponse:
    def nothing(request: HttpRequest) -> HttpResponse:
        return HttpResponse("nothing", status=404)

    return static.serve(nothing)(RequestFactory().get(address, headers=headers))  # type: ignore[return-value]


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_names_carry_a_digest_and_are_cached_for_ever(files: Path) -> None:
    address = static.HashedNames().url("app.css")
    assert (
        address.startswith("/static/app.") and address.endswith(".css") and len(address) == len("/static/app..css") + 12
    )
    answer = fetch(address)
    assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert content(answer) == (files / "app.css").read_bytes()


def test_another_content_has_another_name(files: Path) -> None:
    before = static.HashedNames().url("app.css")
    (files / "app.css").write_text("changed", encoding="utf-8")
    forget()
    after = static.HashedNames().url("app.css")
    assert before != after
    assert fetch(before).status_code == 404


def test_plain_names_are_served_for_a_minute(files: Path) -> None:
    assert fetch("/static/app.css")["Cache-Control"] == "max-age=60, public"
    assert "immutable" in fetch("/static/chunk-AB12CD34.js")["Cache-Control"]
    assert fetch("/static/missing.css").status_code == 404
    assert fetch("/static/../settings.py").status_code == 404


def test_files_are_compressed_once(files: Path, data: Path) -> None:
    answer = fetch("/static/app.css", accept_encoding="gzip")
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(content(answer)) == (files / "app.css").read_bytes()
    kept = data / "static" / f"{static.digest(str(files / 'app.css'))}.gz"
    written = kept.stat().st_mtime_ns
    forget()
    assert fetch("/static/app.css", accept_encoding="gzip")["Content-Encoding"] == "gzip"
    assert kept.stat().st_mtime_ns == written
    assert "Content-Encoding" not in fetch("/static/app.css")


def test_what_the_build_compressed_is_taken(files: Path) -> None:
    assert gzip.decompress(content(fetch("/static/own.js", accept_encoding="gzip"))) == b"built"
    assert "own.js.gz" not in static.sources()


def test_an_unknown_name_does_not_break_the_page(files: Path) -> None:
    assert static.HashedNames().url("missing.svg") == "/static/missing.svg"


STORY = """
import sys
from django.db import migrations
from kith.app import config, migrating
from kith.app.commands import start_django
import argparse
settings = start_django(argparse.Namespace(data=None), migrated=False)
from django.db import connection
from django.db.migrations.loader import MigrationLoader
real = migrating.call_command
def failing(*words, **more):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE left_over (id integer)")
        cursor.execute("DELETE FROM django_migrations")
    raise RuntimeError("step 3 broke")
migrating.pending = lambda: [1]
migrating.call_command = failing
try:
    migrating.migrate(settings.data, print)
except migrating.MigrationFailed as failed:
    print("FAILED", failed)
print("left_over" in connection.introspection.table_names())
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM django_migrations")
    print(cursor.fetchone()[0] > 0)
"""


def test_a_failed_migration_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
    given = kept | {"KITH_DATA": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "kith.app.cli", "migrate"], env=given, check=True, capture_output=True)
    done = subprocess.run([sys.executable, "-c", STORY], env=given, check=True, capture_output=True, text=True)
    assert "FAILED" in done.stdout
    assert "step 3 broke" in done.stdout
    assert done.stdout.split()[-2:] == ["False", "True"]
    (copy,) = (tmp_path / "backups").glob("before-migration-*.db")
    assert copy.stat().st_mode & 0o077 == 0
    assert sqlite3.connect(copy).execute("SELECT count(*) FROM django_migrations").fetchone()[0] > 0


LOOPS = """
import os, sys, threading, time
from pathlib import Path
from kith.app import background
note = Path(sys.argv[1])
def good(stop):
    note.joinpath("good").write_text("ran")
    stop.wait()
    note.joinpath("stopped").write_text("yes")
def bad(stop):
    tries = note / "bad"
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    raise RuntimeError("on purpose")
sys.modules["loops"] = sys.modules["__main__"]
background.PAUSE = 0.01
background.LOOPS = ("loops:good", "loops:bad")
stop = background.start()
while not (note / "good").exists() or not (note / "bad").exists() or len((note / "bad").read_text()) < 3:
    time.sleep(0.01)
if sys.argv[2] == "killed":
    os._exit(1)
stop()
"""


@pytest.mark.parametrize("end", ["asked", "killed"])
def test_background_loops_start_again_and_end_with_their_parent(tmp_path: Path, end: str) -> None:
    subprocess.run([sys.executable, "-c", LOOPS, str(tmp_path), end], timeout=60, check=False, capture_output=True)
    waiting = threading.Event()
    for _attempt in range(200):
        if (tmp_path / "stopped").exists():
            return
        waiting.wait(0.1)
    raise AssertionError("the loops still run")


def test_without_loops_there_is_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "LOOPS", ())
    before = multiprocessing.active_children()
    background.start()()
    assert multiprocessing.active_children() == before

"""The server as it is shipped: granian in its own process on loopback, before a project of five views."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest

STANDIN = Path(__file__).with_name("standin.py")
TIMEOUT = 20  # seconds; generous, since nothing here is about speed
MAX_BODY = 6_000_000


class Site:
    """A running stand-in."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})  # type: ignore[arg-type]
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def raw(self, head: str, body: bytes = b"") -> socket.socket:
        """A connection that has sent that much."""
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)
        opened.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        return opened


def start(*more: str) -> Site:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    site = Site(
        subprocess.Popen(
            [sys.executable, str(STANDIN), str(port), *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ),
        port,
    )
    for _attempt in range(200):
        try:
            if site.ask("GET", "/hello")[0] == 200:
                return site
        except OSError:
            time.sleep(0.1)
        if site.process.poll() is not None:
            break
    site.process.kill()
    raise AssertionError((site.process.communicate()[0] or b"no answer").decode())


def stop(site: Site) -> tuple[int, str]:
    """The exit status, and all that was said."""
    site.process.send_signal(signal.SIGINT)
    try:
        said, _none = site.process.communicate(timeout=TIMEOUT)
        return site.process.returncode, said.decode()
    finally:
        site.process.kill()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    running = start()
    yield running
    stop(running)


@pytest.mark.parametrize("size", [0, 1, 100_000, 5_000_000])
def test_a_body_arrives_whole(site: Site, size: int) -> None:
    body = random.Random(size).randbytes(size)
    status, answer = site.ask("POST", "/echo", body)
    assert status == 200
    found = json.loads(answer)
    assert found["length"] == size
    assert found["digest"] == hashlib.sha256(body).hexdigest()


def test_a_body_without_a_length_arrives_whole(site: Site) -> None:
    pieces = [b"a" * 70_000, b"b", b"c" * 1_500_000]
    status, answer = site.ask("POST", "/echo", iter(pieces))  # http.client sends an iterator in chunks
    assert status == 200
    assert json.loads(answer)["digest"] == hashlib.sha256(b"".join(pieces)).hexdigest()


def test_two_hundred_slow_bodies_hold_up_nobody(site: Site) -> None:
    head = "POST /echo HTTP/1.1\nHost: localhost\nContent-Length: 1000"
    with ExitStack() as open_ones:
        for _number in range(200):
            open_ones.enter_context(site.raw(head, b"x"))
        assert site.ask("GET", "/hello") == (200, b"hello")
        assert site.ask("POST", "/echo", b"quick")[0] == 200


def test_readers_who_do_not_read_hold_up_nobody(site: Site) -> None:
    with ExitStack() as open_ones:
        for _number in range(12):  # three times as many as there are threads
            open_ones.enter_context(site.raw("GET /large HTTP/1.1\nHost: localhost"))
        assert site.ask("GET", "/hello") == (200, b"hello")


def test_a_long_answer_arrives_whole(site: Site) -> None:
    status, answer = site.ask("GET", "/large")
    assert status == 200
    assert len(answer) == 40_000_000


def test_half_an_answer_does_not_look_whole(site: Site) -> None:
    with pytest.raises((IncompleteRead, OSError)):
        site.ask("GET", "/half")


def test_a_declared_body_over_the_limit_is_refused(site: Site) -> None:
    status, answer = site.ask("POST", "/echo", b"x" * (MAX_BODY + 1))
    assert status == 413
    assert json.loads(answer)["status"] == 413


def test_a_chunked_body_over_the_limit_is_refused(site: Site) -> None:
    status, answer = site.ask("POST", "/echo", iter([b"x" * 1_000_000] * 7))
    assert status == 413
    assert json.loads(answer)["title"]


def test_a_body_at_the_limit_is_taken(site: Site) -> None:
    assert site.ask("POST", "/echo", b"x" * MAX_BODY)[0] == 200


def test_a_body_that_does_not_come_ends() -> None:
    hurried = start("0.3")
    try:
        with hurried.raw("POST /echo HTTP/1.1\nHost: localhost\nContent-Length: 1000", b"x") as slow:
            assert slow.recv(100).startswith(b"HTTP/1.1 408")
    finally:
        stop(hurried)


def test_the_first_event_comes_before_the_stream_ends(site: Site) -> None:
    connection = site.connect()
    connection.request("GET", "/events")
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.readline() == b"event: first\n"
    connection.close()
    assert site.ask("GET", "/hello") == (200, b"hello")


def test_headers_cannot_pass_for_others(site: Site) -> None:
    headers = {"X_Request_ID": "forged-one", "X-Forwarded-For": "10.9.8.7", "Cookie": "a=1"}
    head = json.loads(site.ask("POST", "/echo", b"", headers)[1])["head"]
    assert "HTTP_X_REQUEST_ID" not in head
    assert head["REMOTE_ADDR"] == "127.0.0.1"
    assert head["HTTP_COOKIE"] == "a=1"


def test_addresses_keep_their_letters(site: Site) -> None:
    assert json.loads(site.ask("GET", "/echo/%E4%B8%AD/%C3%BC")[1])["path"] == "/echo/中/ü"


def test_stopping_does_not_wait_for_event_streams() -> None:
    running = start()
    connection = running.connect()
    connection.request("GET", "/events")
    assert connection.getresponse().readline() == b"event: first\n"
    status, said = stop(running)
    assert status == 0
    assert "Killing" not in said  # what granian says of a worker that did not end by itself


def test_workers_end_when_their_parent_is_killed() -> None:
    running = start()
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait(TIMEOUT)
    assert running.process.stdout is not None
    running.process.stdout.close()
    for _attempt in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", running.port)) != 0:
                return
        time.sleep(0.1)
    raise AssertionError("a worker still answers")

"""The client: keep-alive connections, each with one request on its way, in one process and one loop.

``python -m benchmarks.load`` reads a pickled job from stdin and prints JSON. It speaks just enough HTTP to be cheap;
what it costs itself is in the answer. Every answer is looked at: its status, and how many records it holds.
"""

from __future__ import annotations

import json
import pickle
import resource
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

WARM: Final = 0.4  # of the time, at most a second: answers that are not counted
HEAD: Final = "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, and what a right answer to it is: its status, and between ``low`` and ``high`` times ``mark``."""

    method: str
    path: str
    status: int = 200
    body: bytes = b""
    mark: bytes = b'"version":'
    low: int = 0
    high: int = 1_000

    def wire(self, token: str) -> bytes:
        head = HEAD.format(method=self.method, path=self.path, token=token)
        if self.body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n"
        return f"{head}\r\n".encode() + self.body


def run(port: int, token: str, requests: list[Request], clients: int, seconds: float) -> dict[str, Any]:
    """Send the requests round and round for so long, from a process of its own."""
    job = pickle.dumps((port, [(one.wire(token), one) for one in requests], clients, seconds))
    done = subprocess.run([sys.executable, "-m", "benchmarks.load"], input=job, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"the client failed:\n{done.stderr.decode()[-2000:]}")
    return dict(json.loads(done.stdout))


class _Line:
    """A connection and the answer that it waits for."""

    __slots__ = ("began", "held", "request", "socket", "wanted")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began, self.held, self.wanted = 0.0, bytearray(), 0
        self.request: Request | None = None

    def send(self, wire: bytes, request: Request) -> None:
        self.request, self.wanted = request, 0
        self.held.clear()
        self.began = time.perf_counter()
        self.socket.sendall(wire)

    def receive(self) -> bool:
        """Read what is there; whether the answer is complete."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise SystemExit(f"the server hung up: {bytes(self.held[:500])!r}")
        self.held += piece
        if not self.wanted:
            end = self.held.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.wanted = end + 4 + _length(bytes(self.held[:end]).lower())
        return len(self.held) >= self.wanted

    def wrong(self) -> str:
        """What is wrong with the answer; "" when nothing is."""
        asked, status = self.request, int(self.held[9:12])
        assert asked is not None
        if status != asked.status:
            return f"{asked.method} {asked.path[:80]}: {status} {bytes(self.held[-300:])!r}"
        count = self.held.count(asked.mark)
        if not asked.low <= count <= asked.high:
            return f"{asked.method} {asked.path[:120]}: {count} records, not {asked.low} to {asked.high}"
        return ""


def _length(head: bytes) -> int:
    at = head.find(b"content-length:")
    if at < 0:
        if head[9:12] == b"204":
            return 0
        raise SystemExit(f"an answer without a length: {head!r}")
    return int(head[at + 15 :].split(b"\r\n", 1)[0])


def _main() -> None:
    port, wires, clients, seconds = pickle.loads(sys.stdin.buffer.read())
    lines = {line.socket.fileno(): line for line in (_Line(port) for _one in range(clients))}
    poll = select.epoll()
    wrong: Counter[str] = Counter()
    at = 0
    for number, line in lines.items():
        poll.register(number, select.EPOLLIN)
        line.send(*wires[at % len(wires)])
        at += 1
    start = time.perf_counter()
    counted = start + min(WARM * seconds, 1.0)
    until = counted + seconds
    took: list[float] = []
    size, spent = 0, _spent()
    while True:
        for number, _event in poll.poll():
            line = lines[number]
            if not line.receive():
                continue
            now = time.perf_counter()
            if trouble := line.wrong():
                wrong[trouble] += 1
            if now >= counted:
                took.append(now - line.began)
                size += line.wanted
            line.send(*wires[at % len(wires)])
            at += 1
        if time.perf_counter() >= until:
            break
    lasted = time.perf_counter() - counted
    took.sort()
    print(json.dumps(_told(took, lasted, size, wrong) | {"sent": at, "client_s": round(_spent() - spent, 3)}))


def _told(took: list[float], lasted: float, size: int, wrong: Counter[str]) -> dict[str, Any]:
    def at(share: float) -> float:
        return round(took[min(int(len(took) * share), len(took) - 1)] * 1000, 2) if took else 0.0

    return {
        "requests": len(took),
        "seconds": round(lasted, 2),
        "per_s": round(len(took) / lasted, 1),
        "p50": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "bytes": size // max(len(took), 1),
        "wrong": dict(wrong.most_common(3)),
        "wrongs": sum(wrong.values()),
    }


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    _main()

"""Import and export: rows a second, by the command and over REST, beside the driver writing the very same rows."""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, Final

from django.db import connection

from benchmarks import floor, machine
from benchmarks.calls import turned_to
from benchmarks.place import Place, Server
from benchmarks.seed import sample
from kith.kernel.schema.models import CustomField
from kith.modules.customers.contacts import Contact
from tests.app.installation import ROOT

Told = Callable[[str], None]
Keep = Callable[[Any], None]
ROWS: Final = 10_000  # of an import, as in the peers' runs
MOST: Final = 100_000  # rows of an export: of a million the first ones, or it would take minutes
PATIENCE: Final = 600  # seconds
IMPORTS: Final = "/api/v1/imports"


def run_import(place: Place, settings: Any, tell: Told, keep: Keep) -> None:
    """Ten thousand new contacts; the same file again, each row a duplicate by its address; and others over REST."""
    with place.copy(settings.series) as other, turned_to(other):
        file = other.folder / "people.csv"
        _write_file(file, "one")
        since = floor.stamp()
        made = _imported(other, ROWS, str(file), "--mode", "create")
        rows = floor.rows_since(since)
        again = _imported(other, 0, str(file), "--match", "email")
        bare = floor.insert(rows, ROWS)
        _write_file(file, "two")
        rest = _import_over_rest(other, settings, file)
    found = {
        "create": made,
        "again": again,
        "rest": rest,
        "floor_per_s": bare,
        "of_floor": round(made["per_s"] / bare, 2),
        "at": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    keep(found)
    tell(
        f"import {made['per_s']}/s, again {again['per_s']}/s, REST {rest['per_s']}/s, driver {bare}/s,"
        f" {found['of_floor']} of it; {made}"
    )


def run_export(place: Place, settings: Any, tell: Told, keep: Keep) -> None:
    """Contacts with every field as CSV, by the command and over REST; beside it the driver reading as many."""
    made = _exported(place)
    rest = _export_over_rest(place, settings)
    for one in (made, rest):
        if one["rows"] < min(place.rows, MOST):
            raise SystemExit(f"an export has {one['rows']} rows of {place.rows}")
    bare = floor.read(place.folder / "out.csv", made["rows"])
    found = {
        **made,
        "rest": rest,
        "floor_per_s": bare,
        "of_floor": round(made["per_s"] / bare, 2),
        "at": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    keep(found)
    tell(f"export {made['per_s']}/s, REST {rest['per_s']}/s, driver {bare}/s; {made}")


# --- the command ------------------------------------------------------------------------------------------------------


def _imported(place: Place, new: int, *words: str) -> dict[str, Any]:
    """Import with the command; every row must have been taken, and so many contacts be there that were not."""
    before = _contacts()
    with _Command(place, "import", *words, "--object", "contacts", "--json") as command:
        told = json.loads(command.finish())
    _all_there(told["counts"], _contacts() - before, new)
    return {"rows": ROWS, "per_s": round(ROWS / command.cost["seconds"]), **command.cost}


def _exported(place: Place) -> dict[str, Any]:
    """The start of Python is in it."""
    with _Command(place, "export", "contacts", "--format", "csv") as command:
        assert command.process.stdout is not None
        rows, size = _counted(command.process.stdout)
        command.stop()
    return {"rows": rows, "bytes": size, "per_s": round(rows / command.cost["seconds"]), **command.cost}


class _Command:
    """``kith`` there, and what it cost: seconds, most memory, and what the machine did besides."""

    def __init__(self, place: Place, *words: str) -> None:
        self.words = words
        self.cost: dict[str, Any] = {}
        self.busy, self.began = machine.busy(), time.perf_counter()
        self.before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kith.app.cli", *words],
            cwd=ROOT, env=place.installation.environ | {"KITH_LOG_LEVEL": "warning"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self) -> _Command:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def finish(self) -> str:
        """All that it says; it must end well."""
        said, trouble = self.process.communicate(timeout=PATIENCE)
        if self.process.returncode:
            raise SystemExit(f"{self.words}: {trouble.decode()[-2000:]} {said.decode()[-2000:]}")
        self._over()
        return said.decode()

    def stop(self) -> None:
        """Enough of it was read."""
        took = time.perf_counter()
        self.process.kill()
        self.process.communicate()
        self._over(took)

    def _over(self, at: float = 0.0) -> None:
        took = (at or time.perf_counter()) - self.began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - self.before.ru_utime - self.before.ru_stime
        self.cost = {
            "seconds": round(took, 2),
            "cpu_s": round(spent, 2),
            "most_mb": round(after.ru_maxrss / 1024),
            "others_cores": round(max(machine.busy() - self.busy - spent, 0) / took, 2),
            "load": os.getloadavg()[0],
        }


# --- REST -------------------------------------------------------------------------------------------------------------


def _import_over_rest(place: Place, settings: Any, file: Path) -> dict[str, Any]:
    """From the first byte sent until the import says that it is done; a job writes the rows."""
    token, before = _token(place), _contacts()
    connection.close()
    with Server(place, settings.workers, settings.port) as server:
        kind, body = _form(file, object="contacts", mode="create")
        moment, began = machine.moment(server.pid, place.database), time.perf_counter()
        job = _ask(server, token, "POST", IMPORTS, body, kind)
        _ask(server, token, "POST", f"{IMPORTS}/{job['id']}/run")
        while job["state"] not in ("done", "failed", "cancelled"):
            if time.perf_counter() - began > PATIENCE:
                raise SystemExit(f"an import is still {job['state']} after {PATIENCE} s")
            time.sleep(0.1)
            job = _ask(server, token, "GET", f"{IMPORTS}/{job['id']}")
        took = time.perf_counter() - began
        used = machine.between(moment, machine.moment(server.pid, place.database), 0)
    _all_there(job["counts"], _contacts() - before, ROWS)
    return {"rows": ROWS, "per_s": round(ROWS / took), "seconds": round(took, 2)} | used


def _export_over_rest(place: Place, settings: Any) -> dict[str, Any]:
    token = _token(place)
    connection.close()
    with Server(place, settings.workers, settings.port) as server:
        moment, began = machine.moment(server.pid, place.database), time.perf_counter()
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as ask:
            ask.request("GET", "/api/v1/contacts/export?format=csv", headers={"Authorization": f"Bearer {token}"})
            answer = ask.getresponse()
            if answer.status != 200:
                raise SystemExit(f"an export answered {answer.status}: {answer.read(500)!r}")
            rows, size = _counted(answer)
            took = time.perf_counter() - began
        used = machine.between(moment, machine.moment(server.pid, place.database), 0)
    return {"rows": rows, "bytes": size, "per_s": round(rows / took), "seconds": round(took, 2)} | used


def _ask(server: Server, token: str, method: str, path: str, body: bytes = b"", kind: str = "") -> dict[str, Any]:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as ask:
        ask.request(method, path, body, {"Authorization": f"Bearer {token}"} | ({"Content-Type": kind} if kind else {}))
        answer = ask.getresponse()
        said = answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {said[:500]!r}")
    return dict(json.loads(said))


def _form(file: Path, **words: str) -> tuple[str, bytes]:
    """A multipart body with one file."""
    line = "kith-benchmark-7f3a"
    parts = [
        f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n' for name, one in words.items()
    ]
    head = f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
    parts.append(f"{head}Content-Type: text/csv\r\n\r\n")
    body = b"".join(("".join(parts).encode(), file.read_bytes(), f"\r\n--{line}--\r\n".encode()))
    return f"multipart/form-data; boundary={line}", body


def _token(place: Place) -> str:
    return str(json.loads((place.folder / "seeded.json").read_text())["personas"]["administrator"]["token"])


# --- what is in a file ------------------------------------------------------------------------------------------------


def _all_there(counts: dict[str, int], more: int, new: int) -> None:
    """Whatever an import says of itself, the contacts are counted."""
    if counts["rows"] != ROWS or counts["failed"] or counts["created"] != new or more != new:
        raise SystemExit(f"of {ROWS} rows {new} were to be new, {more} are; the import says {counts}")


def _contacts() -> int:
    count = Contact.objects.count()
    connection.close()
    return count


def _counted(stream: Any | HTTPResponse) -> tuple[int, int]:
    """Rows and bytes of a CSV file as it comes, up to :data:`MOST` rows. A row may have line breaks in quotes."""
    size = 0

    def lines() -> Any:
        nonlocal size
        for line in stream:
            size += len(line)
            yield line.decode()

    rows = -1
    for rows, _row in enumerate(csv.reader(lines())):
        if rows == MOST:
            break
    return rows, size


def _write_file(file: Path, name: str) -> None:
    """New contacts, with addresses that nobody has, whatever was imported before."""
    keys = {name: f"f{key}" for name, key in CustomField.objects.values_list("name", "pk")}
    people = sample(keys, ROWS, seed=11)
    names = sorted({name for one in people for name in one} - {"emails", "phones"})
    host = f"{name}-{time.time_ns():x}.example"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*names, "email", "phone"])
        for number, one in enumerate(people):
            cells = [", ".join(value) if isinstance(value := one.get(name, ""), list) else value for name in names]
            writer.writerow([*cells, f"import.{number}@{host}", *one["phones"][:1]])

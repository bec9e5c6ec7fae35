"""Somebody who imports over REST, and what the worker would do."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from kith.kernel.jobs import acting
from kith.kernel.jobs.models import Job
from kith.kernel.jobs.progress import Failed, Progress
from kith.kernel.jobs.task import find
from kith.kernel.records.sight import living
from tests.surfaces.rest.conftest import ROOT, Reply

PEOPLE = "Email,First name,Last name,Company\nlin@a.example,Lin,Yue,Pine Ltd\nno address,Bo,Ek,Pine Ltd\n"
FIRMS = "Company name,Website\nPine Ltd,https://pine.example\nOak Ltd,https://oak.example\n"


@dataclass
class Desk:
    """Somebody who imports over REST; ``work`` does what the worker would do now."""

    api: Any
    id: str = ""

    def send(self, *files: tuple[str, str | bytes], headers: Any = None, **options: str) -> Reply:
        held = [
            SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text, "text/csv")
            for name, text in files
        ]
        data = {**options, **({"file": held} if held else {})}
        found = self.api.client.post(f"{ROOT}/imports", data, headers=headers or {})
        reply = Reply(found.status_code, found.headers, found.content)
        if reply.status == 201:
            self.id = reply.json["id"]
        return reply

    def show(self) -> Any:
        return self.api.get(f"/imports/{self.id}").json

    def do(self, deed: str, body: Any = None, status: int = 202) -> Any:
        found = self.api.post(f"/imports/{self.id}/{deed}", body)
        assert found.status == status, found.bytes
        work()
        return self.show()

    def rows(self, query: str = "") -> list[Any]:
        return self.api.get(f"/imports/{self.id}/rows{query}").json["items"]

    def change(self, *files: Any) -> Reply:
        return self.api.patch(f"/imports/{self.id}", {"files": list(files)})


def work() -> int:
    """Do the jobs that wait, as a worker: with a fresh context from who asked."""
    done = 0
    for one in Job.objects.filter(state="ready").order_by("id"):
        task = find(one.task)
        if task is None or not one.task.startswith("imports."):
            continue
        Job.objects.filter(pk=one.pk).update(state="running")
        try:
            task(acting.context(one.actor), Progress(), **one.args)
            state = "done"
        except Failed:
            state = "dead"
        Job.objects.filter(pk=one.pk).update(state=state, unique_key=None)
        done += 1
    return done


def count(world: Any, object: str) -> int:
    return int(living(world.ctx("system").schema[object]).count())


def read_csv(bytes: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(bytes.decode("utf-8-sig"))))


def streamed(found: Any) -> bytes:
    return b"".join(found.streaming_content)

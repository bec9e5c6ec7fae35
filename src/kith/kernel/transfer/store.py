"""Imports as they are kept: who may see them, where their files lie, in which order they run."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import Prefetch

from kith.kernel.accounts.context import Context
from kith.kernel.fields.references import ANY
from kith.kernel.jobs.acting import who
from kith.kernel.kit.ids import identity
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.records import read
from kith.kernel.records.errors import NotFound
from kith.kernel.schema.spec import Schema
from kith.kernel.transfer import mapping as mappings
from kith.kernel.transfer.columns import Survey
from kith.kernel.transfer.detect import Layout
from kith.kernel.transfer.mapping import Mapping
from kith.kernel.transfer.models import Import, ImportFile


def new(ctx: Context) -> Import:
    """A new import of this actor, with a folder of its own."""
    made = Import(user=ctx.actor.user, actor=who(ctx).dump())
    folder(made).mkdir(parents=True, mode=0o700)
    made.save(force_insert=True)
    return made


def folder(job: Import) -> Path:
    """Where its files lie. On several machines this is a folder that all of them share."""
    return Path(settings.KITH_DATA) / "imports" / str(job.id)


def held(ctx: Context, id: uuid.UUID | str) -> Import:
    """The import, if it is the actor's own or the actor administers. Raises :class:`NotFound` alike for both
    reasons.
    """
    key = identity(id)
    job = Import.objects.filter(pk=key).first() if key is not None else None
    mine = job is not None and (
        ctx.actor.is_system or (job.user is not None and job.user == ctx.actor.user) or grants(ctx).has(ADMINISTER)
    )
    if job is None or not mine or not _within(ctx, job, job.files.only("mapping", "job")):
        raise NotFound("imports", id)
    return job


def mine(ctx: Context, limit: int = 50, after: uuid.UUID | None = None) -> list[Import]:
    """The latest imports that the actor may see, with their files; ``after`` is the last of the page before."""
    rows = Import.objects.order_by("-id")
    if not (ctx.actor.is_system or grants(ctx).has(ADMINISTER)):
        rows = rows.filter(user=ctx.actor.user) if ctx.actor.user else rows.none()
    if after is not None:
        rows = rows.filter(id__lt=after)
    files = ImportFile.objects.order_by("position").defer("survey", "layout", "checked", "warnings", "guesses")
    found: list[Import] = []
    for one in rows.prefetch_related(Prefetch("files", files)).iterator(chunk_size=limit):
        if _within(ctx, one, one.files.all()):
            found.append(one)
        if len(found) == limit:
            break
    return found


def _within(ctx: Context, job: Import, files: Iterable[ImportFile]) -> bool:
    """A token for some objects sees the imports that it began, and those of its user into these objects alone."""
    allowed = ctx.actor.objects
    if not allowed or job.actor.get("id") == str(ctx.actor.id):
        return True
    return all(one.mapping.get("object") in allowed for one in files)


def file_of(job: Import, id: uuid.UUID | str) -> ImportFile:
    """One file of an import. Raises :class:`NotFound`."""
    key = read.identity(id)
    row = job.files.filter(pk=key).first() if key is not None else None
    if row is None:
        raise NotFound("imports", id)
    return row


def layout(file: ImportFile) -> Layout:
    """How the file is read."""
    return msgspec.convert(file.layout, Layout)


def surveyed(file: ImportFile) -> Survey:
    """What its columns hold."""
    return msgspec.convert(file.survey, Survey)


def mapped(file: ImportFile) -> Mapping:
    """Which column gives which field."""
    return mappings.load(file.mapping)


def kept(value: Any) -> Any:
    """A dataclass as JSON has it."""
    return msgspec.to_builtins(value)


def ordered(schema: Schema, files: Iterable[ImportFile]) -> list[ImportFile]:
    """Files whose records others lead to come first: users, companies, contacts, needs. The rest stay as they are."""
    left = sorted(files, key=lambda one: one.position)
    objects = {one.mapping.get("object", "") for one in left}
    done: list[ImportFile] = []
    waiting = set(objects)
    while left:
        free = [
            one
            for one in left
            if not _needs(schema, one.mapping.get("object", "")) & waiting - {one.mapping.get("object", "")}
        ]
        chosen = free or left[:1]
        done += chosen
        left = [one for one in left if one not in chosen]
        waiting = {one.mapping.get("object", "") for one in left}
    return done


def _needs(schema: Schema, object: str) -> set[str]:
    spec = schema.get(object)
    targets = {one.target for one in spec.fields.values() if one.target} if spec is not None else set()
    return set(schema.objects) if ANY in targets else targets


def systems(files: Sequence[ImportFile]) -> dict[str, tuple[str, ...]]:
    """The sources of this import by object: a file may name the ids of another one."""
    found: dict[str, list[str]] = {}
    for one in files:
        object, system = one.mapping.get("object", ""), one.mapping.get("system", "")
        if object and system and system not in found.setdefault(object, []):
            found[object].append(system)
    return {object: tuple(names) for object, names in found.items()}


def forget(job: Import) -> None:
    """Delete its files; what it did stays, and can still be undone."""
    shutil.rmtree(folder(job), ignore_errors=True)

"""Imports over REST: files come in, a mapping is proposed and corrected, and jobs do the rest while one asks how far
they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kith.kernel.policy import mask
from kith.kernel.records import read
from kith.kernel.records.errors import Complaint, Invalid
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import jobs, store
from kith.kernel.transfer.mapping import MODES, OWN
from kith.kernel.transfer.models import Import, Outcome, State
from kith.kernel.transfer.profiles import profiles
from kith.surfaces.rest import asked
from kith.surfaces.rest.door import Call, reply, takes
from kith.surfaces.rest.problems import Problem, parameter

OPTIONS: Final = ("object", "profile", "mode", "match", "encoding")
AT_ONCE: Final = 20_000_000
"""Bytes of all files up to which the answer already has the mapping; larger ones are looked at by a job."""

LAYOUT: Final = ("encoding", "delimiter", "sheet", "header")
WORDS: Final = ("object", "mode", "owner", "system", "doubles", "bad_values")
LISTS: Final = ("match", "create")
TABLES: Final = ("owners", "constants")
LINE: Final = frozenset({"column", "field", "part", "kind", "slot", "steps", "choices", "decimal", "order", "zone"})
FILE: Final = frozenset({"id", "profile", "layout", "leave_out", "lines", *WORDS, *LISTS, *TABLES})
SHOWN: Final = 100  # rows of a preview
_LIST: Final = gettext_noop("“%(name)s” is a list.")
_OBJECT: Final = gettext_noop("“%(name)s” is an object.")


# --- the import as a whole --------------------------------------------------------------------------------------------


def created(call: Call) -> HttpResponse:
    """``POST /imports``: multipart with one or several files. 201 with the proposed mapping of each."""
    if (call.request.content_type or "") != "multipart/form-data":
        raise Problem(415, _("Send the files as multipart/form-data."), headers={"Accept": "multipart/form-data"})
    options = _options(call)
    files = [one for _name, several in call.request.FILES.lists() for one in several]
    if not files:
        raise parameter("file", "required", _("Send at least one file."))
    size = sum(one.size or 0 for one in files)
    if size > settings.KITH_MAX_BODY:
        raise Problem(413, _("All files together may have %(most)s bytes.") % {"most": settings.KITH_MAX_BODY})
    with transaction.atomic():
        job = imports.receive(call.ctx, ((one.name or "", _stream(one)) for one in files))
        try:
            if size > AT_ONCE:
                jobs.ask(call.ctx, job.pk, "look", options=options)
            else:
                imports.look(call.ctx, job.pk, **options)
                _check_match(call, job, options)
        except Exception:
            store.forget(job)
            raise
    told = _told(call, job.pk)
    return reply(told, 201, Location=f"{call.request.path.rstrip('/')}/{job.pk}")


def _check_match(call: Call, job: Import, options: Mapping[str, Any]) -> None:
    """A key to match by is no proposal but a wish, so a wrong one is refused at once."""
    for file in job.files.filter(refused="") if "match" in options else ():
        mapping = store.mapped(file)
        writable = mask.writable(call.ctx, call.ctx.schema[mapping.object])
        for key in mapping.match:
            if key.partition(":")[0] not in {"external_id", "id", "name"} and key not in writable:
                message = _("%(object)s has no field “%(field)s”") % {"object": mapping.object, "field": key[:60]}
                raise parameter("match", "unknown_field", message)


def _stream(one: UploadedFile) -> Any:
    one.seek(0)
    return one


def _options(call: Call) -> dict[str, Any]:
    given = {name: values for name, values in call.request.POST.lists() if name != "csrfmiddlewaretoken"}
    for name, values in given.items():
        if name not in OPTIONS:
            message = _("There is no option “%(name)s”. Known are: %(names)s.")
            raise parameter(name[:60], "unknown_parameter", message % {"name": name[:60], "names": ", ".join(OPTIONS)})
        if len(values) > 1:
            raise parameter(
                name, "given_twice", _("The parameter “%(name)s” is given more than once.") % {"name": name}
            )
    held = {name: values[0].strip() for name, values in given.items() if values[0].strip()}
    if held.get("mode", MODES[0]) not in MODES:
        raise parameter("mode", "bad_mode", _("“mode” is one of: %(names)s.") % {"names": ", ".join(MODES)})
    if "object" in held:
        call.spec(held["object"])
    if (vendor := held.pop("profile", "")) and vendor not in {"auto", *_vendors()}:
        message = _("There is no profile “%(name)s”. Known are: %(names)s.")
        names = ", ".join(["auto", *sorted(_vendors())])
        raise parameter("profile", "unknown_profile", message % {"name": vendor[:60], "names": names})
    match = tuple(word for one in held.pop("match", "").split(",") if (word := one.strip()))
    return {**held, **({"vendor": vendor} if vendor else {}), **({"match": match} if match else {})}


def _vendors() -> set[str]:
    return {OWN, *(one.vendor for one in profiles())}


@takes("limit", "after")
def listed(call: Call) -> HttpResponse:
    """``GET /imports``: the caller's own, the newest first; who administers sees those of all."""
    most, after = asked.limit(call.params), call.params.get("after")
    before = _cursor(after) if after else None
    found = imports.mine(call.ctx, most + 1, before)
    more, found = len(found) > most, found[:most]
    return reply({"items": [_brief(one) for one in found], "next": found[-1].pk if more else None})


def _cursor(after: str) -> uuid.UUID:
    found = read.identity(after)
    if found is None:
        raise parameter("after", "bad_cursor", _("The cursor “after” does not belong to this list"))
    return found


def _brief(job: Import) -> dict[str, Any]:
    files = [
        {"id": one.pk, "name": one.name, "object": one.mapping.get("object", ""), "rows": one.rows, "done": one.cursor}
        for one in job.files.all()
    ]
    return {
        "id": job.pk,
        "state": job.state,
        "by": job.actor.get("name", ""),
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "files": files,
    }


def one(call: Call, id: str) -> HttpResponse:
    """``GET /imports/{id}``: its state, the mapping and counts of each file, and how far the work at hand is."""
    return reply(_told(call, id))


def _told(call: Call, id: Any) -> dict[str, Any]:
    told = jobs.shown(call.ctx, id)
    for file in told["files"]:
        file["lines"] = file.pop("columns")
    return told


# --- the mapping ------------------------------------------------------------------------------------------------------


def changed(call: Call, id: str) -> HttpResponse:
    """``PATCH /imports/{id}``: ``{"files": [{"id", "object", "mode", "match", "lines": [{"column", "field"}]}]}``.

    What is not named stays. All of it is saved or none.
    """
    job = jobs.free(call.ctx, id, "change")
    body = call.values()
    _known(body, frozenset({"files"}), "")
    files = body.get("files")
    if not isinstance(files, list) or not all(isinstance(one, dict) for one in files):
        raise parameter("files", "not_a_list", _(_LIST) % {"name": "files"})
    with transaction.atomic():
        for place, wish in enumerate(files):
            _change(call, job, wish, f"files.{place}")
    return reply(_told(call, id))


def _change(call: Call, job: Import, wish: Mapping[str, Any], at: str) -> None:
    _known(wish, FILE, at)
    file = store.file_of(job, str(wish.get("id") or ""))
    if _flag(wish, "leave_out", at):
        imports.leave_out(call.ctx, job.pk, file.pk)
        return
    layout = wish.get("layout")
    if layout is not None:
        if not isinstance(layout, dict):
            raise parameter(f"{at}.layout", "not_an_object", _(_OBJECT) % {"name": "layout"})
        _known(layout, frozenset(LAYOUT), f"{at}.layout")
    for name in (*WORDS, "profile"):
        if name in wish and not isinstance(wish[name], str):
            raise parameter(f"{at}.{name}", "not_a_text", _("“%(name)s” is a text.") % {"name": name})
    object, profile = wish.get("object", ""), wish.get("profile", "")
    if profile and profile not in {one["key"] for one in file.guesses} | _keys():
        message = _("There is no profile “%(name)s”. Known are: %(names)s.")
        names = ", ".join(sorted(_keys()))
        raise parameter(f"{at}.profile", "unknown_profile", message % {"name": profile[:60], "names": names})
    if object:
        call.spec(object)
    if layout is not None or profile or (object and object != file.mapping.get("object")):
        file = imports.remap(call.ctx, job.pk, file.pk, object=object, profile=profile, layout=layout)
        if file.refused:
            raise Invalid([Complaint(f"{at}.object", "refused", file.refused)])
    if set(wish) - {"id", "layout", "profile", "object"}:
        imports.configure(call.ctx, job.pk, file.pk, _merged(file.mapping, wish, at))


def _keys() -> set[str]:
    return {one.key for one in profiles()}


def _merged(held: Mapping[str, Any], wish: Mapping[str, Any], at: str) -> dict[str, Any]:
    """The mapping with what was named in it."""
    made = {**held}
    for name in WORDS:
        if name in wish:
            made[name] = wish[name]
    for name in LISTS:
        if name in wish:
            if not isinstance(wish[name], list) or not all(isinstance(one, str) for one in wish[name]):
                raise parameter(f"{at}.{name}", "not_a_list", _(_LIST) % {"name": name})
            made[name] = wish[name]
    for name in TABLES:
        if name in wish:
            if not isinstance(wish[name], dict):
                raise parameter(f"{at}.{name}", "not_an_object", _(_OBJECT) % {"name": name})
            made[name] = wish[name]
    made["lines"] = _lines(held.get("lines", []), wish.get("lines", []), f"{at}.lines")
    return made


def _lines(held: list[dict[str, Any]], wished: Any, at: str) -> list[dict[str, Any]]:
    if not isinstance(wished, list) or not all(isinstance(one, dict) for one in wished):
        raise parameter(at, "not_a_list", _(_LIST) % {"name": "lines"})
    by_column = {one["column"]: {**one} for one in held}
    for place, one in enumerate(wished):
        told = {name: value for name, value in one.items() if name not in ("confidence", "why", "type", "samples")}
        _known(told, LINE, f"{at}.{place}")
        column = told.get("column")
        if not isinstance(column, str) or column not in by_column:
            message = _("The file has no column “%(name)s”") % {"name": str(column)[:60]}
            raise Invalid([Complaint(f"{at}.{place}.column", "unknown_column", message)])
        line = by_column[column]
        if "field" in told and told["field"] != line["field"]:
            line |= {"part": "", "kind": "", "slot": "", "choices": {}, "why": "chosen", "confidence": 1.0}
        line |= told
    return list(by_column.values())


def _known(given: Mapping[str, Any], known: frozenset[str], at: str) -> None:
    if unknown := sorted(set(given) - known):
        message = _("There is no “%(name)s” here. Known are: %(names)s.")
        name = ".".join(filter(None, (at, unknown[0][:60])))
        raise parameter(name, "unknown_member", message % {"name": unknown[0][:60], "names": ", ".join(sorted(known))})


def _flag(given: Mapping[str, Any], name: str, at: str = "") -> bool:
    found = given.get(name, False)
    if not isinstance(found, bool):
        raise parameter(
            ".".join(filter(None, (at, name))), "not_a_bool", _("“%(name)s” is true or false.") % {"name": name}
        )
    return found


@takes("limit")
def preview(call: Call, id: str, file: str) -> HttpResponse:
    """``GET /imports/{id}/files/{file}/preview``: the first rows, each as it stands and as it will be."""
    most = asked.limit(call.params) if "limit" in call.params else 20
    if most > SHOWN:
        raise parameter("limit", "bad_limit", _("“limit” is a number from 1 to %(most)s.") % {"most": SHOWN})
    return reply({"items": imports.preview(call.ctx, id, file, most)})


def made_fields(call: Call, id: str, file: str) -> HttpResponse:
    """``POST /imports/{id}/files/{file}/fields``: a new field for each of ``columns``, for administrators."""
    jobs.free(call.ctx, id, "change")
    body = call.values()
    _known(body, frozenset({"columns"}), "")
    columns = body.get("columns")
    if not isinstance(columns, list) or not columns or not all(isinstance(one, str) for one in columns):
        raise parameter("columns", "not_a_list", _(_LIST) % {"name": "columns"})
    held = store.file_of(store.held(call.ctx, id), file)
    there = {line["column"] for line in held.mapping.get("lines", [])}
    if unknown := [one for one in columns if one not in there]:
        message = _("The file has no column “%(name)s”") % {"name": unknown[0][:60]}
        raise Invalid([Complaint("columns", "unknown_column", message)])
    with transaction.atomic():
        imports.make_fields(call.ctx, id, file, columns)
    return reply(_told(call, id))


# --- the work ---------------------------------------------------------------------------------------------------------


def _accepted(call: Call, id: str) -> HttpResponse:
    return reply(_told(call, id), 202)


def _empty(call: Call) -> None:
    if call.body() not in (None, {}):
        raise parameter("", "no_values", _("This takes no values."))


def deed(name: str) -> Any:
    """``POST /imports/{id}/{name}``: 202, a job does it, and ``GET /imports/{id}`` says how far it is; ``pause`` and
    ``cancel`` are heard after the rows at hand.
    """
    do = jobs.stop if name in ("pause", "cancel") else jobs.ask

    def done(call: Call, id: str) -> HttpResponse:
        _empty(call)
        do(call.ctx, id, name)
        return _accepted(call, id)

    return done


def mended(call: Call, id: str) -> HttpResponse:
    """``POST /imports/{id}/mend``: try edited rows again that were refused; with ``{"every": true}`` all of them."""
    body = call.body()
    if body is not None and not isinstance(body, dict):
        raise parameter("", "not_an_object", _("The body must be a JSON object."))
    _known(body or {}, frozenset({"every"}), "")
    jobs.ask(call.ctx, id, "mend", every=_flag(body or {}, "every"))
    return _accepted(call, id)


# --- its rows ---------------------------------------------------------------------------------------------------------


@takes("outcome", "after", "limit", "dry_run")
def rows(call: Call, id: str) -> HttpResponse:
    """``GET /imports/{id}/rows?outcome=failed``: the rows that need a person: file, row, column, what and why.

    Of the run, or of the dry run (``dry_run``) while it has not run yet.
    """
    job = store.held(call.ctx, id)
    outcome = call.params.get("outcome", "")
    names = [one.name.lower() for one in Outcome]
    if outcome and outcome not in names:
        raise parameter("outcome", "bad_outcome", _("“outcome” is one of: %(names)s.") % {"names": ", ".join(names)})
    most, after = asked.limit(call.params), call.params.get("after", "")
    cursor = str(_cursor(after)) if after else ""
    found = imports.rows(call.ctx, id, run=_ran(call, job), outcome=outcome, after=cursor, limit=most)
    return reply({"items": found, "next": found[-1]["id"] if len(found) == most else None})


def _ran(call: Call, job: Import) -> bool:
    return not asked.yes_no(call.params, "dry_run", job.state in (State.UPLOADED, State.MAPPED, State.CHECKED))


def edited(call: Call, id: str, row: str) -> HttpResponse:
    """``PATCH /imports/{id}/rows/{row}``: ``{"cells": {"Email": "ada@…"}}`` mends it, ``{"leave_out": true}`` drops it.

    Before the run the run takes it up; afterwards ``POST …/mend`` does.
    """
    job = store.held(call.ctx, id)
    body = call.values()
    _known(body, frozenset({"cells", "leave_out"}), "")
    cells = body.get("cells")
    if cells is not None and (not isinstance(cells, dict) or not all(isinstance(one, str) for one in cells.values())):
        raise parameter("cells", "not_texts", _("“cells” has, for a column, the text that is to stand in it."))
    jobs.free(call.ctx, id, "mend" if job.state == State.DONE else "change")
    return reply(imports.edit(call.ctx, id, row, cells, leave_out=_flag(body, "leave_out")))


@takes("dry_run")
def refused(call: Call, id: str) -> Any:
    """``GET /imports/{id}/refused.csv``: the refused rows with the reason behind each, to be mended and imported."""
    job = store.held(call.ctx, id)
    pieces: Iterator[bytes] = imports.refused_csv(call.ctx, id, ran=_ran(call, job))
    headers = {"Content-Disposition": 'attachment; filename="refused.csv"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)

"""``kith import`` and ``kith export``: files into records and back, in the foreground."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kith.app.commands import Failure, Groups, WrongUsage, add_data, command, say, show, start_django, table
from kith.app.words import _

if TYPE_CHECKING:
    from kith.kernel.accounts.context import Context

MODES = ("create", "update", "upsert", "fill")
FORMATS = ("csv", "xlsx", "jsonl", "zip")
EVERYTHING = "everything"
SHOWN = 20
"""Rows that are told one by one at the terminal."""


def add(groups: Groups) -> None:
    example = "kith import Accounts.csv Contacts.csv --as mara@example.com --dry-run"
    help = _("Read companies, contacts and more from files: CSV, XLSX, vCard, JSON, or a ZIP of them")
    parser = command(groups, "import", help, run_import, example)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--object", default="", help=_("what the rows are, as in contacts (default: found out)"))
    parser.add_argument(
        "--profile", default="auto", help=_("the program they come from, as in hubspot (default: auto)")
    )
    parser.add_argument(
        "--mode", choices=MODES, default="", help=_("what to do with records that are there (default: upsert)")
    )
    parser.add_argument("--match", default="", help=_("by which fields a record is found, with commas, as in email"))
    parser.add_argument("--encoding", default="", help=_("of text files (default: found out)"))
    parser.add_argument("--dry-run", action="store_true", help=_("check every row and say what would happen"))
    parser.add_argument(
        "--no-create", action="store_true", help=_("make no records on the way, as the companies of contacts")
    )
    parser.add_argument(
        "--drop-bad-values", action="store_true", help=_("import a row without the values that cannot be read")
    )
    parser.add_argument("--errors", metavar="FILE", type=Path, help=_("write the rows that were refused to this file"))
    parser.add_argument("--json", action="store_true", help=_("print JSON"))
    _add_actor(parser)
    add_data(parser)

    example = "kith export contacts --filter 'city:Berlin' --fields name,email --format csv --out berlin.csv"
    help = _("Write records to a file; “kith export everything” writes all of them to one archive")
    parser = command(groups, "export", help, run_export, example)
    parser.add_argument("object", metavar="OBJECT")
    parser.add_argument("--filter", default="", help=_("which records, as typed into the search box"))
    parser.add_argument("--fields", default="", help=_("which fields, with commas (default: all)"))
    parser.add_argument("--sort", default="", help=_("in which order, as in -updated_at"))
    parser.add_argument("--format", choices=FORMATS, default="", help=_("default: by the name of the file, else csv"))
    parser.add_argument("--out", metavar="FILE", type=Path, help=_("the file to write (default: standard output)"))
    parser.add_argument("--history", action="store_true", help=_("with everything: the changes of all records, too"))
    parser.add_argument("--json", action="store_true", help=_("print JSON"))
    _add_actor(parser)
    add_data(parser)


def _add_actor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as",
        dest="actor",
        metavar="EMAIL",
        default="",
        help=_("in whose name and with whose rights (default: Kith's own)"),
    )


def _context(args: argparse.Namespace) -> Context:
    from kith.kernel.accounts.context import system
    from kith.kernel.accounts.directory import acting_as, directory

    ctx = system("command")
    ctx = ctx.with_(locale=directory(ctx.schema.version).locale())
    if not args.actor:
        return ctx
    from kith.app import people

    try:
        found = acting_as(ctx, people.find(args.actor).pk)
    except people.Refused as refused:
        raise Failure(str(refused)) from None
    if found is None:
        raise Failure(_("{email} is not active").format(email=args.actor))
    return found


def run_import(args: argparse.Namespace) -> int:
    """Exit status 1 when a file or a row was refused; the others are in."""
    missing = [str(one) for one in args.files if not one.is_file()]
    if missing:
        raise Failure(_("There is no file {names}").format(names=", ".join(missing)))
    start_django(args)
    from django.utils import translation

    from kith.app.words import language
    from kith.kernel.jobs.progress import Progress
    from kith.kernel.records.errors import Refusal
    from kith.kernel.transfer import job as imports

    class Told(Progress, _Line):
        """Progress for the person at the terminal."""

        def step(self, done: int, total: int | None = None, message: Any = "") -> None:
            super().step(done, total, message)
            self.write(done, total)

    _known_profile(args.profile)
    ctx, told = _context(args), Told()
    match = tuple(one.strip() for one in args.match.split(",") if one.strip())
    with translation.override(language()):
        try:
            options = {"object": args.object, "vendor": args.profile, "mode": args.mode, "match": match}
            job = imports.begin(ctx, imports.files(args.files), encoding=args.encoding, **options)
            _choose(ctx, args, job.pk)
            report = imports.show(ctx, job.pk)
            if any(not one["refused"] for one in report["files"]):
                if args.dry_run:
                    imports.check(ctx, job.pk, told)
                else:
                    imports.carry_out(ctx, job.pk, told)
                told.clear()
            report = imports.show(ctx, job.pk)
            if args.errors:
                args.errors.write_bytes(b"".join(imports.refused_csv(ctx, job.pk, ran=not args.dry_run)))
            rows = imports.rows(ctx, job.pk, run=not args.dry_run, limit=100)
        except Refusal as refusal:
            told.clear()
            raise Failure(str(refusal)) from None
        except KeyboardInterrupt:
            told.clear()
            say(_("Stopped. The same command goes on: what is there already is left as it is."))
            raise
        counts = [_counts(one, args.dry_run) for one in report["files"]]
        if args.json:
            show({**report, "rows": rows, "dry_run": args.dry_run})
        else:
            _print(report, rows, counts)
    refused = any(one["refused"] for one in report["files"]) or any(one.get("failed") for one in counts)
    return 1 if refused else 0


def _known_profile(name: str) -> None:
    """A name misspelt would be imported as a file of unknown origin, and nobody would know why so little was found."""
    from kith.kernel.transfer.mapping import OWN
    from kith.kernel.transfer.profiles import profiles

    known = ["auto", *sorted({OWN, *(one.vendor for one in profiles())})]
    if name not in known:
        raise WrongUsage(_("There is no profile {name}. Use one of {names}.").format(name=name, names=", ".join(known)))


def _choose(ctx: Context, args: argparse.Namespace, job: Any) -> None:
    """What the options say beyond the proposal."""
    from kith.kernel.transfer.models import ImportFile

    for file in ImportFile.objects.filter(job=job, refused=""):
        if args.no_create:
            file.mapping["create"] = []
        if args.drop_bad_values:
            file.mapping["bad_values"] = "value"
        file.save(update_fields=["mapping"])


def _counts(file: dict[str, Any], dry: bool) -> dict[str, Any]:
    return dict(file["checked"].get("counts", {}) if dry else file["counts"])


def _print(report: dict[str, Any], rows: Sequence[dict[str, Any]], counts: Sequence[dict[str, Any]]) -> None:
    names = ("rows", "created", "updated", "unchanged", "skipped", "failed")
    head = (_("File"), _("Object"), _("Rows"), _("Created"), _("Updated"), _("Unchanged"), _("Skipped"), _("Refused"))
    lines: list[tuple[str, ...]] = [head]
    for file, count in zip(report["files"], counts, strict=True):
        what = file["object"] + (f" ({file['vendor']})" if file["vendor"] else "")
        lines.append((file["name"], what, *(str(count.get(name, 0)) for name in names)))
    table(lines)
    for file, count in zip(report["files"], counts, strict=True):
        if file["refused"]:
            say(f"{file['name']}: {file['refused']}")
        for warning in file["warnings"]:
            say(": ".join(filter(None, (file["name"], warning["column"], warning["message"]))))
        if file["not_imported"] and not file["refused"] and file["vendor"] != "kith":
            say(
                _("{name}: columns that are not imported: {columns}").format(
                    name=file["name"], columns=", ".join(file["not_imported"])
                )
            )
        for object, number in count.get("also", {}).items():
            say(_("{name}: also made, {object}: {count}").format(name=file["name"], object=object, count=number))
    for one in rows[:SHOWN]:
        why = one["reason"] or "; ".join(
            ": ".join(filter(None, (each["column"], each["message"]))) for each in one["problems"]
        )
        say(_("{name}, row {row}: {why}").format(name=one["name"], row=one["row"], why=why))
    if len(rows) > SHOWN:
        say(_("… and more rows like these: --json shows a hundred, --errors FILE writes all that were refused"))


class _Line:
    """One line on standard error that tells how far it is; none where nobody looks."""

    written = 0.0
    began = 0.0

    def write(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        self.began = self.began or now
        if not sys.stderr.isatty() or now - self.written < 0.2 or now - self.began < 1:
            return
        self.written = now
        share = f"{done * 100 // total} %" if total else ""
        speed = int(done / max(now - self.began, 0.001))
        print(f"\r{done:,} {share}  {speed:,}/s ", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.written:
            print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)


def run_export(args: argparse.Namespace) -> None:
    start_django(args)
    from kith.kernel.kit.errors import Unreadable
    from kith.kernel.records.errors import Refusal

    form = args.format or _form(args)
    if (args.object == EVERYTHING) != (form == "zip"):
        raise Failure(_("“everything” is written as zip, and nothing else is"))
    if form in ("xlsx", "zip") and args.out is None:
        raise Failure(_("Name a file with --out: {format} cannot be streamed").format(format=form))
    try:
        written = _everything(args) if form == "zip" else _object(args, form)
    except (Refusal, Unreadable) as error:
        raise Failure(_worded(error)) from None
    if args.json and args.out is not None:
        show(written)
    elif args.out is not None:
        say(_("Written to {path}").format(path=args.out))


def _worded(error: Exception) -> str:
    from django.utils import translation

    from kith.app.words import language
    from kith.kernel.records.checks import said

    with translation.override(language()):
        return said(error) if isinstance(error, ValueError) else str(error)


def _form(args: argparse.Namespace) -> str:
    if args.object == EVERYTHING:
        return "zip"
    suffix = args.out.suffix.lstrip(".").lower() if args.out else ""
    return suffix if suffix in FORMATS else "csv"


def _object(args: argparse.Namespace, form: str) -> dict[str, Any]:
    from kith.kernel.query.tree import ALL
    from kith.kernel.query.typed import parse
    from kith.kernel.records.read import Query
    from kith.kernel.transfer import export

    ctx = _context(args)
    spec = ctx.schema.get(args.object)
    if spec is None:
        names = ", ".join(sorted(ctx.schema.objects))
        raise Failure(_("There is no object {name}. Use one of {names}.").format(name=args.object, names=names))
    where = parse(args.filter, ctx, spec) if args.filter.strip() else ALL
    query = Query(where, _words(args.sort), _words(args.fields))
    if form == "xlsx":
        cut = export.write_xlsx(ctx, spec, args.out, query)
        if cut:
            say(_("{count} cells are not whole: a spreadsheet keeps 32,767 characters of each").format(count=cut))
        return {"out": str(args.out), "format": form, "cut": cut}
    pieces = export.export(ctx, spec, form, query)
    if args.out is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    else:
        with args.out.open("wb") as file:
            file.writelines(pieces)
    return {"out": str(args.out or ""), "format": form}


def _everything(args: argparse.Namespace) -> dict[str, Any]:
    from kith.kernel.transfer.everything import everything

    return {"out": str(args.out), "records": everything(_context(args), args.out, history=args.history)}


def _words(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())

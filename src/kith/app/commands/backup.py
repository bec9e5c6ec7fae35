"""``kith backup`` and ``kith restore``."""

from __future__ import annotations

import argparse
import json
import zipfile
from pathlib import Path

from kith.app import config
from kith.app.commands import Failure, Groups, add_data, command, meter, say, show, start_django, use_data
from kith.app.words import _
from kith.kernel.kit.secret_file import write_secret


def add(groups: Groups) -> None:
    help = _("Write everything into one file while Kith runs, or look through such a file")
    backup = command(groups, "backup", help, run_backup, "kith backup /mnt/backups/kith-monday.zip")
    backup.add_argument("file", metavar="FILE", type=Path)
    backup.add_argument("--verify", action="store_true", help=_("read a backup and say whether it is whole"))
    backup.add_argument(
        "--with-secret-key",
        action="store_true",
        help=_("put the secret key in, so that second factors can be read after a restore; then guard the file well"),
    )
    backup.add_argument("--json", action="store_true", help=_("print JSON"))
    add_data(backup)
    restore = command(
        groups,
        "restore",
        _("Put a backup back, on whichever database is set; Kith must not run meanwhile"),
        run_restore,
        "kith restore /mnt/backups/kith-monday.zip --data ./data",
    )
    restore.add_argument("file", metavar="FILE", type=Path)
    restore.add_argument(
        "--force", action="store_true", help=_("replace the company that is here, after a backup of it")
    )
    restore.add_argument("--json", action="store_true", help=_("print JSON"))
    add_data(restore)


def run_backup(args: argparse.Namespace) -> None:
    if args.verify:
        _verify(args)
        return
    if args.file.exists():
        raise Failure(_("{file} is there already. Choose another name.").format(file=args.file))
    start_django(args, migrated=False)
    from django.db import DatabaseError, connection

    from kith.app.backup.archive import Damaged
    from kith.app.backup.make import CannotBackUp, make
    from kith.app.backup.verify import verify

    try:
        if not connection.introspection.table_names():
            raise Failure(_("There is nothing to back up: the database is empty."))
        manifest = make(args.file.absolute(), secret=args.with_secret_key, told=meter())
        verify(args.file.absolute(), meter())
    except (CannotBackUp, Damaged, DatabaseError, OSError) as error:
        raise Failure(str(error)) from None
    _summary(args, manifest)
    if args.with_secret_key:
        say(
            _("It holds the secret key: whoever has this file can sign in as anybody. Keep it where nobody else reads.")
        )
    else:
        say(
            _(
                "It holds no secret key: after a restore elsewhere second factors cannot be read. Keep {file} apart, or"
                " use --with-secret-key."
            ).format(file=config.current().data / "secret_key")
        )


def _verify(args: argparse.Namespace) -> None:
    from kith.app.backup.archive import Damaged
    from kith.app.backup.verify import verify

    try:
        manifest = verify(args.file.absolute(), meter())
    except (Damaged, OSError) as error:
        raise Failure(str(error)) from None
    _summary(args, manifest)


def _summary(args: argparse.Namespace, manifest: dict[str, object]) -> None:
    tables: dict[str, int] = manifest["tables"]  # type: ignore[assignment]
    rows, size = sum(tables.values()), args.file.stat().st_size
    if args.json:
        show({"file": str(args.file), "bytes": size, "rows": rows, **manifest, "members": None})
        return
    say(
        _("{file} is whole: {rows} rows, {size} MB, of Kith {version}, made at {at}").format(
            file=args.file, rows=rows, size=f"{size / 1e6:.1f}", version=manifest["kith"], at=manifest["made_at"]
        )
    )


def run_restore(args: argparse.Namespace) -> None:
    if not args.file.is_file():
        raise Failure(_("There is no file {file}").format(file=args.file))
    _key_first(args)
    start_django(args, migrated=False)
    from django.db import DatabaseError

    from kith.app.backup.archive import Damaged
    from kith.app.backup.make import CannotBackUp
    from kith.app.backup.restore import CannotRestore, restore
    from kith.app.backup.sqlite import InUse
    from kith.app.migrating import MigrationFailed

    try:
        done = restore(args.file.absolute(), force=args.force, told=meter())
    except (CannotBackUp, CannotRestore, Damaged, InUse, MigrationFailed, DatabaseError, OSError) as error:
        raise Failure(str(error)) from None
    if args.json:
        kept = str(done.kept) if done.kept else None
        show({"rows": done.rows, "files": done.files, "events": done.events, "kept": kept, "remarks": done.remarks})
    if done.kept:
        say(_("What was here before is in {file}").format(file=done.kept))
    for remark in done.remarks:
        say(remark)
    text = _("Restored {rows} rows and {files} files; {events} changes in the log, all as they were written.")
    say(text.format(rows=done.rows, files=done.files, events=done.events))
    say(_("Everybody signs in anew. Start Kith with: kith serve"))


def _key_first(args: argparse.Namespace) -> None:
    """Put the secret key in its place before the settings are read: reading them makes one where there is none."""
    settings = use_data(args)
    if settings.secret_key:
        return
    try:
        with zipfile.ZipFile(args.file) as archive:
            if json.loads(archive.read("manifest.json"))["secret_key"]:
                key = archive.read("secret_key").decode("ascii").strip()
                settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_secret(settings.data / "secret_key", key)
                config.current.cache_clear()
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        return  # restore() looks closer and says what is wrong

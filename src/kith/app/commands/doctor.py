"""``kith doctor``: looks at everything that can be wrong, and says what to do."""

from __future__ import annotations

import argparse

from kith.app import config
from kith.app.commands import Groups, add_data, command, show, table
from kith.app.words import _


def add(groups: Groups) -> None:
    help = _("Check settings, database and disk, and say what to do")
    parser = command(groups, "doctor", help, run, "kith doctor --json")
    parser.add_argument("--json", action="store_true", help=_("print JSON"))
    add_data(parser)


def run(args: argparse.Namespace) -> int:
    """Exit status 1 when something is broken; warnings alone are 0."""
    if args.data:
        config.override("KITH_DATA", args.data)
    from kith.app import checks

    findings = checks.look()
    try:
        settings = config.explain()
    except config.ConfigError:
        settings = []
    if args.json:
        shown = [{"name": name, "value": value, "source": source} for name, value, source in settings]
        show(
            {
                "ok": not checks.broken(findings),
                "checks": [finding.as_dict() for finding in findings],
                "settings": shown,
            }
        )
    else:
        marks = {"ok": _("ok"), "warning": _("look"), "broken": _("BROKEN")}
        names = {
            "settings": _("settings"),
            "disk": _("disk"),
            "database": _("database"),
            "jobs": _("jobs"),
            "log": _("log of changes"),
        }
        rows = [(names.get(one.name, one.name), marks[one.state], one.text) for one in findings]
        table([(_("Check"), "", _("Finding")), *rows])
        if settings:
            print()
            table([(_("Setting"), _("Value"), _("Source")), *settings])
    return 1 if checks.broken(findings) else 0

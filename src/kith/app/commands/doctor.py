"""``kith doctor``: looks at everything that can be wrong, and says what to do."""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from kith.app import config, words
from kith.app.commands import Groups, add_data, command, say, show, table
from kith.app.words import _
from kith.kernel.outside import health
from kith.kernel.outside.health import Check, Finding


def add(groups: Groups) -> None:
    help = _("Look at everything that can be wrong, and say what to do")
    parser = command(groups, "doctor", help, run, "kith doctor --json")
    parser.add_argument("--json", action="store_true", help=_("print JSON"))
    add_data(parser)


def run(args: argparse.Namespace) -> int:
    """Exit status 1 when something is bad; warnings alone are 0."""
    if args.data:
        config.override("KITH_DATA", args.data)
    findings = _findings()
    well = health.worst(findings) != "bad"
    try:
        settings = config.explain()
    except config.ConfigError:
        settings = []
    if args.json:
        shown = [{"name": name, "value": value, "source": source} for name, value, source in settings]
        show({"ok": well, "checks": [one.as_dict() for one in findings], "settings": shown})
    else:
        _print(findings)
        if settings:
            print()
            table([(_("Setting"), _("Value"), _("Source")), *settings])
    return 0 if well else 1


def _findings() -> list[Finding]:
    """First what Django needs to start; with that in order, everything."""
    from kith.app.looks import installation  # noqa: F401  (declares its checks)

    first = health.look(translate=_)
    if health.worst(first) == "bad":
        return first
    with _django():
        from django.utils.translation import gettext

        return health.look(thorough=True, begin=_begin if sys.stderr.isatty() else None, translate=gettext)


def _django() -> AbstractContextManager[Any]:
    """Start it, and let it speak the language of the terminal."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kith.app.settings")
    import django
    from django.utils import translation

    django.setup(set_prefix=False)
    return translation.override(words.language()) if words.language() else nullcontext()


def _begin(one: Check) -> None:
    say(_("Looking at: {what}").format(what=_(one.label)))


def _print(findings: list[Finding]) -> None:
    marks = {"ok": _("ok"), "warn": _("look"), "bad": _("BAD")}
    labels = {one.name: _(one.label) for one in health.checks()}
    rows: list[tuple[str, ...]] = [(_("Check"), "", _("Finding"))]
    for one in findings:
        rows.append((labels[one.name], marks[one.state], one.text))
        if one.todo:
            rows.append(("", "", f"→ {one.todo}"))
    table(rows)

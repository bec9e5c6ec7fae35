"""``kith version``."""

from __future__ import annotations

import argparse

from kith import __version__
from kith.app.commands import Groups, command
from kith.app.words import _


def add(groups: Groups) -> None:
    command(groups, "version", _("Print the version"), run, "kith version")


def run(args: argparse.Namespace) -> None:
    print(__version__)

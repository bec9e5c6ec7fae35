"""``kith user``: people who sign in."""

from __future__ import annotations

import argparse
import getpass
import sys

from kith.app.commands import Failure, Groups, Run, add_data, command, say, show, start_django, table
from kith.app.words import _


def add(groups: Groups) -> None:
    group = command(groups, "user", _("People who sign in"), None, "kith user list")
    verbs = group.add_subparsers(metavar="COMMAND", required=True)

    def one(name: str, help: str, run: Run, example: str) -> argparse.ArgumentParser:
        parser = command(verbs, name, help, run, example)
        parser.add_argument("email", metavar="EMAIL")
        add_data(parser)
        return parser

    new = one("add", _("Add a user"), add_user, "kith user add mara@example.com --name 'Mara Vogt' --role manager")
    new.add_argument("--name", required=True, help=_("the name that others see"))
    new.add_argument("--role", required=True, help=_("administrator, manager, member, read_only, or one of your own"))
    changed = one(
        "password",
        _("Give a user a new password; it ends their sessions"),
        set_password,
        "kith user password mara@example.com",
    )
    for parser in (new, changed):
        parser.add_argument("--password-stdin", action="store_true", help=_("read the password from standard input"))
    one(
        "deactivate",
        _("Keep a user from signing in; their records stay theirs"),
        deactivate,
        "kith user deactivate mara@example.com",
    )
    one("mfa-reset", _("Forget a user's second factors"), reset, "kith user mfa-reset mara@example.com")
    listed = command(verbs, "list", _("List all users"), list_users, "kith user list --json")
    listed.add_argument("--json", action="store_true", help=_("print JSON"))
    add_data(listed)


def add_user(args: argparse.Namespace) -> None:
    start_django(args)
    from kith.app import people

    try:
        user = people.add(args.email, args.name, args.role, _password(args))
    except people.Refused as refused:
        raise Failure(str(refused)) from None
    say(_("Added {email}").format(email=user.email))


def set_password(args: argparse.Namespace) -> None:
    start_django(args)
    from kith.app import people

    try:
        people.set_password(people.find(args.email), _password(args))
    except people.Refused as refused:
        raise Failure(str(refused)) from None
    say(_("{email} has a new password; their sessions have ended").format(email=args.email))


def deactivate(args: argparse.Namespace) -> None:
    start_django(args)
    from kith.app import people

    try:
        people.deactivate(people.find(args.email))
    except people.Refused as refused:
        raise Failure(str(refused)) from None
    say(_("{email} can no longer sign in").format(email=args.email))


def reset(args: argparse.Namespace) -> None:
    start_django(args)
    from kith.app import people

    try:
        count = people.reset_second_factors(people.find(args.email))
    except people.Refused as refused:
        raise Failure(str(refused)) from None
    say(_("{email} signs in without a second factor now; {count} forgotten").format(email=args.email, count=count))


def list_users(args: argparse.Namespace) -> None:
    start_django(args)
    from kith.app import people

    found = people.people()
    if args.json:
        show(found)
        return
    rows = [
        (str(one["email"]), str(one["name"]), " ".join(one["roles"]), _("yes") if one["active"] else _("no"))
        for one in found
    ]
    table([(_("E-mail"), _("Name"), _("Roles"), _("Active")), *rows])


def _password(args: argparse.Namespace) -> str:
    """From standard input, or typed twice."""
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise Failure(_("There is no terminal to type a password at. Send it with --password-stdin."))
    password = getpass.getpass(_("Password: "))
    if getpass.getpass(_("The same again: ")) != password:
        raise Failure(_("The two passwords differ"))
    return password

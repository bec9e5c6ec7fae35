"""Writes the parts of the pages that code knows better than people: commands, settings, field types, vendors.

    python tools/reference.py            writes the made parts of docs/**/*.md again
    python tools/reference.py --check    says which pages are not current (exit status 1), and writes nothing

A page is prose with marked places, ``<!-- made: NAME -->`` to ``<!-- end -->``; what stands between the marks is made
here. What code cannot know (what a setting is for, how a value looks) stands in the tables of this file, and a test
sees that none is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs"
PLACE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


class Setting(NamedTuple):
    """What a setting takes and what it is for; ``default`` where code works it out."""

    takes: str
    meaning: str
    default: str = ""


SETTINGS: dict[str, Setting] = {
    "KITH_DATA": Setting(
        "a folder",
        "Where everything lies that must not be lost: database, files, secret key. Not set in `kith.toml`, which is "
        "in it.",
        "`data` beside the source in a checkout, else `~/.local/share/kith`",
    ),
    "KITH_DATABASE_URL": Setting(
        "`sqlite:///FILE`, `postgresql://…`, `mysql://…` or `mariadb://…`",
        "The database. See [PostgreSQL](../how-to/postgresql.md) and [MariaDB](../how-to/mariadb.md).",
        "`sqlite:///DIR/kith.db`",
    ),
    "KITH_REDIS_URL": Setting(
        "`redis://…`, `rediss://…` or `unix://…`",
        "A Redis for what several processes share: sessions at hand, and limits on calls and sign-ins. Without it each "
        "process counts for itself, and sessions are read from the database.",
    ),
    "KITH_BROKER_URL": Setting(
        "`redis://…`, `rediss://…`, `amqp://…` or `amqps://…`",
        "Kept for a broker between many workers. Nothing uses it in this version, and `kith doctor` says so when it is "
        "set.",
    ),
    "KITH_BASE_URL": Setting(
        "scheme and host, no path: `https://crm.example.com`",
        "The address that people type. Requests for any other host are refused; with `https` cookies are sent over "
        "https only.",
        "`http://127.0.0.1:8000`, or where `kith serve` listens",
    ),
    "KITH_SECRET_KEY": Setting(
        "at least 32 characters",
        "Signs cookies and links. Give several machines the same one.",
        "made on first start, kept in `DIR/secret_key`",
    ),
    "KITH_SMTP_URL": Setting(
        "`smtp://…`, `smtps://…`, `smtp+tls://…` or `smtp+ssl://…`",
        "The mail server: `smtp+tls://user:password@mail.example.com:587`. Without it every mail is kept as a file in "
        "`DIR/outbox`.",
    ),
    "KITH_FILES_URL": Setting(
        "a folder, or `s3://KEY:SECRET@bucket/prefix?endpoint=https://…&region=…`",
        "Where attached files lie. A bucket needs the extra `s3` (`pip install 'kith[s3]'`), and is not part of the "
        "backups.",
        "`DIR/files`",
    ),
    "KITH_BACKUPS": Setting(
        "0 to 1000", "Daily backups that are kept in `DIR/backups`; 0 makes none. See [backups](../how-to/backup.md)."
    ),
    "KITH_LANGUAGE": Setting(
        "`en` or `zh`",
        "The language of the command; and of the pages until the company settings or a person say otherwise.",
    ),
    "KITH_TIME_ZONE": Setting(
        "a name such as `Europe/Berlin`", "The time zone until the company settings or a person say otherwise."
    ),
    "KITH_CURRENCY": Setting(
        "three letters", "The company's own currency, in which amounts are compared and added up."
    ),
    "KITH_SAFE_MODE": Setting(
        "`yes` or `no`", "Start without plugins and automations: when one of them keeps Kith from starting or working."
    ),
    "KITH_MAX_BODY": Setting(
        "a size such as `110MB`",
        "The largest request that is read; a larger one is answered with 413. Forms and JSON end at 10 MB in any case.",
    ),
    "KITH_THREADS": Setting("1 to 64", "Requests that one process answers at the same time."),
    "KITH_TRUSTED_PROXIES": Setting(
        "addresses or networks with commas: `127.0.0.1, 10.0.0.0/8`",
        "Proxies whose `X-Forwarded-For` is believed. Nobody's is, unless you name them here.",
    ),
    "KITH_RATE_LIMIT": Setting(
        "a whole number",
        "Calls that one token or person may make to the API in a minute; 0 is no limit. Counted in Redis, else in each "
        "process.",
    ),
    "KITH_LOG": Setting(
        "`auto`, `console` or `json`",
        "The form of log lines, which go to standard error. `auto`: for people on a terminal, JSON elsewhere.",
    ),
    "KITH_LOG_LEVEL": Setting("`debug`, `info`, `warning` or `error`", "How much is logged."),
}


class Type(NamedTuple):
    """A field type on the wire. ``example`` is what is sent and what is read back as the same value."""

    example: Any
    meaning: str


SOME_ID = "01938d6b-07ec-7337-a81f-1c1f54a2eb8c"
TYPES: dict[str, Type] = {
    "address": Type(
        {"street": "Kaistraße 7", "city": "Kiel", "postal_code": "24103", "country": "DE"},
        "A postal address. Its parts are fields of their own; reads a text of several lines, too",
    ),
    "addresses": Type(
        [{"kind": "billing", "street": "Kaistraße 7", "city": "Kiel", "postal_code": "24103", "country": "DE"}],
        "Further postal addresses, each with what it is for",
    ),
    "auto_number": Type("Q-2026-0001", "A number that Kith gives to each new record; not editable"),
    "bool": Type(True, "Yes or no. Reads `yes`, `no`, `true`, `false`, `1`, `0`, 是, 否"),
    "choice": Type("near", "One of a list, by its key; a label in any language is read, too"),
    "date": Type("2026-11-20", "A day. Reads the order of the reader's country and words such as `next fri`, too"),
    "datetime": Type(
        "2026-11-20T14:30:00Z", "A moment, in UTC. Without an offset it is read in the reader's time zone"
    ),
    "domain": Type("harbour.example", "The primary domain. Writing it puts it first among `domains`"),
    "domains": Type(
        [{"value": "harbour.example", "kind": "", "primary": True, "status": ""}],
        "All domains. Reads addresses of the web and of mail, too; an import finds a company by any of them",
    ),
    "duration": Type(5400, "Whole seconds. Reads `1h 30m`, `90 min`, `1:30`; a number in a text means minutes"),
    "email": Type("ada@harbour.example", "The primary e-mail address. Writing it puts it first among `emails`"),
    "emails": Type(
        [{"value": "ada@harbour.example", "kind": "work", "primary": True, "status": ""}],
        "All e-mail addresses. Reads a text or a list of texts, too",
    ),
    "external_key": Type("K-4711", "The record's key in the other system (`external_id`)"),
    "external_keys": Type({"default": "K-4711", "erp": "20881"}, "Its keys in all other systems (`external_ids`)"),
    "file": Type(
        {"id": SOME_ID, "name": "offer.pdf", "size": 48213, "content_type": "application/pdf"}, "A stored file"
    ),
    "json": Type({"source": "erp", "ids": [7, 12]}, "Any JSON, up to 64 kB: for other programs"),
    "long_text": Type("Call back on Monday.\nAsk for Ada.", "Lines of text; rich text is a small, safe part of HTML"),
    "money": Type(
        {"amount": "1200.50", "currency": "EUR"},
        "An amount in a currency, exact. Reads `€ 1,200.50`, `10k` and plain numbers, too",
    ),
    "multi_choice": Type(["near", "far"], "Several of a list, by their keys"),
    "number": Type(1200, "A whole number, or one with a fixed count of decimals; exact"),
    "owner": Type(SOME_ID, "The user who answers for the record. Read as a reference, written as an id"),
    "percent": Type(12.5, "A share: 12.5 means 12.5 %"),
    "person_name": Type("Ada Brandt", "A whole name. Its parts are fields of their own; reads `Brandt, Ada`, too"),
    "phone": Type("+49 431 5550123", "The primary phone number. Writing it puts it first among `phones`"),
    "phones": Type(
        [{"value": "+49 431 5550123", "kind": "work", "primary": True, "status": ""}],
        "All phone numbers, as typed; found by their digits",
    ),
    "rating": Type(4, "Stars, 1 to 5"),
    "reference": Type(
        SOME_ID, 'Another record. Written as an id; read as `{"object": "companies", "id": "…", "title": "…"}`'
    ),
    "references": Type(
        [{"id": SOME_ID}],
        "Several records, each with attributes of its own such as a role; read with `object` and `title`",
    ),
    "tags": Type(["partner", "newsletter"], "Free words. Reads one text with commas, too"),
    "text": Type("North Light Hotels", "One line of text"),
    "url": Type("https://harbour.example/prices", "A web address; `http` and `https` only"),
}


def commands() -> str:
    """Every command with its arguments, out of argparse; in English whatever the machine speaks."""
    with mock.patch.dict(os.environ, KITH_LANGUAGE="en"):
        from kith.app.cli import parser

        return "\n".join(_command(one) for one in leaves(parser()))


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers that do something: those without commands below them."""
    below = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not below:
        yield parser
    for group in below:
        for one in group.choices.values():
            yield from leaves(one)


def _command(parser: argparse.ArgumentParser) -> str:
    actions = [one for one in parser._actions if not isinstance(one, argparse._HelpAction)]
    words = [_usage(one) for one in sorted(actions, key=lambda one: (bool(one.option_strings), not one.required))]
    lines = [f"## {parser.prog}", "", f"{parser.description}.", "", "```sh", " ".join([parser.prog, *words]), "```", ""]
    explained = [one for one in actions if one.help]
    if explained:
        lines += ["| argument | meaning |", "|---|---|"]
        lines += [f"| `{_cell(_named(one))}` | {_cell(str(one.help))} |" for one in explained]
        lines.append("")
    example = (parser.epilog or "").partition("\n")[2].strip()
    if example:
        lines += [f"Example: `{example}`", ""]
    return "\n".join(lines)


def _named(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else _value(action)
    return " ".join(filter(None, [action.option_strings[-1] if action.option_strings else "", value]))


def _value(action: argparse.Action) -> str:
    if action.choices:
        return "|".join(map(str, action.choices))
    named = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    return f"{named}..." if action.nargs in ("+", "*") else named


def _usage(action: argparse.Action) -> str:
    return _named(action) if action.required else f"[{_named(action)}]"


def settings() -> str:
    """Every setting in the order of the code."""
    from kith.app.config import VARIABLES

    lines = ["| setting | takes | default | meaning |", "|---|---|---|---|"]
    for one in VARIABLES:
        said = _said(SETTINGS, one.name)
        default = said.default or (f"`{one.default}`" if one.default else "")
        lines.append(f"| `{one.name}` | {_cell(said.takes)} | {default} | {_cell(said.meaning)} |")
    return "\n".join(lines) + "\n"


def types() -> str:
    """Every field type with its wire kind and an example of its value."""
    from kith.kernel.fields.base import type_named, type_names

    lines = ["| type | kind | on the wire | meaning |", "|---|---|---|---|"]
    for name in type_names():
        said = _said(TYPES, name)
        example = json.dumps(said.example, ensure_ascii=False)
        lines.append(f"| `{name}` | {type_named(name).kind} | `{_cell(example)}` | {_cell(said.meaning)} |")
    return "\n".join(lines) + "\n"


def operators() -> str:
    """The operators that each kind of value knows."""
    from kith.kernel.fields.kinds import OPERATORS

    lines = ["| kind | operators |", "|---|---|"]
    lines += [f"| {kind} | {' '.join(f'`{one}`' for one in known)} |" for kind, known in OPERATORS.items()]
    return "\n".join(lines) + "\n"


def vendors() -> str:
    """The programs whose files are recognised, and which of their files have a place in this version."""
    from kith.kernel.schema.registry import declared
    from kith.kernel.transfer.profiles import profiles

    there = {spec.name for spec in declared() if spec.menu}
    found: dict[tuple[str, str], list[str]] = {}
    for one in profiles():
        places = [name for name in one.objects if name in there]
        found.setdefault((one.label, one.vendor), []).extend(f"{one.entity} → `{place}`" for place in places[:1])
    lines = ["| program | name | files |", "|---|---|---|"]
    lines += [f"| {label} | `{name}` | {', '.join(files)} |" for (label, name), files in sorted(found.items()) if files]
    return "\n".join(lines) + "\n"


def _said(table: dict[str, Any], name: str) -> Any:
    """What people wrote about it. A thing that is new in the code wants a line here first."""
    if name not in table:
        raise SystemExit(f"reference: say what {name} is for, in the tables of tools/reference.py")
    return table[name]


def _cell(text: str) -> str:
    """Text for a cell of a table: a bar would end it."""
    return text.replace("|", "\\|").replace("\n", " ")


MADE: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "types": types,
    "operators": operators,
    "vendors": vendors,
}


def current(page: str) -> str:
    """The text of a page as it should be now."""
    return PLACE.sub(lambda found: f"{found[1]}\n{MADE[found[2]]()}\n{found[3]}", page)


def stale() -> list[Path]:
    """The pages whose made parts are not what the code says today. Needs Django to be set up."""
    return [one for one in sorted(PAGES.rglob("*.md")) if current(text := one.read_text("utf-8")) != text]


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KITH_DATA"], os.environ["DJANGO_SETTINGS_MODULE"] = folder, "kith.app.settings"
        import django

        django.setup(set_prefix=False)
        found = stale()
        for page in found:
            if not arguments:
                page.write_text(current(page.read_text("utf-8")), "utf-8")
            print(f"reference: {page.relative_to(ROOT)} {'is not current' if arguments else 'written'}")
    return 1 if found and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

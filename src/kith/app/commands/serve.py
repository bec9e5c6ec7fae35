"""``kith serve``, ``kith demo`` and ``kith web``."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path

from kith.app import config
from kith.app.commands import Failure, Groups, add_data, command, say, start_django, use_data
from kith.app.words import _

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (to tell people what it means, not to bind)


def add(groups: Groups) -> None:
    serve = command(
        groups, "serve", _("Run Kith: pages, API, jobs and schedule"), run_serve, "kith serve --port 8000 --data ./data"
    )
    demo = command(groups, "demo", _("Run Kith on a sample company"), run_demo, "kith demo --size small --language en")
    web = command(
        groups, "web", _("Run only the pages and the API, on a database that is ready"), run_web, "kith web --workers 4"
    )
    for parser in (serve, demo, web):
        parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on (default: 127.0.0.1)"))
        parser.add_argument("--port", type=int, default=8000, help=_("port to listen on (default: 8000)"))
        parser.add_argument("--workers", type=int, default=1, help=_("processes that answer requests (default: 1)"))
        add_data(parser)
    demo.add_argument(
        "--size", choices=("small", "large"), default="small", help=_("how many sample records (default: small)")
    )
    demo.add_argument(
        "--language", choices=("en", "zh"), help=_("language of the sample company (default: KITH_LANGUAGE)")
    )


def run_serve(args: argparse.Namespace) -> None:
    settings = _prepared(args)
    _migrate(settings)
    _serve(args, _welcome)


def run_web(args: argparse.Namespace) -> None:
    _local_address(args)
    start_django(args)
    _serve(args, lambda: None, jobs=False)


def run_demo(args: argparse.Namespace) -> None:
    if args.language:
        config.override("KITH_LANGUAGE", args.language)
    if not args.data:  # never beside real records
        args.data = str(use_data(args).data / "demo")
    settings = _prepared(args)
    _migrate(settings)
    from kith.app import demo, side_by_side

    try:
        sign_in = demo.prepare(args.size, settings.language, progress())
    except demo.NotADemo as refused:
        raise Failure(str(refused)) from None
    except side_by_side.Ended:
        raise Failure(demo.broken_off()) from None
    except BaseException:  # Ctrl-C, too
        if words := demo.broken_off():
            say(words)
        raise

    def welcome() -> None:
        print(
            _("Sign in as {email} with the password {password}").format(email=sign_in.email, password=sign_in.password),
            flush=True,
        )

    _serve(args, welcome)


def progress() -> Callable[[int, int, int, int], None]:
    """Says how far the sample company is: a line for every twentieth of a step that has many pieces."""
    step, began, said = -1, 0.0, 0

    def tell(module: int, modules: int, done: int, pieces: int) -> None:
        nonlocal step, began, said
        now = time.monotonic()
        if module == modules and said:
            say(_("Sample company: the last things, which take a minute"))
        if module != step:
            step, began, said = module, now, 0
        if pieces and done * 20 // pieces > said:
            said = done * 20 // pieces
            line = _("Sample company, step {step} of {steps}: {percent} % (minutes left: {minutes})")
            left = (now - began) / done * (pieces - done) / 60
            say(line.format(step=step + 1, steps=modules, percent=100 * done // pieces, minutes=math.ceil(left)))

    return tell


def _prepared(args: argparse.Namespace) -> config.Config:
    """Settings and Django, after the cheap questions: is the port free, are the settings right?"""
    from kith.app.serving import CannotServe, check_address

    _local_address(args)
    use_data(args)
    try:
        check_address(args.host, args.port)
    except CannotServe as error:
        raise Failure(str(error)) from None
    return start_django(args, migrated=False)


def _local_address(args: argparse.Namespace) -> None:
    """Without KITH_BASE_URL the site's address is where it listens."""
    settings = use_data(args)
    if settings.sources["base_url"] == "default":
        host = "127.0.0.1" if args.host in {*EVERYWHERE, "localhost"} else args.host
        config.override("KITH_BASE_URL", f"http://{f'[{host}]' if ':' in host else host}:{args.port}")
        if args.host in EVERYWHERE:
            say(_("Set KITH_BASE_URL to the address that others type; until then only this machine is answered."))


def _migrate(settings: config.Config) -> None:
    from django.db import DatabaseError

    from kith.app.migrating import MigrationFailed, migrate

    try:
        migrate(settings.data, say)
    except (MigrationFailed, DatabaseError, OSError) as error:
        raise Failure(str(error)) from None


def _welcome() -> None:
    """On a fresh installation, the link that makes the first user."""
    from kith.kernel.accounts import setup

    if setup.needed():
        print(_("Nobody can sign in yet. Make the first user at {url}").format(url=setup.setup_url()), flush=True)


def _serve(args: argparse.Namespace, welcome: Callable[[], None], *, jobs: bool = True) -> None:
    """Serve until stopped. Everything is loaded here once; workers and jobs are forks of this process."""
    from django.db import connections
    from django.urls import get_resolver

    from kith.app import asgi, background, serving

    get_resolver().url_patterns  # noqa: B018  (imports every view)
    settings = config.current()
    print(
        _("Kith runs at {url}, data in {folder}").format(url=settings.base_url, folder=Path(settings.data)), flush=True
    )
    welcome()
    for connection in connections.all(initialized_only=True):
        connection.close()  # workers and jobs are forks, and two processes on one connection are one too many
    serving.share()
    stop = background.start() if jobs else None
    try:
        serving.run(asgi.build, args.host, args.port, workers=args.workers, after=stop)
    except serving.CannotServe as error:
        if stop:
            stop()
        raise Failure(str(error)) from None
    say(_("Stopped"))

"""Settings and the data folder. Nothing of Django is needed, since without these Django does not start."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from kith import plugins
from kith.app import config, storages, words
from kith.kernel.kit.errors import gettext_noop
from kith.kernel.outside.health import Finding, bad, check, ok, warn

FREE = 1_000_000_000  # bytes of disk under which we worry
LITTLE = 100_000_000  # and under which writes will fail soon
SECRETS = ("secret_key", "setup_token", "demo_password", config.FILE)


def _(message: str) -> str:
    """In the language of the page when Django runs, else in that of the terminal."""
    registry = sys.modules.get("django.apps.registry")
    if registry is not None and registry.apps.ready:
        from django.utils.translation import gettext

        return gettext(message)
    return words._(message)


@check("settings", gettext_noop("Settings"))
def settings(_thorough: bool) -> Iterator[Finding]:
    """Can every setting be read, and is every KITH_ name known?"""
    try:
        found = config.current()
    except config.ConfigError as wrong:
        yield bad(str(wrong), _("Correct it, then start Kith again."))
        return
    for strange, near in config.unknown():
        hint = _("Did you mean {name}?").format(name=near) if near else _("Remove it, or see: kith config show")
        yield warn(_("Nothing reads {name}.").format(name=strange), hint)
    if found.safe_mode:
        yield warn(
            _("Safe mode: plugins and automations are switched off."),
            _("When what kept Kith from starting is mended, take KITH_SAFE_MODE away and start again."),
        )
    if found.broker_url:
        yield warn(
            _("KITH_BROKER_URL is set, and not used: jobs are kept in the database, on one machine and on many."),
            _("Take it away. It is a name that is kept for a broker between many workers."),
        )
    if not found.secure and not found.local:
        yield warn(
            _("People reach this site without https: passwords can be read on the way."),
            _("Put a TLS proxy in front, and set KITH_BASE_URL to its address."),
        )
    yield ok(_("Address: {url}").format(url=found.base_url))


@check("files", gettext_noop("Files"), needs=("settings",))
def stored(_thorough: bool) -> Iterator[Finding]:
    """Can what people attach be kept where the settings say?"""
    found = config.current()
    folder = found.files_folder
    if folder is None:
        if missing := storages.missing():
            text = _("Files are to be kept in a bucket; packages are missing: {names}.").format(
                names=", ".join(missing)
            )
            yield bad(text, _("Run: pip install 'kith[s3]'"))
        else:
            yield ok(_("Kept in a bucket, which is not part of the backups."))
    elif folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        yield bad(_("{folder} cannot be written.").format(folder=folder), _("Give it to the user who runs Kith."))
    else:
        yield ok(_("Kept in {folder}").format(folder=folder))


@check("plugins", gettext_noop("Plugins"), needs=("settings",))
def installed(_thorough: bool) -> Iterator[Finding]:
    """Which plugins are there, and are they switched on?"""
    found = plugins.installed()
    named = ", ".join(f"{one.name} {one.version}".strip() for one in found)
    if found and config.current().safe_mode:
        yield warn(
            _("Installed, and switched off by safe mode: {names}").format(names=named),
            _("Backups that are made meanwhile are without the records of plugins."),
        )
    else:
        yield ok(_("Installed: {names}").format(names=named) if found else _("None are installed."))


@check("disk", gettext_noop("Disk"), needs=("settings",))
def folder(_thorough: bool) -> Iterator[Finding]:
    """Can the data folder be written, only by us, and is there room?"""
    data = config.current().data
    place = data
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        yield bad(
            _("{folder} cannot be written.").format(folder=place),
            _("Give it to the user who runs Kith, or set KITH_DATA."),
        )
        return
    yield from _open_doors(data)
    free = shutil.disk_usage(place).free
    text = _("{size} GB free in {folder}").format(size=f"{free / 1e9:.1f}", folder=data)
    if free > FREE:
        yield ok(text)
    else:
        todo = _("Make room: without it nothing can be saved. Old backups are in {folder}.").format(
            folder=data / "backups"
        )
        yield bad(text, todo) if free < LITTLE else warn(text, todo)


def _open_doors(data: Path) -> Iterator[Finding]:
    if data.is_dir() and data.stat().st_mode & 0o007:
        yield warn(
            _("Others on this machine can look into {folder}.").format(folder=data),
            _("Run: chmod 700 {folder}").format(folder=data),
        )
    for secret in SECRETS:
        path = data / secret
        if path.exists() and path.stat().st_mode & 0o077:
            yield warn(
                _("Others on this machine can read {file}.").format(file=path),
                _("Run: chmod 600 {file}").format(file=path),
            )

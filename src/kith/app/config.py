"""What an installation is told: ``KITH_*`` variables, then ``DIR/kith.toml``, then defaults; and where each value came
from.

Nothing of Django is imported here, so that ``kith version`` and a wrong setting answer at once.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from kith.app import config_values as read
from kith.app.words import _
from kith.kernel.kit.secret_file import keep_secret

SOURCE_ROOT = Path(__file__).parents[3]
FILE = "kith.toml"
# Names that the command set itself; children inherit it, so that the source stays true.
COMMAND_LINE = "KITH_FROM_COMMAND_LINE"


class ConfigError(Exception):
    """A setting cannot be used; the message names it and says what would do."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting: its name, how its text is read, its default, and what of it must never be shown."""

    name: str
    read: Callable[[str], Any]
    default: str = ""
    mask: Callable[[str], str] = str  # what `kith config show` and `kith doctor` print

    @property
    def key(self) -> str:
        """Its name in ``kith.toml`` and in :class:`Config`."""
        return self.name.removeprefix("KITH_").lower()


VARIABLES: tuple[Variable, ...] = (
    Variable("KITH_DATA", read.folder),
    Variable("KITH_DATABASE_URL", read.database_url, mask=read.without_password),
    Variable("KITH_REDIS_URL", read.url("redis", "rediss", "unix"), mask=read.without_password),
    Variable("KITH_BROKER_URL", read.url("redis", "rediss", "amqp", "amqps"), mask=read.without_password),
    Variable("KITH_BASE_URL", read.base_url, "http://127.0.0.1:8000"),
    Variable("KITH_SECRET_KEY", read.secret_key, mask=read.hidden),
    Variable("KITH_SMTP_URL", read.url("smtp", "smtps", "smtp+tls", "smtp+ssl"), mask=read.without_password),
    Variable("KITH_FILES_URL", read.files_url, mask=read.without_password),
    Variable("KITH_LANGUAGE", read.language, "en"),
    Variable("KITH_TIME_ZONE", read.time_zone, "UTC"),
    Variable("KITH_CURRENCY", read.currency, "EUR"),
    Variable("KITH_SAFE_MODE", read.yes_no, "no"),
    Variable("KITH_BACKUPS", read.number(0, 1_000), "7"),
    Variable("KITH_MAX_BODY", read.size, "110MB"),
    Variable("KITH_THREADS", read.number(1, 64), "4"),
    Variable("KITH_RATE_LIMIT", read.number(0, 1_000_000), "6000"),
    Variable("KITH_TRUSTED_PROXIES", read.networks),
    Variable("KITH_LOG", read.one_of("auto", "console", "json"), "auto"),
    Variable("KITH_LOG_LEVEL", read.one_of("debug", "info", "warning", "error"), "info"),
)
BY_KEY = {variable.key: variable for variable in VARIABLES}


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, read and checked. ``""`` means not set. Sizes are bytes."""

    data: Path
    database_url: str
    redis_url: str
    broker_url: str
    base_url: str
    secret_key: str
    smtp_url: str
    files_url: str
    language: str
    time_zone: str
    currency: str
    safe_mode: bool
    backups: int  # daily ones that are kept; 0: none are made
    max_body: int
    threads: int
    rate_limit: int  # calls of one token or user to the API in a minute; 0: no limit
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    log: str
    log_level: str
    sources: Mapping[str, str]  # key -> where the value came from
    shown: Mapping[str, str]  # key -> the value as it may be shown

    @property
    def secure(self) -> bool:
        """Whether people reach this site by https."""
        return self.base_url.startswith("https://")

    @property
    def files_folder(self) -> Path | None:
        """Where stored files lie; ``None`` when that is not a folder of this machine."""
        parts = urlsplit(self.files_url)
        if parts.scheme not in {"", "file"}:
            return None
        return self.data / (unquote(parts.path) or "files")  # an absolute path stays what it is

    @property
    def local(self) -> bool:
        """Whether this site is for this machine only: its address is a loopback one."""
        return urlsplit(self.base_url).hostname in {"localhost", "127.0.0.1", "::1"}


def default_data() -> Path:
    """``data`` beside the source when Kith runs from a checkout, else the user's own data folder."""
    if (SOURCE_ROOT / "pyproject.toml").is_file():
        return SOURCE_ROOT / "data"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "kith"


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read all settings. Raises :class:`ConfigError` for the first that cannot be used. Writes nothing."""
    environ = os.environ if environ is None else environ
    by_command = environ.get(COMMAND_LINE, "").split(",")
    given = environ.get("KITH_DATA", "")
    data = read.folder(given) if given else default_data()
    file = _file(data / FILE)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    shown: dict[str, str] = {}
    for variable in VARIABLES:
        raw, source = variable.default, "default"
        if environ.get(variable.name):  # empty means not set, as compose files write it
            raw, source = environ[variable.name], "command line" if variable.name in by_command else "environment"
        elif variable.key in file:
            raw, source = file[variable.key], str(data / FILE)
        elif derived := _derived(variable.key, data):
            raw, source = derived
        try:
            values[variable.key] = variable.read(raw)
        except ValueError as wrong:
            raise ConfigError(f"{variable.name} ({source}): {wrong}") from None
        sources[variable.key] = source
        shown[variable.key] = variable.mask(raw)
    if not values["secret_key"]:
        sources["secret_key"] = _("made on first start")
    return Config(**values, sources=sources, shown=shown)


@cache
def current() -> Config:
    """The settings of this process, read once. ``current.cache_clear()`` after changing the environment."""
    return load()


def override(name: str, value: str) -> None:
    """Set a variable from the command line, for this process and those it starts."""
    os.environ[name] = value
    names = {*os.environ.get(COMMAND_LINE, "").split(","), name} - {""}
    os.environ[COMMAND_LINE] = ",".join(sorted(names))
    current.cache_clear()


def explain(config: Config | None = None) -> list[tuple[str, str, str]]:
    """``(name, value with secrets masked, source)`` of every setting, in the order of the manual."""
    config = config or current()
    return [(variable.name, config.shown[variable.key], config.sources[variable.key]) for variable in VARIABLES]


def unknown(environ: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """``KITH_*`` names in the environment that nothing reads, each with the nearest known one or ``""``."""
    environ = os.environ if environ is None else environ
    known = [variable.name for variable in VARIABLES]
    strange = [name for name in environ if name.startswith("KITH_") and name not in known and name != COMMAND_LINE]
    return [(name, next(iter(difflib.get_close_matches(name, known, 1)), "")) for name in sorted(strange)]


def secret_key(config: Config) -> str:
    """The key that signs cookies and links: the one given, else one made and kept in ``DIR/secret_key`` (mode 0600)."""
    return config.secret_key or keep_secret(config.data / "secret_key", 64)


def _derived(key: str, data: Path) -> tuple[str, str] | None:
    """Values that follow from the data folder."""
    if key == "data":
        return str(data), "default"
    if key == "database_url":
        return f"sqlite:///{quote(str(data / 'kith.db'))}", "default"
    if key == "files_url":
        return str(data / "files"), "default"
    kept = data / "secret_key"
    if key == "secret_key" and kept.is_file():
        return kept.read_text(encoding="ascii").strip(), str(kept)
    return None


def _file(path: Path) -> dict[str, str]:
    """``kith.toml`` as key -> text. A name that nothing reads is an error: a misspelt setting must not be lost in
    silence.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as wrong:
        raise ConfigError(f"{path}: {wrong}") from None
    texts: dict[str, str] = {}
    for name, value in found.items():
        key = name.removeprefix("KITH_").lower()
        if key not in BY_KEY or key == "data":
            near = next(iter(difflib.get_close_matches(key, BY_KEY, 1)), "")
            hint = _("Did you mean {name}?").format(name=near) if near and key != "data" else ""
            raise ConfigError(
                " ".join(filter(None, [_("{file}: there is no setting {name}.").format(file=path, name=name), hint]))
            )
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, list):
            value = ",".join(str(part) for part in value)
        texts[key] = str(value)
    return texts

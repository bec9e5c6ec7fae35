"""How the text of a setting is read and shown: each reader answers the value, or raises a ``ValueError``."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from kith.app.words import _

DATABASES = ("sqlite", "postgresql", "postgres", "mysql", "mariadb")
LANGUAGES = {"en": "en", "zh": "zh-hans", "zh-hans": "zh-hans", "zh-cn": "zh-hans"}
HIDDEN = "********"
_UNITS = {"": 1, "B": 1, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


def text(raw: str) -> str:
    """Any text."""
    return raw


def folder(raw: str) -> Path:
    """A folder as an absolute path; ``~`` is the user's home."""
    return Path(raw).expanduser().absolute()


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader of one of those words."""

    def read(raw: str) -> str:
        if raw.lower() not in allowed:
            raise ValueError(_("use one of {allowed}").format(allowed=", ".join(allowed)))
        return raw.lower()

    return read


def number(least: int, most: int) -> Callable[[str], int]:
    """A reader of a whole number within bounds."""

    def read(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not least <= int(raw) <= most:
            raise ValueError(_("use a whole number from {least} to {most}").format(least=least, most=most))
        return int(raw)

    return read


def size(raw: str) -> int:
    """Bytes, from ``500KB``, ``110MB``, ``1GB`` or a plain number."""
    found = re.fullmatch(r"([0-9]+)\s*([KMG]?B?)", raw.strip().upper())
    unit = found[2] if found else None
    if found is None or (unit := unit if unit in _UNITS else f"{unit}B") not in _UNITS:
        raise ValueError(_("use a size such as 110MB"))
    return int(found[1]) * _UNITS[unit]


def yes_no(raw: str) -> bool:
    """A switch."""
    if raw.lower() in {"yes", "true", "on", "1"}:
        return True
    if raw.lower() in {"no", "false", "off", "0"}:
        return False
    raise ValueError(_("use yes or no"))


def url(*schemes: str) -> Callable[[str], str]:
    """A reader of an address with one of those schemes; empty is allowed and means not set."""

    def read(raw: str) -> str:
        if raw and _split(raw).scheme not in schemes:
            raise ValueError(_("begin with {schemes}").format(schemes=", ".join(f"{scheme}://" for scheme in schemes)))
        return raw

    return read


database_url = url(*DATABASES)


def files_url(raw: str) -> str:
    """A folder, or ``s3://KEY:SECRET@bucket/prefix?endpoint=https://…&region=…``, which needs the extra ``s3``."""
    parts = _split(raw)
    if parts.scheme not in {"", "file", "s3"}:
        raise ValueError(_("use a folder, or s3://bucket"))
    if parts.scheme == "s3":
        if not parts.hostname:
            raise ValueError(_("name the bucket, as in s3://bucket"))
        if unknown := {name for name, _value in parse_qsl(parts.query)} - {"endpoint", "region"}:
            raise ValueError(_("there is no {names} here, only endpoint and region").format(names=", ".join(unknown)))
    return raw


def base_url(raw: str) -> str:
    """The address people type: scheme, host, port; no path, no trailing slash."""
    parts = _split(raw)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.username
    ):
        raise ValueError(_("use an address such as https://crm.example.com, without a path"))
    return f"{parts.scheme}://{parts.netloc.lower()}"


def secret_key(raw: str) -> str:
    """A long random text; empty means that Kith makes one."""
    if raw and len(raw) < 32:
        raise ValueError(_("use at least 32 characters, or leave it out and Kith makes one"))
    return raw


def language(raw: str) -> str:
    """A shipped language."""
    if raw.lower().replace("_", "-") not in LANGUAGES:
        raise ValueError(_("use one of {allowed}").format(allowed=", ".join(LANGUAGES)))
    return LANGUAGES[raw.lower().replace("_", "-")]


def time_zone(raw: str) -> str:
    """A name of the time zone database."""
    try:
        zoneinfo.ZoneInfo(raw)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(_("use a name such as Europe/Berlin or Asia/Shanghai")) from None
    return raw


def currency(raw: str) -> str:
    """An ISO 4217 code."""
    if not re.fullmatch(r"[A-Za-z]{3}", raw):
        raise ValueError(_("use a code of three letters such as EUR or CNY"))
    return raw.upper()


def networks(raw: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses or networks with commas."""
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in raw.split(",") if part.strip())
    except ValueError:
        raise ValueError(_("use addresses such as 10.0.0.1 or 10.0.0.0/8, with commas")) from None


def hidden(raw: str) -> str:
    """A value that is never shown."""
    return HIDDEN if raw else ""


def without_password(raw: str) -> str:
    """An address with its password masked, in the query too: drivers take ``?password=`` there."""
    try:
        parts = urlsplit(raw)
    except ValueError:
        return HIDDEN
    netloc = parts.netloc
    if "@" in netloc:
        who, _at, where = netloc.rpartition("@")
        user, colon, _password = who.partition(":")
        netloc = f"{user}:{HIDDEN}@{where}" if colon else f"{HIDDEN}@{where}"
    secret = re.compile(r"pass|pwd|secret|key|token", re.IGNORECASE)
    query = "&".join(
        f"{name}={HIDDEN if secret.search(name) else value}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    shown = f"{parts.scheme}://{netloc}{parts.path}" if parts.scheme else parts.path
    return f"{shown}?{query}" if query else shown


def _split(raw: str) -> SplitResult:
    try:
        parts = urlsplit(raw)
        int(parts.port or 0)  # a property that raises
    except ValueError:
        raise ValueError(_("{address} is not an address").format(address=without_password(raw))) from None
    return parts

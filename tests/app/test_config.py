"""Where settings come from, what is refused, and what is never shown."""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from kith.app import config
from kith.app.config import Config, ConfigError, load
from kith.kernel.kit.secret_file import keep_secret


def test_every_setting_has_its_place() -> None:
    assert {variable.key for variable in config.VARIABLES} == {one.name for one in fields(Config)} - {
        "sources",
        "shown",
    }


def test_the_environment_is_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    (tmp_path / "kith.toml").write_text('currency = "CNY"\ntime_zone = "Asia/Shanghai"\n', encoding="utf-8")
    found = load({"KITH_DATA": str(tmp_path), "KITH_CURRENCY": "usd"})
    assert (found.currency, found.time_zone, found.language) == ("USD", "Asia/Shanghai", "en")
    assert found.sources["currency"] == "environment"
    assert found.sources["time_zone"] == str(tmp_path / "kith.toml")
    assert found.sources["language"] == "default"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    (tmp_path / "kith.toml").write_text('KITH_CURRENCY = "CNY"', encoding="utf-8")
    assert load({"KITH_DATA": str(tmp_path), "KITH_CURRENCY": ""}).currency == "CNY"


def test_data_decides_where_the_rest_lies(tmp_path: Path) -> None:
    folder = tmp_path / "odd name+ä%20"
    found = load({"KITH_DATA": str(folder)})
    assert found.files_url == str(folder / "files")
    from kith.app.databases import databases

    assert databases(found.database_url, found.data)["default"]["NAME"] == str(folder / "kith.db")


def test_a_relative_sqlite_file_lies_in_the_data_folder(tmp_path: Path) -> None:
    from kith.app.databases import databases

    assert databases("sqlite:///other.db", tmp_path)["default"]["NAME"] == str(tmp_path / "other.db")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("KITH_DATABASE_URL", "oracle://x/y", "postgresql://"),
        ("KITH_BASE_URL", "crm.example.com", "https://crm.example.com"),
        ("KITH_BASE_URL", "https://example.com/crm", "without a path"),
        ("KITH_BASE_URL", "https://example.com:99999", "not an address"),
        ("KITH_SECRET_KEY", "short", "32"),
        ("KITH_LANGUAGE", "fr", "zh-hans"),
        ("KITH_TIME_ZONE", "Mars/Olympus", "Europe/Berlin"),
        ("KITH_CURRENCY", "Euro", "EUR"),
        ("KITH_SAFE_MODE", "maybe", "yes or no"),
        ("KITH_MAX_BODY", "much", "110MB"),
        ("KITH_THREADS", "0", "from 1 to 64"),
        ("KITH_RATE_LIMIT", "many", "whole number"),
        ("KITH_TRUSTED_PROXIES", "proxy", "10.0.0.1"),
    ],
)
def test_what_cannot_be_used_is_named_with_what_would_do(tmp_path: Path, name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=name) as caught:
        load({"KITH_DATA": str(tmp_path), name: value})
    assert words in str(caught.value)


def test_a_misspelt_name_in_the_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "kith.toml").write_text('basurl = "https://crm.example.com"', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"basurl.*base_url"):
        load({"KITH_DATA": str(tmp_path)})


def test_a_broken_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "kith.toml").write_text("currency = ", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"kith\.toml"):
        load({"KITH_DATA": str(tmp_path)})


def test_a_misspelt_variable_is_told_with_its_neighbour() -> None:
    assert config.unknown({"KITH_BASEURL": "x", "KITH_DATA": "y", "OTHER": "z"}) == [("KITH_BASEURL", "KITH_BASE_URL")]


SECRETS = {
    "KITH_DATABASE_URL": "postgresql://kith:S3CRET%40one@db.example/kith?password=S3CRET&sslmode=require",
    "KITH_REDIS_URL": "redis://:S3CRET@cache.example:6379/0",
    "KITH_SMTP_URL": "smtp+tls://mara%40example.com:S3CRET@mail.example:587",
    "KITH_FILES_URL": "s3://KEYID:S3CRET@bucket",
    "KITH_SECRET_KEY": "S3CRET" * 8,
}


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    found = load({"KITH_DATA": str(tmp_path), **SECRETS})
    shown = {name: value for name, value, _source in config.explain(found)}
    assert "S3CRET" not in str(shown)
    assert shown["KITH_DATABASE_URL"] == "postgresql://kith:********@db.example/kith?password=********&sslmode=require"
    assert [name for name, _value, _source in config.explain(found)] == [one.name for one in config.VARIABLES]


def test_secrets_are_not_in_refusals_either(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load({"KITH_DATA": str(tmp_path), "KITH_DATABASE_URL": "postgresql://kith:S3CRET@db:port/kith"})
    assert "S3CRET" not in str(caught.value)


def test_the_command_line_is_told_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_DATA", "elsewhere")
    monkeypatch.setenv(config.COMMAND_LINE, "")
    config.override("KITH_DATA", str(tmp_path))
    try:
        assert config.current().data == tmp_path
        assert config.current().sources["data"] == "command line"
    finally:
        config.current.cache_clear()


def test_the_secret_key_is_made_once_and_kept_for_us_alone(tmp_path: Path) -> None:
    data = tmp_path / "new"
    environ = {"KITH_DATA": str(data)}
    assert not data.exists()
    first = config.secret_key(load(environ))
    assert len(first) == 64
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    found = load(environ)
    assert config.secret_key(found) == found.secret_key == first
    assert found.sources["secret_key"] == str(data / "secret_key")


def test_reading_settings_writes_nothing(tmp_path: Path) -> None:
    load({"KITH_DATA": str(tmp_path / "new")})
    assert os.listdir(tmp_path) == []


def test_processes_that_start_together_keep_one_secret(tmp_path: Path) -> None:
    found: list[str] = []
    ready = threading.Barrier(8)

    def start() -> None:
        ready.wait()
        found.append(keep_secret(tmp_path / "secret", 40))

    threads = [threading.Thread(target=start) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert os.listdir(tmp_path) == ["secret"]


@pytest.mark.parametrize(
    ("address", "local", "secure"),
    [
        ("http://127.0.0.1:8000", True, False),
        ("https://crm.example.com", False, True),
        ("http://[::1]:8000", True, False),
    ],
)
def test_local_and_secure_follow_from_the_address(tmp_path: Path, address: str, local: bool, secure: bool) -> None:
    found = load({"KITH_DATA": str(tmp_path), "KITH_BASE_URL": f"{address}/"})
    assert (found.base_url, found.local, found.secure) == (address, local, secure)


def test_each_engine_gets_what_it_needs(tmp_path: Path) -> None:
    from kith.app.databases import databases

    sqlite = databases("sqlite:///kith.db", tmp_path)["default"]
    assert sqlite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in sqlite["OPTIONS"]["init_command"]
    postgresql = databases("postgres://kith:p%40ss@db:6432/crm?sslmode=require", tmp_path)["default"]
    assert (postgresql["PASSWORD"], postgresql["PORT"], postgresql["OPTIONS"]["sslmode"]) == ("p@ss", 6432, "require")
    assert "pool" not in postgresql["OPTIONS"]  # only workers have one
    mariadb = databases("mariadb://kith@db/crm", tmp_path)["default"]
    assert mariadb["OPTIONS"]["isolation_level"] == "read committed"
    assert mariadb["OPTIONS"]["collation"] == "utf8mb4_bin"


def test_where_files_lie(tmp_path: Path) -> None:
    """A folder by default or by name, else a bucket; what is no such place is refused."""
    from kith.app import storages

    def made(url: str) -> tuple[Path | None, dict[str, Any]]:
        found = load({"KITH_DATA": str(tmp_path), **({"KITH_FILES_URL": url} if url else {})})
        return found.files_folder, storages.files(found)["OPTIONS"]

    assert made("")[0] == tmp_path / "files"
    for url in ("/srv/files", "file:///srv/files"):
        folder, options = made(url)
        assert folder == options["location"] == Path("/srv/files")
        assert options["file_permissions_mode"] == 0o600
    folder, options = made("s3://KEY:a%2Fb@bucket/kith/files?endpoint=https://s3.example&region=eu")
    assert folder is None
    assert {name: value for name, value in options.items() if value} == {
        "bucket_name": "bucket",
        "location": "kith/files",
        "access_key": "KEY",
        "secret_key": "a/b",
        "endpoint_url": "https://s3.example",
        "region_name": "eu",
    }
    for wrong in ("ftp://host/x", "s3://", "s3://bucket?acl=public"):
        with pytest.raises(ConfigError, match="KITH_FILES_URL"):
            made(wrong)

"""The ``kith`` command as people run it: exit statuses, what is on stdout, what on stderr."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from kith import __version__

TIMEOUT = 60  # seconds; generous, since nothing here is about speed
COMMANDS = ["serve", "demo", "web", "user add", "user list", "user password", "user deactivate", "user mfa-reset"]
COMMANDS += ["token add", "migrate", "doctor", "backup", "restore", "rebuild", "config show", "version"]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("KITH_", "DJANGO_", "LANG", "LC_"))
    }
    return kept | {"KITH_DATA": str(folder)} | more


def kith(folder: Path, *words: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kith.app.cli", *words]
    return subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        env=environment(folder, **more),
        timeout=TIMEOUT,
        check=False,
    )


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself_with_an_example(tmp_path: Path, words: str) -> None:
    done = kith(tmp_path, *words.split(), "--help")
    assert done.returncode == 0
    assert re.search(rf"Example:\n  kith {words.split()[0]}", done.stdout)


def test_version_needs_no_django(tmp_path: Path) -> None:
    code = "import sys; from kith.app.cli import main; main(['version']); print('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(tmp_path), check=True
    )
    assert done.stdout.split() == [__version__, "False"]


@pytest.mark.parametrize(
    "words", [[], ["nonsense"], ["user"], ["user", "add", "a@b.example"], ["serve", "--port", "x"]]
)
def test_wrong_usage_is_status_2_on_stderr(tmp_path: Path, words: list[str]) -> None:
    done = kith(tmp_path, *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "usage: kith" in done.stderr


@pytest.mark.parametrize("words", [["config", "show"], ["migrate"], ["user", "list"], ["serve"]])
def test_a_wrong_setting_is_status_1_and_one_line(tmp_path: Path, words: list[str]) -> None:
    done = kith(tmp_path, *words, KITH_TIME_ZONE="Mars/Olympus")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "KITH_TIME_ZONE" in done.stderr


def test_config_show_masks_secrets_and_names_sources(tmp_path: Path) -> None:
    done = kith(tmp_path, "config", "show", "--json", KITH_REDIS_URL="redis://:S3CRET@cache:6379")
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert found["KITH_REDIS_URL"] == {
        "name": "KITH_REDIS_URL",
        "value": "redis://:********@cache:6379",
        "source": "environment",
    }
    assert "S3CRET" not in kith(tmp_path, "config", "show", KITH_REDIS_URL="redis://:S3CRET@cache:6379").stdout


def test_a_command_that_needs_the_tables_says_how_to_get_them(tmp_path: Path) -> None:
    done = kith(tmp_path, "user", "list")
    assert done.returncode == 1
    assert "kith migrate" in done.stderr


def test_messages_are_in_the_readers_language(tmp_path: Path) -> None:
    english, chinese = kith(tmp_path, "version", "--help"), kith(tmp_path, "version", "--help", KITH_LANGUAGE="zh")
    assert chinese.returncode == 0
    if "打印版本" not in chinese.stdout:
        pytest.skip("the catalogue has no entry for it yet")
    assert english.stdout != chinese.stdout


def test_people_and_tokens_from_the_command_line(tmp_path: Path) -> None:
    """One long story, because each step is a process with Django in it."""
    assert kith(tmp_path, "migrate").returncode == 0
    assert "up to date" in kith(tmp_path, "migrate").stderr
    added = kith(
        tmp_path,
        "user",
        "add",
        "Mara@Example.com",
        "--name",
        "Mara Vogt",
        "--role",
        "manager",
        "--password-stdin",
        given="quiet horse 42\n",
    )
    assert (added.returncode, added.stdout) == (0, "")
    again = kith(
        tmp_path,
        "user",
        "add",
        "mara@example.com",
        "--name",
        "M",
        "--role",
        "manager",
        "--password-stdin",
        given="quiet horse 42\n",
    )
    assert again.returncode == 1
    weak = kith(
        tmp_path,
        "user",
        "add",
        "lin@example.com",
        "--name",
        "Lin",
        "--role",
        "manager",
        "--password-stdin",
        given="12345\n",
    )
    assert weak.returncode == 1
    stranger = kith(
        tmp_path,
        "user",
        "add",
        "lin@example.com",
        "--name",
        "Lin",
        "--role",
        "king",
        "--password-stdin",
        given="quiet horse 42\n",
    )
    assert "administrator" in stranger.stderr
    found = json.loads(kith(tmp_path, "user", "list", "--json").stdout)
    assert found == [{"email": "mara@example.com", "name": "Mara Vogt", "roles": ["manager"], "active": True}]
    token = kith(tmp_path, "token", "add", "mara@example.com", "--name", "sync", "--objects", "contacts")
    assert re.fullmatch(r"kith_[A-Za-z0-9_-]{43}\n", token.stdout)
    assert token.stdout.strip().encode() not in (tmp_path / "kith.db").read_bytes()
    assert kith(tmp_path, "token", "add", "mara@example.com", "--name", "x", "--objects", "unicorns").returncode == 1
    assert kith(tmp_path, "user", "deactivate", "mara@example.com").returncode == 0
    assert json.loads(kith(tmp_path, "user", "list", "--json").stdout)[0]["active"] is False
    assert kith(tmp_path, "user", "deactivate", "nobody@example.com").returncode == 1
    examined = kith(tmp_path, "doctor", "--json")
    assert examined.returncode == 0
    assert json.loads(examined.stdout)["ok"] is True


def test_doctor_finds_what_is_broken(tmp_path: Path) -> None:
    done = kith(tmp_path, "doctor", "--json", KITH_DATABASE_URL="sqlite:////nowhere/at/all.db", KITH_BASEURL="x")
    found = json.loads(done.stdout)["checks"]
    assert any("KITH_BASE_URL" in one["todo"] and one["state"] == "warn" for one in found)
    done = kith(tmp_path, "doctor", "--json", KITH_CURRENCY="Euro")
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _attempt in range(TIMEOUT * 10):
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=TIMEOUT) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
    raise AssertionError("no answer")


def test_serve_from_nothing_to_the_set_up_link_and_a_clean_end(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "kith.app.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(tmp_path)
    )
    try:
        wait_for(port, process)
        second = kith(tmp_path, "serve", "--port", str(port))
        assert second.returncode == 1
        assert str(port) in second.stderr
        assert second.stderr.count("\n") == 1
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "Traceback" not in err
    token = (tmp_path / "setup_token").read_text().strip()
    assert f"http://127.0.0.1:{port}/setup?token={token}" in out
    assert (tmp_path / "setup_token").stat().st_mode & 0o077 == 0


def test_the_demo_prints_a_sign_in_and_keeps_out_of_real_data(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "kith.app.cli", "demo", "--port", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(tmp_path)
    )
    try:
        wait_for(port, process)
        process.send_signal(signal.SIGTERM)
        out, _err = process.communicate(timeout=TIMEOUT)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "demo@kith.example" in out
    assert (tmp_path / "demo" / "demo_password").read_text().strip() in out
    assert not (tmp_path / "kith.db").exists()
    assert kith(tmp_path, "migrate").returncode == 0
    kith(
        tmp_path,
        "user",
        "add",
        "a@example.com",
        "--name",
        "A",
        "--role",
        "member",
        "--password-stdin",
        given="quiet horse 42\n",
    )
    refused = kith(tmp_path, "demo", "--data", str(tmp_path), "--port", str(free_port()))
    assert refused.returncode == 1
    assert "--data" in refused.stderr

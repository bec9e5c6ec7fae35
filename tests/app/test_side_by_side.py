"""Pieces of work in several processes: each is made once, and whatever goes wrong ends all of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kith.app import side_by_side


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "processes", lambda: 3)


def note(folder: Path, number: int) -> None:
    (folder / str(number)).write_text(str(os.getpid()))


def wait_for_ever() -> None:
    signal.pause()


def test_each_piece_is_made_once_and_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    side_by_side.run([partial(note, tmp_path, number) for number in range(10)], lambda *one: told.append(one))
    assert {one.name for one in tmp_path.iterdir()} == {str(number) for number in range(10)}
    assert told == [(done, 10) for done in range(1, 11)]
    makers = {one.read_text() for one in tmp_path.iterdir()}
    assert len(makers) == 3 and str(os.getpid()) not in makers
    assert multiprocessing.active_children() == []


def test_one_piece_or_one_processor_needs_no_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    side_by_side.run([partial(note, tmp_path, 1)])
    monkeypatch.setattr(side_by_side, "processes", lambda: 1)
    side_by_side.run([partial(note, tmp_path, number) for number in (2, 3)])
    assert [(tmp_path / name).read_text() for name in "123"] == [str(os.getpid())] * 3
    side_by_side.run([])


@pytest.mark.parametrize(
    "wrong",
    [lambda: 1 / 0, lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: os._exit(0)],
    ids=["raises", "killed", "exits"],
)
def test_one_that_ends_early_ends_all(wrong: Callable[[], None], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(side_by_side.Ended):
        side_by_side.run([wait_for_ever, wrong, wait_for_ever, wait_for_ever])
    assert multiprocessing.active_children() == []


def test_what_went_wrong_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(side_by_side.Ended):
        side_by_side.run([lambda: 1 / 0, wait_for_ever])
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_ctrl_c_ends_all(tmp_path: Path) -> None:
    def stop(_done: int, _count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side.run([wait_for_ever, partial(note, tmp_path, 1), wait_for_ever], stop)
    assert multiprocessing.active_children() == []


ALONE = """
import os, signal, sys
from kith.app import side_by_side
side_by_side.processes = lambda: 2

def piece():
    os.write(1, b"begun\\n")
    sys.stdin.readline()

def last():
    os.write(1, b"never\\n")

side_by_side.run([piece, piece, last])
"""


def test_when_the_first_process_is_killed_the_others_end_with_their_piece() -> None:
    read, write = os.pipe()
    program = ALONE.replace("sys.stdin.readline()", f"os.read({read}, 1)")
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[read]
    )
    assert process.stdout and process.stderr
    os.close(read)
    assert [process.stdout.readline() for _one in range(2)] == [b"begun\n"] * 2
    process.kill()
    process.wait()
    os.write(write, b"xx")
    assert process.stdout.read() == b"", "the pipe ends when the last of them has ended, and no other piece was begun"
    assert process.stderr.read() == b""
    os.close(write)

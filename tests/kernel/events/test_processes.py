"""Sealing and following with several processes, on every database."""

from __future__ import annotations

import signal
from collections import Counter

from tests.kernel.jobs.conftest import PATIENCE, Rig


def test_two_sealers_number_what_four_writers_write_without_gaps(rig: Rig) -> None:
    sealers = [rig.begin("seal", 1000) for _ in range(2)]
    writers = [rig.begin("write", f"w{n}", 250, 0.01) for n in range(4)]
    for one in writers:
        rig.end(one)
    for one in sealers:
        one.communicate(timeout=PATIENCE)
        assert one.returncode == 0
    found = rig.run("chain")
    assert found["seqs"] == list(range(1, 1001))
    assert (found["to"], found["waiting"], found["ok"]) == (1000, 0, True), found["reason"]


def test_a_killed_sealer_leaves_a_whole_chain_that_another_goes_on_with(rig: Rig) -> None:
    rig.run("write", "w", 300)
    for _ in range(3):
        sealer = rig.begin("seal", 1000)  # more than there are: it goes on until it is killed
        assert sealer.stdout is not None and sealer.stdout.readline() == "sealing\n"
        rig.run("write", "w", 20)
        sealer.send_signal(signal.SIGKILL)
        sealer.wait(PATIENCE)
        found = rig.run("chain")
        assert found["seqs"] == list(range(1, found["to"] + 1))
        assert found["ok"], found["reason"]
    last = rig.begin("seal", 360)
    last.communicate(timeout=PATIENCE)
    found = rig.run("chain")
    assert (found["to"], found["waiting"], found["ok"]) == (360, 0, True)


def test_a_killed_follower_resumes_without_a_gap(rig: Rig) -> None:
    rig.run("write", "w", 45)
    last = rig.begin("seal", 45)
    last.communicate(timeout=PATIENCE)
    seen = rig.folder / "seen"
    follower = rig.begin("follow", 34)
    end = 0
    while "34" not in (seen.read_text().split() if seen.exists() else []):
        end += 1
        assert follower.poll() is None and end < 10_000
        try:
            follower.wait(0.05)
        except Exception:
            continue
    follower.send_signal(signal.SIGKILL)
    follower.wait(PATIENCE)
    rig.run("follow", 0)
    numbers = [int(one) for one in seen.read_text().split()]
    assert set(numbers) == set(range(1, 46))
    again = {one for one, count in Counter(numbers).items() if count > 1}
    assert again == {31, 32, 33, 34}  # the chunk it died in, and nothing before
    assert numbers[-15:] == list(range(31, 46))  # in order

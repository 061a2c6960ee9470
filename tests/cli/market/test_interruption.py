"""A run that is stopped or killed leaves no results, keeps what it computed, and goes on to the same settlement."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from builders.consortium import MARKET, Consortium, consortium

pytestmark = pytest.mark.long

SLOW = (  # 64 coalitions, some at a time
    MARKET.replace('"nearest"', '"random-forest"').replace("neighbours = 3", "n_estimators = 10")
    + '\n[[party]]\nname = "Hill"\ntrain = "north.csv"\n'
    + '\n[[party]]\nname = "Lake"\ntrain = "south.csv"\n'
    + '\n[[party]]\nname = "Mill"\ntrain = "west.csv"\n'
)


def command(files: Consortium, jobs: int) -> list[str]:
    program = "from fairpool.cli.app import main; main()"
    arguments = ["run", str(files.market), "--out", str(files.out), "--jobs", str(jobs)]
    return [sys.executable, "-c", program, *arguments]


def finished_chunks(files: Consortium) -> int:
    kept = files.file(".results.unfinished").glob("checkpoint/*")
    return len([path for path in kept if path.suffix != ".tmp"])


def stopped_in_the_middle(files: Consortium, jobs: int, how: signal.Signals) -> int:
    """Run the real command in a process group of its own, as a terminal would have it; signal the group once a chunk is
    finished; the exit code."""
    with (
        files.file("stdout.txt").open("wb") as out,
        files.file("stderr.txt").open("wb") as err,
        subprocess.Popen(command(files, jobs), stdout=out, stderr=err, start_new_session=True) as process,
    ):
        while not finished_chunks(files) and process.poll() is None:
            time.sleep(0.02)
        if process.poll() is None:
            os.killpg(process.pid, how)
        return process.wait(120)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The settlement of a run that nobody stopped."""
    files = consortium(tmp_path_factory.mktemp("undisturbed"), market=SLOW)
    assert files.run().exit_code == 0
    return (files.out / "settlement.json").read_bytes()


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_the_same_command_goes_on_and_settles_to_the_same_bytes(
    jobs: int, how: signal.Signals, code: int, undisturbed: bytes, tmp_path: Path
):
    """Stopped with work done: no results, one line at most, the work kept; then the settlement of the undisturbed."""
    files = consortium(tmp_path, market=SLOW)
    assert stopped_in_the_middle(files, jobs, how) == code
    said = [line for line in files.file("stderr.txt").read_text().splitlines() if "valuing" not in line]
    assert said == (["fairpool: stopped; the same command goes on where it was"] if code == 130 else [])
    assert files.file("stdout.txt").read_text() == ""
    assert not files.out.exists()
    assert finished_chunks(files) > 0
    assert files.run().exit_code == 0
    assert (files.out / "settlement.json").read_bytes() == undisturbed
    assert not list(tmp_path.glob(".*"))


def test_what_a_killed_run_had_half_written_goes_with_the_next(tmp_path: Path):
    """Staging folders of a run that was killed while writing are not taken for results, and are removed."""
    files = consortium(tmp_path)
    half = files.file(".results.unfinished") / "results-killed" / "content"
    half.mkdir(parents=True)
    (half / "settlement.json").write_text("{")
    assert files.run().exit_code == 0
    assert (files.out / "settlement.json").read_text().startswith('{\n  "format"')
    assert not list(tmp_path.glob(".*"))


def test_a_refused_run_keeps_the_work_of_a_stopped_one(tmp_path: Path):
    """A typo made between stopping and going on costs nothing."""
    files = consortium(tmp_path)
    work = files.file(".results.unfinished") / "checkpoint"
    work.mkdir(parents=True)
    (work / "chunk.npy").write_bytes(b"kept")
    files.cell("south.csv", 4, "age", "forty")
    assert files.run().exit_code == 2
    assert (work / "chunk.npy").read_bytes() == b"kept"

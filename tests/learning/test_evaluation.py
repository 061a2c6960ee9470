"""Evaluating coalitions: once each, in chunks, in parallel, and on after any kind of interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from fairpool.games.game import coalitions_at
from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import SCORES, learner_named
from fairpool.learning.checkpoint import Checkpoint
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.learner import CLASSIFICATION, Capabilities
from fairpool.learning.rows import content
from fairpool.runs.checkpoint_folder import CheckpointFolder
from oracles.stacked import random_blocks, random_task

ACCURACY = SCORES["accuracy"]
TESTS = Path(__file__).parents[1]
CHUNK = 3


@dataclass(frozen=True)
class Diary:
    """A learner whose models are certain of the second class on as many rows as the coalition has members.

    It writes the coalitions it is asked for into ``file``, dies where ``dies`` says so, and takes chunks of three.
    """

    file: Path
    dies: str = "never"

    capabilities = Capabilities(exact_players=12, copies_players=0, tasks=CLASSIFICATION, chunk=CHUNK)

    def prepare(self, blocks, tasks, *, seed):  # noqa: ARG002
        return DiaryPredictor(self, [len(task) for task in tasks])

    def fit(self, rows, *, seed):
        raise NotImplementedError


@dataclass(frozen=True)
class DiaryPredictor:
    learner: Diary
    rows: list[int]

    batch = CHUNK
    chunk = CHUNK

    def predictions(self, counts):
        self._perhaps_die(counts)
        with self.learner.file.open("a") as file:
            file.writelines("".join(map(str, row)) + "\n" for row in counts.tolist())
        return [np.where(np.arange(n) < counts.sum(axis=1, keepdims=True), 1.0, -1.0) for n in self.rows]

    def _perhaps_die(self, counts):
        grave = self.learner.file.with_suffix(".grave")
        once = self.learner.dies == "once" and not grave.exists() and counts[:, -1].any()
        if once or self.learner.dies == "always":
            grave.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def a_round(learner="ridge", *, parties=4, options=None, seed=0):
    """Parties in the order of their contents, which is that of the counts that a predictor is asked for."""
    rng = np.random.default_rng(seed)
    blocks = tuple(sorted(random_blocks(rng, classes=2, blocks=parties, most_rows=30), key=content))
    learner = learner_named(learner, options or {}, ACCURACY) if isinstance(learner, str) else learner
    return Experiment(
        blocks, (random_task(rng, classes=2), random_task(rng, classes=2)), learner, ACCURACY, seed=5
    )


def written(learner):
    return learner.file.read_text().split()


def all_of(parties):
    return coalitions_at(np.arange(2**parties), parties).astype(np.int16)


# ---- once each


def test_each_distinct_coalition_is_evaluated_once(tmp_path):
    """Asked for twice in one request, and again in the next; 0/1, booleans and other integers are one coalition."""
    learner = Diary(tmp_path / "diary")
    evaluator = Evaluator(a_round(learner))
    asked = np.array([[1, 0, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0], [2, 0, 0, 0]])
    first = evaluator.gains(asked)
    again = evaluator.gains(np.array([[0, 1, 1, 0], [1, 0, 0, 0]], dtype=bool))
    assert sorted(written(learner)) == ["0110", "1000", "2000"]
    assert evaluator.evaluations == 3
    np.testing.assert_array_equal(first[0], first[2])
    np.testing.assert_array_equal(again, first[[1, 0]])


def test_a_table_is_made_once_and_answers_what_it_holds(tmp_path):
    """Only copies are evaluated after it; the empty coalition costs no model."""
    learner = Diary(tmp_path / "diary")
    evaluator = Evaluator(a_round(learner))
    table = evaluator.table()
    assert table is evaluator.table()
    np.testing.assert_array_equal(evaluator.gains(all_of(4)[::-1]), table[::-1])
    assert len(written(learner)) == 15
    evaluator.gains(np.array([[1, 1, 0, 0], [3, 1, 0, 0]]))
    assert written(learner)[15:] == ["3100"]


@pytest.mark.parametrize("learner", ["nearest", "ridge", "logistic", "naive-bayes"])
def test_every_way_of_asking_gives_the_same_gains(learner):
    """As a table, one by one, or not remembered."""
    experiment = a_round(learner)
    table = Evaluator(experiment).table()
    one_by_one = Evaluator(experiment)
    found = np.concatenate([one_by_one.gains(row[None]) for row in all_of(4)])
    np.testing.assert_allclose(found, table, atol=1e-12)
    np.testing.assert_array_equal(Evaluator(experiment).once(all_of(4)), table)


def test_nothing_asked_for_is_nothing():
    none = np.empty((0, 4), dtype=np.int16)
    assert Evaluator(a_round()).gains(none).shape == (0, 2)
    assert Evaluator(a_round()).once(none).shape == (0, 2)


# ---- chunks and workers


def test_progress_is_told_after_every_chunk(tmp_path):
    told = []
    evaluator = Evaluator(a_round(Diary(tmp_path / "diary")), progress=lambda *at: told.append(at))
    evaluator.gains(all_of(4)[1:11])
    assert told == [(0, 10), (3, 10), (6, 10), (9, 10), (10, 10)]


@pytest.mark.long
@pytest.mark.parametrize("learner", ["random-forest", "logistic"])
def test_two_workers_give_the_same_bits_as_none(learner, monkeypatch):
    """Whichever is ready first."""
    monkeypatch.setattr("fairpool.learning.learners.logistic.logistic._ROWS", 1)
    experiment = a_round(
        learner, parties=6, options={"n_estimators": 2} if learner == "random-forest" else {}
    )
    alone, together = Evaluator(experiment).table(), Evaluator(experiment, jobs=2).table()
    assert alone.tobytes() == together.tobytes()


@pytest.mark.long
def test_more_workers_than_chunks_are_not_started(tmp_path):
    """Two chunks are two workers' work; one chunk stays here."""
    learner = Diary(tmp_path / "diary")
    found = Evaluator(a_round(learner), jobs=16).gains(all_of(4)[1:7])
    np.testing.assert_array_equal(found, Evaluator(a_round(learner)).gains(all_of(4)[1:7]))


def test_workers_get_by_with_read_only_memory():
    """Arrays above 1 MB reach them as read-only maps."""
    rng = np.random.default_rng(0)
    for name in ("nearest", "ridge", "logistic", "naive-bayes"):
        learner = learner_named(name, {}, ACCURACY)
        blocks = random_blocks(rng, classes=2, blocks=2, most_rows=9, d=3)
        task = random_task(rng, classes=2, rows=50_000)
        experiment = Experiment(blocks, (task,), learner, ACCURACY, seed=0)
        scorer = experiment.scorer()
        for array in arrays_within(scorer):
            array.setflags(write=False)
        assert scorer.gains(all_of(2)).shape == (4, 1)


def arrays_within(thing):
    if isinstance(thing, np.ndarray):
        yield thing
    elif isinstance(thing, tuple | list):
        for each in thing:
            yield from arrays_within(each)
    elif hasattr(thing, "__dataclass_fields__"):
        for name in thing.__dataclass_fields__:
            yield from arrays_within(getattr(thing, name))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:A worker stopped while some jobs:UserWarning")
def test_a_worker_that_is_killed_costs_its_own_chunks_only(tmp_path):
    """The first chunk with the last party kills its worker; what was finished before is not done again."""
    learner = Diary(tmp_path / "diary", dies="once")
    checkpoint = Checkpoint(CheckpointFolder(tmp_path / "kept"), "round")
    found = Evaluator(a_round(learner), jobs=2, checkpoint=checkpoint).table()
    assert learner.file.with_suffix(".grave").exists()
    healthy = Diary(tmp_path / "healthy")
    np.testing.assert_array_equal(found, Evaluator(a_round(healthy)).table())
    assert set(written(learner)) == set(written(healthy))
    assert len(list(checkpoint.store.folder.iterdir())) == 6


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:A worker stopped while some jobs:UserWarning")
def test_workers_that_keep_dying_are_given_up_with_advice(tmp_path):
    learner = Diary(tmp_path / "diary", dies="always")
    with pytest.raises(InputError, match=r"killed 3 times, .*memory.*: got jobs = 2, expected fewer"):
        Evaluator(a_round(learner), jobs=2).table()


def test_what_a_worker_cannot_learn_is_said_here():
    """An InputError crosses the process with its message."""
    experiment = a_round("sklearn.tree.DecisionTreeClassifier", options={"max_depth": -1}, parties=6)
    with pytest.raises(InputError, match=r"DecisionTreeClassifier cannot learn .* 'max_depth'"):
        Evaluator(experiment, jobs=2).table()


# ---- checkpoints


def test_a_finished_run_is_read_and_not_run_again(tmp_path):
    learner = Diary(tmp_path / "diary")
    experiment = a_round(learner)
    checkpoint = Checkpoint(CheckpointFolder(tmp_path / "kept"), experiment.fingerprint())
    first = Evaluator(experiment, checkpoint=checkpoint).table()
    told = []
    second = Evaluator(experiment, checkpoint=checkpoint, progress=lambda *at: told.append(at))
    assert second.table().tobytes() == first.tobytes()
    assert told == [(16, 16)]
    assert second.evaluations == 16
    assert len(written(learner)) == 15


def test_what_is_damaged_or_missing_is_done_again(tmp_path):
    """Of six chunks one file is cut, one is gone, and one holds other bits: three are computed."""
    learner = Diary(tmp_path / "diary")
    experiment = a_round(learner)
    checkpoint = Checkpoint(CheckpointFolder(tmp_path / "kept"), experiment.fingerprint())
    first = Evaluator(experiment, checkpoint=checkpoint).table()
    one, two, three, *_ = sorted(checkpoint.store.folder.iterdir())
    one.write_bytes(one.read_bytes()[:-5])
    two.unlink()
    three.write_bytes(bytes(len(three.read_bytes())))
    learner.file.unlink()
    again = Evaluator(experiment, checkpoint=checkpoint).table()
    assert again.tobytes() == first.tobytes()
    assert (
        6 <= len(written(learner)) <= 9
    )  # of 15: chunks of three, but one holds the empty coalition and the last is short


def test_another_rounds_checkpoints_are_not_read(tmp_path):
    rounds = [a_round("ridge", seed=seed) for seed in (1, 2)]
    rounds.append(replace(rounds[1], learner=learner_named("ridge", {"alpha": 50.0}, ACCURACY)))
    for experiment in rounds:
        kept = Checkpoint(CheckpointFolder(tmp_path), experiment.fingerprint())
        assert (
            Evaluator(experiment, checkpoint=kept).table().tobytes()
            == Evaluator(experiment).table().tobytes()
        )
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.long)])
def test_a_checkpoint_that_cannot_be_written_stops_the_run(tmp_path, jobs):
    """At the first chunk, with the place in the message."""
    learner = Diary(tmp_path / "diary")
    (tmp_path / "taken").write_text("")
    evaluator = Evaluator(
        a_round(learner), jobs=jobs, checkpoint=Checkpoint(CheckpointFolder(tmp_path / "taken"), "round")
    )
    with pytest.raises(InputError, match="taken: cannot write a checkpoint"):
        evaluator.table()


LONG_RUN = """
import sys
from pathlib import Path
from fairpool.learning.checkpoint import Checkpoint
from fairpool.runs.checkpoint_folder import CheckpointFolder
from fairpool.learning.evaluation import Evaluator
from learning.test_evaluation import forest_round
experiment = forest_round()
def progress(done, total):
    print(done, total, flush=True)
checkpoint = Checkpoint(CheckpointFolder(Path(sys.argv[1])), experiment.fingerprint())
Evaluator(experiment, jobs=int(sys.argv[2]), checkpoint=checkpoint, progress=progress).table()
"""


def forest_round():
    """Slow enough that a run is met in its middle: 16 chunks of 16 fits."""
    return a_round("random-forest", parties=8, options={"n_estimators": 10})


def started(folder, jobs):
    """A run in a process of its own, and what it says until its third chunk is done."""
    search = {"PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent / 'src'}"}
    run = subprocess.Popen(
        [sys.executable, "-c", LONG_RUN, str(folder), str(jobs)],
        env=os.environ | search,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = [run.stdout.readline() for _ in range(4)]
    return run, said


@pytest.mark.long
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_was_killed_continues_with_the_same_bits(tmp_path, jobs):
    """SIGKILL to it and its workers; finished chunks are not done again, and no half file is left."""
    run, said = started(tmp_path, jobs)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=60)
    assert said[-1].split()[1] == "256"
    kept = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.gains")}
    assert 3 <= len(kept) < 16
    experiment = forest_round()
    told = []
    checkpoint = Checkpoint(CheckpointFolder(tmp_path), experiment.fingerprint())
    found = Evaluator(experiment, checkpoint=checkpoint, progress=lambda *at: told.append(at)).table()
    assert told[0] == (16 * len(kept), 256)
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    assert found.tobytes() == Evaluator(experiment).table().tobytes()


@pytest.mark.long
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_run_leaves_no_workers_and_no_half_file(tmp_path, jobs):
    """Ctrl-C.  Workers hold the pipe of the run's output: it ends when the last of them has."""
    run, _ = started(tmp_path, jobs)
    run.send_signal(signal.SIGINT)
    _, complaints = run.communicate(timeout=60)
    assert run.returncode != 0
    assert "KeyboardInterrupt" in complaints
    assert {file.suffix for file in tmp_path.iterdir()} == {".gains"}

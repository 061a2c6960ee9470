"""A round: how its rows are cut into blocks, what its gains are, and what its fingerprint hangs on."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import RidgeClassifier

import fairpool
from fairpool.games.game import coalitions_at
from fairpool.learning.catalogue import SCORES, learner_named
from fairpool.learning.experiment import EmptyCoalition, Experiment, SharedRowsRule
from fairpool.learning.learners.logistic.logistic import LogisticLearner
from fairpool.learning.learners.nearest.nearest import NearestLearner
from fairpool.learning.learners.ridge import RidgeLearner
from fairpool.learning.rows import Rows, stack
from oracles.stacked import random_blocks, random_task, stacked

seeds = st.integers(0, 2**32 - 1)
some = settings(deadline=None, max_examples=40)


def a_round(seed=0, *, classes=2, grid=True, score="accuracy", **settings):
    rng = np.random.default_rng(seed)
    fixed = {"learner": RidgeLearner(), "seed": 3, **settings}
    tasks = tuple(random_task(rng, classes=classes) for _ in range(2))
    return Experiment(random_blocks(rng, classes=classes, grid=grid), tasks, score=SCORES[score], **fixed)


def contents(rows):
    return Counter(
        (*features, label) for features, label in zip(rows.X.tolist(), rows.y.tolist(), strict=True)
    )


@some
@given(seeds)
def test_shared_rows_once_is_the_union_of_the_members_multisets(seed):
    """Of every distinct row as many as the member with most of them has, for every coalition."""
    experiment = a_round(seed, shared_rows=SharedRowsRule.ONCE)
    blocks, owners = experiment.blocks()
    for coalition in coalitions_at(np.arange(1, 16), 4):
        union = Counter()
        for party in np.flatnonzero(coalition):
            union |= contents(experiment.parties[party])
        brought = stack([b for b, who in zip(blocks, owners, strict=True) if (who & coalition).any()])
        assert contents(brought) == union
        assert contents(experiment.training_rows(np.flatnonzero(coalition))) == union


@settings(deadline=None, max_examples=15)
@given(seeds, st.sampled_from(SharedRowsRule))
def test_gains_are_those_of_the_training_rows(seed, shared_rows):
    """Every coalition fitted by scikit-learn on the rows that the round says it trains on; both tasks."""
    experiment = a_round(seed, shared_rows=shared_rows)
    coalitions = coalitions_at(np.arange(16), 4)
    found = experiment.scorer().gains(coalitions.astype(np.int16))
    assert found[0].tolist() == [0.0, 0.0]
    for coalition, gains in zip(coalitions[1:], found[1:], strict=True):
        rows = experiment.training_rows(np.flatnonzero(coalition))
        model = experiment.model(np.flatnonzero(coalition))
        if len(np.unique(rows.y)) == 2:
            theirs = RidgeClassifier(1.0).fit(rows.X, rows.y)
            assert gains == pytest.approx([theirs.score(task.X, task.y) for task in experiment.tasks])
        assert gains == pytest.approx([np.mean(model.predict(task.X) == task.y) for task in experiment.tasks])


def test_copies_are_rows_again_or_nothing():
    """Kept: two copies weigh twice.  Once: a copy changes nothing, by construction."""
    rng = np.random.default_rng(1)
    keep, once = (
        a_round(1, shared_rows=s, score="roc-auc") for s in (SharedRowsRule.KEEP, SharedRowsRule.ONCE)
    )
    copies = rng.integers(0, 4, size=(30, 4)).astype(np.int16)
    np.testing.assert_array_equal(once.scorer().gains(copies), once.scorer().gains(np.minimum(copies, 1)))
    row = np.array([[2, 0, 1, 0]], dtype=np.int16)
    doubled = replace(keep, parties=(stacked(keep.parties, [2, 0, 0, 0]), *keep.parties[1:]))
    np.testing.assert_allclose(
        keep.scorer().gains(row), doubled.scorer().gains(np.minimum(row, 1)), atol=1e-12
    )
    assert (keep.scorer().gains(row) != keep.scorer().gains(np.minimum(row, 1))).any()


def test_batches_change_nothing(monkeypatch):
    """One coalition at a time, or as many as the learner likes."""
    experiment = a_round(2, learner=NearestLearner(3))
    coalitions = coalitions_at(np.arange(16), 4).astype(np.int16)
    together = experiment.scorer().gains(coalitions)
    monkeypatch.setattr("fairpool.learning.learners.nearest.nearest.batch_within", lambda *_, **__: 1)
    np.testing.assert_array_equal(experiment.scorer().gains(coalitions), together)


def test_the_empty_coalition_is_worth_nothing_or_the_best_constant():
    nothing, constant = a_round(), a_round(empty=EmptyCoalition.TRIVIAL)
    empty = np.zeros((1, 4), dtype=np.int16)
    assert nothing.scorer().gains(empty).tolist() == [[0.0, 0.0]]
    shares = [max(np.bincount(task.y)) / len(task) for task in constant.tasks]
    np.testing.assert_allclose(constant.scorer().gains(empty), [shares])


def changed(rows, *, label=False):
    X, y = rows.X.copy(), rows.y.copy()
    if label:
        y[0] = 1 - y[0]
    else:
        X[0, 0] = np.nextafter(X[0, 0], np.inf)
    return Rows(X, y, rows.classes)


def test_the_fingerprint_changes_with_anything_that_gains_hang_on(monkeypatch):
    """A last bit of a feature, a label, whose rows they are, a task, a setting, a version."""
    experiment = a_round()
    first, second, *rest = experiment.parties
    others = [
        replace(experiment, parties=(changed(first), second, *rest)),
        replace(experiment, parties=(changed(first, label=True), second, *rest)),
        replace(experiment, parties=(second, first, *rest)),
        replace(experiment, parties=(stack([first, second]), *rest)),
        replace(
            experiment, parties=experiment.parties[:-1], tasks=(experiment.parties[-1], *experiment.tasks)
        ),
        replace(experiment, tasks=(changed(experiment.tasks[0]), experiment.tasks[1])),
        replace(experiment, tasks=experiment.tasks[:1]),
        replace(experiment, learner=RidgeLearner(1.0000000001)),
        replace(experiment, learner=LogisticLearner()),
        replace(experiment, score=SCORES["roc-auc"]),
        replace(experiment, seed=4),
        replace(experiment, shared_rows=SharedRowsRule.ONCE),
        replace(experiment, empty=EmptyCoalition.TRIVIAL),
    ]
    found = [each.fingerprint() for each in (experiment, *others)]
    monkeypatch.setattr(fairpool, "__version__", "99")
    found.append(experiment.fingerprint())
    assert len(set(found)) == len(found)
    monkeypatch.undo()
    assert a_round().fingerprint() == found[0]


FINGERPRINTS = """
from learning.test_experiment import a_round
from fairpool.learning.catalogue import learner_named
from fairpool.learning.catalogue import SCORES
for name in ("nearest", "ridge", "logistic", "naive-bayes", "random-forest", "sklearn.svm.SVC"):
    print(a_round(learner=learner_named(name, {}, SCORES["accuracy"])).fingerprint())
"""


@pytest.mark.long
def test_the_fingerprint_is_the_same_in_every_process():
    """Whatever the order in which Python keeps its sets there: else no run could ever be continued."""
    tests = Path(__file__).parents[1]
    found = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINTS],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{tests}:{tests.parent / 'src'}", "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
    assert len(set(found.pop().split())) == 6


def test_the_fingerprint_knows_options_of_estimators():
    learners = [
        learner_named("random-forest", options, SCORES["accuracy"]) for options in ({}, {"max_depth": 3})
    ]
    assert len({a_round(learner=learner).fingerprint() for learner in learners}) == 2

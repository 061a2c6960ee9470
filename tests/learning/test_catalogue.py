"""Learners by name, as a round's file names them: what is let in, and what is not."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import LEARNERS, SCORES, learner_named
from fairpool.learning.learners.ridge import RidgeLearner
from fairpool.learning.learners.scikit import MODULES, RESERVED
from fairpool.tables.schema import Kind
from oracles.stacked import random_blocks, random_task

ACCURACY, R2 = SCORES["accuracy"], SCORES["r2"]


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("score", [ACCURACY, R2], ids=["classes", "numbers"])
def test_every_learner_learns_the_kinds_of_task_it_says(name, score):
    """Coalitions are predicted, and a model is delivered; or one message says that it cannot."""
    rng = np.random.default_rng(0)
    classes = 2 if score is ACCURACY else 0
    blocks, task = random_blocks(rng, classes=classes, most_rows=40), random_task(rng, classes=classes)
    if classes == 0 and name in ("logistic", "naive-bayes"):
        with pytest.raises(
            InputError, match=f"learner '{name}' cannot do regression, which score 'r2' asks for"
        ):
            learner_named(name, {}, score)
        return
    learner = learner_named(name, {}, score)
    assert score.task in learner.capabilities.tasks
    predictor = learner.prepare(blocks, [task], seed=0)
    assert predictor.batch >= 1
    assert 1 <= predictor.chunk <= learner.capabilities.chunk
    assert len(predictor.predictions(np.ones((2, 4), dtype=np.int64))[0]) == 2
    assert len(learner.fit(blocks[0], seed=0).predict(task.X)) == 25


def test_options_are_set():
    assert learner_named("ridge", {"alpha": 10}, R2) == RidgeLearner(10)
    assert learner_named("nearest", {"neighbours": 5}, R2).neighbours == 5
    forest = learner_named("random-forest", {"n_estimators": 7}, R2)
    assert forest.options == {"min_samples_leaf": 5, "n_estimators": 7}
    assert learner_named("sklearn.svm.SVC", {"C": 2.0}, ACCURACY).options == {"C": 2.0}


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("rigde", {}, "got 'rigde', expected nearest, ridge, logistic, naive-bayes, random-forest"),
        ("", {}, "got '', expected nearest"),
        ("ridge", {"alhpa": 1.0}, "'alhpa' is no option of ridge; expected alpha"),
        ("ridge", {"reach": 3}, "'reach' is no option of ridge"),
        ("ridge", {"alpha": "ten"}, "alpha: got 'ten', expected a number"),
        ("ridge", {"alpha": True}, "alpha: got True, expected a number"),
        ("ridge", {"alpha": float("nan")}, "alpha: got nan, expected a number above 0"),
        ("ridge", {"alpha": [1.0]}, "expected a number"),
        ("nearest", {"neighbours": 1.5}, "neighbours: got 1.5, expected a whole number"),
        ("random-forest", {"trees": 3}, "'trees' is no option of RandomForestClassifier; expected bootstrap"),
        ("gradient-boosting", {"n_jobs": 4}, "'n_jobs' is no option"),
    ],
)
def test_what_is_not_known_is_named(name, options, message):
    with pytest.raises(InputError) as raised:
        learner_named(name, options, ACCURACY)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "sklearn.os.system",
        "sklearn.svm.os.system",
        "sklearn.utils._testing.SkipTest",
        "sklearn.externals.array_api_compat.numpy",
        "sklearn.datasets.fetch_openml",
        "sklearn.pipeline.Pipeline",
        "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.model_selection.GridSearchCV",
        "sklearn.conftest.pytest",
        "sklearn..svm",
        "sklearn.svm.",
        "sklearn.svm",
        ".svm.SVC",
        "sklearnx.svm.SVC",
        "sklearn.svm.SVC.fit",
        "sklearn.svm.__builtins__",
        "sklearn.svm.l1_min_c",
        "sklearn.linear_model.enet_path",
        "sklearn.ensemble.VotingClassifier",
        "sklearn.neighbors.NearestNeighbors",
        "sklearn.svm.OneClassSVM",
        "sklearn.svm.Nothing",
    ],
)
def test_a_dotted_name_is_a_public_classifier_or_regressor_or_nothing(path):
    """Not a function, a module, a test, a private name, nor an estimator that needs others: one message."""
    with pytest.raises(InputError, match="learner: "):
        learner_named(path, {}, ACCURACY)


def test_nothing_is_imported_for_a_name_that_is_not_let_in(tmp_path, monkeypatch):
    """A module that happens to lie around, and one of scikit-learn's own that is no home of estimators."""
    (tmp_path / "lying.py").write_text("raise SystemExit('this has run')")
    monkeypatch.syspath_prepend(tmp_path)
    for path in ("lying.Estimator", "sklearn.utils.estimator_checks.check_estimator"):
        with pytest.raises(InputError):
            learner_named(path, {}, ACCURACY)
    assert "lying" not in sys.modules


@pytest.mark.parametrize("option", sorted(RESERVED))
def test_options_that_print_write_or_run_beside_the_round_are_refused(option):
    with pytest.raises(InputError, match=f"'{option}' is no option of RandomForestClassifier"):
        learner_named("random-forest", {option: 1}, ACCURACY)


@pytest.mark.parametrize("value", [print, object(), {"a": len}, [[print]], {1: 2}])
def test_option_values_are_plain(value):
    """A caller in Python could hand in functions, which a settlement could not record."""
    with pytest.raises(InputError, match="expected numbers, texts, true or false"):
        learner_named("sklearn.neighbors.KNeighborsClassifier", {"metric": value}, ACCURACY)


def test_the_score_decides_which_estimator_of_a_pair_is_meant():
    learner = learner_named("random-forest", {}, R2)
    assert set(learner.estimators) == {Kind.CLASSIFICATION, Kind.REGRESSION}
    with pytest.raises(InputError, match="cannot do regression"):
        learner_named("sklearn.svm.SVC", {}, R2)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # estimators that scikit-learn is about to drop
@pytest.mark.parametrize("module", MODULES)
def test_every_estimator_let_in_comes_from_scikit_learn_and_has_no_door_to_files(module):
    """No option of theirs is a path, a cache or a function that a text could name."""
    public = importlib.import_module(f"sklearn.{module}")
    let_in = 0
    for name in dir(public):
        try:
            learner = learner_named(f"sklearn.{module}.{name}", {}, ACCURACY)
        except InputError:
            continue
        (estimator,) = set(learner.estimators.values())
        assert issubclass(estimator, BaseEstimator)
        assert estimator.__module__.startswith("sklearn.")
        assert not set(estimator().get_params()) & {"cachedir", "cache_dir", "path", "filename", "callback"}
        let_in += 1
    assert let_in or module in ("cross_decomposition", "kernel_ridge")

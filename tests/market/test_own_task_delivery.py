"""What is delivered for an own task: the best there is for it, the very model that was scored, and never a constant."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.consortia import consortium, dataset, frame, settled
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment, SharedRowsRule
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.rows import Rows, stack
from fairpool.market.options import Customise, Method, Options
from fairpool.market.own_tasks.delivery import deliver, gain
from fairpool.market.own_tasks.selection import select
from fairpool.market.party import Party

SAME = 1e-9


@st.composite
def experiments(draw):
    """A few parties of a few rows on two columns, some with labels that are wrong; the tasks differ in their law."""
    parties, rng = draw(st.integers(2, 4)), np.random.default_rng(draw(st.integers(0, 10**6)))
    slopes = rng.normal(size=(parties, 2)) + np.array([2.0, 0.0])
    trains = [
        _drawn(rng, draw(st.integers(2, 14)), slope * draw(st.sampled_from([1, 1, -1]))) for slope in slopes
    ]
    tasks = [_drawn(rng, draw(st.integers(4, 20)), slope) for slope in slopes]
    score = score_named(draw(st.sampled_from(["accuracy", "balanced-accuracy", "roc-auc"])))
    learner = draw(st.sampled_from(["nearest", "ridge", "naive-bayes"]))
    rule = draw(st.sampled_from(list(SharedRowsRule)))
    learner = learner_named(learner, {}, score)
    return Experiment(tuple(trains), tuple(tasks), learner, score, 0, shared_rows=rule)


def _drawn(rng, rows, slope):
    X = rng.normal(size=(rows, 2)).round(1)
    y = (X @ slope + 0.5 * rng.normal(size=rows) > 0).astype(np.int64)
    y[:2] = [0, 1]
    return Rows(X, y, 2)


def delivered(experiment, step=Customise.NONE, tolerance=0.0):
    """What is delivered in the exact round of an experiment."""
    gains = Evaluator(experiment).table()
    selections = [select(gains[:, task], task) for task in range(gains.shape[1])]
    return deliver(experiment, selections, step, tolerance)


def not_beaten(scores):
    """Whether no model is better on a party's task than the one it gets: scores of models (i) on tasks (j)."""
    return bool((np.diagonal(scores) >= scores.max(axis=0) - SAME).all())


@given(experiment=experiments(), step=st.sampled_from(list(Customise)), tolerance=st.sampled_from([0.0, 0.1]))
@settings(deadline=None, max_examples=25)
def test_nobody_gets_less_than_its_own_model_or_one_that_another_gets(experiment, step, tolerance):
    """Whatever the learner, the score, the customisation and what a model may lose to it."""
    report = delivered(experiment, step, tolerance).report
    assert not_beaten(report.before)
    assert not_beaten(report.after)
    for i, task in enumerate(experiment.tasks):
        own = gain(experiment, experiment.model([i]), task)
        assert report.after[i, i] >= own - SAME
        assert report.after[i, i] >= report.before[i, i] - tolerance - SAME
        assert report.selected[i] == (i,) or report.after[i, i] > own


@given(experiment=experiments())
@settings(deadline=None, max_examples=8)
def test_no_coalition_has_a_better_model(experiment):
    """Uncustomised, the delivered model scores what the best of all coalitions' models scores, really trained."""
    n = len(experiment.parties)
    coalitions = [[j for j in range(n) if position >> j & 1] for position in range(1, 2**n)]
    models = [experiment.model(members) for members in coalitions]
    reached = delivered(experiment).reached
    for i, task in enumerate(experiment.tasks):
        assert reached[i] == pytest.approx(max(gain(experiment, model, task) for model in models))


@given(experiment=experiments(), step=st.sampled_from([Customise.ROWS, Customise.PENALTY]))
@settings(deadline=None, max_examples=12)
def test_a_customised_model_says_all_that_the_plain_one_says(experiment, step):
    """Of the party's validation rows and its own: every class of theirs, and never one answer only."""
    plain, made = (delivered(experiment, s).made for s in (Customise.NONE, step))
    for i, (before, after) in enumerate(zip(plain, made, strict=True)):
        probe = stack([experiment.tasks[i], experiment.parties[i]]).X
        said, says = (set(_answers(one.estimator, probe)) for one in (before, after))
        assert said <= says


def _answers(estimator, X):
    scores = class_scores(estimator, X, 2)
    return (scores[:, 1] > scores[:, 0]).tolist()


@pytest.mark.parametrize("division", ["normalised-shapley", "collapsed", "banzhaf"])
def test_the_money_of_own_tasks(division):
    """Nets sum to zero, nobody's price exceeds its gain, and who keeps its own model pays nothing and is told."""
    members, _ = consortium(own_tasks=True, parties=4, rows=6, seed=5, validation_rows=12)
    settlement = settled(members, None, learner="naive-bayes", division=division)
    statement = settlement.statement
    gained = 100_000 * (statement["gain"] - statement["gain_alone"])
    assert statement["net"].sum() == 0
    assert (statement["improvement"] <= gained + 0.5).all()
    assert statement["gain"].tolist() == np.diagonal(settlement.customisation.after).tolist()
    keep = [name for name, model in settlement.models.items() if model.trained_on == (name,)]
    assert keep
    assert (statement.loc[keep, "improvement"] == 0).all()
    assert f"pays nothing: {', '.join(keep)}." in " ".join(settlement.certificate.notes)


def of_one_law(rng, rows, slope, **choices):
    return dataset(frame(rng, rows, slope=slope, **choices))


def test_own_rows_may_be_left_out():
    """A party whose labels are reversed is delivered the others' model, and is told whose rows are in it."""
    rng = np.random.default_rng(4)
    wrong = frame(rng, 40, noise=0.1)
    wrong["label"] = wrong["label"].map({"yes": "no", "no": "yes"})
    law = (2.0, -1.0, 0.5)
    members = [
        Party("wrong", dataset(wrong), of_one_law(rng, 60, law, noise=0.1)),
        Party("right", of_one_law(rng, 30, law, noise=0.1), of_one_law(rng, 60, law, noise=0.1)),
    ]
    settlement = settled(members, None, learner="ridge")
    assert settlement.models["wrong"].trained_on == ("right",)
    assert settlement.statement.loc["wrong", "gain"] > 0.9
    assert settlement.models["right"].trained_on == ("right",)
    assert "keeps that and pays nothing: right." in " ".join(settlement.certificate.notes)


def of_29_to_1(seed):
    """A party that has hardly a "no" to validate with, and whose own rows hold ten."""
    rng = np.random.default_rng(seed)
    drawn = frame(rng, 400, noise=0.5, round_to=1)
    yes, no = (drawn[drawn["label"] == label].reset_index(drop=True) for label in ("yes", "no"))
    task = pd.concat([yes[:29], no[:1]], ignore_index=True)
    own = pd.concat([yes[29:59], no[1:11]], ignore_index=True)
    others = [
        Party(f"P{i}", dataset(frame(rng, 40, noise=0.5)), dataset(frame(rng, 40, slope=(2.0, -1.0, i))))
        for i in range(2)
    ]
    return [Party("rare", dataset(own), dataset(task)), *others]


@pytest.mark.parametrize("learner", ["logistic", "nearest"])
def test_customisation_never_makes_a_model_constant(learner):
    """29 "yes" and one "no" to validate with: whatever is delivered still says both of the party's own rows."""
    said = []
    for seed in range(2):
        members = of_29_to_1(seed)
        settlement = settled(members, None, learner=learner, score="balanced-accuracy")
        answers = settlement.models["rare"].predict(members[0].train.features)
        said.append(set(np.unique(answers)))
        assert not_beaten(settlement.customisation.after)
    assert said == [{"yes", "no"}] * 2


def test_a_task_whose_score_hangs_on_one_row_says_what_it_is_worth():
    """Half of a balanced accuracy, and half of the price of a perfect model; accuracy hangs on no row like that."""
    members = of_29_to_1(0)
    hanging, safe = (
        [note for note in settled(members, None, score=score).certificate.notes if "hangs on few" in note]
        for score in ("balanced-accuracy", "accuracy")
    )
    (of_rare,) = [note for note in hanging if "rare" in note]
    assert of_rare.startswith(
        'The score of rare\'s task hangs on few of its 30 validation rows: one row of class "no" (it has 1) is worth '
        "0.500 of it, 500.00 EUR. "
    )
    assert safe == []


@pytest.mark.parametrize("score", ["accuracy", "balanced-accuracy"])
def test_the_delivered_model_is_the_one_that_was_scored(score):
    """Its answers on the party's validation rows give the gain that is paid for, to the last bit."""
    members, _ = consortium(own_tasks=True, parties=4, rows=15, seed=2)
    settlement = settled(members, None, learner="naive-bayes", score=score)
    for member in members:
        labels = member.validation.label
        answers = settlement.models[member.name].predict(member.validation.features)
        right = np.asarray(answers) == labels.to_numpy()
        by_class = [right[labels == c].mean() for c in np.unique(labels)]
        expected = right.mean() if score == "accuracy" else np.mean(by_class)
        assert settlement.statement.loc[member.name, "gain"] == expected


@pytest.mark.long
@pytest.mark.parametrize("learner", ["nearest"])
def test_equal_parties_of_a_sampled_round_are_treated_equally(learner):
    """Ten parties, two of them with the same rows and the same task: equal nets, and one model for both."""
    members, _ = consortium(own_tasks=True, parties=9, rows=10, seed=3)
    doubled = [*members, Party("double", members[4].train, members[4].validation)]
    options = Options(method=Method.SAMPLED, evaluations=700)
    settlement = settled(doubled, None, learner=learner, options=options)
    assert settlement.method == "sampled"
    one, other = settlement.statement.loc["P4"], settlement.statement.loc["double"]
    assert abs(one["net"] - other["net"]) <= 1
    assert (one[["gain", "improvement"]] == other[["gain", "improvement"]]).all()
    rows = members[0].validation.features
    assert (settlement.models["P4"].predict(rows) == settlement.models["double"].predict(rows)).all()
    assert not_beaten(settlement.customisation.after)


def test_copies_with_the_same_task_leave_customisation_as_it_is():
    """What the step did for a party it also does where the party stands in the market twice."""
    members, _ = consortium(own_tasks=True, parties=3, rows=20, seed=3)
    honest = settled(members, None).customisation
    doubled = settled([*members, Party("copy", members[0].train, members[0].validation)], None).customisation
    assert np.diagonal(doubled.after)[:3] == pytest.approx(np.diagonal(honest.after))
    assert doubled.notes[0] == honest.notes[0]

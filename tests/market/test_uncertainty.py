"""What a finite validation set leaves open: rows weighed anew against the round settled anew, row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fairpool.games.game import TableGame, coalitions_at
from fairpool.games.values.semivalues import semivalue
from fairpool.learning.catalogue import SCORES, learner_named, score_named
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.nearest.closed_form import ranking_of
from fairpool.learning.rows import Rows
from fairpool.learning.scores import Score
from fairpool.learning.validation_rows.row_groups import RowGroups
from fairpool.market import Dataset, Method, Options, Party, settle
from fairpool.market.common_task.exact import CommonTask, copies_change_nothing
from fairpool.market.payments import PriceTerms, pay
from fairpool.market.reward_rules.catalogue import DIVISIONS
from fairpool.market.uncertainty.closed_form import ranking_forms
from fairpool.market.uncertainty.forms import columns_of, common_forms
from fairpool.market.uncertainty.intervals import drawn_intervals, drawn_rounds
from fairpool.market.uncertainty.sampled import value_coefficients
from fairpool.market.uncertainty.weights import drawn_weights

LEARNER_OF = {"accuracy": "nearest", "balanced-accuracy": "naive-bayes", "roc-auc": "logistic"}
ONE = {"model": 1.0, "members": 1.0}


def an_experiment(score: Score, learner: str, *, rows=24, seed=3) -> Experiment:
    rng = np.random.default_rng(seed)
    classes = 2 if score.task.value == "classification" else 0

    def some(count):
        X = rng.normal(size=(count, 2))
        y = X @ [1.0, -1.0] + rng.normal(size=count)
        return Rows(X, (y > 0).astype(np.int64) if classes else y, classes)

    return Experiment(
        tuple(some(12) for _ in range(3)), (some(rows),), learner_named(learner, {}, score), score, 1
    )


def grouped(experiment: Experiment, most=1000) -> Evaluator:
    rng = np.random.default_rng(0)
    groups = tuple(RowGroups.of(task, experiment.score, most, rng=rng) for task in experiment.tasks)
    return Evaluator(experiment, groups=groups)


def repeated(rows: Rows, times) -> Rows:
    return rows.take(np.repeat(np.arange(len(rows)), times))


def weights_of(groups: RowGroups, times):
    """The weight of every group's rows, as in a sample that holds each row so many times."""
    counts = np.asarray(times, dtype=float)[groups.order]
    strata = int(groups.stratum.max()) + 1
    total = np.bincount(groups.stratum, counts * groups.sizes, minlength=strata)
    return counts / (strata * total[groups.stratum])


# ---- parts of gains


@pytest.mark.parametrize("name", SCORES)
def test_parts_by_rows_average_to_the_gain(name):
    """Weighed as they are, the parts give back every coalition's gain."""
    experiment = an_experiment(SCORES[name], LEARNER_OF.get(name, "ridge"))
    evaluator = grouped(experiment)
    everything = coalitions_at(np.arange(1, 8), 3)
    (parts,) = evaluator.parts(everything)
    found = parts @ weights_of(evaluator.groups[0], np.ones(24))
    assert found == pytest.approx(evaluator.gains(everything)[:, 0], abs=1e-6)


@pytest.mark.parametrize("name", ["accuracy", "balanced-accuracy"])
def test_rows_that_come_twice_weigh_twice(name):
    """Exactly: the parts of a validation set give the gains of every other that holds the same rows, repeated."""
    experiment = an_experiment(SCORES[name], LEARNER_OF[name])
    evaluator = grouped(experiment)
    times = np.random.default_rng(1).integers(0, 4, size=24)
    times[[0, 1]] = 1
    again = replace(experiment, tasks=(repeated(experiment.tasks[0], times),))
    everything = coalitions_at(np.arange(1, 8), 3)
    (parts,) = evaluator.parts(everything)
    found = parts @ weights_of(evaluator.groups[0], times)
    assert found == pytest.approx(Evaluator(again).gains(everything)[:, 0], abs=1e-9)


@pytest.mark.parametrize("name", ["roc-auc", "r2", "one-minus-rmse"])
def test_parts_are_the_slope_of_a_score(name):
    """For other scores to first order: one row that comes once more among 400 copies of every row."""
    experiment = an_experiment(SCORES[name], LEARNER_OF.get(name, "ridge"))
    evaluator, everything = grouped(experiment), coalitions_at(np.arange(1, 8), 3)
    (parts,), groups = evaluator.parts(everything), evaluator.groups[0]
    for row in (0, 5, 17):
        times = np.full(24, 400)
        times[row] += 4
        again = replace(experiment, tasks=(repeated(experiment.tasks[0], times),))
        step = Evaluator(again).gains(everything)[:, 0] - evaluator.gains(everything)[:, 0]
        told = parts @ (weights_of(groups, times) - weights_of(groups, np.ones(24)))
        assert told == pytest.approx(step, abs=2e-6)


def test_a_score_that_is_not_told_by_row_is_asked_without_each_group():
    """Accuracy as somebody's own function gives the parts that accuracy has."""
    own = replace(SCORES["accuracy"], name="mine", by_row=None)
    experiment = an_experiment(own, "nearest")
    evaluator, known = grouped(experiment), grouped(replace(experiment, score=SCORES["accuracy"]))
    everything = coalitions_at(np.arange(1, 8), 3)
    (parts,), (exact,) = evaluator.parts(everything), known.parts(everything)
    place = np.argsort(evaluator.groups[0].order)
    assert parts[:, place] == pytest.approx(exact[:, np.argsort(known.groups[0].order)])


def test_groups_of_rows_sum_what_their_rows_have():
    experiment = an_experiment(SCORES["balanced-accuracy"], "naive-bayes", rows=60)
    fine, coarse = grouped(experiment), grouped(experiment, most=10)
    everything = coalitions_at(np.arange(1, 8), 3)
    (by_row,), (by_group,) = fine.parts(everything), coarse.parts(everything)
    groups = coarse.groups[0]
    assert len(groups) <= 10
    assert sorted(groups.order) == list(range(60))
    in_place = by_row[:, np.argsort(fine.groups[0].order)][:, groups.order]
    starts = np.cumsum(groups.sizes) - groups.sizes
    assert by_group == pytest.approx(np.add.reduceat(in_place, starts, axis=1))


def test_a_dear_learner_keeps_the_parts_it_had():
    """What logistic regression evaluated is looked up, to the precision of float32, and no coalition counts twice."""
    experiment = an_experiment(SCORES["accuracy"], "logistic")
    evaluator = grouped(experiment)
    evaluator.table()
    (parts,) = evaluator.parts(coalitions_at(np.arange(8), 3))
    assert evaluator.evaluations == 8
    scorer = replace(experiment.scorer(), groups=evaluator.groups)
    fresh = scorer.scored(scorer.block_counts(coalitions_at(np.arange(8), 3)))
    assert parts == pytest.approx(fresh[:, 1:], rel=1e-6)


@pytest.mark.parametrize("name", ["roc-auc", "r2", "one-minus-rmse"])
def test_a_row_that_is_got_wrong_has_what_a_model_without_data_has(name):
    """Rows that might have been seen are of the score's own scale, not from 0 to 1."""
    experiment = an_experiment(SCORES[name], LEARNER_OF.get(name, "ridge"))
    (task,), (groups,) = experiment.tasks, grouped(experiment).groups
    constant = np.full((1, len(task)), task.y.mean())
    assert groups.parts(constant, task.y) @ weights_of(groups, np.ones(24)) == pytest.approx([groups.least])
    only = columns_of(grouped(experiment), 0)(np.array([[True, False, False], [False, False, False]]))
    assert only[:, -6:].tolist() == [[1.0, *[groups.least] * 3, 1.0, 1.0], [0.0] * 6]


# ---- values as linear forms


@pytest.mark.parametrize("division", ["normalised-shapley", "gain-only", "banzhaf", "robust-shapley"])
def test_values_under_other_weights_are_those_of_the_gains_under_these_weights(division):
    rule = DIVISIONS[division]
    experiment = an_experiment(SCORES["accuracy"], "nearest")
    evaluator = grouped(experiment)
    forms = common_forms(columns_of(evaluator, 0), evaluator.groups[0], rule, 0.0, parties=3)
    (task,) = forms.tasks
    drawn = drawn_weights(evaluator.groups[0], 6, 3, rng=np.random.default_rng(5))
    everything = coalitions_at(np.arange(8), 3)
    for weights in drawn.T:
        gains = columns_of(evaluator, 0)(everything) @ weights
        market = CommonTask(gains, rule, copies_change_nothing(gains))
        values, worth = forms.values + task.values @ weights, forms.worth + task.worth @ weights
        assert rule.shares(values, worth) == pytest.approx(market.valuation.shares, abs=1e-12)
        assert task.alone @ weights == pytest.approx(market.alone)


@pytest.mark.parametrize("score", ["accuracy", "balanced-accuracy"])
@pytest.mark.parametrize("division", DIVISIONS)
def test_the_closed_form_has_the_forms_of_the_table(score, division):
    rule = DIVISIONS[division]
    experiment = an_experiment(SCORES[score], "nearest")
    evaluator = grouped(experiment, most=9)
    by_table = common_forms(columns_of(evaluator, 0), evaluator.groups[0], rule, 0.25, parties=3)
    by_rank = ranking_forms(ranking_of(experiment), evaluator.groups[0], rule, 0.25)
    for found, expected in zip(by_rank.tasks, by_table.tasks, strict=True):
        assert found.values == pytest.approx(expected.values, abs=1e-12)
        assert found.alone == pytest.approx(expected.alone, abs=1e-12)
        assert found.model == pytest.approx(expected.model, abs=1e-12)
        assert found.worth == pytest.approx(expected.worth, abs=1e-12)
    assert by_rank.values == pytest.approx(by_table.values, abs=1e-12)


@pytest.mark.parametrize("division", ["normalised-shapley", "banzhaf"])
def test_a_sample_that_holds_every_coalition_values_as_the_table_does(division):
    weights = DIVISIONS[division].weights(4)
    worths = np.random.default_rng(2).normal(size=16)
    found = value_coefficients(coalitions_at(np.arange(16), 4), weights) @ worths
    assert found == pytest.approx(semivalue(TableGame(worths), weights))


def test_a_sample_of_coalitions_follows_a_smooth_game():
    """An additive game and a game of sizes are explained whatever the sample."""
    rng = np.random.default_rng(4)
    coalitions = rng.random((60, 8)) < 0.5
    own, weights = rng.normal(size=8), DIVISIONS["normalised-shapley"].weights(8)
    worths = coalitions @ own + 0.1 * coalitions.sum(axis=1) ** 2
    found = value_coefficients(coalitions, weights) @ worths
    assert found == pytest.approx(own + 0.8)


# ---- intervals of settled rounds


def a_dataset(rng, count, *, flip=0.15):
    X = rng.normal(size=(count, 3))
    ill = (X @ [1.0, 1.0, -1.0] > 0) ^ (rng.random(count) < flip)
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(ill=np.where(ill, "yes", "no"))
    return Dataset.from_frame(frame, label="ill")


def a_round(*, rows=40, own=False, same=False, **terms):
    rng = np.random.default_rng(8)
    names = ["North", "South", "West"]
    if same:
        shared = a_dataset(rng, 20)
        parties = [Party(name, shared if name != "West" else a_dataset(rng, 20)) for name in names]
    else:
        tasks = [a_dataset(rng, rows) if own else None for _ in names]
        parties = [Party(name, a_dataset(rng, 20), task) for name, task in zip(names, tasks, strict=True)]
    terms = {"unit_price": 100_000, "rng": np.random.default_rng(1), "score": "accuracy"} | terms
    return settle(parties, None if own else a_dataset(rng, rows), **terms)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("method", [Method.AUTO, Method.SAMPLED])
@pytest.mark.parametrize("learner", ["nearest", "naive-bayes", "logistic"])
def test_every_interval_holds_its_number(own, method, learner):
    settlement = a_round(own=own, learner=learner, options=Options(method=method))
    found, valuation = settlement.intervals, settlement.valuation
    for ends, numbers in (
        (found.gain, valuation.gains),
        (found.share, valuation.shares),
        (found.net, settlement.payments.net),
    ):
        assert (ends[:, 0] <= numbers).all()
        assert (numbers <= ends[:, 1]).all()
    assert (found.gain >= 0).all()
    assert (found.gain <= 1).all()
    assert (found.share >= 0).all()


def test_more_validation_rows_leave_less_open():
    few, many = (np.ptp(a_round(rows=rows, learner="nearest").intervals.net, axis=1) for rows in (30, 3000))
    assert (many < few / 4).all()


def test_a_model_that_is_right_on_every_row_is_not_known_to_be_perfect():
    """Twenty rows, all right: the rule of three says up to 15 in 100 wrong; a bootstrap would say none."""
    rng = np.random.default_rng(0)
    x = np.concatenate([np.linspace(-2, -1, 10), np.linspace(1, 2, 10)])
    rows = Dataset.from_frame(pd.DataFrame({"x": x, "ill": np.where(x > 0, "yes", "no")}), label="ill")
    settlement = settle([Party("North", rows), Party("South", rows)], rows, unit_price=100, rng=rng)
    low, high = settlement.intervals.gain[0]
    assert high == pytest.approx(1.0)
    assert 0.75 < low < 0.95


def test_a_class_of_one_row_is_known_to_be_unknown():
    """Balanced accuracy with 29 rows of one class and one of the other: half of the score hangs on that row."""
    rng = np.random.default_rng(0)
    x = np.append(np.linspace(1, 2, 29), -1.0)
    rows = Dataset.from_frame(pd.DataFrame({"x": x, "ill": np.where(x > 0, "yes", "no")}), label="ill")
    settlement = settle(
        [Party("North", rows)], rows, unit_price=100, rng=rng, score="balanced-accuracy", learner="nearest"
    )
    low, high = settlement.intervals.gain[0]
    assert high - low > 0.2


def test_equal_parties_have_equal_intervals():
    found = a_round(same=True, learner="naive-bayes").intervals
    assert found.share[0].tolist() == found.share[1].tolist()
    assert abs(found.net[0] - found.net[1]).max() <= 1


def test_a_sampled_round_carries_both_errors():
    """With few coalitions the interval of a share is wider than two of its standard errors of sampling."""
    rng = np.random.default_rng(5)
    parties = [Party(f"P{i}", a_dataset(rng, 15)) for i in range(9)]
    settlement = settle(
        parties,
        a_dataset(rng, 60),
        unit_price=1000,
        rng=rng,
        learner="naive-bayes",
        options=Options(method=Method.SAMPLED, evaluations=60),
    )
    assert (settlement.share_errors > 0).all()
    paid = settlement.valuation.shares > 0.05
    assert (np.ptp(settlement.intervals.share, axis=1) > 2 * settlement.share_errors)[paid].all()


def test_no_other_number_hangs_on_the_intervals():
    """Their chance is a stream of their own: what was drawn for them moves nothing else."""
    rng, fresh = np.random.default_rng(1), np.random.default_rng(1)
    a_round(rng=rng, learner="nearest")
    fresh.integers(2**32)  # the seed of the round's learners is all that a closed form draws
    assert rng.random() == fresh.random()


def test_intervals_for_a_score_of_ones_own_are_not_made_up():
    """What a row weighs in it is not known: nothing is said, in the document nothing is written, and why is told."""
    settlement = a_round(learner="naive-bayes", score=worst_class)
    assert settlement.intervals is None
    (note,) = [one for one in settlement.certificate.notes if one.startswith("How far other validation rows")]
    assert "a score of the caller's own (worst_class) is not known" in note
    party = settlement.document().parties[0]
    assert (party.gain_interval, party.share_interval, party.net_interval) == (None, None, None)
    assert not any("not known" in one for one in a_round(learner="naive-bayes").certificate.notes)


def worst_class(truth, predicted):
    return min(np.mean(predicted[truth == label] == label) for label in ("no", "yes"))


def test_intervals_of_one_minus_rmse_are_not_wider_than_gains_are_far_apart():
    """Nets of sets of 50 rows spread about as far as draws say; with unseen rows of 0 and 1 these said five times."""
    experiment, rule = an_experiment(SCORES["one-minus-rmse"], "ridge", rows=20_000), DIVISIONS["gain-only"]
    rng, rank, found = np.random.default_rng(3), np.arange(3), []
    for _ in range(60):
        some = experiment.tasks[0].take(rng.choice(20_000, 50, replace=False))
        evaluator = grouped(replace(experiment, tasks=(some,)))
        forms = common_forms(columns_of(evaluator, 0), evaluator.groups[0], rule, 0.0, parties=3)
        drawn = drawn_rounds(forms, rule, [400], best=0, rank=rank, rng=rng).nets(100_000)
        found.append((drawn.mean(axis=1), drawn.std(axis=1)))
    nets, said = np.array(found).swapaxes(0, 1)
    assert (said.mean(axis=0) < 2 * nets.std(axis=0)).all()


@pytest.mark.long
def test_nets_are_held_as_often_as_is_said():
    """The coverage benchmark in small: of 400 intervals for a net, at nominal 95 %, at least 90 in 100 hold it.

    The four parties' intervals of a round hang together: 4 standard errors of 100 independent rounds are 9 in 100.
    """
    score = score_named("accuracy")
    rng, held = np.random.default_rng(3), []
    experiment = an_experiment(score, "naive-bayes", rows=20_000, seed=6)
    true = _unrounded(Evaluator(experiment).table()[:, 0])
    for _ in range(100):
        some = experiment.tasks[0].take(rng.choice(20_000, 100, replace=False))
        held.append(_interval_holds(replace(experiment, tasks=(some,)), true, rng))
    assert np.mean(held) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 100)


def _unrounded(gains):
    valuation = CommonTask(gains, DIVISIONS["normalised-shapley"], copies_change_nothing(gains)).valuation
    paid = valuation.gains - valuation.alone
    return 100_000 * (valuation.shares * paid.sum() - paid)


def _interval_holds(experiment, true, rng):
    rule, price, evaluator = DIVISIONS["normalised-shapley"], PriceTerms(100_000), grouped(experiment)
    gains = evaluator.table()[:, 0]
    valuation = CommonTask(gains, rule, copies_change_nothing(gains)).valuation
    forms = common_forms(columns_of(evaluator, 0), evaluator.groups[0], rule, 0.0, parties=3)
    found = drawn_intervals(
        forms, rule, price, valuation, pay(price, valuation), equal=np.arange(3), rank=np.arange(3), rng=rng
    )
    return (found.net[:, 0] <= true) & (true <= found.net[:, 1])

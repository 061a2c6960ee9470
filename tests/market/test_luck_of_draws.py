"""Intervals are made of random draws: how little hangs on their luck, and in which direction the rest goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.rows import Rows
from fairpool.market import Dataset, Party, settle
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.market.uncertainty.draws import LEAST_DRAWS, MOST_DRAWS, blocks_of_draws, outer_quantiles
from fairpool.market.uncertainty.forms import Floored, Forms, columns_of, common_forms
from fairpool.market.uncertainty.intervals import drawn_rounds
from fairpool.market.uncertainty.round import row_groups

RULE = division_named("normalised-shapley")


def some_rows(count: int, rng, *, classes=2) -> Rows:
    X = rng.normal(size=(count, 3))
    y = X @ [1.0, -1.0, 0.5] + rng.normal(size=count)
    return Rows(X, (y > 0).astype(np.int64) if classes else y, classes)


def forms_of(learner: str, score_name: str, rows: int) -> Forms:
    score, rng = score_named(score_name), np.random.default_rng(3)
    classes = 2 if score.task.value == "classification" else 0
    parties = tuple(some_rows(20, rng, classes=classes) for _ in range(3))
    task = some_rows(rows, rng, classes=classes)
    experiment = Experiment(parties, (task,), learner_named(learner, {}, score), score, 1)
    evaluator = Evaluator(experiment, groups=row_groups(experiment, None))
    return common_forms(columns_of(evaluator, 0), evaluator.groups[0], RULE, 0.0, parties=3)


def nets(forms: Forms, seed: int):
    rank, rng = np.arange(3), np.random.default_rng(seed)
    return drawn_rounds(forms, RULE, blocks_of_draws(forms), best=0, rank=rank, rng=rng).nets(100_000)


@pytest.mark.parametrize(
    ("learner", "score", "rows"),
    [
        ("nearest", "accuracy", 40),
        ("naive-bayes", "balanced-accuracy", 200),
        ("logistic", "roc-auc", 200),
        ("ridge", "r2", 300),
    ],
)
def test_seeds_of_the_draws_move_an_end_by_less_than_a_hundredth_of_the_width(learner, score, rows):
    """Of a normal law, 20,000 draws leave a standard error of 0.5 % of the width; 2,000 left 1.5 %."""
    forms = forms_of(learner, score, rows)
    ends = np.array([outer_quantiles(nets(forms, seed)) for seed in range(12)])
    width = np.ptp(ends.mean(axis=0), axis=1)
    assert (ends.std(axis=0, ddof=1).mean(axis=1) < 0.01 * width).all()


def test_what_is_called_certain_is_certain_for_every_seed():
    """A net moved so that zero is the very end of its interval, had there been infinitely many draws: an open sign.

    Plain quantiles call it certain for about half of the seeds; outer ones for one of 700.
    """
    forms = forms_of("ridge", "r2", 60)
    drawn = [nets(forms, seed)[0] for seed in range(20)]
    end = np.quantile(np.concatenate(drawn), 0.025)
    plain = [np.quantile(one - end, 0.025) > 0 for one in drawn]
    outer = [outer_quantiles(one - end)[0] > 0 for one in drawn]
    assert 3 <= sum(plain) <= 17
    assert not any(outer)


@pytest.mark.parametrize("count", [400, 2_000, 20_000])
def test_an_end_lies_too_far_inside_as_seldom_as_is_said(count):
    """Of uniform draws the level itself is the quantile: of 4,000 ends one in 700 inside, by 4 standard errors."""
    ends = np.array([outer_quantiles(np.random.default_rng(seed).random((20, count))) for seed in range(100)])
    inside = np.concatenate([ends[..., 0] > 0.025, ends[..., 1] < 0.975], axis=None)
    assert inside.mean() <= 0.00135 + 4 * np.sqrt(0.00135 / inside.size)
    assert np.ptp(ends, axis=-1).mean() < 0.95 + 8 * np.sqrt(0.025 / count)


def test_few_draws_give_their_outermost():
    assert outer_quantiles(np.arange(20.0)).tolist() == [0.0, 19.0]


def test_draws_are_as_many_as_they_are_cheap():
    """All that are wanted for few rows, never fewer than the least, and in blocks of which none is large."""
    few, many = (blocks_of_draws(forms_of("nearest", "accuracy", rows)) for rows in (50, 1000))
    assert sum(few) == MOST_DRAWS
    assert LEAST_DRAWS < sum(many) < MOST_DRAWS
    assert max(many) * 1000 < 2**20
    assert min(many) > 0
    wide = forms_of("nearest", "accuracy", 1000)
    assert sum(blocks_of_draws(replace(wide, tasks=wide.tasks * 50))) == LEAST_DRAWS


# ---- whole rounds


def a_dataset(rng, count):
    X = rng.normal(size=(count, 3))
    ill = (X @ [1.0, 1.0, -1.0] > 0) ^ (rng.random(count) < 0.2)
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(ill=np.where(ill, "yes", "no"))
    return Dataset.from_frame(frame, label="ill")


def brought(*, own):
    rng = np.random.default_rng(8)
    trains = {name: a_dataset(rng, count) for name, count in {"East": 9, "North": 25, "West": 16}.items()}
    tasks = {name: a_dataset(rng, 40) if own else None for name in trains}
    return [Party(name, trains[name], tasks[name]) for name in trains], None if own else a_dataset(rng, 60)


def settled(parties, validation, *, seed=1, learner="naive-bayes"):
    return settle(parties, validation, unit_price=100_000, rng=np.random.default_rng(seed), learner=learner)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("learner", ["nearest", "naive-bayes"])
def test_the_order_of_parties_moves_no_end(own, learner):
    """Chance is handed out by what was brought: with the same seed, ends are the same but for rounding."""
    parties, validation = brought(own=own)
    usual = settled(parties, validation, learner=learner).intervals
    for order in ([2, 0, 1], [1, 0, 2]):
        turned = settled([parties[i] for i in order], validation, learner=learner).intervals
        assert turned.gain == pytest.approx(usual.gain[order], abs=1e-9)
        assert turned.share == pytest.approx(usual.share[order], abs=1e-9)
        assert np.abs(turned.net - usual.net[order]).max() <= 1
        assert turned.pooling == pytest.approx(usual.pooling, abs=1e-9)


@pytest.mark.long
def test_the_same_round_with_other_seeds_has_the_same_ends_to_a_twentieth():
    parties, validation = brought(own=False)
    ends = np.array([settled(parties, validation, seed=seed).intervals.net for seed in range(10)])
    width = np.ptp(ends.mean(axis=0), axis=1, keepdims=True)
    assert (np.ptp(ends, axis=0) < 0.05 * width).all()
    signs = np.where(ends[..., 0] > 0, 1, np.where(ends[..., 1] < 0, -1, 0))
    assert (np.ptp(signs, axis=0) == 0).all()


def test_tasks_of_many_rows_are_grouped_alike_in_every_order():
    rng, score = np.random.default_rng(4), score_named("accuracy")
    parties, tasks = ([some_rows(count, rng) for _ in range(3)] for count in (10, 1100))
    round_ = Experiment(tuple(parties), tuple(tasks), learner_named("nearest", {}, score), score, 1)
    turned = replace(round_, parties=(parties[2], *parties[:2]), tasks=(tasks[2], *tasks[:2]))
    usual, found = row_groups(round_, None), row_groups(turned, None)
    for one, other in zip(found, [usual[2], *usual[:2]], strict=True):
        assert one.order.tolist() == other.order.tolist()


def test_what_an_own_task_asks_of_its_models_is_asked_once_for_all_blocks_of_draws():
    """Improvements that are found anew in every draw: the same with what was kept, and one question each."""
    asked = []

    def columns(coalitions):
        asked.append(len(coalitions))
        return np.hstack([coalitions, ~coalitions]).astype(float)

    coalitions = np.array([[True, False], [True, True]])
    floored = Floored(coalitions, np.ones((2, 2)), columns, np.ones(4))
    weights, own = np.random.default_rng(0).random((4, 5)), np.full(5, 0.8)
    values, worth = floored.drawn(weights, own)
    kept = floored.keeping()
    asked.clear()
    for first in range(5):
        some = slice(first, first + 1)
        again, of_all = kept.drawn(weights[:, some], own[some])
        assert again == pytest.approx(values[:, some])
        assert of_all == pytest.approx(worth[some])
    assert asked == []

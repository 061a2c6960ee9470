"""Simulated penalties: against closed forms, against the mechanisms themselves run on rows, and their error bars."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from fairpool.audits.sharing.population import DrawnRows, Normal
from fairpool.audits.sharing.reports import (
    AddNoise,
    Constant,
    Copy,
    Fabricate,
    Honest,
    PadKeepingMean,
    Report,
    Scale,
    Shift,
    Substitute,
    Withhold,
)
from fairpool.audits.sharing.row_simulation import simulate_rows
from fairpool.audits.sharing.simulation import ComparedStrategies, compare
from fairpool.audits.sharing.strategies import Strategy, Weighing
from fairpool.ground.errors import InputError
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.mechanisms.estimate_only import EstimateOnly
from fairpool.sharing.mechanisms.pooling import PoolAndShare, Quota, WorkingAlone
from fairpool.sharing.terms import SharingTerms

TEN = SharingTerms(10, 1.0, 1 / (10 * 20**2))  # n* = 20
U = TEN.penalty_at_optimum / 2
PUBLISHED = C3D.published(TEN)

SMALL = SharingTerms(6, 2.0, 4.0 / (6 * 6.02**2))  # n* = 6.02: plans of 5 to 7 rows
MECHANISMS = {
    "c3d": C3D.published(SMALL).whole(),
    "c3d-tuned": C3D.tuned(SMALL).whole(),
    "bounded-variance": BoundedVariance.of(SMALL).whole(),
    "estimate-only": EstimateOnly.of(SMALL).whole(),
    "estimate-only-3": EstimateOnly.of(SMALL, power=3).whole(),
    "pool-and-share": PoolAndShare.of(SMALL).whole(),
    "quota": Quota.of(SMALL, fabrication=True).whole(),
    "alone": WorkingAlone.of(SMALL).whole(),
}
REPORTS: tuple[Report, ...] = (
    Honest(),
    Scale(0.8),
    Shift(0.3),
    AddNoise(0.7),
    Fabricate(4),
    Substitute(7),
    PadKeepingMean(5),
    Copy(2),
    Withhold(0.5),
    Constant(0.2, 7),
)


def normal(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    return rng.standard_normal(size)


def exponential(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    return rng.exponential(size=size) - 1


def in_u(
    strategies: list[Strategy], *, means: object = 0.0, runs: int = 400_000, seed: int = 1
) -> ComparedStrategies:
    """Against C3D as published for ten agents, penalties in units of u."""
    found = compare(PUBLISHED, strategies, means=means, runs=runs, rng=np.random.default_rng(seed))
    return replace(found, penalties=found.penalties / U, penalty_errors=found.penalty_errors / U)


def agree(first: float, second: float, *errors: float) -> bool:
    return abs(first - second) <= 4 * float(np.linalg.norm(errors))


@pytest.mark.parametrize(
    ("strategy", "closed", "reference"),
    [
        (Strategy(20), {"samples": 20}, 3.389),
        (Strategy(10), {"samples": 10}, 3.679),
        (Strategy(10, PadKeepingMean(10)), {"samples": 10}, 3.673),
        (Strategy(20, Shift(0.2)), {"samples": 20, "shift": 0.2}, 3.633),
        (Strategy(20, AddNoise(1.0)), {"samples": 20, "jitter": 1 / 20}, None),
        (Strategy(40), {"samples": 40}, 3.7639),
        (Strategy(2), {"samples": 2}, 5.5022),
    ],
    ids=str,
)
def test_the_numbers_of_c3d_for_ten_agents(strategy: Strategy, closed: dict, reference: float | None) -> None:
    """The simulation is within 4 standard errors of the closed form, and of an earlier simulation with error 0.008."""
    found = in_u([strategy])
    penalty, error = found.penalties[0, 0], found.penalty_errors[0, 0]
    assert agree(penalty, float(PUBLISHED.expected_penalty(**closed)) / U, error)
    if reference is not None:
        assert agree(penalty, reference, error, 0.008)


def test_shrinking_looks_good_at_zero_and_is_ruinous_far_away() -> None:
    """A submission times 0.9 beats honesty if the true mean is 0, and costs sigma^2/(2 n*) + c n* = 6 u far from it."""
    found = in_u([Strategy(20), Strategy(20, Scale(0.9))], means=(0.0, 1.0, -10.0, 1e6))
    at_zero, far = found.penalties[1, 0], found.penalties[1, 3]
    assert agree(at_zero, 3.326, found.penalty_errors[1, 0], 0.008)
    assert found.differences[1, 0] < -4 * found.difference_errors[1, 0]
    assert agree(far, 6.0, found.penalty_errors[1, 3])
    assert found.worst[1] == 3
    assert found.worst_penalties[1] > 5 > found.worst_penalties[0]
    gain, error = found.gain(1)
    assert gain < -4 * error


def test_submissions_without_a_sample_cost_one_clean_sample_at_worst() -> None:
    """A made-up constant: sigma^2/n* = 10 u where the true mean is far away; no submission at all: no estimate."""
    found = in_u([Strategy(0, Constant(0.0)), Strategy(0)], means=(0.0, 1e6))
    assert agree(found.penalties[0, 1], 10.0, found.penalty_errors[0, 1])
    assert found.penalties[0, 0] < 5
    assert np.isinf(found.penalties[1]).all()


@pytest.mark.parametrize("name", ["pool-and-share", "quota", "alone", "estimate-only", "estimate-only-3"])
def test_honest_penalties_are_those_of_the_closed_form(name: str) -> None:
    """Any number of samples; below the quota made-up rows are added."""
    mechanism = MECHANISMS[name]
    amounts = [3, 6, 14]
    found = compare(
        mechanism,
        [Strategy(t, PadKeepingMean(8)) for t in amounts],
        runs=100_000,
        rng=np.random.default_rng(3),
        means=0.0,
    )
    expected = mechanism.expected_penalty(amounts)
    for i in range(len(amounts)):
        assert agree(found.penalties[i, 0], expected[i], found.penalty_errors[i, 0])


def test_copies_and_padding_change_nothing_but_the_size() -> None:
    """On the same draws: differences are 0 exactly, and so are their standard errors."""
    found = in_u([Strategy(20), Strategy(20, Copy(5)), Strategy(20, PadKeepingMean(100))], runs=1000)
    assert found.differences[1:].tolist() == [[0.0], [0.0]]
    assert found.difference_errors[1:].tolist() == [[0.0], [0.0]]


def test_common_draws_make_differences_far_more_certain() -> None:
    """One sample less, paired: less than a tenth of the error of two separate simulations."""
    found = in_u([Strategy(20), Strategy(19)], runs=20_000)
    assert found.difference_errors[1, 0] / U < 0.1 * np.hypot(*found.penalty_errors[:, 0])
    exact = float(PUBLISHED.expected_penalty(19) - PUBLISHED.expected_penalty(20))
    assert agree(found.differences[1, 0], exact, found.difference_errors[1, 0])


def test_error_bars_are_honest() -> None:
    """Over 300 seeds the z-scores of penalties and of paired differences have mean 0 and variance 1."""
    strategies = [Strategy(20), Strategy(10)]
    exact = PUBLISHED.expected_penalty([20, 10])
    scores = []
    for seed in range(300):
        found = compare(PUBLISHED, strategies, runs=2000, rng=np.random.default_rng(seed), means=0.0)
        scores.append(
            [
                (found.penalties[1, 0] - exact[1]) / found.penalty_errors[1, 0],
                (found.differences[1, 0] - exact[1] + exact[0]) / found.difference_errors[1, 0],
            ]
        )
    assert np.abs(np.mean(scores, axis=0)).max() < 4 / np.sqrt(300)
    assert np.std(scores, axis=0) == pytest.approx(1, abs=4 / np.sqrt(600))


@pytest.mark.parametrize("name", MECHANISMS)
def test_the_fast_way_agrees_with_the_mechanism_itself(name: str) -> None:
    """Every report, at the plan's amount and the true mean 1 (sigma is 2): fast and on rows, to 4 standard errors."""
    mechanism = MECHANISMS[name]
    samples = mechanism.plan().samples
    strategies = [Strategy(samples, report) for report in REPORTS]
    strategies += [Strategy(0, Constant(0.2, 7)), Strategy(0), Strategy(samples, weighing=Weighing.BEST)]
    fast = compare(mechanism, strategies, runs=40_000, rng=np.random.default_rng(0), means=0.5)
    for i, strategy in enumerate(strategies):
        slow = simulate_rows(
            mechanism,
            [strategy] + [Strategy(samples)] * 5,
            draw=lambda rng, size: 1 + 2 * rng.standard_normal(size),
            mean=1.0,
            runs=2000,
            rng=np.random.default_rng(i),
        )
        penalty, error = slow.penalties[0], slow.standard_errors[0]
        if np.isinf(penalty):
            assert np.isinf(fast.penalties[i, 0])
        else:
            assert agree(penalty, fast.penalties[i, 0], error, fast.penalty_errors[i, 0]), strategy


@pytest.mark.parametrize("name", ["c3d", "bounded-variance", "estimate-only"])
def test_normal_data_by_their_means_and_row_by_row_are_the_same(name: str) -> None:
    """Reports that need more than the mean of the rows, too."""
    mechanism = MECHANISMS[name]
    strategies = [Strategy(6, report) for report in REPORTS]
    by_means, by_rows = (
        compare(mechanism, strategies, runs=20_000, rng=np.random.default_rng(2), means=0.5, population=each)
        for each in (Normal(2.0), DrawnRows(lambda rng, size: 2 * rng.standard_normal(size), 2.0))
    )
    for i, strategy in enumerate(strategies):
        errors = by_means.penalty_errors[i, 0], by_rows.penalty_errors[i, 0]
        assert agree(by_means.penalties[i, 0], by_rows.penalties[i, 0], *errors), strategy


def test_all_agents_may_deviate_on_rows() -> None:
    """Without cross-checks everybody's error is that of the pooled rows: 2 + 0 + 4 + 6 of variance 1."""
    terms = SharingTerms(4, 1.0, 0.01)
    strategies = [Strategy(2), Strategy(0), Strategy(4, Copy(1)), Strategy(6)]
    found = simulate_rows(
        PoolAndShare.of(terms), strategies, draw=normal, mean=0.0, runs=4000, rng=np.random.default_rng(0)
    )
    expected = 1 / 12 + 0.01 * np.array([2, 0, 4, 6])
    assert np.all(np.abs(found.penalties - expected) <= 4 * found.standard_errors)


def test_made_up_rows_spoil_the_pool_for_the_others() -> None:
    """A constant of 1 sigma among four rows moves the others' estimate by 1/4 of it; its maker leaves it out."""
    terms = SharingTerms(2, 1.0, 1e-9)
    strategies = [Strategy(3, Constant(1.0, 1)), Strategy(3)]
    found = simulate_rows(
        PoolAndShare.of(terms), strategies, draw=normal, mean=0.0, runs=20_000, rng=np.random.default_rng(0)
    )
    expected = np.array([1 / 6, 3 / 16 + 1 / 16])
    assert np.all(np.abs(found.penalties - expected) <= 4 * found.standard_errors + 1e-8)


@pytest.mark.parametrize("draw", [normal, exponential], ids=["normal", "exponential"])
def test_the_fixed_weight_has_the_same_error_for_skewed_data(draw) -> None:
    """Bounded variance, ten agents: 3 m/(m + 4) = 2.143 u for any data of variance sigma^2 (once simulated: 2.160)."""
    mechanism = BoundedVariance(TEN, 20.0)
    found = compare(
        mechanism,
        [Strategy(20)],
        runs=50_000,
        rng=np.random.default_rng(0),
        means=0.0,
        population=DrawnRows(draw, 1.0),
    )
    error = found.penalties[0, 0] / U - 1
    assert agree(error, 30 / 14, found.penalty_errors[0, 0] / U)
    assert agree(error, 2.160, found.penalty_errors[0, 0] / U, 0.008)


def test_coordinates_cost_and_count_together() -> None:
    """Three coordinates at three times the cost: three times the penalty, fast and on rows."""
    one, three = (C3D.published(SharingTerms(6, 1.0, d * 0.005, d)).whole() for d in (1, 3))
    strategies = [Strategy(one.samples), Strategy(2, Shift(0.5))]
    single, triple = (compare(m, strategies, runs=500, rng=np.random.default_rng(0)) for m in (one, three))
    assert triple.penalties == pytest.approx(3 * single.penalties)
    assert triple.difference_errors == pytest.approx(3 * single.difference_errors)
    profile = [Strategy(round(one.samples))] * 6
    single, triple = (
        simulate_rows(m, profile, draw=normal, mean=0.0, runs=50, rng=np.random.default_rng(0))
        for m in (one, three)
    )
    assert triple.penalties == pytest.approx(3 * single.penalties)


def test_simulations_repeat_and_tell_how_far_they_are() -> None:
    """Same seed, same numbers; progress ends at all runs."""
    told: list[tuple[int, int]] = []
    again = [
        compare(
            PUBLISHED,
            [Strategy(20)],
            runs=20_000,
            rng=np.random.default_rng(9),
            progress=lambda done, total: told.append((done, total)),
        ).penalties
        for _ in range(2)
    ]
    assert np.array_equal(*again)
    assert told[-1] == (20_000, 20_000)
    assert len(told) > 2


def test_impossible_simulations_are_refused() -> None:
    """Each says what was got and what was expected."""
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="runs: got 1"):
        compare(PUBLISHED, [Strategy(20)], runs=1, rng=rng)
    with pytest.raises(InputError, match="got 0 strategies"):
        compare(PUBLISHED, [], runs=10, rng=rng)
    with pytest.raises(InputError, match="whole number"):
        compare(C3D.tuned(TEN), [Strategy(20)], runs=10, rng=rng, population=DrawnRows(normal, 1.0))
    with pytest.raises(InputError, match="strategies: got 1, expected 10"):
        simulate_rows(PUBLISHED, [Strategy(20)], draw=normal, mean=0, runs=10, rng=rng)
    with pytest.raises(InputError, match=r"shape \(3,\)"):
        simulate_rows(
            PUBLISHED, [Strategy(20)] * 10, draw=lambda rng, _: rng.random(3), mean=0, runs=10, rng=rng
        )
    with pytest.raises(InputError, match="mechanism: got SimpleNamespace"):
        compare(SimpleNamespace(terms=TEN), [Strategy(20)], runs=10, rng=rng)

"""Estimates: honest error bars, stopping rules, and no coalition evaluated twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairpool.games.estimation.allocation import SizeNoise, next_request
from fairpool.games.estimation.coalition_sample import Request, draw, empty_sample
from fairpool.games.estimation.estimate import estimate_semivalue, estimate_shapley
from fairpool.games.estimation.estimated_values import EstimatedValues
from fairpool.games.estimation.weights_by_size import shapley_size_weights
from fairpool.games.game import TableGame, positions_of
from fairpool.games.textbook.facility_location import FacilityLocationGame
from fairpool.games.values.banzhaf import banzhaf_weights
from fairpool.games.values.leave_one_out import leave_one_out_weights
from fairpool.games.values.robust_shapley import robust_shapley_weights
from fairpool.games.values.semivalues import semivalue
from fairpool.games.values.shapley import shapley_value
from fairpool.ground.errors import InputError


@dataclass(frozen=True, eq=False)
class HashedNoise:
    """Additive, plus independent noise of each coalition that fades with its size; the Shapley value is known
    up to the noise of 2**n coalitions, which averages out: sizes of which there are few coalitions have none."""

    players: int
    fades: bool = True

    @property
    def parts(self) -> np.ndarray:
        return np.random.default_rng(self.players).normal(size=self.players)

    def worth(self, coalitions: np.ndarray) -> np.ndarray:
        keys = np.random.default_rng(1).integers(1, 2**62, size=self.players, dtype=np.uint64) | np.uint64(1)
        mixed = (coalitions * keys).sum(axis=1, dtype=np.uint64)
        for shift in (31, 29, 32):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(0x9E3779B97F4A7C15)
        size = coalitions.sum(axis=1)
        scale = (
            (1 / (1 + size) if self.fades else np.ones(size.size)) * (size > 2) * (size < self.players - 2)
        )
        return coalitions @ self.parts + scale * np.sqrt(12) * (mixed / 2.0**64 - 0.5)


@dataclass(eq=False)
class Watched:
    """Another game, and every batch it was asked for."""

    game: FacilityLocationGame | HashedNoise | TableGame
    batches: list[np.ndarray] = field(default_factory=list)

    @property
    def players(self) -> int:
        return self.game.players

    def worth(self, coalitions: np.ndarray) -> np.ndarray:
        self.batches.append(coalitions.copy())
        return self.game.worth(coalitions)

    @property
    def asked(self) -> np.ndarray:
        return np.concatenate(self.batches)


def facility(players: int, customers: int = 10) -> FacilityLocationGame:
    rng = np.random.default_rng(players)
    return FacilityLocationGame(rng.random((players, customers)) ** 3)


def z_scores(game, truth: np.ndarray, *, runs: int, **asked: object) -> np.ndarray:
    """(estimate - truth) / standard error, for seeds 0 .. runs - 1: (runs, n)."""
    found = (estimate_semivalue(game, rng=np.random.default_rng(seed), **asked) for seed in range(runs))
    return np.array([(each.values - truth) / each.standard_errors for each in found])


@pytest.mark.parametrize(
    ("game", "evaluations", "runs", "least_variance"),
    [
        (facility(8), 60, 50, 0.1),
        (facility(12), 600, 16, 0.6),
        (facility(20), 42, 35, 0.3),
        (facility(20), 300, 16, 0.6),
        (facility(20, customers=1), 300, 16, 0.6),
        (HashedNoise(40), 500, 8, 0.4),
        (HashedNoise(40, fades=False), 500, 8, 0.6),
    ],
    ids=["tiny", "a seventh seen", "least budget", "mid", "best one counts", "noisy when small", "noisy"],
)
def test_error_bars_are_honest(game, evaluations, runs, least_variance):
    """z-scores have a variance of about 1 (less on tiny samples: error bars are cautious), hardly any beyond 4."""
    truth = game.parts if isinstance(game, HashedNoise) else game.shapley_value()
    z = z_scores(game, truth, runs=runs, evaluations=evaluations)
    assert least_variance < (z**2).mean() < 1.3
    assert (np.abs(z) > 4).mean() < 0.005


@pytest.mark.long
@pytest.mark.parametrize("evaluations", [42, 120])
def test_estimates_are_unbiased(evaluations):
    """The mean over 40 seeds is off by no more than chance, for every player; and values add up in every run."""
    game, runs = facility(20), 40
    found = [estimate_shapley(game, rng=seed, evaluations=evaluations) for seed in range(runs)]
    errors = np.array([each.values for each in found]) - game.shapley_value()
    assert (np.abs(errors.mean(axis=0)) < 4 * errors.std(axis=0, ddof=1) / np.sqrt(runs)).all()
    np.testing.assert_allclose(errors.sum(axis=1), 0.0, atol=1e-9)


@pytest.mark.long
def test_error_bars_are_honest_for_sixty_players():
    """The same at n = 60, where most sizes see a handful of draws."""
    game = facility(60)
    z = z_scores(game, game.shapley_value(), runs=40, evaluations=800)
    assert 0.6 < (z**2).mean() < 1.3
    assert (np.abs(z) > 4).mean() < 0.003


@pytest.mark.parametrize("weights_of", [banzhaf_weights, robust_shapley_weights], ids=["banzhaf", "robust"])
def test_any_semivalue_can_be_estimated(weights_of):
    """Banzhaf and Robust Shapley values of a game with closed forms lie within their error bars."""
    game, weights = facility(25), weights_of(25)
    z = z_scores(game, game.semivalue(weights), runs=10, evaluations=400, weights=weights)
    assert (z**2).mean() < 1.3
    assert np.abs(z).max() < 5


def test_sizes_that_carry_no_weight_are_not_needed():
    """Leave-one-out asks for coalitions of n - 1 players only, so it is exact after n + 1 evaluations or so."""
    game, weights = facility(30), leave_one_out_weights(30)
    found = estimate_semivalue(game, rng=np.random.default_rng(0), weights=weights, evaluations=1000)
    np.testing.assert_allclose(found.values, game.semivalue(weights), atol=1e-12)
    assert found.stopped == "exhausted"
    assert found.evaluations == 62
    assert (found.standard_errors == 0).all()


@pytest.mark.parametrize("evaluations", [22, 90, 400, 1023])
def test_no_coalition_is_evaluated_twice(evaluations):
    """Every evaluation is of a new coalition, the budget is kept, and the estimate returns all it has seen."""
    game = Watched(facility(10))
    found = estimate_shapley(game, rng=np.random.default_rng(1), evaluations=evaluations)
    positions = positions_of(game.asked)
    assert len(np.unique(positions)) == len(positions)
    assert evaluations - 1 <= found.evaluations <= evaluations
    np.testing.assert_array_equal(found.coalitions, game.asked)
    np.testing.assert_array_equal(found.worths, game.game.worth(game.asked))


def test_the_same_seed_asks_the_same_coalitions_in_the_same_batches():
    """A resumed run meets only coalitions it has seen, in the same order."""
    first, second = Watched(facility(30)), Watched(facility(30))
    one = estimate_shapley(first, rng=np.random.default_rng(5), evaluations=500)
    two = estimate_shapley(second, rng=np.random.default_rng(5), evaluations=500)
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.standard_errors, two.standard_errors)
    assert len(first.batches) <= 4
    assert all(np.array_equal(a, b) for a, b in zip(first.batches, second.batches, strict=True))


@pytest.mark.parametrize("players", [1, 2, 3, 5, 8, 12])
def test_a_budget_for_every_coalition_gives_the_exact_value(players):
    """From 2**n evaluations up there is nothing left to estimate."""
    game = Watched(TableGame(np.random.default_rng(players).normal(size=2**players)))
    found = estimate_shapley(game, rng=np.random.default_rng(0), evaluations=2**players)
    np.testing.assert_allclose(found.values, shapley_value(game.game), atol=1e-13)
    assert (found.standard_errors == 0).all()
    assert found.stopped == "exhausted"
    assert len(np.unique(positions_of(game.asked))) == len(game.asked) == 2**players


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_exhaustion_agrees_with_enumeration_for_any_weights(players, seed):
    """The stratified formula over all coalitions is the semivalue."""
    rng = np.random.default_rng(seed)
    game, weights = TableGame(rng.normal(size=2**players)), rng.random(players)
    found = estimate_semivalue(game, rng=rng, weights=weights, evaluations=2**players)
    np.testing.assert_allclose(found.values, semivalue(game, weights), atol=1e-12)


def test_an_additive_game_with_a_size_effect_is_found_exactly():
    """The control variate explains it fully, and its own value is in closed form."""
    parts = np.random.default_rng(3).normal(size=30)

    @dataclass(frozen=True)
    class Additive:
        players: int = 30

        def worth(self, coalitions: np.ndarray) -> np.ndarray:
            s = coalitions.sum(axis=1)
            return (
                coalitions @ parts
                + np.log1p(s / 30)
                + np.where(s > 0, (coalitions @ parts) / (s + (s == 0)), 0)
            )

    found = estimate_shapley(Additive(), rng=np.random.default_rng(0), evaluations=1200)
    # E[sum of members' parts / s] over S of size s: the player's Shapley part, by hand.
    s = np.arange(1, 31)
    others = (parts.sum() - parts) / 29
    fading = np.mean([parts / k + others * (k - 1) / k - others * (k > 1) for k in s], axis=0)
    np.testing.assert_allclose(found.values, parts + fading + np.log(2) / 30, atol=2e-5)
    assert found.standard_errors.max() < 0.05


def test_a_target_error_is_reached():
    """With a target alone, evaluation goes on until the largest standard error is small enough, and not far beyond."""
    game = Watched(facility(20))
    found = estimate_shapley(game, rng=np.random.default_rng(2), target_error=0.015)
    assert found.stopped == "target"
    assert found.standard_errors.max() <= 0.015
    assert len(game.batches) <= 20
    half = estimate_shapley(facility(20), rng=np.random.default_rng(2), evaluations=found.evaluations // 3)
    assert half.standard_errors.max() > 0.015


def test_of_budget_and_target_the_first_to_come_stops():
    """An ambitious target stops at the budget, a modest one well before it."""
    ambitious = estimate_shapley(
        facility(20), rng=np.random.default_rng(2), evaluations=500, target_error=1e-6
    )
    modest = estimate_shapley(
        facility(20), rng=np.random.default_rng(2), evaluations=50_000, target_error=0.05
    )
    assert (ambitious.stopped, ambitious.evaluations) == ("budget", 500)
    assert modest.stopped == "target"
    assert modest.evaluations < 5_000


def test_a_target_out_of_reach_of_sampling_is_met_by_evaluating_everything():
    """Few players and a tiny target: all 2**n coalitions, exact, and never more."""
    found = estimate_shapley(facility(9), rng=np.random.default_rng(0), target_error=1e-9)
    assert found.stopped == "exhausted"
    assert found.evaluations == 512
    np.testing.assert_allclose(found.values, facility(9).shapley_value(), atol=1e-12)


def test_a_rule_is_needed():
    """Neither a budget nor a target is no permission to evaluate 2**n coalitions."""
    with pytest.raises(InputError, match="expected evaluations"):
        estimate_shapley(facility(10), rng=np.random.default_rng(0))


def test_the_smallest_budget_is_named():
    """2n + 2 is the least that gives every size two draws; one less is refused."""
    estimate_shapley(facility(10), rng=np.random.default_rng(0), evaluations=22)
    with pytest.raises(InputError, match=r"got 21, expected at least 22 for 10 players"):
        estimate_shapley(facility(10), rng=np.random.default_rng(0), evaluations=21)


@pytest.mark.parametrize("target", [0.0, -1.0, float("nan"), float("inf")])
def test_a_target_must_be_positive(target):
    """Zero, negative and non-finite targets are refused."""
    with pytest.raises(InputError, match="target_error"):
        estimate_shapley(facility(10), rng=np.random.default_rng(0), target_error=target)


@dataclass(frozen=True, eq=False)
class Cheap:
    """A stand-in for another game: the same customers, with the utilities a little off."""

    game: FacilityLocationGame

    @property
    def players(self) -> int:
        return self.game.players

    def worth(self, coalitions: np.ndarray) -> np.ndarray:
        u = self.game.utilities
        return FacilityLocationGame(u * (1 + 0.1 * np.sin(np.arange(u.size).reshape(u.shape)))).worth(
            coalitions
        )


@pytest.mark.parametrize(
    ("players", "evaluations", "runs"),
    [(12, 200, 16), (17, 120, 8), pytest.param(24, 300, 25, marks=pytest.mark.long)],
)
def test_a_surrogate_narrows_the_error_bars_and_keeps_them_honest(players, evaluations, runs):
    """A correlated cheap game takes most of the noise out; its own error is counted in."""
    game, asked = facility(players, customers=3), {"evaluations": evaluations}
    z = z_scores(game, game.shapley_value(), runs=runs, surrogate=Cheap(game), **asked)
    assert (z**2).mean() < 1.4
    assert (np.abs(z) > 4).mean() < 0.005
    alone = estimate_shapley(game, rng=np.random.default_rng(0), **asked)
    helped = estimate_shapley(game, rng=np.random.default_rng(0), surrogate=Cheap(game), **asked)
    assert helped.standard_errors.mean() < 0.7 * alone.standard_errors.mean()
    assert helped.evaluations <= evaluations


def test_a_surrogate_must_have_the_same_players():
    """A game of other size cannot stand in."""
    with pytest.raises(InputError, match="surrogate: got 9 players, expected 10"):
        estimate_shapley(facility(10), rng=np.random.default_rng(0), evaluations=100, surrogate=facility(9))


def test_progress_counts_up_to_the_budget():
    """done never falls, total is the budget throughout, and at the end both are what was evaluated."""
    heard: list[tuple[int, int]] = []
    estimate_shapley(
        facility(15),
        rng=np.random.default_rng(0),
        evaluations=300,
        progress=lambda done, total: heard.append((done, total)),
    )
    assert [total for _, total in heard[:-1]] == [300] * (len(heard) - 1)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1] == (300, 300)


def test_weights_of_zero_are_worth_zero():
    """Nothing counts, so nothing needs to be sampled."""
    found = estimate_semivalue(facility(9), rng=np.random.default_rng(0), weights=np.zeros(9), evaluations=30)
    assert (found.values == 0).all()
    assert found.stopped == "exhausted"


@pytest.mark.parametrize("seeds", [80, pytest.param(300, marks=pytest.mark.long)])
def test_coalitions_of_a_size_are_a_uniform_sample(seeds):
    """Over many seeds every coalition of two of seven players is evaluated equally often (4 standard errors)."""
    counts = np.zeros(2**7)
    for seed in range(seeds):
        found = estimate_shapley(HashedNoise(7), rng=np.random.default_rng(seed), evaluations=50)
        counts[positions_of(found.coalitions)] += 1
    sizes = np.bitwise_count(np.arange(2**7))
    for size in (2, 3, 4, 5):
        own = counts[sizes == size]
        share = own.mean() / seeds
        assert np.abs(own - own.mean()).max() < 4 * np.sqrt(seeds * share * (1 - share))


def test_the_sample_estimates_other_averages():
    """Mean worth by size, from the same evaluations: within 4 standard errors of the truth by enumeration."""
    game = facility(14)
    found = estimate_shapley(game, rng=np.random.default_rng(3), evaluations=1500)
    everything = TableGame(game.worth(np.arange(2**14)[:, None] >> np.arange(14) & 1 == 1)).values
    sizes, own = np.bitwise_count(np.arange(2**14)), found.coalitions.sum(axis=1)
    for size in range(2, 13):
        seen = found.worths[own == size]
        assert abs(seen.mean() - everything[sizes == size].mean()) < 4 * seen.std(ddof=1) / np.sqrt(seen.size)


@pytest.mark.parametrize("request_singles", [True, False])
def test_drawing_takes_all_that_is_left_and_no_more(request_singles):
    """Asked for more coalitions of a size than there are, a draw gives each of them once."""
    pairs, singles = np.zeros(7, np.int64), np.zeros(7, np.int64)
    (singles if request_singles else pairs)[2] = 40
    drawn = draw(Request(pairs, singles), empty_sample(6), rng=np.random.default_rng(0))
    coalitions, partners = drawn.coalitions, drawn.partners
    assert len(np.unique(positions_of(coalitions))) == len(coalitions) == (15 if request_singles else 30)
    paired = np.flatnonzero(partners >= 0)
    np.testing.assert_array_equal(coalitions[partners[paired]], ~coalitions[paired])


def test_pairs_where_complements_err_alike_and_singles_where_small_coalitions_are_noisier():
    """The two designs are told apart by what the pilot saw."""
    weights, have = shapley_size_weights(20), np.full(21, 4)
    alike = next_request(weights, SizeNoise(np.ones(21), np.full(21, 0.9)), have, 400)
    uneven = next_request(weights, SizeNoise(1 / np.arange(1, 22) ** 2, np.zeros(21)), have, 400)
    assert alike.pairs.sum() == 200
    assert uneven.singles[2] > 5 * uneven.singles[18]
    assert uneven.evaluations == 400


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_worth_that_is_no_number_is_refused(bad):
    """The message names the coalition."""

    @dataclass(frozen=True)
    class Broken:
        players: int = 3

        def worth(self, coalitions: np.ndarray) -> np.ndarray:
            return np.where(coalitions.sum(axis=1) == 2, bad, 0.0)

    with pytest.raises(InputError, match=r"coalition \[0, 1\]"):
        estimate_shapley(Broken(), rng=np.random.default_rng(0), evaluations=8)


@pytest.mark.parametrize(
    ("weights", "message"), [(np.ones(4), r"expected \(10,\)"), (np.full(10, np.nan), "finite")]
)
def test_bad_weights_are_refused(weights, message):
    """Another shape or a number that is not finite."""
    with pytest.raises(InputError, match=message):
        estimate_semivalue(facility(10), rng=np.random.default_rng(0), weights=weights, evaluations=100)


@pytest.mark.long
def test_a_thousand_players_on_the_smallest_budget():
    """2n + 2 evaluations give finite, honest error bars for every player; none is zero by accident."""
    game = HashedNoise(1000)
    found: EstimatedValues = estimate_shapley(game, rng=np.random.default_rng(0), evaluations=2002)
    assert (found.standard_errors > 0).all()
    assert np.isfinite(found.values).all()
    assert ((found.values - game.parts) ** 2 / found.standard_errors**2).mean() < 1.5

"""Divisions and similarities, beside the numbered claims of the paper (tests/papers/test_agarwal_2019.py)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from builders.feature_buyers import held_out, in_sample, patients
from fairpool.audits.feature_market.columns import (
    CopiedColumn,
    MultipliedColumn,
    ShiftedColumn,
    SplitColumn,
    try_columns,
)
from fairpool.games.game import TableGame
from fairpool.games.values.shapley import shapley_value
from fairpool.ground.errors import InputError
from fairpool.pricing.published.feature_market.division import (
    PUBLISHED_PENALTY,
    ExactShapley,
    ShapleyApprox,
    ShapleyRobust,
    SharedPermutations,
    least_penalty,
)
from fairpool.pricing.published.feature_market.feature_game import FeatureGame
from fairpool.pricing.published.feature_market.feature_model import LinearModel
from fairpool.pricing.published.feature_market.similarity import (
    absolute_correlation,
    absolute_cosine,
    hellinger_similarity,
)
from strategies import any_games, monotone_games

SIMILARITIES = [absolute_cosine, absolute_correlation, hellinger_similarity]


def features_of(game):
    return np.eye(max(2, game.players))[:, : game.players]


@pytest.mark.parametrize("valuer", [ShapleyApprox(40), SharedPermutations(40)])
def test_estimates_keep_their_error_bars(valuer):
    """Mean over 200 runs within four standard errors of the exact value; the stated errors are the true spread."""
    X, y = patients([2, 3, 8, 4])
    game = FeatureGame(held_out(y), X)
    table = TableGame(game.worth(np.array([[s >> i & 1 for i in range(4)] for s in range(16)], dtype=bool)))
    exact = shapley_value(table)
    found = [valuer.value(table, rng=np.random.default_rng(seed)) for seed in range(200)]
    values, errors = np.array([f.values for f in found]), np.array([f.standard_errors for f in found])
    assert (np.abs(values.mean(axis=0) - exact) < 4 * values.std(axis=0, ddof=1) / np.sqrt(200)).all()
    np.testing.assert_allclose(np.sqrt((errors**2).mean(axis=0)), values.std(axis=0, ddof=1), rtol=0.2)


@given(any_games())
def test_shared_orders_add_up(game):
    """Values sum to v(N) - v(empty) whatever is drawn; those of Algorithm 2 need not."""
    found = SharedPermutations(3).value(game, rng=np.random.default_rng(0))
    assert found.values.sum() == pytest.approx(game.values[-1] - game.values[0], abs=1e-12)


def test_own_orders_for_each_seller_need_not_add_up():
    """Algorithm 2 on a game of three sellers: the sum misses v(N) - v(empty)."""
    game = TableGame([0.0, 0.5, 0.25, 0.5, 0.125, 0.75, 0.5, 1.0])
    found = ShapleyApprox(3).value(game, rng=np.random.default_rng(0))
    assert abs(found.values.sum() - 1.0) > 0.01


@given(any_games())
def test_shares_are_parts_of_one(game):
    """Never negative, never above 1 together; what nobody gets is said, and is exactly 0 for a balanced division."""
    rng, X = np.random.default_rng(0), features_of(game)
    for rule in (ExactShapley(), ShapleyApprox(4), SharedPermutations(4)):
        found = rule.divide(game, X, rng=rng)
        assert (found.shares >= 0).all()
        assert found.retained == (0.0 if (found.values > 0).any() else 1.0)
        assert found.shares.sum() == pytest.approx(1 - found.retained)
    robust = ShapleyRobust(ExactShapley(), lambda X: np.ones((X.shape[1], X.shape[1]))).divide(
        game, X, rng=rng
    )
    assert (robust.shares >= 0).all()
    assert robust.shares.sum() + robust.retained == pytest.approx(1)
    assert robust.retained >= 0


@given(monotone_games())
def test_without_likeness_robust_is_balanced_shapley(game):
    """Monotone gains and orthogonal features: Algorithm 3 hands out what the exact value does."""
    robust = ShapleyRobust(ExactShapley(), lambda X: np.eye(X.shape[1]))
    found = robust.divide(game, features_of(game), rng=np.random.default_rng(0))
    expected = ExactShapley().divide(game, features_of(game), rng=np.random.default_rng(0))
    np.testing.assert_allclose(found.shares, expected.shares, atol=1e-12)


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_similarities_are_symmetric_and_one_for_copies(similarity):
    """In [0, 1], ones on the diagonal and between equal columns, whatever else is there."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, (50, 5)).astype(float)
    X[:, 4] = X[:, 1]
    found = similarity(X)
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(np.diag(found), 1)
    assert found[1, 4] == pytest.approx(1, abs=1e-12)
    assert ((found >= 0) & (found <= 1)).all()
    assert found[0, 1] < 0.99


def test_columns_without_direction_are_like_their_equals_only():
    """All zeros, or constant for the correlation: 1 to each other, 0 to the rest."""
    X = np.column_stack([np.zeros(4), np.zeros(4), [1.0, 2.0, 0.0, 1.0]])
    for similarity, shift in ((absolute_cosine, 0.0), (absolute_correlation, 7.0)):
        np.testing.assert_allclose(similarity(X + shift), [[1, 1, 0], [1, 1, 0], [0, 0, 1]])


def test_hellinger_of_bits_by_hand():
    """Shares 1/2 and 1/4 of ones: 1 - sqrt(((sqrt(1/2) - sqrt(1/4))^2 + (sqrt(1/2) - sqrt(3/4))^2) / 2)."""
    X = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    distance = np.sqrt(((np.sqrt(0.5) - 0.5) ** 2 + (np.sqrt(0.5) - np.sqrt(0.75)) ** 2) / 2)
    assert hellinger_similarity(X)[0, 1] == pytest.approx(1 - distance)
    assert hellinger_similarity(X, bins=2)[0, 1] == pytest.approx(1 - distance)


# ---------------------------------------------------------------- copies in disguise, on patients' data


# The column itself, a multiple, and a shift that is orthogonal to it: all one to a model with an intercept.
DISGUISES = {"copy": CopiedColumn(), "multiple": MultipliedColumn(1000), "shift": ShiftedColumn()}


def gained_by(disguise, similarity, *, penalty=PUBLISHED_PENALTY):
    """What seller 0 of three gains by one further column; features are about 3 so that a shift can be orthogonal."""
    X, y = patients([2, 3, 8])
    rule = ShapleyRobust(ExactShapley(), similarity, penalty=penalty)
    tried = {disguise: DISGUISES[disguise]}
    (trial,) = try_columns(in_sample(y), X + 3, rule, 0, tried, rng=np.random.default_rng(0))
    return trial.gain


@pytest.mark.parametrize("similarity", [absolute_cosine, absolute_correlation, hellinger_similarity])
def test_plain_copies_lose_under_every_similarity(similarity):
    """Theorem 5.4 on real features: with lambda = log 2 the copier loses more than 2 % of the revenue."""
    assert gained_by("copy", similarity) < -0.02


@pytest.mark.parametrize(
    ("disguise", "similarity"),
    [
        ("shift", absolute_cosine),
        ("multiple", lambda X: hellinger_similarity(X, bins=50)),
        ("shift", lambda X: hellinger_similarity(X, bins=50)),
    ],
)
def test_disguised_copies_pay_under_the_papers_similarities(disguise, similarity):
    """|cos| misses shifts and Hellinger multiples as well, while the model sees the same feature twice."""
    assert gained_by(disguise, similarity) > 0.05


@pytest.mark.parametrize("disguise", ["copy", "multiple", "shift"])
def test_correlation_sees_through_shifts_and_multiples(disguise):
    """What a linear model cannot tell apart is penalised as a copy; so is the milder penalty enough."""
    assert gained_by(disguise, absolute_correlation) < -0.02
    assert gained_by(disguise, absolute_correlation, penalty=least_penalty(3)) < -0.02


def test_splitting_a_feature_pays_under_the_correlation():
    """x + w and x - w with w as large as x and orthogonal to it are uncorrelated, and together they are x again."""
    X, y = patients([2, 8])
    split = SplitColumn().columns(X[:, 0], rng=np.random.default_rng(0))
    rule = ShapleyRobust(ExactShapley(), absolute_correlation)
    tried = {"split": SplitColumn()}
    (trial,) = try_columns(in_sample(y), X, rule, 0, tried, rng=np.random.default_rng(0))
    assert absolute_correlation(split)[0, 1] < 1e-9
    assert trial.deviating > 1.1 * trial.honest


def test_copies_change_nothing_for_least_squares_and_something_for_ridge():
    """Assumption 2 is a property of the model: the shortest least-squares solution has it, a penalised one has not."""
    X, y = patients([2, 3, 8])
    with_copy = np.column_stack([X, X[:, 0]])
    everybody = np.ones((1, 4), dtype=bool)
    for alpha, same in ((0.0, True), (100.0, False)):
        judge = held_out(y, model=LinearModel(alpha))
        change = abs(float(judge.gains(with_copy, everybody)[0]) - judge.gain(X))
        assert (change < 1e-9) == same


def test_rules_that_cannot_be_are_refused():
    """Messages say what was got or expected."""
    game = TableGame([0.0, 0.5, 0.5, 1.0])
    with pytest.raises(InputError, match="permutations: got 1"):
        ShapleyApprox(1)
    with pytest.raises(InputError, match="penalty: got -1"):
        ShapleyRobust(ExactShapley(), absolute_cosine, penalty=-1)
    with pytest.raises(InputError, match="a column for each of 2 sellers"):
        ShapleyRobust(ExactShapley(), absolute_cosine).divide(
            game, np.ones((3, 1)), rng=np.random.default_rng(0)
        )
    with pytest.raises(InputError, match="bins: got 0"):
        hellinger_similarity(np.ones((3, 2)), bins=0)

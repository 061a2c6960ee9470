"""[CCZ25] Clinton, Chen, Zeng, Zhu, Kandasamy, "A Cramér-von Mises approach to incentivizing truthful data sharing".

What Algorithm 3 promises, what it does not, and the statistics it is set against.  A feature is a round of its own
here: 4,000 columns are 4,000 rounds, and compared reports face the same rows of the others.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from fairpool.comparing.cramer_von_mises import balanced, cramer_von_mises_check, nothing_withheld

ROUNDS = 4000
DISTRIBUTIONS = {
    "normal": lambda rng, size: rng.normal(size=size),
    "exponential": lambda rng, size: rng.exponential(size=size),
    "uniform": lambda rng, size: rng.random(size),
    "two humps": lambda rng, size: rng.normal(size=size) + 4 * (rng.random(size) < 0.5),
    "counts": lambda rng, size: rng.poisson(2.0, size).astype(float),
}


def losses(own, pool, withheld=nothing_withheld):
    """The first agent's loss in each round, the others' rows being those of two more agents."""
    half = len(pool) // 2
    return cramer_von_mises_check([own, pool[:half], pool[half:]], withheld=withheld)[0].losses


def mean_and_error(found):
    return found.mean(), found.std(ddof=1) / np.sqrt(len(found))


def assert_positive(found):
    """By four standard errors."""
    mean, error = mean_and_error(found)
    assert mean > 4 * error, (mean, error)


def assert_about(found, expected):
    mean, error = mean_and_error(found)
    assert abs(mean - expected) < 4 * error, (mean, error, expected)


def rounds_of(draw, rows, pool_rows, *, seed, rounds=ROUNDS):
    """Own rows, the others' rows, and a generator for what reports draw."""
    rng = np.random.default_rng(seed)
    return draw(rng, (rows, rounds)), draw(rng, (pool_rows, rounds)), rng


# ---------------------------------------------------------------- the honest expectation


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("withheld", [nothing_withheld, balanced])
def test_the_honest_expectation(name, withheld):
    """c (1/a + 1/z) with c = E F(T)(1 - F(T)): 1/6 for continuous data; psi = 0 and |W| + |Y_i| = |Z|."""
    X, pool, _ = rounds_of(DISTRIBUTIONS[name], 10, 41, seed=1)
    own_side, other_side = (10, 40) if withheld is nothing_withheld else (25, 25)
    below = np.cumsum([np.exp(-2) * 2.0**k / np.prod(np.arange(1, k + 1)) for k in range(40)])
    chance = np.diff(np.concatenate([[0], below]))
    c = (chance * below * (1 - below)).sum() if name == "counts" else 1 / 6
    assert_about(losses(X, pool, withheld), c * (1 / own_side + 1 / other_side))


def test_ten_rows_against_forty_have_an_expected_loss_of_about_0_0208():
    """1/6 (1/10 + 1/40) = 0.020833, measured once elsewhere as 0.02092."""
    X, pool, _ = rounds_of(DISTRIBUTIONS["normal"], 10, 41, seed=2, rounds=40_000)
    found = losses(X, pool)
    assert_about(found, 1 / 48)
    assert abs(mean_and_error(found)[0] - 0.02092) < 5 * mean_and_error(found)[1]


def test_no_distribution_reaches_the_papers_bound_of_a_quarter():
    """c <= 5/24, and half an atom below a continuous half attains it: a sharper bound than [CCZ25]'s 1/4."""
    masses = np.random.default_rng(3).dirichlet([0.3] * 6, size=20_000)
    ends = np.cumsum(masses, axis=1)
    assert (masses * ends * (1 - ends)).sum(axis=1).max() < 5 / 24

    def draw(rng, size):
        return np.maximum(rng.random(size), 0.5)

    X, pool, _ = rounds_of(draw, 10, 41, seed=4, rounds=20_000)
    assert_about(losses(X, pool), 5 / 24 * (1 / 10 + 1 / 40))
    for found in cramer_von_mises_check([X, pool[:20], pool[20:]])[:1]:
        assert_about(found.spreads, 5 / 24)


@pytest.mark.parametrize("withheld", [nothing_withheld, balanced])
def test_more_honest_rows_are_better(withheld):
    """Each doubling lowers the expected loss."""
    X, pool, _ = rounds_of(DISTRIBUTIONS["exponential"], 40, 101, seed=5)
    for rows in (5, 10, 20):
        assert_positive(losses(X[:rows], pool, withheld) - losses(X[: 2 * rows], pool, withheld))


# ---------------------------------------------------------------- reports that are punished


def shifted(X, rng):  # noqa: ARG001
    return X + 0.3 * X.std()


def scaled(X, rng):  # noqa: ARG001
    return X.mean(axis=0) + 1.3 * (X - X.mean(axis=0))


def half(X, rng):  # noqa: ARG001
    return X[: len(X) // 2]


def half_twice(X, rng):  # noqa: ARG001
    return np.concatenate([half(X, None)] * 2)


def doubled_from_own_fit(X, rng):
    """As many more rows, drawn from a normal distribution with the mean and the variance of one's own rows."""
    return np.concatenate([X, X.mean(axis=0) + X.std(axis=0, ddof=1) * rng.normal(size=X.shape)])


def quantiles_of_own_fit(X, rng):  # noqa: ARG001
    """The fitted normal distribution itself, by 200 of its quantiles, without the luck of drawing."""
    levels = norm.ppf((np.arange(200) + 0.5) / 200)[:, None]
    return X.mean(axis=0) + X.std(axis=0, ddof=1) * levels


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("report", [shifted, scaled, half, half_twice])
def test_honesty_beats_distortion_and_withholding(name, report):
    """100 rows against 400, for every distribution; half the rows twice are half the rows."""
    X, pool, rng = rounds_of(DISTRIBUTIONS[name], 100, 401, seed=6, rounds=1000)
    assert_positive(losses(report(X, rng), pool) - losses(X, pool))


@pytest.mark.parametrize("name", ["exponential", "uniform", "two humps", "counts"])
@pytest.mark.parametrize("report", [doubled_from_own_fit, quantiles_of_own_fit])
def test_honesty_beats_fabrication_from_a_wrong_model(name, report):
    """A normal fit to 100 rows that are not normal."""
    X, pool, rng = rounds_of(DISTRIBUTIONS[name], 100, 401, seed=7, rounds=1000)
    assert_positive(losses(report(X, rng), pool) - losses(X, pool))


@pytest.mark.parametrize("withheld", [balanced, lambda rows, others: 15])  # noqa: ARG005
def test_copies_are_punished_where_rows_are_withheld(withheld):
    """Own rows then weigh more than they are worth beside W; with nothing withheld copies change nothing."""
    X, pool, _ = rounds_of(DISTRIBUTIONS["normal"], 10, 41, seed=8, rounds=20_000)
    copied = np.concatenate([X, X])
    assert_positive(losses(copied, pool, withheld) - losses(X, pool, withheld))
    assert np.array_equal(losses(copied, pool), losses(X, pool))


# ---------------------------------------------------------------- what approximate truthfulness lets through


@pytest.mark.parametrize("report", [doubled_from_own_fit, quantiles_of_own_fit])
def test_fabrication_from_the_right_model_pays_a_little(report):
    """Algorithm 3 is truthful up to epsilon only: normal rows, a normal fit.  No more than c/a = 1/(6 n) is saved."""
    X, pool, rng = rounds_of(DISTRIBUTIONS["normal"], 10, 41, seed=9, rounds=30_000)
    saved = losses(X, pool) - losses(report(X, rng), pool)
    assert_positive(saved)
    assert saved.mean() < 1 / 60


def test_fabrication_from_the_right_model_saves_what_theory_says():
    """Large n: n times the variance is 1/(2 pi sqrt 3) (1 + 1/6) = 0.107 for a fit, 0.167 for rows, 0.164 for both."""
    X, pool, rng = rounds_of(DISTRIBUTIONS["normal"], 200, 401, seed=10, rounds=2000)
    fit = (1 + 1 / 6) / (2 * np.pi * np.sqrt(3))
    assert fit == pytest.approx(0.10721, abs=1e-5)
    mixed = (1 / 6) / 4 + (fit + 1 / 6) / 4 + fit / 2
    honest = losses(X, pool)
    assert_about(honest - losses(quantiles_of_own_fit(X, rng), pool), (1 / 6 - fit) / 200)
    assert_about(honest - losses(doubled_from_own_fit(X, rng), pool), (1 / 6 - mixed) / 200)


def test_who_knows_the_distribution_saves_everything_there_is_to_save():
    """E L >= c/z for every report, and the true distribution itself attains it: 1/(6 n) is saved, epsilon is more."""
    X, pool, _ = rounds_of(DISTRIBUTIONS["uniform"], 10, 41, seed=11, rounds=20_000)
    truth = np.repeat((np.arange(200)[:, None] + 0.5) / 200, X.shape[1], axis=1)
    found = cramer_von_mises_check([X, pool[:20], pool[20:]])[0]
    assert_about(losses(truth, pool), 1 / 240)
    assert_about(found.losses - losses(truth, pool), found.most_saved)
    assert found.most_saved < found.epsilon


def test_more_is_to_be_saved_where_the_split_follows_the_submitted_size():
    """psi = balanced: many invented rows enlarge Z; c (2/25 - 1/40) is saved, more than c/a, less than epsilon."""
    X, pool, _ = rounds_of(DISTRIBUTIONS["uniform"], 10, 41, seed=17, rounds=20_000)
    truth = np.repeat((np.arange(200)[:, None] + 0.5) / 200, X.shape[1], axis=1)
    found = cramer_von_mises_check([X, pool[:20], pool[20:]], withheld=balanced)[0]
    saved = found.losses - losses(truth, pool, balanced)
    assert_about(saved, (2 / 25 - 1 / 40) / 6)
    assert_positive(saved - found.most_saved)
    assert saved.mean() < found.epsilon


# ---------------------------------------------------------------- Bernoulli data with a Beta(2, 2) prior


def bernoulli(rows, pool_rows, *, seed, rounds=20_000):
    """Own rows and the others', a generator, and the success chances drawn from Beta(2, 2)."""
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 2, rounds)
    X, pool = ((rng.random((n, rounds)) < p).astype(float) for n in (rows, pool_rows))
    return X, pool, rng


def with_fair_coins(X, rng, count):
    return np.concatenate([X, rng.integers(0, 2, (count, X.shape[1])).astype(float)])


def with_own_frequency(X, rng, count):
    return np.concatenate([X, (rng.random((count, X.shape[1])) < X.mean(axis=0)).astype(float)])


def mean_difference(own, pool):
    return np.abs(own.mean(axis=0) - pool.mean(axis=0))


def kolmogorov_smirnov(own, pool):
    """Largest difference of the two shares at most t, over the values t that occur."""
    everything = np.concatenate([own, pool])
    at_most = [(part[None] <= everything[:, None]).mean(axis=1) for part in (own, pool)]
    return np.abs(at_most[0] - at_most[1]).max(axis=0)


def cramer_von_mises(own, pool):
    """Mean squared difference of the two shares over all values of both: the classical two-sample distance."""
    everything = np.concatenate([own, pool])
    at_most = [(part[None] <= everything[:, None]).mean(axis=1) for part in (own, pool)]
    return ((at_most[0] - at_most[1]) ** 2).mean(axis=0)


@pytest.mark.parametrize("count", [20, 100])
@pytest.mark.parametrize("fabricated", [with_fair_coins, with_own_frequency])
def test_added_bernoulli_draws_are_punished(fabricated, count):
    """20 rows against 80: Bern(1/2) and Bern(p hat) both raise the loss."""
    X, pool, rng = bernoulli(20, 81, seed=12, rounds=10_000)
    assert_positive(losses(fabricated(X, rng, count), pool) - losses(X, pool))


@pytest.mark.parametrize("statistic", [mean_difference, kolmogorov_smirnov, cramer_von_mises])
def test_other_statistics_are_gamed_by_a_few_fair_coins(statistic):
    """Five rows and two Bern(1/2): nearer to the mean of the prior than the rows are."""
    X, pool, rng = bernoulli(5, 41, seed=13)
    assert_positive(statistic(X, pool) - statistic(with_fair_coins(X, rng, 2), pool))


def test_so_is_algorithm_3_within_its_epsilon():
    """The same two coins lower its loss as well: exact truthfulness needs the prior (Algorithms 1 and 2)."""
    X, pool, rng = bernoulli(5, 41, seed=14)
    saved = losses(X, pool) - losses(with_fair_coins(X, rng, 2), pool)
    assert_positive(saved)
    assert saved.mean() < cramer_von_mises_check([X, pool[:20], pool[20:]])[0].most_saved


@pytest.mark.parametrize("statistic", [mean_difference, kolmogorov_smirnov, cramer_von_mises])
@pytest.mark.parametrize("rows", [5, 20])
def test_adding_draws_with_the_own_frequency_does_not_game_them(statistic, rows):
    """Bern(p hat) is sometimes named as a way: but its mean is p hat on average, so by Jensen noise only harms."""
    X, pool, rng = bernoulli(rows, 41, seed=15)
    assert_positive(statistic(with_own_frequency(X, rng, rows), pool) - statistic(X, pool))


def test_kolmogorov_smirnov_is_gamed_on_normal_data():
    """Ten rows and ten from their normal fit: a smoother staircase."""
    X, pool, rng = rounds_of(DISTRIBUTIONS["normal"], 10, 40, seed=16)
    honest, reported = kolmogorov_smirnov(X, pool), kolmogorov_smirnov(doubled_from_own_fit(X, rng), pool)
    assert_positive(honest - reported)
    # relatively far more than what the same report saves under Algorithm 3
    pool = np.concatenate([pool, pool[:1]])
    saved = losses(X, pool) - losses(doubled_from_own_fit(X, rng), pool)
    assert saved.mean() / losses(X, pool).mean() < (honest - reported).mean() / honest.mean()

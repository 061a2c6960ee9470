"""Versions of a model by noise."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from fairpool.ground.errors import InputError
from fairpool.pricing.published.model_versions import (
    VersionDemand,
    VersionPrices,
    averaged_version,
    best_relaxed_prices,
    find_version_arbitrage,
    noisy_version,
)
from strategies import few, some

BEST = np.array([1.0, -2.0, 0.5, 3.0, 0.0])


def _versions(*pairs):
    x, p = np.array(pairs, dtype=np.float64).T
    return VersionPrices(x, p)


def _demand(*rows):
    return VersionDemand(*np.array(rows, dtype=np.float64).T)


def _is_near(samples, expected):
    """Within four standard errors."""
    return abs(np.mean(samples) - expected) < 4 * np.std(samples, ddof=1) / math.sqrt(len(samples))


def test_a_version_is_off_by_its_variance_in_all():
    """E |version - h*|^2 = delta, whatever the number of parameters."""
    rng = np.random.default_rng(1)
    errors = [((noisy_version(BEST, 0.7, rng=rng) - BEST) ** 2).sum() for _ in range(4000)]
    assert _is_near(errors, 0.7)


def test_without_noise_it_is_the_best_model():
    """Variance 0: h* itself, in an array of its own."""
    version = noisy_version(BEST, 0.0, rng=np.random.default_rng(1))
    assert version.tolist() == BEST.tolist()
    assert version is not BEST


def test_precisions_add_up_when_versions_are_averaged():
    """Three versions of precision 1, 2 and 5 make one of precision 8: the arbitrage to be priced out."""
    rng, x = np.random.default_rng(2), np.array([1.0, 2.0, 5.0])
    errors = []
    for _ in range(4000):
        bought = [noisy_version(BEST, 1 / precision, rng=rng) for precision in x]
        errors.append(((averaged_version(bought, x) - BEST) ** 2).sum())
    assert _is_near(errors, 1 / 8)


@pytest.mark.parametrize("variance", [-1.0, math.nan, math.inf])
def test_a_variance_is_a_number_from_0_up(variance):
    """InputError otherwise."""
    with pytest.raises(InputError, match="variance: got"):
        noisy_version(BEST, variance, rng=np.random.default_rng(1))


@pytest.mark.parametrize("parameters", [[], [[1.0]], [math.nan]])
def test_parameters_are_finite_numbers_in_a_row(parameters):
    """InputError otherwise."""
    with pytest.raises(InputError, match="parameters: got shape"):
        noisy_version(parameters, 1.0, rng=np.random.default_rng(1))


@st.composite
def version_lists(draw):
    """Whole precisions and prices, in no order of price."""
    x = sorted(draw(st.sets(st.integers(1, 15), min_size=1, max_size=6)))
    return _versions(*[(n, draw(st.integers(0, 20))) for n in x])


def _knapsack(versions, target):
    """The least cost of versions that have together the precision of one, all whole numbers."""
    cost = [0.0]
    for n in range(1, int(versions.precisions[target]) + 1):
        offers = zip(versions.precisions, versions.prices, strict=True)
        cost.append(min(p + cost[max(n - int(x), 0)] for x, p in offers))
    return cost[-1]


@some
@given(version_lists())
def test_the_arbitrage_is_the_largest_of_all_purchases(versions):
    """By a knapsack for every version; the purchase named costs what is said and is precise enough."""
    savings = [p - _knapsack(versions, target) for target, p in enumerate(versions.prices)]
    found = find_version_arbitrage(versions)
    if max(savings) == 0:
        assert found is None
        return
    assert found.together - found.apart == max(savings)
    assert found.together == versions.prices[found.target]
    assert found.apart == np.dot(found.counts, versions.prices)
    assert np.dot(found.counts, versions.precisions) >= versions.precisions[found.target]


def test_three_thirds_are_a_whole():
    """Precisions are real: three versions of 1/3 replace one of 1, if they cost less."""
    found = find_version_arbitrage(_versions((1 / 3, 1.0), (1.0, 3.5)))
    assert (found.target, found.counts, found.together, found.apart) == (1, (3, 0), 3.5, 3.0)
    assert find_version_arbitrage(_versions((1 / 3, 1.0), (1.0, 3.0))) is None


def test_a_better_version_that_is_cheaper_is_arbitrage():
    """A buyer need not use all precision."""
    assert find_version_arbitrage(_versions((1.0, 3.0), (2.0, 2.0))).counts == (0, 1)


def test_many_cheap_versions_are_counted_at_once():
    """A million of one kind against one of another."""
    found = find_version_arbitrage(_versions((1e-6, 1e-6), (1.0, 1.5)))
    assert found.counts == (1_000_000, 0)


def _best_by_subsets(demand, rows):
    """The most revenue over all sets of buyers who are to buy: a linear program each, rows @ prices <= 0."""
    precisions = np.unique(demand.precisions)
    place = np.searchsorted(precisions, demand.precisions)
    best = 0.0
    for serves in itertools.product([False, True], repeat=len(place)):
        chosen = np.flatnonzero(serves)
        earned = np.bincount(place[chosen], demand.weights[chosen], len(precisions))
        bought = np.eye(len(precisions))[place[chosen]]
        solved = linprog(
            -earned,
            A_ub=np.vstack([rows, bought]),
            b_ub=np.append(np.zeros(len(rows)), demand.values[chosen]),
            bounds=(0, 1000),
        )
        best = max(best, -solved.fun)
    return best


def _relaxed_rows(x):
    """p never falls, p(x) / x never rises."""
    rows = []
    for i in range(len(x) - 1):
        one, next_one = np.eye(len(x))[i : i + 2]
        rows += [one - next_one, next_one / x[i + 1] - one / x[i]]
    return np.array(rows).reshape(-1, len(x))


def _cover_rows(x):
    """Every version costs no more than any versions that have its precision together; whole precisions."""
    rows = []
    for target in range(len(x)):
        for counts in itertools.product(*[range(math.ceil(x[target] / one) + 1) for one in x]):
            if x[target] <= np.dot(counts, x) < x[target] + x[-1]:
                rows.append(np.eye(len(x))[target] - counts)
    return np.array(rows)


@st.composite
def demands(draw, most=5, precision=6):
    number = st.integers(0, 12)
    buyers = draw(
        st.lists(st.tuples(st.integers(1, precision), number, st.integers(0, 4)), min_size=1, max_size=most)
    )
    return _demand(*buyers)


@few
@given(demands())
def test_no_relaxed_prices_earn_more(demand):
    """Against all sets of buyers, with a program for each."""
    prices = best_relaxed_prices(demand)
    expected = _best_by_subsets(demand, _relaxed_rows(np.unique(demand.precisions)))
    assert demand.revenue(prices) == pytest.approx(expected, abs=1e-7)


@some
@given(demands(most=12, precision=30))
def test_relaxed_prices_have_no_arbitrage(demand):
    """They never fall, never rise by precision, and no versions replace a dearer one."""
    prices = best_relaxed_prices(demand)
    assert prices.precisions.tolist() == np.unique(demand.precisions).tolist()
    assert (np.diff(prices.prices) >= 0).all()
    assert (np.diff(prices.prices / prices.precisions) <= 1e-12).all()
    assert find_version_arbitrage(prices) is None


@few
@given(demands(most=4, precision=5))
def test_at_most_half_is_lost(demand):
    """Against the best of all prices without arbitrage."""
    revenue = demand.revenue(best_relaxed_prices(demand))
    best = _best_by_subsets(demand, _cover_rows(np.unique(demand.precisions)))
    assert revenue - 1e-7 <= best <= 2 * revenue + 1e-7


def test_what_the_relaxation_loses():
    """By hand: precisions 2 and 3 at 1 and 2 have no arbitrage and earn 3; relaxed, 3 costs at most 1.5."""
    demand = _demand((2, 1, 1), (3, 2, 1))
    assert best_relaxed_prices(demand).prices.tolist() == [1.0, 1.5]
    assert demand.revenue(_versions((2, 1), (3, 2))) == 3.0
    assert find_version_arbitrage(_versions((2, 1), (3, 2))) is None


def test_a_buyer_who_would_spoil_the_price_is_passed_by():
    """By hand: who pays 1 for precision 1 would hold precision 10 down to 10; another pays 100 for that."""
    prices = best_relaxed_prices(_demand((1, 1, 1), (10, 100, 1)))
    assert prices.prices.tolist() == [100.0, 100.0]


def test_values_on_a_line_are_all_taken():
    """Every buyer pays the whole value, rounding of v_j x_i / x_j notwithstanding."""
    x = np.linspace(0.1, 3, 40)
    demand = VersionDemand(x, 0.3 * x, np.ones(40))
    assert demand.revenue(best_relaxed_prices(demand)) == pytest.approx(0.3 * x.sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([(0, 1, 1)], "precision number 1: got 0, expected a number above 0"),
        ([(1, 1, 1), (1, -1, 1)], "value number 2: got -1, expected a number from 0 up"),
        ([(1, 1, math.nan)], "weight number 1: got nan"),
    ],
)
def test_demand_that_makes_no_sense_is_refused(rows, told):
    """The number of the buyer is named."""
    with pytest.raises(InputError, match=told):
        _demand(*rows)


def test_lists_that_make_no_sense_are_refused():
    """Ragged, or not ascending."""
    with pytest.raises(InputError, match="expected columns of the same length"):
        VersionPrices(np.array([1.0, 2.0]), np.array([1.0]))
    with pytest.raises(InputError, match="expected precisions that ascend"):
        _versions((2, 1), (1, 1))

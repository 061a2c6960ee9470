"""How much contributors differ by nature: the scale against brute force, and the tolerance against fresh draws."""

from itertools import combinations

import numpy as np
import pytest

from fairpool.pricing.verification.natural_spread import majority_pairs, pair_distances, tolerance


def chance_of(draws, columns, rng):
    """Ratios as two samples of one continuous distribution have them: sums of squares over (pi k)^2 / 6."""
    weights = 6 / (np.pi * np.arange(1, 40)) ** 2
    ratios = rng.chisquare(1, size=(draws, columns, 39)) @ weights
    return np.sort(ratios, axis=0)


def test_squares_are_those_of_the_distribution_functions():
    """By brute force, over the rows of all contributors, which have equally many."""
    rng = np.random.default_rng(1)
    tables = [rng.normal(place, 1, (50, 1)) for place in (0, 0.5, 2)]
    found = pair_distances(tables)
    pool = np.concatenate(tables).ravel()
    F = np.array([[np.mean(table <= t) for t in pool] for table in tables])
    for j, k in combinations(range(3), 2):
        assert found.squares[j, k, 0] == pytest.approx(np.mean((F[j] - F[k]) ** 2), rel=0.05)
    assert found.by_chance[0, 1, 0] == pytest.approx(2 / 50 / 6, rel=0.1)


@pytest.mark.parametrize("sizes", [(40, 400), (300, 300)])
def test_ratios_of_contributors_that_are_alike_are_one_on_average(sizes):
    rng = np.random.default_rng(2)
    ratios = np.array(
        [pair_distances([rng.normal(size=(n, 1)) for n in sizes]).ratios[0, 1, 0] for _ in range(300)]
    )
    assert abs(ratios.mean() - 1) < 4 * ratios.std() / np.sqrt(300) + 0.02


@pytest.mark.parametrize(("contributors", "columns"), [(4, 1), (5, 3), (10, 1), (10, 6)])
def test_ninety_eight_of_a_hundred_honest_contributors_stay_within_the_tolerance(contributors, columns):
    rng = np.random.default_rng(3)
    draws, k = 4_000, majority_pairs(contributors)
    x = rng.normal(size=(draws, columns, contributors))
    first, second = np.triu_indices(contributors - 1, 1)
    others = x[..., 1:]
    natural = np.sort((others[..., first] - others[..., second]) ** 2, axis=-1)[..., k - 1]
    within = ((x[..., 0] - others.mean(axis=-1)) ** 2 <= tolerance(contributors, columns) * natural).all(
        axis=1
    )
    assert abs(within.mean() - 0.98) < 4 * np.sqrt(0.98 * 0.02 / draws) + 0.002


@pytest.mark.parametrize(("contributors", "pairs"), [(3, 1), (4, 3), (5, 3), (6, 6), (10, 15)])
def test_an_honest_majority_makes_so_many_pairs(contributors, pairs):
    assert majority_pairs(contributors) == pairs


def test_nothing_is_natural_where_the_others_are_alike():
    """Of eight others two that make rows up move nothing either."""
    rng = np.random.default_rng(4)
    chance = chance_of(499, 2, rng)
    tables = [rng.normal(size=(300, 2)) for _ in range(9)]
    assert pair_distances(tables).spread(range(1, 9), chance).tolist() == [0, 0]
    tables[:3] = [table + 3 * i for i, table in enumerate(tables[:3], 1)]
    assert pair_distances(tables).spread(range(1, 9), chance).tolist() == [0, 0]


def test_a_column_in_which_others_differ_is_wider_than_one_in_which_they_do_not():
    rng = np.random.default_rng(5)
    tables = [rng.normal([i, 0], 1, (500, 2)) for i in range(8)]
    wide, narrow = pair_distances(tables).spread(range(8), chance_of(499, 2, rng))
    assert wide > 10 * narrow > 0


def test_a_single_other_contributor_tells_nothing():
    rng = np.random.default_rng(6)
    pairs = pair_distances([rng.normal(size=(50, 2)) for _ in range(2)])
    assert pairs.spread([1], chance_of(99, 2, rng)).tolist() == [np.inf, np.inf]

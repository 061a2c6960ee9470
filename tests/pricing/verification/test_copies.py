"""Copies against coincidence: counts against brute force, and rates that the others decide."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.pricing.verification.copies import (
    PairCounts,
    across_surplus,
    chance_of_equal_rows,
    equal_pairs,
    repeats,
    within_surplus,
)
from fairpool.pricing.verification.near_rows import near_pairs

labelled = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=25).map(sorted)


@given(labelled)
def test_pairs_of_equal_rows_are_those_counted_one_by_one(rows):
    owner, identity = np.array(rows, dtype=np.intp).T
    counts = equal_pairs(identity, owner, 3, alone=0.0)
    brute = np.zeros((3, 3))
    fans = 0
    for a in range(len(rows)):
        mates = [b for b in range(len(rows)) if b != a and identity[b] == identity[a]]
        fans += len(mates) * (len(mates) - 1)
        for b in mates:
            brute[owner[a], owner[b]] += 0.5 if owner[a] == owner[b] else 1
    assert np.array_equal(counts.pairs, brute)
    N = len(rows)
    assert counts.fans == pytest.approx(fans / max(N * (N - 1) * (N - 2), 1))
    assert repeats(identity).sum() == N - len(set(identity.tolist()))


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(2, 30))
def test_near_pairs_in_few_columns_are_all_there_up_to_the_nearest_four(seed, columns, rows):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(rows, columns))
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    radius = float(np.median(distance)) / 2
    found = near_pairs(points, radius, rng=rng)
    pairs = set(zip(found.later.tolist(), found.earlier.tolist(), strict=True))
    nearest = np.argsort(distance + np.diag(np.full(rows, np.inf)), axis=1)[:, :4]
    expected = {
        (max(a, b), min(a, b))
        for a in range(rows)
        for b in nearest[a].tolist()
        if b != a and distance[a, b] <= radius
    }
    assert pairs == expected
    assert (np.diff(found.distances) >= 0).all()


def test_near_rows_are_found_among_three_hundred_columns():
    """In six random directions a copy with noise stays nearer than independent rows."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(400, 300))
    noisy = points[:100] + 0.05 * rng.normal(size=(100, 300))
    found = near_pairs(np.vstack([points, noisy]), 5.0, rng=rng)
    copies = {(400 + k, k) for k in range(100)}
    assert len(copies & set(zip(found.later.tolist(), found.earlier.tolist(), strict=True))) >= 95


def test_a_contributors_own_pairs_do_not_enter_its_yardstick():
    pairs = np.array([[900.0, 0, 0], [0, 1, 2], [0, 2, 1]])
    counts = PairCounts(pairs, np.array([100.0, 100, 100]), 0.0)
    assert counts.rate(0, within=True) == pytest.approx(1 / 4_950)  # the median of 1/4950, 2/10000 and 1/4950
    found = within_surplus(counts, 0, copies=800)
    assert (found.found, found.rows) == (900, 800)  # 899 too many, but only 800 rows to take
    assert found.expected == pytest.approx(1)


def test_where_rates_differ_by_nature_five_times_the_median_is_no_copying():
    """By hand: a quarter of 20, 40, 80 is 30; (log(40 / 30) / 0.6745)^2 less 1/40 is 0.39^2; e^1.56 is 4.7."""
    counts = PairCounts(np.diag([200.0, 20, 40, 80]), np.full(4, 1_000.0), 0.0)
    assert counts.spread(0, within=True) == pytest.approx(0.39, abs=0.01)
    assert within_surplus(counts, 0, copies=500).rows == 0
    alike = PairCounts(np.diag([200.0, 39, 40, 41]), np.full(4, 1_000.0), 0.0)
    assert alike.spread(0, within=True) == 0
    assert within_surplus(alike, 0, copies=500).rows == 160


def test_copies_of_others_do_not_make_ones_own_natural():
    """Spread comes from the lower half of the others' rates: one that pads raises nothing for the others."""
    counts = PairCounts(np.diag([200.0, 39, 40, 9_000]), np.full(4, 1_000.0), 0.0)
    assert within_surplus(counts, 0, copies=500).rows == 160


def test_as_many_pairs_as_independent_rows_have_are_left_alone():
    pairs = np.array([[50.0, 100, 100], [100, 50, 100], [100, 100, 50]])
    counts = PairCounts(pairs, np.array([100.0, 100, 100]), 0.0)
    for i in range(3):
        assert within_surplus(counts, i, copies=50).rows == 0
        assert across_surplus(counts, i, copies=50).rows == 0


def test_alone_the_chance_of_equal_rows_is_that_of_independent_columns():
    codes = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert chance_of_equal_rows(codes) == pytest.approx((1 / 3) ** 2)
    assert chance_of_equal_rows(codes[:1]) == 0

"""Centre and spread of a column: the mean and standard deviation where nothing is far out, and bounded where it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairpool.tables.treatment.standardisation import REACH, Standardisation

some = settings(deadline=None, max_examples=60)
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    "column",
    [
        np.random.default_rng(0).normal(50, 10, 500),
        np.random.default_rng(1).uniform(-3, 9, 100),
        np.repeat([0.0, 1.0], [95, 5]),
        np.repeat([0.0, 1.0, 2.0, 3.0], [80, 10, 6, 4]),
        np.array([1.0, 5.0]),
    ],
    ids=["normal", "uniform", "rare ones", "mostly zero", "two rows"],
)
def test_a_column_without_far_values_has_its_mean_and_standard_deviation(column):
    found = Standardisation.of(column)
    assert found.centre == pytest.approx(column.mean(), abs=1e-12)
    assert found.spread == pytest.approx(column.std(), rel=1e-12)


def test_a_constant_column_keeps_its_unit():
    """0.1 a thousand times has a mean that is not 0.1, and is constant all the same."""
    assert Standardisation.of(np.full(1000, 0.1)) == Standardisation(0.1, 1.0)


@pytest.mark.parametrize(
    "honest", [np.random.default_rng(2).normal(size=120), np.repeat([0.0, 1.0], [110, 10])]
)
@pytest.mark.parametrize("far", [1e6, 1e38, -1e300])
def test_one_far_value_moves_the_spread_by_little_however_far_it_is(honest, far):
    """The plain standard deviation of 120 rows and one of 1e6 is 90,000."""
    alone, joined = Standardisation.of(honest), Standardisation.of(np.append(honest, far))
    assert 0.8 < joined.spread / alone.spread < 3
    assert abs(joined.centre - alone.centre) < alone.spread


@some
@given(seeds, st.integers(3, 40), st.data())
def test_foreign_values_fewer_than_the_honest_ones_that_differ_are_bounded(seed, honest_rows, data):
    """spread <= W sqrt(1 + REACH^2 b / (h + b)), whatever b foreign values are: the bound of decision 4."""
    rng = np.random.default_rng(seed)
    honest = np.round(rng.normal(size=honest_rows), data.draw(st.integers(0, 3)))
    foreign = data.draw(
        st.lists(st.floats(-1e12, 1e12) | st.sampled_from([0.0, 1e38]), max_size=honest_rows - 1)
    )
    everything = np.append(honest, foreign)
    middle = np.median(everything)
    h, b = int((honest != middle).sum()), len(foreign)
    if b >= h:
        return
    width = max(np.ptp(honest), np.abs(honest - middle).max())
    assert honest.min() <= middle <= honest.max()
    bound = width * np.sqrt(1 + REACH**2 * b / (h + b))
    assert Standardisation.of(everything).spread <= bound * (1 + 1e-9)


def test_as_many_foreign_values_as_honest_ones_that_differ_can_do_as_they_like():
    """Two of a hundred honest rows are ones; two foreign values of 1e6 are then as usual as they are."""
    column = np.repeat([0.0, 1.0, 1e6], [98, 2, 2])
    assert Standardisation.of(column).spread > 1000


@some
@given(
    seeds,
    st.floats(1e-200, 1e200),
    st.floats(-1e4, 1e4),
    st.sampled_from([1.0, -1.0]),
)
def test_the_unit_and_the_origin_of_a_column_change_nothing(seed, factor, shift, sign):
    """Treated values are the same but for rounding; a negative factor turns them over."""
    column = np.random.default_rng(seed).normal(size=30)
    usual, other = Standardisation.of(column), Standardisation.of(sign * factor * (column + shift))
    found = other.taken(sign * factor * (column + shift))
    np.testing.assert_allclose(sign * found, usual.taken(column), rtol=0, atol=1e-10)
    np.testing.assert_allclose(other.restored(found), sign * factor * (column + shift), rtol=1e-12)

"""Outliers: judged by the others, in their own scale."""

import numpy as np

from fairpool.pricing.verification.outliers import find_outliers


def test_ten_deviations_are_out_and_five_are_not():
    rng = np.random.default_rng(1)
    others = [rng.normal(size=(500, 2)) for _ in range(3)]
    found = find_outliers(np.array([[0.0, 10.0], [5.0, 0.0], [np.nan, 0.0]]), others)
    assert found.rows.tolist() == [0]
    assert found.columns.tolist() == [1]


def test_long_tails_of_the_others_widen_the_limit():
    """A log-normal cell that is far from the median is no outlier where the others have such cells."""
    rng = np.random.default_rng(2)
    own, *others = (np.exp(rng.normal(size=(1_000, 1))) for _ in range(4))
    assert find_outliers(own, others).rows.size <= 3
    assert find_outliers(np.array([[500.0]]), others).rows.tolist() == [0]


def test_one_poisoned_contributor_does_not_move_the_limit_for_another():
    rng = np.random.default_rng(3)
    others = [rng.normal(size=(500, 1)) for _ in range(3)]
    own = np.array([[12.0], [0.0]])
    others[0][:50] = 1e6
    assert find_outliers(own, others).rows.tolist() == [0]


def test_a_column_that_hardly_varies_is_no_trap():
    """Where nearly all cells are equal, the rare other ones do not make every difference an outlier."""
    rng = np.random.default_rng(4)
    others = [(rng.random((500, 1)) < 0.05).astype(float) for _ in range(3)]
    assert find_outliers(np.array([[1.0], [0.0]]), others).rows.size == 0


def test_twice_as_far_as_others_go_is_allowed_and_more_is_not():
    """Delays of exponential length, and one of the others' in a hundred ten times as long: extremes are their trade."""
    rng = np.random.default_rng(6)
    others = [
        rng.exponential(size=(1_000, 1)) * np.where(rng.random((1_000, 1)) < 0.005, 20, 1) for _ in range(3)
    ]
    farthest = sorted(float(table.max()) for table in others)[1]
    assert find_outliers(np.array([[1.5 * farthest], [5 * farthest]]), others).rows.tolist() == [1]


def test_of_two_others_the_one_that_poisons_moves_nothing():
    rng = np.random.default_rng(7)
    others = [rng.normal(size=(500, 1)) for _ in range(2)]
    others[1][:50] = 1e6
    assert find_outliers(np.array([[12.0], [0.0]]), others).rows.tolist() == [0]


def test_without_enough_others_nobody_is_judged():
    assert find_outliers(np.array([[1e9]]), [np.zeros((5, 1))]).rows.size == 0
    assert find_outliers(np.array([[1e9]]), []).rows.size == 0

"""Jia et al., Efficient Task-Specific Data Valuation for Nearest Neighbor Algorithms, PVLDB 12(11), 2019."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from fairpool.learning.row_valuation.nearest_neighbour_shapley import right_label_values, squared_error_values


def shapley_over_orders(worth, n):
    """Mean marginal contribution over all orders of arrival."""
    values, orders = np.zeros(n), list(permutations(range(n)))
    for order in orders:
        for place, i in enumerate(order):
            values[i] += worth(order[: place + 1]) - worth(order[:place])
    return values / len(orders)


def test_three_rows_by_hand():
    """K = 1, right, wrong, right from near to far: 1/3, then 1/3 - 1/2, then -1/6 + 1."""
    values = right_label_values(np.array([[True, False, True]]), 1)
    np.testing.assert_allclose(values, [[5 / 6, -1 / 6, 1 / 3]])


@pytest.mark.parametrize("K", [1, 3, 9])
def test_theorem_1_as_printed(K):
    """s_N = 1[right]/N and the recursion with min(K, i)/i, for N >= K."""
    right = np.random.default_rng(K).random(12) < 0.5
    s = np.zeros(12)
    s[11] = right[11] / 12
    for i in range(11, 0, -1):
        s[i - 1] = s[i] + (float(right[i - 1]) - float(right[i])) / K * min(K, i) / i
    np.testing.assert_allclose(right_label_values(right[None], K)[0], s, atol=1e-15)


@pytest.mark.parametrize("K", [1, 2, 3, 6, 8])
def test_classification_utility_of_the_paper(K):
    """U(S) = share of right labels among the K nearest; K may exceed the number of rows."""
    right = np.array([True, False, False, True, True, False])

    def worth(S):
        return sum(right[j] for j in sorted(S)[:K]) / K

    np.testing.assert_allclose(
        right_label_values(right[None], K)[0], shapley_over_orders(worth, 6), atol=1e-15
    )


@pytest.mark.parametrize("n", range(1, 7))
@pytest.mark.parametrize("K", [1, 2, 3, 5, 8])
def test_regression_utility_of_the_paper(n, K):
    """U(S) = -(sum of the K nearest labels / K - y_t)^2 on labels as they are; U(empty) = -y_t^2."""
    rng = np.random.default_rng([n, K])
    y, target = rng.normal(1, 2, n), rng.normal()

    def worth(S):
        return -((sum(y[j] for j in sorted(S)[:K]) / K - target) ** 2)

    values = squared_error_values(y[None], np.array([target]), K)[0]
    np.testing.assert_allclose(values, shapley_over_orders(worth, n), atol=1e-13)
    assert values.sum() == pytest.approx(worth(tuple(range(n))) + target**2)


def test_regression_recursion_with_the_papers_coefficients():
    """s_i = s_{i+1} + (y_{i+1} - y_i)/K * min(K,i)/i * (sum_l A_i^l y_l / K - 2 y_t)."""
    rng, K, N, target = np.random.default_rng(0), 3, 9, 0.7
    y = rng.normal(size=N + 1)  # y[1] .. y[N]
    s = np.append(0.0, squared_error_values(y[None, 1:], np.array([target]), K))

    def coefficient(i, m):
        if m < i:
            return (min(K, i) - 1) / (i - 1)
        if m <= i + 1:
            return 1.0
        return min(K, m - 1) * (min(K, m - 1) - 1) * i / ((m - 1) * (m - 2) * min(K, i))

    for i in range(1, N):
        total = sum(coefficient(i, m) * y[m] for m in range(1, N + 1)) / K
        assert s[i] - s[i + 1] == pytest.approx((y[i + 1] - y[i]) / K * min(K, i) / i * (total - 2 * target))


def test_rows_beyond_the_k_nearest_still_count():
    """With K = 1 and ten right rows the farthest is worth 1/10: it serves the sets that lack the others."""
    np.testing.assert_allclose(right_label_values(np.ones((1, 10), dtype=bool), 1), np.full((1, 10), 0.1))

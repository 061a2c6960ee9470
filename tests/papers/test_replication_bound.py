"""How far copies can pay under normalised shares: the worst monotone market, by linear programming.

The raw Shapley value of v(S) = G(S) + sum_{j in S} (G(S) - g_j) is linear in the 2^n gains.  With v(N) scaled to 1
and a_i held at a given alpha, the shares before (s = psi_i) and after k copies (s' = psi'_tot / (1 + k alpha), as
v'(N') = v(N) + k a_i) are linear too, and the worst gains solve a linear program.  alpha runs over a grid.

    D = (n + k) s' - k - n s     gain per unit of fee where everybody pays the same (a minimum fee above every c a_j)
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from oracles.common_market import copies_of, with_copies
from oracles.values import coalitions, shapley

GRID = np.linspace(0, 1, 41)


def unit_tables(n):
    """The tables that are 1 at one coalition and 0 elsewhere, in a fixed order; the empty coalition stays
    0.
    """
    places = [S for S in coalitions(range(n)) if S]
    return places, [{S: Fraction(S == T) for S in coalitions(range(n))} for T in places]


def psi_of_first(n, k):
    """Coefficients of what party 0 and its k copies get together: float64 (2**n - 1,)."""
    identities = [*range(n), *copies_of(0, k)]
    row = []
    for gains in unit_tables(n)[1]:
        table = with_copies(gains, 0, k)
        psi = shapley(
            identities, lambda S, G=table: G[S] + sum((G[S] - G[frozenset({j})] for j in S), Fraction(0))
        )
        row.append(float(sum(psi[i] for i in [0, *copies_of(0, k)])))
    return np.array(row)


def at(places, *coalition):
    """The coefficient vector that reads off one gain."""
    return np.array([float(frozenset(coalition) == S) for S in places])


def worst(n, k, *, own_improvement_is_the_mean):
    """The largest D over monotone tables of n parties and the grid of alpha, replicator 0 with k copies."""
    places, _ = unit_tables(n)
    everybody = at(places, *range(n))
    improvement = [everybody - at(places, j) for j in range(n)]
    worth = everybody + sum(improvement)
    rises = [at(places, *S) - at(places, *(S | {i})) for S in places for i in set(range(n)) - S]
    after, before = psi_of_first(n, k), psi_of_first(n, 0)
    equal = [worth, improvement[0]]
    if own_improvement_is_the_mean:
        equal.append(n * improvement[0] - sum(improvement))
    largest = -np.inf
    for alpha in GRID:
        objective = (n + k) * after / (1 + k * alpha) - n * before
        target = [1, alpha, 0][: len(equal)]
        found = linprog(-objective, A_ub=np.array(rises), b_ub=np.zeros(len(rises)), A_eq=equal, b_eq=target)
        if found.status == 0:
            largest = max(largest, -found.fun - k)
    return largest


@pytest.mark.parametrize(("n", "k"), [(2, 1), (2, 2), (2, 5), (3, 1), (3, 2), (3, 3), (4, 1), (4, 2)])
def test_copies_never_pay_a_party_with_the_mean_improvement(n, k):
    """Monotone gains, a_i = mean(a), no minimum fee: the worst market gains nothing, and some market loses
    nothing.
    """
    assert worst(n, k, own_improvement_is_the_mean=True) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("n", "k"), [(2, 1), (2, 2), (2, 5), (3, 1), (3, 2), (3, 3)])
def test_up_to_three_parties_cannot_gain_where_everybody_pays_the_same(n, k):
    """D <= 0 for all monotone gains: a minimum fee above every c a_j deters."""
    assert worst(n, k, own_improvement_is_the_mean=False) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("n", "k"), [(4, 1), (4, 2)])
def test_four_parties_can_gain_where_everybody_pays_the_same(n, k):
    """D > 0 for some monotone gains: there, the larger the minimum fee, the more a copy earns."""
    assert worst(n, k, own_improvement_is_the_mean=False) > 0.02

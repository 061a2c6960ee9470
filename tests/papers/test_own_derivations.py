"""The project's own closed forms and claims, each against enumeration on small instances.

1  exact values of a 1-nearest-neighbour market      2  exact values for K nearest neighbours by quadrature
3  what replication would earn, by own score         4  dividing among classes of replicas
"""

from __future__ import annotations

import random
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.common_market import (
    are_replicas,
    collapsed,
    normalised_shapley,
    parties_of,
    replica_classes,
    replication_gain,
    settle,
    with_copies,
)
from oracles.floor_in_pot import gain_as_function_of_fee
from oracles.gains import any_gains, best_of, random_coverage
from oracles.nearest import (
    accuracy_gains,
    closed_form,
    plain_game_one_row,
    soft_gains,
    squared_distance,
    weighted_game_one_row,
)
from oracles.values import shapley

F = Fraction
QUICK = settings(max_examples=25, deadline=None)
ROW = st.tuples(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(0, 2))


@st.composite
def nearest_markets(draw, most_parties=5, most_rows=3):
    """Rows per party on a small grid (ties are frequent), and a few validation rows."""
    parties = draw(st.integers(2, most_parties))
    rows = {p: draw(st.lists(ROW, min_size=1, max_size=most_rows)) for p in range(parties)}
    return rows, draw(st.lists(ROW, min_size=1, max_size=2))


# ------------------------------------------------ 1: one nearest neighbour, any number of parties


@QUICK
@given(nearest_markets())
def test_closed_form_of_the_plain_game(market):
    """G of 1-NN: own r_i / i, nearer - r_k / (k (k-1)), farther 0."""
    rows, validation = market
    gains = accuracy_gains(rows, validation)
    assert closed_form(rows, validation, plain_game_one_row) == shapley(parties_of(gains), gains.get)


@QUICK
@given(nearest_markets())
def test_closed_form_of_the_papers_characteristic_function(market):
    """(1 + |S|) G(S) - sum of g_j for 1-NN: the three terms by rank, less g_i."""
    rows, validation = market
    gains = accuracy_gains(rows, validation)
    weighted = closed_form(rows, validation, weighted_game_one_row)
    psi = {i: amount - gains[frozenset({i})] for i, amount in weighted.items()}

    def v(S):
        return gains[S] + sum(gains[S] - gains[frozenset({j})] for j in S)

    assert psi == shapley(parties_of(gains), v)


@QUICK
@given(nearest_markets())
def test_the_closed_form_of_gain_only_is_their_difference(market):
    """gain-only leaves out the worth of the model: its closed form is the weighted one less the plain one
    less g_i.
    """
    rows, validation = market
    gains = accuracy_gains(rows, validation)
    weighted, plain = (
        closed_form(rows, validation, form) for form in (weighted_game_one_row, plain_game_one_row)
    )

    def v(S):
        return sum((gains[S] - gains[frozenset({j})] for j in S), F(0))

    assert {i: weighted[i] - plain[i] - gains[frozenset({i})] for i in rows} == shapley(parties_of(gains), v)


# ---------------------------------------------------------------- 2: K nearest neighbours by quadrature


def nearer_counts(rows, x):
    """For every row p of every party: (owner, label, {party: number of its rows that come before p})."""
    order = sorted(
        (squared_distance(z, x), label, owner, at)
        for owner in rows
        for at, (z, label) in enumerate(rows[owner])
    )
    seen = dict.fromkeys(rows, 0)
    for _, label, owner, _ in order:
        yield owner, label, dict(seen)
        seen[owner] += 1


def law_below(limit, counts, t):
    """(Pr[sum of counts in S < limit], mean of |S| on that event) for S drawn with probability t per party.

    A product of factors (1 - t) + t z^n modulo z^limit; the size of S is carried as the derivative in x
    at 1 of (1 - t) + t x z^n.
    """
    probability, size = [1.0] + [0.0] * (limit - 1), [0.0] * limit
    for n in counts:
        shift = lambda law, n=n: [0.0] * min(n, limit) + law[: max(limit - n, 0)]  # noqa: E731
        size = [
            (1 - t) * s + t * (m + p) for s, m, p in zip(size, shift(size), shift(probability), strict=True)
        ]
        probability = [(1 - t) * p + t * q for p, q in zip(probability, shift(probability), strict=True)]
    return sum(probability), sum(size)


def quadrature_values(rows, validation, K, nodes, weighted):
    """Section 2: Shapley values of G (or of (1 + |S|) G) by Gauss-Legendre quadrature on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    value = dict.fromkeys(rows, 0.0)
    rows_of_interest = [
        (owner, before)
        for z, truth in validation
        for owner, label, before in nearer_counts(rows, z)
        if label == truth and before[owner] < K
    ]
    for t, weight in zip((x + 1) / 2, w / 2 / K / len(validation), strict=True):
        for owner, before in rows_of_interest:
            for i, amount in marginals(rows, owner, before, K, t, weighted).items():
                value[i] += weight * amount
    return value


def marginals(rows, owner, before, K, t, weighted):
    """The integrands at t of one right-labelled row: what its owner and everybody else gets."""
    L = K - before[owner]
    others = [j for j in rows if j != owner]
    P, E = law_below(L, [before[j] for j in others], t)
    amount = {owner: 2 * P + E if weighted else P}
    for i in others:
        rest = [before[j] for j in others if j != i]
        P, E = law_below(L, rest, t)
        P_after, E_after = law_below(L - before[i], rest, t) if before[i] < L else (0.0, 0.0)
        amount[i] = t * ((3 * P_after + E_after) - (2 * P + E) if weighted else P_after - P)
    return amount


def assert_quadrature_is_exact(market, K, nodes):
    """Both games, to rounding error."""
    rows, validation = market
    gains = soft_gains(rows, validation, K)
    for weighted in (False, True):
        exact = shapley(parties_of(gains), lambda S, w=weighted: (1 + len(S) if w else 1) * gains[S])
        found = quadrature_values(rows, validation, K, nodes, weighted)
        assert found == pytest.approx({i: float(v) for i, v in exact.items()}, abs=1e-12)


@QUICK
@given(nearest_markets(), st.integers(1, 4))
def test_quadrature_with_the_stated_number_of_nodes(market, K):
    """ceil((M + 3) / 2) nodes are exact, for G and for (1 + |S|) G."""
    assert_quadrature_is_exact(market, K, nodes=ceil((len(market[0]) + 3) / 2))


@QUICK
@given(nearest_markets(), st.integers(1, 4))
def test_half_as_many_nodes_as_parties_are_enough(market, K):
    """The integrands have degree at most M - 1, so ceil(M / 2) nodes are exact: the stated number is
    generous.
    """
    assert_quadrature_is_exact(market, K, nodes=ceil(len(market[0]) / 2))


def test_fewer_nodes_than_half_the_parties_are_not_enough():
    """Five parties with one right row each, K = 1: two nodes (exact to degree 3) miss the integrand of
    degree 4.
    """
    rows = {p: [((p,), 1)] for p in range(5)}
    with pytest.raises(AssertionError):
        assert_quadrature_is_exact((rows, [((0,), 1)]), K=1, nodes=2)
    assert_quadrature_is_exact((rows, [((0,), 1)]), K=1, nodes=3)


# ---------------------------------------------------------------- 3: what replication would earn


def test_copies_pay_the_more_often_the_better_the_own_model():
    """Coverage markets of 4 parties and 8 items, one copy: rare below a score of 0.2, usual above 0.8.

    The percentages depend on the law of the markets (each party draws its own chance to cover an
    item, uniform); what does not is the order: increasing in the own score, from almost never to mostly.
    """
    rng = random.Random(3)
    pays = {"below 0.2": [], "0.6 to 0.8": [], "0.8 to 1": [], "perfect": []}
    for _ in range(250):
        gains = random_coverage(rng, 4)
        own = gains[frozenset({0})]
        band = "below 0.2" if own < F(1, 5) else "perfect" if own == 1 else None
        band = band or ("0.8 to 1" if own > F(4, 5) else "0.6 to 0.8" if own > F(3, 5) else None)
        if band:
            pays[band].append(replication_gain(gains, 0, 1, "normalised-shapley") > 0)
    part = {band: sum(found) / len(found) for band, found in pays.items()}
    assert part["below 0.2"] <= 0.05
    assert part["below 0.2"] <= part["0.6 to 0.8"] < part["0.8 to 1"] < part["perfect"]
    assert part["0.8 to 1"] > 0.3
    assert part["perfect"] > 0.6


# ---------------------------------------------------------------- 4: collapsing replicas


@QUICK
@given(any_gains(least=3, most=3, parts=1))
def test_functional_replicas_are_an_equivalence_relation(gains):
    """Transitive without any assumption on G (gains of 0 and 1 only, so that replicas are frequent)."""
    for i in range(3):
        for j in range(3):
            for h in range(3):
                if len({i, j, h}) == 3 and are_replicas(gains, i, j) and are_replicas(gains, j, h):
                    assert are_replicas(gains, i, h)


@QUICK
@given(any_gains(most=3, parts=2), st.integers(1, 3))
def test_copies_join_the_class_of_their_original(gains, k):
    """With copies the classes are the same but for the copies, so no class's share changes."""
    before, after = replica_classes(gains), replica_classes(with_copies(gains, 0, k))
    assert len(after) == len(before)
    share, larger = collapsed(gains), collapsed(with_copies(gains, 0, k))
    mine = next(members for members in after if 0 in members)
    assert sum(larger[i] for i in mine) == sum(share[i] for i in mine if i in share)


@QUICK
@given(any_gains(most=3), st.integers(1, 3))
def test_a_party_alone_in_its_class_loses_k_improvements(gains, k):
    """gain(k) = -k a_i (1 - psi_i): the derivation, for a party that no other party's data can replace."""
    if [0] in replica_classes(gains) and sum(normalised_shapley(gains).values()) == 1:
        improvement, share = settle(gains, "collapsed").payment[0], collapsed(gains)[0]
        assert replication_gain(gains, 0, k, "collapsed") == -k * improvement * (1 - share)


def test_a_party_with_an_honest_double_takes_its_share():
    """The derivation overlooks classes of several owners: with a copy, 1/2 of the class's 3/4 becomes 2/3
    of it.
    """
    gains = best_of(1, 1, 0)
    assert collapsed(gains) == {0: F(3, 8), 1: F(3, 8), 2: F(1, 4)}
    assert replication_gain(gains, 0, 1, "collapsed") == F(2, 3) * F(3, 4) - F(3, 8) == F(1, 8)


@QUICK
@given(
    best=st.integers(2, 4), buyers=st.lists(st.integers(0, 11), min_size=1, max_size=3), k=st.integers(1, 3)
)
def test_gain_of_copying_within_a_class_of_m(best, buyers, k):
    """sigma P' (k+1)/(m+k) - sigma P/m - k p_i, with sigma the share of the class and P' = P + k p_i."""
    gains = best_of(*[1] * best, *(F(g, 12) for g in buyers))
    for f in (F(0), F(1, 4), F(2)):
        done = settle(gains, "collapsed", 1, f)
        sigma, pot, paid = best * done.share[0], sum(done.payment.values()), done.payment[0]
        expected = sigma * (pot + k * paid) * F(k + 1, best + k) - sigma * pot / best - k * paid
        assert gain_as_function_of_fee(gains, 0, k, "collapsed")(f) == expected

"""A curve without arbitrage that earns much.

Where buyers can buy in parts, they pay the cheapest cover of what they want (`nearest_curve`), so the best curve of
`optimal` may earn less than it says.  Here curves never fall and are subadditive, on a grid of bundles:

    maximise    sum over i of q_i p(n_i)
    subject to  v_i(n_i) - p(n_i) >= v_i(n) - p(n)   for all types i and bundles n, n = 0 with p(0) = 0 included
                p never falls, and p_j <= p_a + p_b wherever two bundles a, b cover step j

For given n_i this is a linear program, to which sums are added where they do not hold.  The n_i are searched for:
first what buyers take from the cheapest cover of the best curve, then whatever they take from the last solution, then
one type's bundle at a time.  No claim of optimality is made; the bound told is the one of all curves, with arbitrage
or without.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from fairpool.ground.arrays import Floats, Integers, Positions
from fairpool.pricing.curves.arbitrage import find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.nearest_curve import cheapest_cover, sum_rows, with_broken_sums
from fairpool.pricing.curves.purchase import expected_revenue, purchases
from fairpool.pricing.curves.valuations import Valuations, checked_probabilities
from fairpool.pricing.optimal.cell_grid import cells
from fairpool.pricing.optimal.optimal import OptimalCurve

ARBITRAGE_FREE = "linear programs without arbitrage"
BUNDLES = 150  # of the grid, about
PROGRAMS = 200
ALL_AMOUNTS = 5_000  # up to this many listed, the cover of all is looked at, too
BETTER = 1e-9  # relative


def arbitrage_free_curve(
    valuations: Valuations, probabilities: ArrayLike, best: OptimalCurve, *, programs: int = PROGRAMS
) -> OptimalCurve:
    """A curve without arbitrage, at least as good as the cheapest cover of ``best`` (the best curve of all).

    The cover is that of the grid of about 150 bundles; where up to 5,000 amounts are listed, also that of all of them.

    Its ``upper_bound`` is that of ``best``.  Cost: about ``programs`` linear programs of some 150 prices at most.
    Raises InputError for probabilities that are no distribution over the types.
    """
    q = checked_probabilities(probabilities, valuations.types)
    if find_arbitrage(best.curve) is None:
        return best
    unit = valuations.largest  # the solver's tolerances are absolute
    amounts = _grid(valuations, best.curve)
    market = _Market(Valuations(amounts, valuations.at(amounts) / unit, valuations.names), q)
    start = cheapest_cover(PriceCurve(amounts, best.curve.price(amounts) / unit))
    found = _with_moves(market, _followed(market, start), programs)
    candidates = [PriceCurve(amounts, unit * found.prices)]
    if len(valuations.amounts) <= ALL_AMOUNTS:
        candidates.append(
            cheapest_cover(PriceCurve(valuations.amounts, best.curve.price(valuations.amounts)))
        )
    curve = max(candidates, key=lambda one: expected_revenue(one, valuations, q))
    return replace(
        best,
        curve=curve,
        revenue=expected_revenue(curve, valuations, q),
        purchases=purchases(curve, valuations),
        method=ARBITRAGE_FREE,
    )


def _grid(valuations: Valuations, curve: PriceCurve) -> Integers:
    """Amounts that types tell apart, about `BUNDLES` at most, and all bundles of the curve."""
    told_apart = cells(valuations).amounts
    if len(told_apart) > BUNDLES:
        told_apart = cells(valuations, tolerance=valuations.largest * valuations.types / BUNDLES).amounts
    return np.union1d(told_apart[told_apart > 0], np.append(curve.amounts, valuations.most))


@dataclass(frozen=True, slots=True, eq=False)
class _Market:
    """Valuations at the amounts of the grid, and the probabilities of the types."""

    valuations: Valuations
    q: Floats

    def revenue(self, curve: PriceCurve | None) -> float:
        return -1.0 if curve is None else expected_revenue(curve, self.valuations, self.q)

    def taken(self, curve: PriceCurve) -> Positions:
        """The bundle that each type takes; -1 for none."""
        amounts = purchases(curve, self.valuations).amounts
        return np.where(amounts > 0, np.searchsorted(self.valuations.amounts, amounts), -1)


def _followed(market: _Market, curve: PriceCurve) -> PriceCurve:
    """Prices for what buyers take now, then for what they take then, as long as this earns more."""
    while True:
        better = _priced(market, market.taken(curve))
        if better is None or market.revenue(better) <= market.revenue(curve) * (1 + BETTER):
            return curve
        curve = better


def _with_moves(market: _Market, curve: PriceCurve, programs: int) -> PriceCurve:
    """Another bundle for one type at a time, nearby or what another takes, as long as programs are left."""
    tried: set[bytes] = set()
    improved = True
    while improved:
        improved = False
        for taken in _moves(market.taken(curve), len(market.valuations.amounts)):
            if len(tried) >= programs or (key := taken.tobytes()) in tried:
                continue
            tried.add(key)
            other = _priced(market, taken)
            if market.revenue(other) > market.revenue(curve) * (1 + BETTER) and other is not None:
                curve, improved = _followed(market, other), True
                break
    return curve


def _moves(taken: Positions, bundles: int) -> list[Positions]:
    """Each type given no bundle, another type's, or one 1, 2, 4, .. places away."""
    steps = 2 ** np.arange(bundles.bit_length())
    moved = []
    for i, place in enumerate(taken):
        for new in np.unique(np.concatenate([[-1], taken, place + steps, place - steps])):
            if -1 <= new < bundles and new != place:
                moved.append(np.where(np.arange(len(taken)) == i, new, taken))
    return moved


def _priced(market: _Market, taken: Positions) -> PriceCurve | None:
    """The prices without arbitrage that earn most if type i is to take bundle taken[i]; None if there are none."""
    amounts, values = market.valuations.amounts, market.valuations.values
    rows, limits = _choices(values, taken)
    earned = np.bincount(taken[taken >= 0], market.q[taken >= 0], len(amounts)).astype(np.float64)
    triples = np.empty((0, 3), dtype=np.intp)
    while True:
        sums = sum_rows(triples, len(amounts)).toarray()
        free = np.append(limits, np.zeros(len(sums)))
        solved = linprog(-earned, A_ub=np.vstack([rows, sums]), b_ub=free, method="highs")
        if solved.x is None:
            return None
        prices = np.maximum.accumulate(np.maximum(solved.x, 0.0))
        more = with_broken_sums(triples, amounts, prices)
        if len(more) == len(triples):
            return cheapest_cover(PriceCurve(amounts, prices))
        triples = more


def _choices(values: Floats, taken: Positions) -> tuple[Floats, Floats]:
    """Rows and limits of p(n_i) - p(n) <= v_i(n_i) - v_i(n), of p(n_i) <= v_i(n_i), and of prices that never fall."""
    types, bundles = values.shape
    one, buys = np.eye(bundles), taken >= 0
    own = np.where(buys, values[np.arange(types), taken], 0.0)
    price = np.where(buys[:, None], one[taken], 0.0)  # float64 (types, bundles): picks p(n_i)
    envy = (price[:, None, :] - one).reshape(-1, bundles)
    return (
        np.vstack([envy, price, one[:-1] - one[1:]]),
        np.concatenate([(own[:, None] - values).ravel(), own, np.zeros(bundles - 1)]),
    )

"""How smooth valuations are, measured: the constants of assumptions 1 and 2 of [CHK24].

[CHK24]: Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024.  Values are taken in units of the
largest of all, as the paper's valuations lie in [0, 1].

    L   ``smoothness``           least number with v_i(n + n') - v_i(n) <= L n'/N
    J   ``diminishing_returns``  least number with v_i(n + 1) - v_i(n) <= J/n, and so
                                 v_i(b) - v_i(a) <= J (1/a + .. + 1/(b-1))

for all types i and n >= 1; the first row may be worth anything.  Where amounts are listed with gaps the constants are
the least that hold between listed amounts, in the summed form.  Cost O(types amounts).
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma

from fairpool.ground.arrays import Floats
from fairpool.pricing.curves.valuations import Valuations


def smoothness(valuations: Valuations) -> float:
    """L.  0 for a single listed amount, or where nothing is worth anything."""
    return _steepest(valuations, np.diff(valuations.amounts) / valuations.most)


def diminishing_returns(valuations: Valuations) -> float:
    """J.  0 for a single listed amount, or where nothing is worth anything."""
    return _steepest(valuations, _reciprocal_sums(valuations))


def _steepest(valuations: Valuations, lengths: Floats) -> float:
    """The largest rise from a listed amount to the next, per length of that gap."""
    if not len(lengths) or valuations.largest == 0:
        return 0.0
    rises = np.diff(valuations.values, axis=1).max(axis=0)
    return float((rises / lengths).max()) / valuations.largest


def _reciprocal_sums(valuations: Valuations) -> Floats:
    """1/a + .. + 1/(b-1) for each listed amount a and the next, b."""
    lower, upper = valuations.amounts[:-1].astype(np.float64), valuations.amounts[1:].astype(np.float64)
    return np.where(upper == lower + 1, 1 / lower, digamma(upper) - digamma(lower))

"""Amounts taken together: neighbouring amounts that no type tells apart by much.

Amounts are gathered into cells, so that within a cell no valuation rises by more than a tolerance (in money):

    low[i]   v_i at the smallest amount of a cell
    high[i]  v_i at its largest, the only one that need be sold: at the same price no buyer takes less

With a tolerance of zero every cell is a run of amounts that nobody tells apart, and nothing is lost.  Otherwise a bound
on revenue that counts ``high`` where a type's own bundle is meant and ``low`` where it envies another's still holds.
The first cell is 0 rows, worth nothing to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats, Integers
from fairpool.pricing.curves.valuations import Valuations


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """amounts: int64 (cells,), the largest of each, from 0 on; low, high: float64 (types, cells)."""

    amounts: Integers
    low: Floats
    high: Floats

    @property
    def count(self) -> int:
        return len(self.amounts)

    @property
    def types(self) -> int:
        return len(self.high)


def cells(valuations: Valuations, *, tolerance: ArrayLike = 0.0) -> Cells:
    """Gather the listed amounts; ``tolerance`` in the money of the valuations, not negative, for all types or each.

    At most 1 + sum over types of (v_i(N) / tolerance_i) cells, and never more than listed amounts.
    Cost O(types amounts).
    """
    values = valuations.values
    width = np.broadcast_to(np.asarray(tolerance, dtype=np.float64), valuations.types)[:, None]
    # a new cell wherever a type enters a new band of values: within a band it rises by less than the tolerance
    bands = np.where(width > 0, np.floor(values / np.where(width > 0, width, 1.0)), values)
    begins = (np.diff(bands, axis=1) > 0).any(axis=0)
    first = np.flatnonzero(np.append(True, begins))
    last = np.append(first[1:], values.shape[1]) - 1
    nothing = np.zeros((valuations.types, 1))
    return Cells(
        np.append(0, valuations.amounts[last]),
        np.hstack([nothing, values[:, first]]),
        np.hstack([nothing, values[:, last]]),
    )

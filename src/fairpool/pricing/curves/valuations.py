"""What amounts of data are worth to types of buyers (section 2 of [CHK24]).

    m        ``types``          types of buyers
    v_i(n)   ``at(n)[i]``       what n rows are worth to type i; v_i(0) = 0, never falling in n
    q_i      ``probabilities``  how often a buyer is of type i; see `checked_probabilities`

Valuations are listed at some amounts; between them an amount is worth what the largest listed amount below it is.  So
a buyer loses nothing by buying listed amounts only, and a list of all amounts 1..N is the special case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError

SUMS_TO_ONE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Valuations:
    """v_i at the listed amounts.

    Parameters
    ----------
    amounts : int64 array of shape (amounts,)
        Rows, ascending from 1 or more.
    values : float64 array of shape (types, amounts)
        What each type would pay at most for each amount, in money; not negative, never falling along a row.
    names : tuple of str
        Of the types.

    Raises
    ------
    InputError
        For anything else, naming the type and the amount.

    References
    ----------
    [CHK24] Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> worths = Valuations(np.array([1, 10]), np.array([[2.0, 5.0], [0.0, 30.0]]), ("small", "large"))
    >>> worths.most, worths.largest
    (10, 30.0)
    >>> worths.at(4).tolist()
    [2.0, 0.0]
    """

    amounts: Integers
    values: Floats
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.names), len(self.amounts)) or not self.values.size:
            raise InputError(
                f"valuations: got values of shape {self.values.shape} for {len(self.names)} names and "
                f"{len(self.amounts)} amounts, expected a row for each type and a column for each amount"
            )
        if self.amounts[0] < 1 or (np.diff(self.amounts) <= 0).any():
            raise InputError(
                f"valuations: got the amounts {_shown(self.amounts)}, expected whole numbers that ascend from 1 or more"
            )
        self._refuse_values()

    def _refuse_values(self) -> None:
        wrong = ~np.isfinite(self.values) | (self.values < 0)
        if wrong.any():
            i, k = np.argwhere(wrong)[0]
            raise InputError(f"{self._told(i, k)}, expected a number from 0 up")
        falls = np.diff(self.values, axis=1) < 0
        if falls.any():
            i, k = np.argwhere(falls)[0]
            raise InputError(
                f"{self._told(i, k + 1)}, less than the {self.values[i, k]:g} of {self.amounts[k]:,}: "
                "expected valuations that never fall, as nobody has to use every row"
            )

    def _told(self, i: int, k: int) -> str:
        return f"valuations of {self.names[i]!r}: got {self.values[i, k]:g} for {self.amounts[k]:,} rows"

    @property
    def types(self) -> int:
        return len(self.names)

    @property
    def most(self) -> int:
        """N, the largest amount."""
        return int(self.amounts[-1])

    @property
    def largest(self) -> float:
        """The largest value of all."""
        return float(self.values[:, -1].max())

    def at(self, amount: ArrayLike) -> Floats:
        """v_i(n): float64 (types, *shape of amount); 0 below the first listed amount."""
        place = np.searchsorted(self.amounts, np.asarray(amount), side="right")
        return np.where(place > 0, self.values[:, np.maximum(place - 1, 0)], 0.0)

    def only_at(self, amounts: Integers) -> Valuations:
        """The same valuations, listed at these amounts only."""
        return Valuations(amounts, self.at(amounts), self.names)


def _shown(amounts: Integers) -> str:
    """The first amounts, up to the first that does not ascend."""
    wrong = int(np.argmax(np.diff(amounts, prepend=0) <= 0))
    return ", ".join(f"{n:,}" for n in amounts[max(wrong - 1, 0) : wrong + 1])


def checked_probabilities(probabilities: ArrayLike, types: int) -> Floats:
    """float64 (types,), not negative, summing to one up to 1e-9 and made to do so; InputError otherwise."""
    q = np.asarray(probabilities, dtype=np.float64)
    if q.shape != (types,):
        raise InputError(f"probabilities: got {q.size}, expected one for each of the {types} types")
    if not np.isfinite(q).all() or (q < 0).any():
        raise InputError(f"probabilities: got {', '.join(f'{p:g}' for p in q)}, expected numbers from 0 to 1")
    if abs(q.sum() - 1) > SUMS_TO_ONE:
        raise InputError(f"probabilities: got numbers that sum to {q.sum():.10g}, expected 1")
    return q / q.sum()

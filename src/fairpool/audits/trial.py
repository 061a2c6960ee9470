"""A deviation tried: what it brought, beside what honesty would have brought with the same chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

import numpy as np

from fairpool.audits.deviation import Action
from fairpool.ground.arrays import Float, Floats

_SURE = 4  # standard errors that a gain has to exceed to be one


@dataclass(frozen=True, slots=True)
class Trial(Generic[Action]):
    """What one deviation brought its deviator.

    Parameters
    ----------
    deviation : str
        Its name.
    action
        What was done, in the mechanism's own terms.
    honest, deviating : float
        What honesty and the deviation lead to, in the mechanism's own unit: a payment, a part of a revenue, or a
        penalty, of which less is better.
    gain : float
        By how much the deviator is better off, in the same unit: positive is better, of penalties too.
    standard_error : float
        Of the gain, on common random numbers; 0 where it is exact.
    exact : bool
        Whether the gain is computed and not estimated.

    Examples
    --------
    >>> trial = Trial.between("copy", 2, honest=0.25, deviating=0.30)
    >>> round(trial.gain, 9), trial.pays
    (0.05, True)
    """

    deviation: str
    action: Action
    honest: float
    deviating: float
    gain: float
    standard_error: float = 0.0
    exact: bool = True

    @classmethod
    def between(cls, deviation: str, action: Action, *, honest: float, deviating: float) -> Trial[Action]:
        """An exact trial of something of which more is better."""
        return cls(deviation, action, honest, deviating, deviating - honest)

    @classmethod
    def paired(
        cls,
        deviation: str,
        action: Action,
        *,
        honest: Float[Floats, " replications"],
        deviating: Float[Floats, " replications"],
    ) -> Trial[Action]:
        """From replications on the same chance, of something of which more is better."""
        gains = deviating - honest
        error = float(gains.std(ddof=1) / np.sqrt(len(gains)))
        before, after, gain = (float(each.mean()) for each in (honest, deviating, gains))
        return cls(deviation, action, before, after, gain, error, exact=False)

    @property
    def sure_gain(self) -> float:
        """Four standard errors below the gain."""
        return self.gain - _SURE * self.standard_error

    @property
    def pays(self) -> bool:
        """Whether the deviator is better off, beyond four standard errors."""
        return self.sure_gain > 0

    @property
    def costs(self) -> bool:
        """Whether it is worse off, beyond four standard errors."""
        return self.gain < -_SURE * self.standard_error

    @property
    def factor(self) -> float:
        """What honesty leads to over what the deviation leads to: of penalties, how many times smaller they become."""
        return self.honest / self.deviating

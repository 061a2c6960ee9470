"""What trials say about a claim.  A gain that was found is evidence against it; that none was found is no proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal

from fairpool.audits.deviation import Action, Deviation
from fairpool.audits.trial import Trial
from fairpool.ground.tabular import Tabular

Attempt = Callable[[Mapping[str, Action]], Sequence[Trial[Action]]]
"""Tries actions, given by the names of their deviations, in one room: a trial for each."""

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False)
class Finding(Tabular, Generic[Action]):
    """A claim, and the trials that were to refute it.

    Parameters
    ----------
    claim : str
        A sentence that a gain beyond ``epsilon`` refutes.
    trials : tuple of Trial
        Everything that was tried, or the best of each kind.
    epsilon : float
        The gain that the claim allows, in the mechanism's own unit.

    Examples
    --------
    >>> trials = (
    ...     Trial.between("copy", 2, honest=0.25, deviating=0.24),
    ...     Trial.between("copy", 3, honest=0.25, deviating=0.26),
    ... )
    >>> found = Finding("copies earn nothing", trials)
    >>> found.verdict, found.best.action
    ('gain found', 3)
    >>> Finding("copies earn at most 0.02", trials, epsilon=0.02).verdict
    'within epsilon'
    """

    claim: str
    trials: tuple[Trial[Action], ...]
    epsilon: float = 0.0

    @property
    def best(self) -> Trial[Action]:
        """The largest gain; an estimated one only where it is surely above every exact one."""
        exact = [one for one in self.trials if one.exact]
        estimated = max(self.trials, key=lambda one: one.sure_gain)
        known = max(exact, key=lambda one: one.gain, default=estimated)
        return estimated if estimated.sure_gain > known.gain else known

    @property
    def gain(self) -> float:
        """Of the best trial."""
        return self.best.gain

    @property
    def holds(self) -> bool:
        """Whether nothing that was tried gains more than the claim allows, beyond four standard errors."""
        return all(one.sure_gain <= self.epsilon for one in self.trials)

    @property
    def verdict(self) -> Literal["gain found", "within epsilon", "no gain found"]:
        """A gain that the claim does not allow, one that it does, or none."""
        if not self.holds:
            return "gain found"
        return "within epsilon" if any(one.pays for one in self.trials) else "no gain found"

    def to_frame(self) -> pd.DataFrame:
        """One row per trial: what was done, what honesty and it lead to, the gain and its standard error."""
        import pandas as pd

        names = ("deviation", "action", "honest", "deviating", "gain", "standard_error")
        return pd.DataFrame(
            [[getattr(one, name) for name in names] for one in self.trials], columns=list(names)
        )

    def headline(self) -> str:
        """The claim, the verdict, and the best trial."""
        best = f"best {self.best.deviation} gains {self.gain:.4g}" if self.trials else "nothing tried"
        return f"{self.claim}: {self.verdict}; {len(self.trials)} trials, {best}"


def audit(
    deviations: Iterable[Deviation[Action]],
    attempt: Attempt[Action],
    *,
    claim: str,
    honest: float = 1.0,
    epsilon: float = 0.0,
) -> Finding[Action]:
    """Try every parameter of every deviation in one room.

    Parameters
    ----------
    deviations : iterable of Deviation
        All of one deviator, such as `deviations_of` gives.
    attempt : callable
        The room: from actions by name to their trials.
    claim : str
        The sentence that a gain refutes.
    honest : float
        The number that honesty brings, in samples, rows or money: see `Deviation`.
    epsilon : float
        The gain that the claim allows, in the mechanism's own unit.

    Returns
    -------
    Finding
        With a trial for each action.

    Notes
    -----
    Cost: one ``attempt`` with all actions.

    Examples
    --------
    Lies of a buyer about its value, 15 for one unit of gain:

    >>> import numpy as np
    >>> from functools import partial
    >>> from fairpool.audits import Deviator, deviations_of, try_bids
    >>> from fairpool.pricing.published.feature_market.payment import GainCurve
    >>> curve = GainCurve(bids=np.array([0.0, 10.0, 20.0]), gains=np.array([0.1, 0.4, 0.5]))
    >>> bids = deviations_of(Deviator.BUYER)
    >>> found = audit(bids, partial(try_bids, curve, 15.0), claim="no lie about one's value pays", honest=15.0)
    >>> found.verdict, len(found.trials)
    ('no gain found', 6)
    """
    actions = {name: action for one in deviations for name, action in one.actions(honest).items()}
    return Finding(claim, tuple(attempt(actions)), epsilon)

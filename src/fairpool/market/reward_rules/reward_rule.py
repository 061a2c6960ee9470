"""What a reward rule is: a value of a game, the game it is a value of, and what it does with what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Float, Floats
from fairpool.market.copies.laws import CopiesLaw
from fairpool.market.reward_rules.characteristic import CharacteristicFunction
from fairpool.market.tolerances import NOTHING

ORDERS = "averaged over all orders in which the parties could have joined (Shapley value)"
GROUPS = "what a party adds to a group of the others, averaged over all groups"
TOGETHER = "; parties whose data can stand in for each other count as one and split one share"


@dataclass(frozen=True, slots=True)
class RewardRule:
    """A named way to share out the pot.

    weights      the value's weights for n players (`fairpool.games.values.semivalues`)
    size_law     how much weight it puts on coalitions of each size, for any n (`fairpool.games.values.size_laws`)
    copies       how the value treats copies that change no model, for every number of them, where that is known
    everything   whether shares are scaled to sum to one; else what is left goes back to the payers
    meaning      what a share is, in the report's sentences
    clause       the same in half a sentence, for the terminal; ``own_clause`` where parties have tasks of their own
    collapse     whether functional replicas play as one
    """

    name: str
    function: CharacteristicFunction
    weights: Callable[[int], Floats]
    size_law: Callable[[int], Floats]
    everything: bool
    meaning: str
    clause: str
    own_clause: str
    collapse: bool = False
    copies: CopiesLaw | None = None

    def shares(
        self, values: Float[Floats, " parties *draws"], worth: float | Floats
    ) -> Float[Floats, " parties *draws"]:
        """Shares, each >= 0, sum <= 1, from the players' values and v(all) - v(empty); of many games at once, too."""
        return self._parts(np.where(values > NOTHING, values, 0.0), values, worth)

    def earned_by_buying(
        self, values: Float[Floats, " parties"], bought: Float[Floats, " parties"], worth: float
    ) -> Float[Floats, " parties"]:
        """The part of each share that comes from ``bought``, the part of the values that buyers gain themselves."""
        return self._parts(np.where(values > NOTHING, bought, 0.0), values, worth)

    def _parts(self, kept: Floats, values: Floats, worth: float | Floats) -> Floats:
        whole = self.whole(values, worth)
        return np.divide(kept, whole, out=np.zeros_like(kept), where=whole > 0.0)

    def whole(
        self, values: Float[Floats, " parties *draws"], worth: float | Floats
    ) -> Float[Floats, " *draws"]:
        """The value that counts as a share of one; 0 where nobody has a share."""
        total = np.asarray(np.where(values > NOTHING, values, 0.0).sum(axis=0), dtype=np.float64)
        if self.everything:
            return total
        return np.where(np.asarray(worth) > NOTHING, np.maximum(worth, total), 0.0)

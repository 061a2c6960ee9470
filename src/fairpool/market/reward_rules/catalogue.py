"""Payment divisions: how the pot of all improvements is shared out.

A division is a value of a game, a characteristic function that makes the game of the gains, and a rule for what the
value does not hand out.

    name                characteristic function    value            handed out
    normalised-shapley  the paper's                Shapley          everything (docs/decisions/0003)
    gain-only           gain only                  Shapley          everything
    collapsed           the paper's, functional replicas as one player, Shapley; everything
    banzhaf             plain gain                 Banzhaf          value / (v(all) - v(empty)), at most everything
    robust-shapley      plain gain                 Robust Shapley   value / (v(all) - v(empty)), at most everything

A negative value counts as zero: no party pays more than what it got (the paper's b_i >= 0).  Which properties each
division has, proven, tested or refuted, is in docs/theory/divisions.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from fairpool.games.values.banzhaf import banzhaf_weights
from fairpool.games.values.robust_shapley import robust_shapley_weights
from fairpool.games.values.shapley import shapley_weights
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.market.reward_rules.characteristic import GAIN_ONLY, PAPER, PLAIN_GAIN, CharacteristicFunction

NOTHING = 1e-12  # a value this small is the rounding error of a zero


@dataclass(frozen=True, slots=True)
class RewardRule:
    """A named way to share out the pot.

    weights      the value's weights for n players (`fairpool.games.values.semivalues`)
    everything   whether shares are scaled to sum to one; else what is left goes back to the payers
    collapse     whether functional replicas play as one
    """

    name: str
    function: CharacteristicFunction
    weights: Callable[[int], Floats]
    everything: bool
    collapse: bool = False

    def shares(self, values: Floats, worth: float) -> Floats:
        """Shares (n,), each >= 0, sum <= 1, from the players' values and v(all) - v(empty)."""
        kept = np.where(values > NOTHING, values, 0.0)
        whole = self.whole(values, worth)
        return kept / whole if whole > 0.0 else kept * 0.0

    def whole(self, values: Floats, worth: float) -> float:
        """The value that counts as a share of one; 0 where nobody has a share."""
        total = float(values[values > NOTHING].sum())
        if self.everything:
            return total
        return max(worth, total) if worth > NOTHING else 0.0


DIVISIONS: Mapping[str, RewardRule] = MappingProxyType(
    {
        division.name: division
        for division in (
            RewardRule("normalised-shapley", PAPER, shapley_weights, everything=True),
            RewardRule("gain-only", GAIN_ONLY, shapley_weights, everything=True),
            RewardRule("collapsed", PAPER, shapley_weights, everything=True, collapse=True),
            RewardRule("banzhaf", PLAIN_GAIN, banzhaf_weights, everything=False),
            RewardRule("robust-shapley", PLAIN_GAIN, robust_shapley_weights, everything=False),
        )
    }
)


def division_named(name: str) -> RewardRule:
    """The division of that name; InputError names the known ones."""
    if name not in DIVISIONS:
        raise InputError(f"division: got {name!r}, expected one of {', '.join(DIVISIONS)}")
    return DIVISIONS[name]

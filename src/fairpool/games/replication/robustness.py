"""What a player gains by entering copies of itself.

k          ``copies``                 the player acts as k + 1 identities in a game of n + k players
v^R        `ReplicatedGame`           a copy adds nothing to a coalition that already holds one (replication redundancy)
z_i(c)     `SizeSums.mean_marginals`  mean marginal of player i at coalitions of size c in the *original* game
alpha_c^k  `replicated_size_law`      (k+1) binom(n-1, c) w_{c, n+k}

    phi_i^tot(k) = sum_c alpha_c^k z_i(c)

Only coalitions without any of the k + 1 identities give one of them a marginal, so the total after
replication needs no value of the larger game.  A value is replication robust if the total never exceeds
phi_i^tot(0) in a submodular game; z_i(c) falls with c there, and Theorem 3.3.6.1 turns that into a condition
on the weights alone.

Source: section 3.3 of D. Han's thesis, which contains Han, Wooldridge, Rogers, Ohrimenko, Tschiatschek,
Replication-robust payoff allocation in submodular cooperative games, arXiv:2006.14583.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairpool.games.costs import is_of_costs
from fairpool.games.game import Coalitions, Game, player_count, worths_of
from fairpool.games.tolerances import SAME_WEIGHTS
from fairpool.games.values.semivalues import WeightsOf, joined_size_law
from fairpool.ground.arrays import Bool, Float, Floats
from fairpool.ground.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class ReplicatedGame:
    """``game`` in which ``player`` has ``copies`` further identities, players n .. n + copies - 1."""

    game: Game
    player: int
    copies: int

    def __post_init__(self) -> None:
        if not 0 <= self.player < player_count(self.game):
            raise InputError(f"player: got {self.player}, expected 0 to {player_count(self.game) - 1}")
        if self.copies < 0:
            raise InputError(f"copies: got {self.copies}, expected 0 or more")

    @property
    def players(self) -> int:
        return player_count(self.game) + self.copies

    @property
    def of_costs(self) -> bool:
        """As the game without copies."""
        return is_of_costs(self.game)

    @property
    def identities(self) -> list[int]:
        """The player and its copies, as players of this game."""
        return [self.player, *range(player_count(self.game), self.players)]

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        """v of the coalition with the copies identified: bool (b, n + copies) -> float64 (b,)."""
        identified = coalitions[:, : player_count(self.game)].copy()
        identified[:, self.player] = coalitions[:, self.identities].any(axis=1)
        return worths_of(self.game, identified)


@dataclass(frozen=True, slots=True)
class RobustnessVerdict:
    """Whether weights passed Theorem 3.3.6.1 for k = 1 .. ``copies``; true in a condition if they did.

    ``violation`` is the first (k, p) at which sum_{c <= p} alpha_c^k exceeds sum_{c <= p} alpha_c^0, by
    ``excess``.
    """

    copies: int
    violation: tuple[int, int] | None
    excess: float

    @property
    def robust(self) -> bool:
        return self.violation is None

    def __bool__(self) -> bool:
        return self.robust


def is_replication_robust(weights_of: WeightsOf, players: int, copies: int) -> RobustnessVerdict:
    """Check the condition of Theorem 3.3.6.1 for n = ``players`` and k = 1 .. ``copies``.

        for every p in 0 .. n-1:   sum_{c <= p} alpha_c^0  >=  sum_{c <= p} alpha_c^k

    Sums are compared with a relative tolerance of 1e-12, since many of them are equal in exact arithmetic.
    Cost: ``copies`` + 1 calls of ``weights_of`` and O(n) exact products each.
    """
    plain = np.cumsum(replicated_size_law(weights_of, players, 0))
    for k in range(1, copies + 1):
        excess = np.cumsum(replicated_size_law(weights_of, players, k)) - plain
        violated = np.flatnonzero(excess > SAME_WEIGHTS * plain)
        if len(violated):
            p = int(violated[0])
            return RobustnessVerdict(copies=copies, violation=(k, p), excess=float(excess[p]))
    return RobustnessVerdict(copies=copies, violation=None, excess=0.0)


def replicated_size_law(weights_of: WeightsOf, players: int, copies: int) -> Floats:
    """alpha_c^k = (k+1) binom(n-1, c) w_{c, n+k}: float64 (n,); with no copies, the size law itself."""
    if not callable(weights_of):
        raise InputError(
            f"weights_of: got {type(weights_of).__name__}, expected a function of the number of players, "
            "such as shapley_weights: copies change it"
        )
    weights = np.asarray(weights_of(players + copies), dtype=np.float64)
    if weights.shape != (players + copies,):
        raise InputError(
            f"weights_of({players + copies}): got shape {weights.shape}, expected ({players + copies},)"
        )
    return (copies + 1) * joined_size_law(weights, players)


def totals_after_replication(mean_marginals: ArrayLike, weights_of: WeightsOf, copies: int) -> Floats:
    """phi^tot(k) = sum_c alpha_c^k z(c) for k = 0 .. ``copies``.

    mean_marginals: float64 (..., n), z_i(c) of one player or of many (`SizeSums.mean_marginals`).
    Returns float64 (..., copies + 1): what the k + 1 identities get together.  Exact for any game, submodular or not.
    Cost O(copies * n) beyond the weights.
    """
    z = np.asarray(mean_marginals, dtype=np.float64)
    laws = [replicated_size_law(weights_of, z.shape[-1], k) for k in range(copies + 1)]
    return np.asarray(z @ np.array(laws).T, dtype=np.float64)

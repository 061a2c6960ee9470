"""What each coalition size counts for in a semivalue.

    value_i = sum over S without i of w_|S| (v(S + i) - v(S))
            = sum over sizes s of  alpha_{s-1} In_i(s) - alpha_s Out_i(s)

alpha_c     ``binom(n-1, c) w_c``  weight of the mean marginal contribution to coalitions of size c ([HWROT22]);
            1/n for the Shapley value
In_i(s)     mean worth of the coalitions of size s that contain i;  Out_i(s): of those that do not
in_s        ``inside``   alpha_{s-1} n / s
out_s       ``outside``  alpha_s n / (n - s)
z_i(S)      what one coalition S, drawn uniformly among those of its size s, says about player i:
            in_s v(S) if i is a member, -out_s v(S) if not; its mean over S is player i's part at size s

[HWROT22] Han, Wooldridge, Rogers, Ohrimenko, Tschiatschek, "Replication robust payoff allocation in submodular
cooperative games", arXiv 2006.14583 (sampling estimator of its Alg. 5, without the feasibility programme).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.games.game import Coalitions
from fairpool.games.tolerances import NEGLIGIBLE_SIZE
from fairpool.games.values.semivalues import Weights, law_at
from fairpool.ground.arrays import Bool, Float, Floats


@dataclass(frozen=True, slots=True, eq=False)
class SizeWeights:
    """in_s and out_s, float64 (n + 1,) each, for coalition sizes 0 .. n."""

    inside: Floats
    outside: Floats

    @property
    def players(self) -> int:
        return self.inside.size - 1

    @property
    def law(self) -> Floats:
        """alpha_c for c = 0 .. n - 1: (n,)."""
        return np.asarray(self.inside[1:] * np.arange(1, self.players + 1) / max(self.players, 1))

    @property
    def even(self) -> bool:
        """Whether all sizes count, and no half of them for nearly everything."""
        law = np.abs(self.law)
        return bool(law.all()) and float(law.sum() ** 2 / (law**2).sum()) > self.players / 2

    @property
    def spread(self) -> Floats:
        """c_s^2 = mean over players of E z_i(S)^2 for v(S) = 1: (n + 1,)."""
        member = np.arange(self.players + 1) / max(self.players, 1)
        return self.inside**2 * member + self.outside**2 * (1 - member)

    @property
    def opposition(self) -> Floats:
        """gamma_s: mean over players of -z_i(S) z_i(N - S) for |S| = s and unit worths: (n + 1,)."""
        member = np.arange(self.players + 1) / max(self.players, 1)
        return member * self.inside * self.outside[::-1] + (1 - member) * self.outside * self.inside[::-1]

    def terms(
        self, coalitions: Bool[Coalitions, "batch players"], worths: Float[Floats, " batch"]
    ) -> Float[Floats, "batch players"]:
        """z_i(S) of every coalition and player: bool (b, n), float64 (b,) -> float64 (b, n)."""
        sizes = coalitions.sum(axis=1)
        signed = np.where(coalitions, self.inside[sizes, None], -self.outside[sizes, None])
        return np.asarray(signed * worths[:, None], dtype=np.float64)


def shapley_size_weights(players: int) -> SizeWeights:
    """alpha_c = 1/n for every c; exact for any number of players."""
    return _from_alpha(np.full(players, 1.0 / max(players, 1)))


def size_weights(weights: Weights, players: int) -> SizeWeights:
    """From a function such as `banzhaf_weights`, or from w_c, float64 (n,): the weight of one coalition of size c that
    lacks the player.  Raises InputError for another shape, a number that is not finite, and underflown weights."""
    return _from_alpha(law_at(weights, players))


def _from_alpha(alpha: Floats) -> SizeWeights:
    n = alpha.size
    sizes = np.arange(n + 1)
    counted = np.where(np.abs(alpha) > NEGLIGIBLE_SIZE * np.abs(alpha).sum(), alpha, 0.0)
    inside, outside = np.zeros(n + 1), np.zeros(n + 1)
    inside[1:] = counted * n / sizes[1:]
    outside[:-1] = counted * n / (n - sizes[:-1])
    return SizeWeights(inside, outside)

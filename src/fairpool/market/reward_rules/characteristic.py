"""Characteristic functions of a common task: what a coalition is worth, given the gains of coalitions.

    v(S) = (model + members * |S|) G(S) - members * sum of G({j}) over the members j

    model = 1, members = 1   the paper's: value of the model plus what it brings to every member ([OTT19] section 4)
    model = 0, members = 1   gain only: what it brings to the members, so that v(all) is the pot itself
    model = 1, members = 0   the plain gain G

[OTT19] Ohrimenko, Tople, Tschiatschek: Collaborative machine learning markets, NeurIPS 2019 workshop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import Coalitions, Game
from fairpool.ground.arrays import Floats


@dataclass(frozen=True, slots=True)
class CharacteristicFunction:
    """The two weights of the formula above."""

    model: float
    members: float

    def of(self, gains: Floats, sizes: NDArray[np.int64], alone: Floats) -> Floats:
        """v from G, |S| and the sum of G({j}) over the members, all (b,)."""
        return (self.model + self.members * sizes) * gains - self.members * alone


PAPER = CharacteristicFunction(model=1.0, members=1.0)
GAIN_ONLY = CharacteristicFunction(model=0.0, members=1.0)
PLAIN_GAIN = CharacteristicFunction(model=1.0, members=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class CharacteristicTable:
    """v of all coalitions of n parties, from G of all coalitions.

    alone: float64 (n,); sizes, alone_sums: (2**n,), |S| and the sum of G({j}) over S.
    """

    function: CharacteristicFunction
    alone: Floats
    sizes: NDArray[np.int64]
    alone_sums: Floats

    @classmethod
    def of(cls, function: CharacteristicFunction, alone: Floats) -> CharacteristicTable:
        alone_sums = np.zeros(1)
        for gain in alone:  # the coalitions with the next party follow those without it
            alone_sums = np.concatenate([alone_sums, alone_sums + gain])
        sizes = np.bitwise_count(np.arange(len(alone_sums))).astype(np.int64)
        return cls(function, alone, sizes, alone_sums)

    def values(self, gains: Floats) -> Floats:
        """v(S): gains float64 (2**n,), G(S) -> (2**n,)."""
        return self.function.of(gains, self.sizes, self.alone_sums)

    def with_copies(self, gains: Floats, party: int, copies: int) -> Floats:
        """v(S with ``copies`` copies of ``party``): gains of these unions, (2**n,) -> (2**n,)."""
        return self.function.of(gains, self.sizes + copies, self.alone_sums + copies * self.alone[party])


@dataclass(frozen=True, slots=True, eq=False)
class CharacteristicGame:
    """The same over a game of gains that is asked coalition by coalition; alone is float64 (n,), G({i})."""

    gains: Game
    function: CharacteristicFunction
    alone: Floats

    @property
    def players(self) -> int:
        return self.gains.players

    def worth(self, coalitions: Coalitions) -> Floats:
        return self.function.of(self.gains.worth(coalitions), coalitions.sum(axis=1), coalitions @ self.alone)

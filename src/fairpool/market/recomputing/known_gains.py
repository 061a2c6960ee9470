"""The gains of a settled round as games: everything that was evaluated, and nothing of anybody's rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fairpool.games.game import Coalitions, Game, ValuesByName, coalitions_at, names_of
from fairpool.ground.arrays import Bool, Float, Floats
from fairpool.ground.errors import InputError
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.learners.nearest.closed_form import Ranking, gains_by_column

_CELLS = 2**22  # looked at together


@dataclass(frozen=True, eq=False, repr=False)
class KnownGains(ValuesByName):
    """The coalitions that a sampled round evaluated: bool (m, n), and their gains (m,); no other is known."""

    coalitions: Bool[Coalitions, "known players"]
    gains: Float[Floats, " known"]
    names: tuple[str, ...] | None = None
    _place: dict[bytes, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", {row.tobytes(): k for k, row in enumerate(self.coalitions)})

    @property
    def players(self) -> int:
        return int(self.coalitions.shape[1])

    def worth(self, coalitions: Coalitions) -> Floats:
        """Raises InputError for a coalition that was not evaluated."""
        asked = np.ascontiguousarray(coalitions, dtype=np.bool_)
        places = [self._place.get(row.tobytes()) for row in asked]
        if None in places:
            names = names_of(self)
            members = [names[i] for i in np.flatnonzero(asked[places.index(None)])]
            raise InputError(
                f"gains: got coalition {members}, expected one of the {len(self.gains):,} that this sampled round "
                'evaluated (`coalitions` lists them; method = "exact" evaluates all)'
            )
        return self.gains[np.array(places, dtype=np.int64)]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RankedGains(ValuesByName):
    """The gains of one nearest neighbour, for any number of parties: whose row is nearest decides each task row."""

    ranking: Ranking
    empty: float
    names: tuple[str, ...] | None = None

    @property
    def players(self) -> int:
        return int(self.ranking.party.shape[1])

    def worth(self, coalitions: Coalitions) -> Floats:
        found = np.full(len(coalitions), self.empty)
        rows = np.arange(len(self.ranking.party))
        step = max(1, _CELLS // self.ranking.party.size)
        for first in range(0, len(coalitions), step):
            some = np.asarray(coalitions[first : first + step], dtype=np.bool_)
            nearest = some[:, self.ranking.party].argmax(axis=2)
            gains = gains_by_column(self.ranking.right[rows, nearest].T)
            found[first : first + step] = np.where(some.any(axis=1), gains, self.empty)
        return found


def known_games(evaluator: Evaluator) -> tuple[KnownGains, ...]:
    """Of each task, what has been evaluated."""
    coalitions, gains = evaluator.known()
    return tuple(KnownGains(coalitions, column) for column in gains.T)


def known_coalitions(game: Game, *, most: int) -> Coalitions | None:
    """The coalitions whose gains a settled round's game knows; None where they are more than ``most``."""
    if isinstance(game, KnownGains):
        return game.coalitions if len(game.coalitions) <= most else None
    few = game.players < most.bit_length() and 2**game.players <= most
    return coalitions_at(np.arange(2**game.players), game.players) if few else None

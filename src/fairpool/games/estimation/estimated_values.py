"""What an estimate says, and the way on from it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fairpool.games.estimation.stopping import Stopped
from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Floats
from fairpool.ground.progress import Progress, unwatched

if TYPE_CHECKING:
    import pandas as pd

    from fairpool.games.estimation.course import Course

MOST_SHOWN = 6  # players in a repr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EstimatedValues:
    """Estimated values of a game.

    values, standard_errors: float64 (n,); stopped: "budget", "target" or "exhausted" (every coalition was
    evaluated and the values are exact).
    coalitions: bool (m, n) and worths: float64 (m,), everything that was evaluated.  Among the coalitions of one
    size they are a uniform sample without replacement, so other averages may be estimated from them (at size n/2 a
    uniform sample of complementary pairs and singles; below a budget of 3n, walks through all sizes).
    players: the players' names, 0 .. n-1 where the game has none.
    """

    values: Floats
    standard_errors: Floats
    stopped: Stopped
    coalitions: Coalitions
    worths: Floats
    players: tuple[Hashable, ...]
    course: Course = field(repr=False)

    @property
    def evaluations(self) -> int:
        return int(self.worths.size)

    def extend(self, *, evaluations: int, progress: Progress = unwatched) -> EstimatedValues:
        """Go on with ``evaluations`` further coalitions, none of which was evaluated before.

        The new estimate rests on all coalitions, old and new, and so its error is that of one call with the sum of
        evaluations.  It is not that call to the bit: where draws go is decided by what a first part of the budget
        showed, and that part was smaller.  Its chance goes on where the estimate's stopped, so the same steps give
        the same numbers.  An exhausted estimate is exact and stays as it is.  Raises InputError for less than 1.
        """
        return self.course.extended(evaluations, progress)

    def to_frame(self) -> pd.DataFrame:
        """One row per player: ``value`` and ``standard_error``, in the units of the game."""
        import pandas as pd

        index = pd.Index(list(self.players), name="player", tupleize_cols=False)
        return pd.DataFrame({"value": self.values, "standard_error": self.standard_errors}, index=index)

    def __repr__(self) -> str:
        each = [
            f"{name}: {value:.4g} ± {error:.2g}"
            for name, value, error in zip(self.players, self.values, self.standard_errors, strict=True)
        ]
        shown = each if len(each) <= MOST_SHOWN else [*each[: MOST_SHOWN - 1], f"... {len(each)} players"]
        return f"EstimatedValues({', '.join(shown)}; {self.evaluations} evaluations, {self.stopped})"

    def _repr_html_(self) -> str:
        return (
            str(self.to_frame().to_html(max_rows=20))
            + f"<p>{self.evaluations} evaluations, {self.stopped}</p>"
        )

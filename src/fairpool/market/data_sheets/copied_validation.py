"""Parties whose rows are exactly validation rows far more often than the other parties' rows are.

The bound that decides a refusal comes from one party's columns alone, and where few values are possible it is wide.
The other parties' rows say more: beside the same validation rows, an honest party's are found there about as often as
theirs.  Fisher's exact test, one-sided, of a party's rows against those of all others pooled.

Honest rows may differ as well: a party may be of the validation rows' population and the others not, or have the same
rows many times.  So it is asked, and nothing is refused.  A party's rows beside its own task are of one house, and are
not held against others'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import hypergeom

from fairpool.market.data_sheets.leakage import RowsInValidation

ALARMS = 1e-5  # of rounds of exchangeable rows, over all parties and tasks
TIMES_AS_OFTEN = 5  # honest parties of other populations differ surely, where values are few, but not so far
FEWEST_OTHERS = 100  # rows, where there are but two parties


@dataclass(frozen=True, slots=True)
class MatchedMore:
    """A party's exact matches beside a task, and those of all other parties, each of so many rows."""

    found: RowsInValidation
    rows: int
    others: int
    others_rows: int

    @property
    def counted(self) -> str:
        """``West: 15 of 40 (others: 0 of 50)``."""
        task = self.found.task
        whose = "" if task is None else f", of {task}'s task"
        return (
            f"{self.found.party}: {self.found.exact:,} of {self.rows:,} "
            f"(others: {self.others:,} of {self.others_rows:,}{whose})"
        )


def matched_more(found: Sequence[RowsInValidation], rows: Mapping[str, int]) -> list[MatchedMore]:
    """Whom to ask, of those that chance would explain by their own columns; rows: of each party, that are trained on.

    >>> west, *others = (RowsInValidation(name, None, n, 0, 0.0, n, 18, False, 0) for name, n in
    ...                  (("West", 15), ("North", 0), ("South", 0)))
    >>> [one.counted for one in matched_more([west, *others], {"West": 40, "North": 25, "South": 25})]
    ['West: 15 of 40 (others: 0 of 50)']
    """
    brought = dict(rows)
    for one in found:
        brought[one.party] = max(brought[one.party], rows[one.party] + one.left_out)
    all_rows = sum(brought.values())
    told = []
    for one in found:
        same = [other for other in found if other.task == one.task]
        mine, exact = brought[one.party], sum(other.exact for other in same)
        case = MatchedMore(one, mine, exact - one.exact, all_rows - mine)
        if one.more_than_chance or one.task == one.party or not _tells(case, parties=len(rows)):
            continue
        if float(hypergeom.sf(one.exact - 1, all_rows, exact, mine)) * len(found) < ALARMS:
            told.append(case)
    return told


def _tells(case: MatchedMore, *, parties: int) -> bool:
    far = case.found.exact * case.others_rows >= TIMES_AS_OFTEN * case.others * case.rows
    return far and (parties >= 3 or (parties == 2 and case.others_rows >= FEWEST_OTHERS))

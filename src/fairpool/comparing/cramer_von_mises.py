"""A check of submissions against each other that knows nothing about the data: Algorithm 3 of [CCZ25].

[CCZ25]: Clinton, Chen, Zeng, Zhu, Kandasamy, "A Cramér-von Mises approach to incentivizing truthful data sharing",
NeurIPS 2025.

    Y_i, Y_-i   what agent i submitted, and what the others did
    T, W, Z     a random split of Y_-i: one row to test at, psi rows that go with agent i's, and the rest
    F_S(t)      share of the values of S that are at most t
    L_i         ``loss``: mean over features k of (F_{Y_i and W}(T) - F_Z(T))^2
    psi         ``withheld``
    a, z        ``own_side`` = |Y_i| + |W| and ``other_side`` = |Z|: the sizes compared
    c           ``spread``: E[F(T) (1 - F(T))], 1/6 if values never tie, between 0 and 5/24 in any case

If everybody reports honestly, E L_i = c (1/a + 1/z) exactly, for any distribution; no report whatever brings it below
c/z.  So more honest rows mean less loss, and lying saves at most c/a, if psi does not depend on the report.

Where this departs from the paper: instead of drawing T and W, the loss is averaged over *every* split, in closed form.
Given the submissions this is the expectation of the paper's loss, so whatever holds for the expected loss of any report
holds here too, and the luck of the split is gone: the check needs no random numbers, and anybody can repeat it.
With W of w rows among M = w + z + 1, hypergeometric moments give

    L(w) = (n/a)^2 L(0) + w z / (w + z) (1/a + 1/z)^2 spread,      n = |Y_i|

What the check can and cannot see: docs/theory/cramer-von-mises.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.comparing.rank_sums import MOST_ROWS, losses_and_spreads
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError

Withheld = Callable[[int, int], int]

FEWEST_AGENTS = 3
FEWEST_OTHER_ROWS = 3
LARGEST_SPREAD = 5 / 24
BLOCK = 2**18  # values sorted at a time


def nothing_withheld(rows: int, others: int) -> int:  # noqa: ARG001
    """psi = 0, as in the paper's experiments."""
    return 0


def balanced(rows: int, others: int) -> int:
    """The paper's suggestion |W| + |Y_i| = |Z|, rounded down; nothing where agent i has more than the others.

    Parameters
    ----------
    rows, others : int
        Rows of agent i, and of all others together.

    Returns
    -------
    int
        psi = |W|, rows of the others to withhold.

    Notes
    -----
    Z grows with the rows submitted, and the least expected loss falls with it: padding can save more than c/a,
    though never ``epsilon``.  A psi fixed beforehand avoids that.

    References
    ----------
    [CCZ25]_, algorithm 3.

    .. [CCZ25] Clinton, Chen, Zeng, Zhu, Kandasamy: A Cramér-von Mises approach to incentivizing truthful data
       sharing, NeurIPS 2025.

    Examples
    --------
    >>> balanced(10, 41)
    15
    """
    return max((others - 1 - rows) // 2, 0)


@dataclass(frozen=True, slots=True, eq=False)
class CramerVonMisesCheck:
    """How far one agent's rows lie from those of the others.

    rows, others, withheld: |Y_i|, |Y_-i| and |W|.
    losses, spreads: float64 (features,), the loss L_i^k and the estimate of c_k made from the others' rows alone.
    """

    rows: int
    others: int
    withheld: int
    losses: Floats
    spreads: Floats

    @property
    def own_side(self) -> int:
        return self.rows + self.withheld

    @property
    def other_side(self) -> int:
        return self.others - 1 - self.withheld

    @property
    def loss(self) -> float:
        """L_i, between 0 and 1."""
        return float(self.losses.mean())

    @property
    def spread(self) -> float:
        return float(self.spreads.mean())

    @property
    def expected_losses(self) -> Floats:
        """float64 (features,): what the losses of this many honest rows are on average, c_k (1/a + 1/z)."""
        return self.spreads * self._reciprocals

    @property
    def expected_loss(self) -> float:
        """Unbiased if all agents are honest; exactly 1/6 (1/a + 1/z) where values do not tie."""
        return float(self.expected_losses.mean())

    @property
    def largest_expected_loss(self) -> float:
        """The bound for any data: 5/24 (1/a + 1/z); the paper's 1/4 is not reached by any distribution."""
        return LARGEST_SPREAD * self._reciprocals

    @property
    def epsilon(self) -> float:
        """The paper's degree of truthfulness: no report has an expected loss lower than honesty's by more."""
        return self._reciprocals / 4

    @property
    def most_saved(self) -> float:
        """Sharper than ``epsilon``: c/a, which an agent that knows the distribution would save by lying.

        Holds where psi depends on the others' rows alone, or on a size agreed beforehand; see `balanced`.
        """
        return self.spread / self.own_side

    @property
    def ratio(self) -> float:
        """Loss over what honest rows have on average; about 1 for honest rows, 1 where no value differs."""
        expected = self.expected_loss
        if expected > 0:
            return self.loss / expected
        return 1.0 if self.loss == 0 else float("inf")

    @property
    def most_telling_feature(self) -> int:
        """The column that exceeds its honest expectation by most, counted from 0."""
        return int(np.argmax(self.losses - self.expected_losses))

    @property
    def _reciprocals(self) -> float:
        return 1 / self.own_side + 1 / self.other_side


def cramer_von_mises_check(
    submissions: Sequence[ArrayLike], *, withheld: Withheld = nothing_withheld
) -> tuple[CramerVonMisesCheck, ...]:
    """Compare every agent's rows with the pooled rows of the others, one feature at a time.

    Parameters
    ----------
    submissions : sequence of float64 (rows, features)
        One table per agent: feature vectors the agents agreed on.  Text and images enter as such vectors, categories
        as numbers; the loss depends on the order of values only, so any unit will do.
    withheld : callable
        psi, from (rows of the agent, rows of the others) to |W|, at most rows of the others minus 3.

    Returns
    -------
    tuple of CramerVonMisesCheck
        One per agent: its ``loss`` from 0 to 1, and what honest rows have on average.

    Raises
    ------
    InputError
        For fewer than three agents, an agent without rows, different numbers of features, values that are not finite,
        and a |W| that leaves too little to compare with.

    Notes
    -----
    O(features N log N) for N rows in all, whatever the number of agents; memory O(N) beside the input.  No chance is
    involved.

    References
    ----------
    [CCZ25]_, algorithm 3, averaged over every split.

    .. [CCZ25] Clinton, Chen, Zeng, Zhu, Kandasamy: A Cramér-von Mises approach to incentivizing truthful data
       sharing, NeurIPS 2025.

    Examples
    --------
    The third of four agents has invented its rows.

    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> rows = [rng.gamma(3.0, size=(1000, 1)) for _ in range(4)]
    >>> rows[2] = rng.normal(3.0, 1.7, size=(1000, 1))
    >>> max(range(4), key=lambda i: cramer_von_mises_check(rows)[i].ratio)
    2
    """
    tables = checked_submissions(submissions)
    counts = np.array([len(table) for table in tables], dtype=np.int64)
    sizes = [(int(n), int(counts.sum() - n)) for n in counts]
    kept_back = [_withheld_rows(withheld, *size, agent=i) for i, size in enumerate(sizes)]
    losses, spreads = _all_features(tables, counts)
    return tuple(
        CramerVonMisesCheck(n, M, w, _with_withheld(losses[i], spreads[i], n, M, w), spreads[i])
        for i, ((n, M), w) in enumerate(zip(sizes, kept_back, strict=True))
    )


def checked_submissions(submissions: Sequence[ArrayLike]) -> list[Floats]:
    """The submissions as float64 tables of equal width; InputError says which agent's is not one."""
    if len(submissions) < FEWEST_AGENTS:
        raise InputError(
            f"submissions: got {len(submissions)} agents, expected at least {FEWEST_AGENTS}: "
            "between two nobody can tell who is right"
        )
    tables = [_table(submission, agent) for agent, submission in enumerate(submissions)]
    width = tables[0].shape[1]
    for agent, table in enumerate(tables):
        if table.shape[1] != width:
            raise InputError(
                f"agent {agent}: got {table.shape[1]} features, expected {width} as agent 0 submitted"
            )
        if not np.isfinite(table).all():
            row, column = np.argwhere(~np.isfinite(table))[0]
            raise InputError(
                f"agent {agent}: got {table[row, column]} in submissions[{agent}][{row}, {column}] "
                "(agent, row and column counted from 0), expected a finite number"
            )
    _check_row_counts([len(table) for table in tables])
    return tables


def _table(submission: ArrayLike, agent: int) -> Floats:
    try:
        table = np.asarray(submission, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise InputError(f"agent {agent}: expected a table of numbers, {problem}") from problem
    if table.ndim != 2 or table.shape[1] == 0:
        raise InputError(f"agent {agent}: got an array of shape {table.shape}, expected (rows, features)")
    if len(table) == 0:
        raise InputError(f"agent {agent}: got no rows, expected at least one")
    return table


def _check_row_counts(counts: list[int]) -> None:
    total = sum(counts)
    if total > MOST_ROWS:
        raise InputError(f"submissions: got {total:,} rows in all, expected at most {MOST_ROWS:,}")
    for agent, rows in enumerate(counts):
        if total - rows < FEWEST_OTHER_ROWS:
            raise InputError(
                f"agent {agent}: the others submitted {total - rows} rows in all, "
                f"expected at least {FEWEST_OTHER_ROWS} to compare with"
            )


def _withheld_rows(withheld: Withheld, rows: int, others: int, *, agent: int) -> int:
    w = withheld(rows, others)
    if not 0 <= w <= others - FEWEST_OTHER_ROWS:
        raise InputError(
            f"withheld: got {w} rows for agent {agent}, whose others have {others}; "
            f"expected between 0 and {others - FEWEST_OTHER_ROWS}"
        )
    return int(w)


def _all_features(tables: list[Floats], counts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Losses without W, and spreads, a few features at a time: two float64 (agents, features)."""
    width, step = tables[0].shape[1], max(BLOCK // int(counts.sum()), 1)
    blocks = [
        losses_and_spreads(np.concatenate([table[:, k : k + step].T for table in tables], axis=1), counts)
        for k in range(0, width, step)
    ]
    losses, spreads = zip(*blocks, strict=True)
    return np.concatenate(losses, axis=1), np.concatenate(spreads, axis=1)


def _with_withheld(losses: Floats, spreads: Floats, n: int, M: int, w: int) -> Floats:
    """L(w) from L(0), averaged over every W of w rows."""
    if w == 0:
        return losses
    a, z = n + w, M - 1 - w
    return (n / a) ** 2 * losses + w * z / (w + z) * (1 / a + 1 / z) ** 2 * spreads

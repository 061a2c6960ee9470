"""How surprising is an agent's loss: a permutation test of the check of `cramer_von_mises`.

If all rows of all agents are independent draws from one distribution, then any choice of n of the N rows might as well
have been agent i's.  So the rows are handed out anew, whole rows at a time because the features of a row depend on each
other, and the losses of these imagined agents are compared with the real one.  With B of them

    p = (1 + number of losses at least as large as the real one) / (1 + B)

is at most alpha with chance at most alpha, exactly, for any distribution, ties and any number of features.
What a small p does not say: who is to blame.  Another agent's fabricated rows are in the pool this agent is compared
with; and honest agents who sample different populations differ, too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.comparing.cramer_von_mises import checked_submissions
from fairpool.comparing.rank_sums import tie_bounds
from fairpool.ground.arrays import Booleans, Float, Floats
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance, chance

BLOCK = 2**18  # labels looked at together
EQUAL = 1e-9  # losses that differ relatively by less count as equal: they were summed in another order


def permutation_p_value(
    submissions: Sequence[ArrayLike], agent: int, *, permutations: int = 999, rng: Chance
) -> float:
    """The chance, under honesty of all, of a loss as large as the agent's: between 1/(1 + permutations) and 1.

    Parameters
    ----------
    submissions : sequence of float64 (rows, features)
        One table per agent.
    agent : int
        Place of the agent among them, from 0.
    permutations : int
        How many imagined agents the loss is compared with.
    rng : numpy.random.Generator
        All chance.

    Returns
    -------
    float
        p; at most alpha with chance at most alpha, exactly, for any distribution.

    Raises
    ------
    InputError
        As `cramer_von_mises_check` does, for an agent that is not there, and for permutations < 1.

    Notes
    -----
    O(features (N log N + permutations N)) for N rows in all; memory 2 N (1 + permutations) bytes.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> rows = [rng.normal(size=(50, 1)), rng.normal(size=(50, 1)), rng.normal(2.0, size=(50, 1))]
    >>> permutation_p_value(rows, 2, permutations=99, rng=rng)
    0.01
    """
    rng = chance(rng)
    losses = permutation_losses(submissions, agent, permutations=permutations, rng=rng)
    larger = int(np.count_nonzero(losses[1:] >= losses[0] * (1 - EQUAL)))
    return (1 + larger) / (1 + permutations)


def permutation_losses(
    submissions: Sequence[ArrayLike], agent: int, *, permutations: int = 999, rng: np.random.Generator
) -> Float[Floats, " {permutations}+1"]:
    """The agent's loss (without W), then the losses of as many random rows out of all.

    submissions: for each agent float64 (rows, features); agent: index into them.
    Returns float64 (1 + permutations,).  Cost O(features (N log N + permutations N)) for N rows in all: about 10 ns
    times features times permutations times N on one core; memory 2 N (1 + permutations) bytes.
    Raises InputError as `cramer_von_mises_check` does, for an agent that is not there, and for permutations < 1.
    """
    tables = checked_submissions(submissions)
    if not 0 <= agent < len(tables):
        raise InputError(f"agent: got {agent}, expected a whole number from 0 to {len(tables) - 1}")
    if permutations < 1:
        raise InputError(f"permutations: got {permutations}, expected at least 1")
    labels = _labels([len(table) for table in tables], agent, permutations, rng)
    width = tables[0].shape[1]
    losses = np.zeros(1 + permutations)
    for feature in range(width):
        losses += _feature_losses(np.concatenate([table[:, feature] for table in tables]), labels)
    return losses / width


def _labels(counts: list[int], agent: int, permutations: int, rng: np.random.Generator) -> Booleans:
    """Which rows are the agent's: bool (N, 1 + permutations), first as they are."""
    own = np.repeat(np.arange(len(counts)) == agent, counts)
    labels = np.tile(own, (1 + permutations, 1))
    rng.permuted(labels[1:], axis=1, out=labels[1:])
    return np.ascontiguousarray(labels.T)


def _feature_losses(values: Floats, labels: Booleans) -> Floats:
    """The loss of each labelling in one feature: values (N,), labels (N, labellings)."""
    order = np.argsort(values)
    ordered = values[order]
    _, last = tie_bounds((ordered[1:] != ordered[:-1])[None, :])
    step = max(BLOCK // len(values), 1)
    blocks = (labels[:, start : start + step] for start in range(0, labels.shape[1], step))
    return np.concatenate([_sorted_losses(block[order], last[0]) for block in blocks])


def _sorted_losses(labels: Booleans, last: NDArray[np.int64]) -> Floats:
    """mean over the others' t of (A/n - B/Z)^2; labels (N, labellings) in the order of the values."""
    N, n = len(labels), int(np.count_nonzero(labels[:, 0]))
    Z = N - n - 1
    A = np.cumsum(labels, axis=0, dtype=np.int32)
    if last[0] != 0 or not np.array_equal(last, np.arange(N)):
        A = A[last]
    gaps = A * (1 / n + 1 / Z) - (last / Z)[:, None]
    gaps *= ~labels
    return np.einsum("ij,ij->j", gaps, gaps) / (Z + 1)

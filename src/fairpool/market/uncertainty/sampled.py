"""Values of a game from a sample of coalitions as a linear map of its worths, the coalitions being what they are.

    v  ~  f(S) = c + sum over i in S of b_i + d |S|^2 + e / (1 + |S|)      least squares on the sample
    psi_i(v)   =  psi_i(f), exactly, and of what is left, sum over sizes of  law_s (mean with i - mean without i)

where the means are over the coalitions of the sample of s + 1 members with i and of s members without; sizes of which
the sample lacks either count as explained.  On a sample that holds every coalition this is the value itself.

It tells what other weights of the validation rows do to the values, nothing else: the values that are paid for and
their standard errors are those of `fairpool.games.estimation`.

Cost: O(m p**2) for m coalitions and p = n + 3.
"""

from __future__ import annotations

import numpy as np

from fairpool.games.game import Coalitions
from fairpool.games.values.semivalues import size_law
from fairpool.ground.arrays import Float, Floats, Integers
from fairpool.learning.validation_rows.row_groups import RowGroups
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.uncertainty.forms import Columns, Forms, TaskForms, weighed


def sampled_forms(
    columns: Columns,
    groups: RowGroups,
    rule: RewardRule,
    empty: float,
    coalitions: Coalitions,
    standard_errors: Floats,
) -> Forms:
    """A common task, valued from these coalitions."""
    n, function = coalitions.shape[1], rule.function
    coefficients, sizes = value_coefficients(coalitions, rule.weights(n)), coalitions.sum(axis=1)
    filled = sizes > 0
    alone, everyone = columns(np.eye(n, dtype=bool)), columns(np.ones((1, n), dtype=bool))
    scale = (function.model + function.members * sizes) * filled
    values = weighed(coefficients * scale, coalitions, columns)
    values -= function.members * (coefficients @ coalitions) @ alone
    worth = (function.model + function.members * n) * everyone[0] - function.members * alone.sum(axis=0)
    start = function.model * empty
    task = TaskForms(groups, np.arange(n), alone, everyone, values, worth)
    constant = start * coefficients[:, ~filled].sum(axis=1)
    return Forms((task,), constant, -start, standard_errors=standard_errors)


def value_coefficients(coalitions: Coalitions, weights: Floats) -> Float[Floats, "players batch"]:
    """What the worth of each coalition counts in each player's value."""
    n, law = coalitions.shape[1], size_law(weights)
    sizes, steps = coalitions.sum(axis=1), np.arange(n + 1)
    shapes = [steps**2, 1.0 / (1 + steps)]
    design = np.column_stack([np.ones(len(sizes)), coalitions, *(shape[sizes] for shape in shapes)])
    of_fit = np.column_stack(
        [np.zeros(n), law.sum() * np.eye(n), *(np.full(n, law @ np.diff(shape)) for shape in shapes)]
    )
    fitted, by_size = np.linalg.pinv(design), _by_size(coalitions, sizes, law)
    return np.asarray(of_fit @ fitted + by_size - (by_size @ design) @ fitted, dtype=np.float64)


def _by_size(coalitions: Coalitions, sizes: Integers, law: Floats) -> Floats:
    """law_s / (how many such coalitions) with i, less the same without i: (n, m)."""
    m, n = coalitions.shape
    of_size = np.zeros((n + 1, m))
    of_size[sizes, np.arange(m)] = 1.0
    inside, outside = of_size @ coalitions, of_size @ ~coalitions
    both = (inside[1:] > 0) & (outside[:-1] > 0)
    joins = np.divide(law[:, None], inside[1:], out=np.zeros((n, n)), where=both)
    stays = np.divide(law[:, None], outside[:-1], out=np.zeros((n, n)), where=both)
    nothing = np.zeros((1, n))
    with_player = np.vstack([nothing, joins])[sizes]
    without = np.vstack([stays, nothing])[sizes]
    return np.where(coalitions, with_player, -without).T

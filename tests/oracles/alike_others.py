"""Markets in which all parties but the first are alike: G is told by whether party 0 is in, and by how many others.

    w_m, u_m   G of m others with and without party 0, m = 0 .. n - 1;  w_{n-1} = 1, u_0 = 0

With the improvements a_0 = 1 - w_0 and a = 1 - u_1 held, what copies of party 0 earn under Shapley shares is linear in
the other gains, so a linear program finds the market in which they earn most.  It is a tool that looks: what it finds
is a counterexample, what it does not find is no proof.  Nothing is imported from fairpool.
"""

from __future__ import annotations

from math import comb

import numpy as np
from scipy.optimize import linprog


def value_of_identities(n: int, identities: int, model: int) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients on w and u, (n,) each, of the Shapley value of party 0 and its copies together.

    Of v(S) = (model + |S|) G(S) - sum of G({j}): the first identity to arrive changes the model, each of the others
    brings one more member to a model that has the data already.
    """
    players = n - 1 + identities
    first = np.array(
        [
            identities
            * comb(n - 1, s)
            / (players * comb(players - 1, s))  # s others, then the first identity
            for s in range(n)
        ]
    )
    joins = first * (model + np.arange(n))
    w = joins + identities * np.full(n, 1 / n)
    w[0] -= identities
    return w, -joins


def most_earned(
    n: int, copies: int, own: float, others: float, *, model: int = 1
) -> tuple[float, np.ndarray, np.ndarray] | None:
    """The most that copies of party 0 earn where it improves by ``own`` and each other by ``others``, with w and u.

    G never falls when a party joins.  None where there is no such market.
    """
    pot = own + (n - 1) * others
    after, before = value_of_identities(n, copies + 1, model), value_of_identities(n, 1, model)
    larger = pot + copies * own
    scale_after, scale_before = larger / (model + larger), pot / (model + pot)
    gain = np.concatenate([scale_after * a - scale_before * b for a, b in zip(after, before, strict=True)])
    rises = [*zip(range(n - 1), range(1, n), strict=True)]
    rows = [(i, j) for i, j in rises] + [(n + i, n + j) for i, j in rises] + [(n + m, m) for m in range(n)]
    smaller = np.zeros((len(rows), 2 * n))
    for row, (low, high) in enumerate(rows):
        smaller[row, low], smaller[row, high] = 1.0, -1.0
    bounds = [(0.0, 1.0)] * (2 * n)
    bounds[0], bounds[n - 1], bounds[n], bounds[n + 1] = (
        (1 - own,) * 2,
        (1.0, 1.0),
        (0.0, 0.0),
        (1 - others,) * 2,
    )
    found = linprog(-gain, A_ub=smaller, b_ub=np.zeros(len(rows)), bounds=bounds)
    if found.status != 0:
        return None
    return -found.fun - copies * own, found.x[:n], found.x[n:]


def worst_at_the_mean(n: int, *, model: int = 1, steps: int = 10) -> float:
    """The most that one copy earns a party that improves as all others do, over a grid of improvements."""
    grid = np.linspace(0, 1, steps + 1)[1:]
    found = [most_earned(n, 1, level, level, model=model) for level in grid]
    return max(one[0] for one in found if one is not None)

"""What validation rows might have weighed: the Bayesian bootstrap, with two rows that might have been seen.

A validation set is a sample.  Under a Dirichlet process prior ([Fer73]) the law of a fresh row, given the V rows that
were seen, puts a weight on each of them that is Dirichlet(1, .., 1) ([Rub81]) and the rest on rows from the prior.  The
prior here has the mass of two rows: rows that only the data of one party make right, or wrong, each party as likely as
the next.  Without it a model that is right on all of twenty rows would be right for certain, and a class of one row
would be known for certain.  Where a score is an average over classes, each class has a law of its own.

    w_g = E_g / (strata * (sum over the stratum of n_g E_g + its unseen mass))         E_g ~ Exp(1)
    p_j = sum over strata of  gamma_j / (strata * the same)                            gamma_j ~ Gamma(2 / patterns)

[Rub81] Rubin: The Bayesian bootstrap, Annals of Statistics 9, 1981.
[Fer73] Ferguson: A Bayesian analysis of some nonparametric problems, Annals of Statistics 1, 1973.
"""

from __future__ import annotations

import numpy as np

from fairpool.ground.arrays import Float, Floats
from fairpool.learning.validation_rows.row_groups import RowGroups

UNSEEN_ROWS = 2.0


def drawn_weights(
    groups: RowGroups, patterns: int, draws: int, *, rng: np.random.Generator
) -> Float[Floats, "columns draws"]:
    """Weights of the groups of rows, then of the patterns that might have been seen: (groups + patterns, draws)."""
    ends = (
        np.flatnonzero(np.diff(groups.stratum, append=-1)) + 1
    ).tolist()  # groups of a stratum follow one another
    weights = np.zeros((len(groups) + patterns, draws))
    unseen, first = weights[len(groups) :], 0
    for end in ends:
        seen, sizes = weights[first:end], groups.sizes[first:end].astype(np.float64)
        rng.standard_exponential(out=seen)
        might = rng.standard_gamma(UNSEEN_ROWS / patterns, size=(patterns, draws))
        mass = len(ends) * (sizes @ seen + might.sum(axis=0))
        seen /= mass
        unseen += might / mass
        first = end
    return weights

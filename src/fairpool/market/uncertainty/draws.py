"""How many rounds are drawn, and quantiles that the luck of the draws does not make too narrow.

Of B draws about p B lie below their law's quantile q of level p, give or take sqrt(p (1 - p) B): in order of size,

    P(X(r) > q)  =  P(fewer than r draws lie at or below q)  <=  P(Binomial(B, p) < r)     ([DN03], section 7.1)

An interval goes from X(r) to X(B + 1 - r) with the largest r for which this is at most `LUCK`, p = 2.5 %: in all but
one of 740 runs an end lies outside the end that infinitely many draws would give.  So a sign that is called
certain is certain for (nearly) all seeds, and what luck is left makes a sign look open that is not.

[DN03] David, Nagaraja: Order Statistics, third edition, Wiley 2003.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from fairpool.ground.arrays import Float, Floats
from fairpool.market.uncertainty.forms import MOST_KEPT, Forms

LEVEL = 0.95
LUCK = 0.00135  # of an end, to lie too far inside: three standard errors of a normal law
LEAST_DRAWS, MOST_DRAWS = 2_000, 20_000
_WORK = 2**24  # random numbers of all draws together: about a fifth of a second
_TIMES = 2**33  # products of improvements that are found anew in every draw: about half a second
_AT_ONCE = 2**18  # random numbers held together: 2 MB, which a core keeps close


def blocks_of_draws(forms: Forms) -> tuple[int, ...]:
    """How many rounds are drawn, and how many of them at once: as many as cost little beside a settlement.

    All at once where improvements would be asked for anew in every block.
    """
    columns = sum(task.alone.shape[1] for task in forms.tasks)
    floored = [task.floored.numbers for task in forms.tasks if task.floored is not None]
    most = min(_WORK // columns, _TIMES // max(sum(floored), 1), MOST_DRAWS)
    draws = max(most, LEAST_DRAWS)
    size = draws if max(floored, default=0) > MOST_KEPT else max(_AT_ONCE // columns, 1)
    return tuple(min(size, draws - first) for first in range(0, draws, size))


def outer_quantiles(draws: Float[Floats, "*numbers draws"]) -> Float[Floats, "*numbers 2"]:
    """The ends of the middle 95 % of the last axis, not too narrow by luck: (.., draws) -> (.., 2).

    Examples
    --------
    >>> import numpy as np
    >>> outer_quantiles(np.random.default_rng(0).permutation(10_000)).tolist()
    [203, 9796]
    """
    count = draws.shape[-1]
    r = max(int(binom.ppf(LUCK, count, (1 - LEVEL) / 2)), 1)
    return np.partition(draws, [r - 1, count - r], axis=-1)[..., [r - 1, count - r]]

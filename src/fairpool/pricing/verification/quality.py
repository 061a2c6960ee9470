"""How good a contributor's rows are, held against the others': effective rows over rows.

For each column k, by the Cramér-von Mises check of the contributor against the others:

    L, E       loss, and what honest rows of one common distribution have on average, c (1/a + 1/z), c from all rows
    surprise   L / E over its own 99th percentile when rows are handed out anew: columns become comparable
    limit      what the largest surprise of 98 of 100 honest contributors stays below, in units of L, and R s^2: what
               98 of 100 honest contributors differ by at most where they differ by nature (`natural_spread`)
    excess     max(0, L - limit)
    quality    the least, over columns, of (c/a + R s^2) / (c/a + R s^2 + excess)

Reading: with n rows of a distribution b away from the true one, a buyer's estimate of how rows are distributed has a
mean squared error of c/n + b^2, and honest ones may have up to c/n + R s^2: quality is the ratio of the two.  Where all
are alike (s = 0) the error is that of n q honest rows: n q are the *effective* rows, never more than c / b^2, and a
contributor gains nothing from more rows of a wrong distribution.  Where they are not, what hides inside the natural
differences is not seen.

An honest contributor has quality 1 in 98 of 100 cases, and about 0.99 on average (tested).  The price of that: what is
too small to be told from chance is not seen.  With a single other contributor nobody can tell who is right, and quality
is 1.

Standard error, for the column that decides, from the influence of each row on the loss (U-statistics), with
D(t) = F_own(t) - F_others(t) and S(x) = mean of D(T) 1[x <= T] over the others' values T:

    var L = 4 var(S(X_i)) / n + var(D(T)^2 - 2 S(T)) / M + var of L among honest rows

and half of what quality changes from a loss one error lower to one an error higher.

It leaves out that s^2 is itself estimated.

The others' rows may be bad as well.  Before anybody is judged, contributors are set aside one at a time, the one
farthest beyond its limit first, until the rest agree as far as is natural or only half are left (`trusted`).
Everybody is then judged against the trusted only.  This takes an honest majority: if most fabricate from one
distribution, honest rows look wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairpool.comparing.cramer_von_mises import (
    FEWEST_AGENTS,
    FEWEST_OTHER_ROWS,
    CramerVonMisesCheck,
    cramer_von_mises_check,
)
from fairpool.comparing.permutation import permutation_losses
from fairpool.ground.arrays import Floats
from fairpool.pricing.verification.natural_spread import (
    PairDistances,
    pair_distances,
    tolerance,
)

RARE = 99.0
HONEST = 98.0
PERMUTED_ROWS = 2_000  # of all rows, from which chance is learned
FEWEST_PERMUTED = 8
MOST_INFLUENCES = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """What losses are by chance, when rows are handed out anew.

    rare, errors: float64 (features,), 99th percentile and standard deviation of loss / expected loss.
    surprises: float64 (permutations,), ascending: the largest loss / expected loss / rare of the features.
    ratios: float64 (permutations, features), ascending: loss / expected loss.
    """

    rare: Floats
    errors: Floats
    surprises: Floats
    ratios: Floats

    @property
    def limit(self) -> float:
        """The surprise that 98 of 100 honest contributors stay below."""
        return float(np.percentile(self.surprises, HONEST))

    def surprise_of(self, found: CramerVonMisesCheck) -> Floats:
        """float64 (features,); 0 in features in which the others do not differ, unless the contributor does."""
        expected = found.expected_losses * self.rare
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num(found.losses / expected, nan=0.0, posinf=np.inf)

    def p_value(self, surprise: float) -> float:
        """Share of the permuted surprises at least as large, the observed one among them."""
        larger = len(self.surprises) - int(np.searchsorted(self.surprises, surprise * (1 - 1e-9)))
        return (1 + larger) / (1 + len(self.surprises))


@dataclass(frozen=True, slots=True)
class Quality:
    """value in [0, 1] with its standard error.

    loss, expected_loss: means over features of the check against the trusted contributors.
    p_value: chance, were all rows of one distribution, of losses as large as in the feature with the largest surprise.
    feature: the one that decides, from 0; where quality is 1, the one with the largest surprise.
    ratio: its loss over its expected loss.  limit: the ratio that honest rows stay below; chance_limit: that honest
    rows of one common distribution stay below.  limit is infinite where there is a single other contributor.
    """

    value: float
    error: float
    loss: float
    expected_loss: float
    p_value: float
    ratio: float
    limit: float
    chance_limit: float
    feature: int


def learn_chance(tables: Sequence[Floats], *, permutations: int, rng: np.random.Generator) -> Chance:
    """Losses over their mean when rows are handed out anew, whole rows at a time.

    Permutes at most 2,000 rows: the ratio's distribution depends on that of the rows, hardly on how many there are.
    Cost about 15 ns times features times permutations times rows permuted.
    """
    pool = np.concatenate(tables)
    if len(pool) > PERMUTED_ROWS:
        pool = pool[rng.choice(len(pool), PERMUTED_ROWS, replace=False)]
    parts = np.split(pool, [len(pool) // 2, 3 * len(pool) // 4])
    same_labels = int(rng.integers(2**63))
    ratios = np.empty((permutations, pool.shape[1]))
    for k in range(pool.shape[1]):
        one = [part[:, k : k + 1] for part in parts]
        again = np.random.default_rng(same_labels)
        losses = permutation_losses(one, 0, permutations=permutations, rng=again)[1:]
        ratios[:, k] = losses / (losses.mean() or 1.0)
    rare = np.maximum(np.percentile(ratios, RARE, axis=0), 1.0)
    return Chance(rare, ratios.std(axis=0), np.sort((ratios / rare).max(axis=1)), np.sort(ratios, axis=0))


def judge_all(tables: Sequence[Floats], chance: Chance) -> list[Quality | None]:
    """Everybody's quality by the rows of the trusted contributors other than themselves.

    tables: float64 (rows, features) of each of two or more contributors, at least one row each.  None for those whose
    judges have fewer than three rows together.
    """
    pairs = pair_distances(tables)
    judges = _agreeing(tables, chance, pairs)
    together = _checks(tables, judges, pairs.spreads)
    judged: list[Quality | None] = []
    for i, table in enumerate(tables):
        others = [j for j in judges if j != i]
        if sum(len(tables[j]) for j in others) < FEWEST_OTHER_ROWS:
            judged.append(None)
            continue
        pool = np.concatenate([tables[j] for j in others])
        found = together.get(i) or _check_of_one(table, pool, pairs.spreads)
        judged.append(judge(table, pool, found, chance, natural=_natural(pairs, others, chance)))
    return judged


def _check_of_one(own: Floats, pool: Floats, spreads: Floats) -> CramerVonMisesCheck:
    found = cramer_von_mises_check([own, pool[:1], pool[1:2], pool[2:]])[0]
    return replace(found, spreads=spreads)


def _checks(
    tables: Sequence[Floats], judges: Sequence[int], spreads: Floats
) -> dict[int, CramerVonMisesCheck]:
    """The checks of the trusted contributors against each other, in one pass; none where they are only two."""
    sizes = [len(tables[j]) for j in judges]
    if len(judges) < FEWEST_AGENTS or sum(sizes) - max(sizes) < FEWEST_OTHER_ROWS:
        return {}
    found = cramer_von_mises_check([tables[j] for j in judges])
    return {j: replace(one, spreads=spreads) for j, one in zip(judges, found, strict=True)}


def _natural(pairs: PairDistances, others: Sequence[int], chance: Chance) -> Floats:
    """R s^2, float64 (features,)."""
    squared = pairs.spread(others, chance.ratios)
    return squared * tolerance(max(len(others) + 1, FEWEST_AGENTS), len(squared))


def trusted(tables: Sequence[Floats], chance: Chance) -> tuple[int, ...]:
    """Contributors whose rows agree, ascending: at least half of them, rounded up, and at least two.

    Agree: in no feature is a loss larger than the largest of rows handed out anew, and R s^2.
    """
    return _agreeing(tables, chance, pair_distances(tables))


def _agreeing(tables: Sequence[Floats], chance: Chance, pairs: PairDistances) -> tuple[int, ...]:
    kept = tuple(range(len(tables)))
    while len(kept) > max((len(tables) + 1) // 2, FEWEST_AGENTS - 1):
        found = _checks(tables, kept, pairs.spreads)
        beyond = {
            i: _beyond(one, chance, _natural(pairs, [j for j in kept if j != i], chance))
            for i, one in found.items()
        }
        if not beyond or max(beyond.values()) <= 1:
            break
        worst = max(beyond, key=beyond.__getitem__)
        kept = tuple(i for i in kept if i != worst)
    return kept


def _beyond(found: CramerVonMisesCheck, chance: Chance, natural: Floats) -> float:
    """The largest, over features, of loss / (the largest by chance + what is natural)."""
    largest = chance.surprises[-1] * chance.rare * found.expected_losses + natural
    return float((found.losses / largest).max())


def judge(
    own: Floats, others: Floats, found: CramerVonMisesCheck, chance: Chance, *, natural: Floats
) -> Quality:
    """Quality of ``own`` rows, (n, features), from their check ``found`` against those of others, (M, features).

    natural: float64 (features,), R s^2.
    """
    surprises = chance.surprise_of(found)
    by_chance = chance.limit * chance.rare * found.expected_losses
    above = found.losses - by_chance - natural
    allowances = found.spreads / found.own_side + natural
    values = np.array([_quality(a, c) for a, c in zip(above, allowances, strict=True)])
    worst = int(np.argmax(surprises))
    k = int(np.argmin(values)) if values.min() < 1 else worst
    luck = (chance.errors[k] * found.expected_losses[k]) ** 2
    error = float(np.sqrt(_sampling_variance(own[:, k], others[:, k]) + luck))
    expected = float(found.expected_losses[k])
    return Quality(
        value=float(values[k]),
        error=_quality_error(above[k], error, allowances[k]),
        loss=found.loss,
        expected_loss=found.expected_loss,
        p_value=chance.p_value(float(surprises[worst])),
        ratio=float(found.losses[k]) / expected,
        limit=float(by_chance[k] + natural[k]) / expected,
        chance_limit=float(by_chance[k]) / expected,
        feature=k,
    )


def _quality(above: float, allowance: float) -> float:
    """For a loss so far above (or below) the limit; allowance: c/a + R s^2."""
    return float(allowance / (allowance + above)) if above > 0 else 1.0


def _quality_error(above: float, error: float, allowance: float) -> float:
    """Half of what quality changes from a loss one error lower to one an error higher."""
    return (_quality(above - error, allowance) - _quality(above + error, allowance)) / 2


def _sampling_variance(own: Floats, others: Floats) -> float:
    """The first two parts of var L: what the choice of rows contributes where distributions differ.

    own: float64 (n,), others: (M,), of one feature; influences are computed from at most 5,000 rows on either side.
    """
    own_some, others_some = (values[:: -(-len(values) // MOST_INFLUENCES)] for values in (own, others))
    of_own, of_others = _influences(own_some, others_some)
    return 4 * float(of_own.var()) / len(own) + float(of_others.var()) / len(others)


def _influences(own: Floats, others: Floats) -> tuple[Floats, Floats]:
    """S at own values (n,), and D^2 - 2 S at the others' (M,)."""
    pool = np.sort(others)
    n, M = len(own), len(pool)
    gap = (
        np.searchsorted(np.sort(own), pool, side="right") / n - np.searchsorted(pool, pool, side="right") / M
    )
    tail = np.append(np.cumsum(gap[::-1])[::-1], 0.0) / M
    theirs = np.searchsorted(pool, others, side="left")
    return tail[np.searchsorted(pool, own, side="left")], gap[theirs] ** 2 - 2 * tail[theirs]

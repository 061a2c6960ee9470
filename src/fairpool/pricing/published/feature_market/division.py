"""How a sale is divided among sellers (Algorithms 2 and 3 of [ADS19]).

    psihat   ``values``   estimated Shapley values of v(S) = G(Y, M(X_S))
    psi      ``shares``   parts of the revenue, each at least 0, together at most 1
    K        ``permutations``
    lambda   ``penalty``
    SM       ``similarity``, see `similarity`

    Alg. 2   `ShapleyApprox`   psihat(m) = mean over K orders of  v(pred + m) - v(pred), own orders for each seller
    Alg. 3   `ShapleyRobust`   psi(m) = psihat(m) exp(-lambda sum_{j != m} SM(X_m, X_j))

Where this departs from the paper:

1.  The paper takes values as parts of the revenue, as if they summed to one; they sum to v(N) - v(empty).  So shares
    are values over a total: of what is handed out where balance is promised, v(N) - v(empty) for `ShapleyRobust`,
    because copies do not change that (dividing by the sum of penalised values would give it all back to copies).
2.  Measured gains can fall when a seller joins, so values can be negative; nobody is charged: they count as 0.
    Shapley-robust deters copies for monotone gains only (`docs/theory/feature-market.md` has the counterexample).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairpool.games.game import Coalitions, Game
from fairpool.games.values.shapley import shapley_value
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.published.feature_market.similarity import Similarity

PUBLISHED_PENALTY = math.log(2)


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Who gets which part.

    values, standard_errors  float64 (M,): Shapley values as found, in units of gain; errors 0 where exact
    shares                   float64 (M,), each >= 0, sum <= 1
    total                    v(N) - v(empty)
    retained                 what nobody gets: 1 - sum of shares, exactly 0 for a balanced division
    """

    values: Floats
    standard_errors: Floats
    shares: Floats
    total: float
    retained: float


@dataclass(frozen=True, slots=True, eq=False)
class ValueEstimate:
    """Shapley values and their standard errors, float64 (M,) each."""

    values: Floats
    standard_errors: Floats


class Valuer(Protocol):
    """A way to find Shapley values."""

    def value(self, game: Game, *, rng: np.random.Generator) -> ValueEstimate:
        """Values of every player."""
        ...


class DivisionRule(Protocol):
    """A way to divide."""

    def divide(self, game: Game, features: Floats, *, rng: np.random.Generator) -> Division:
        """Parts of the sellers, players of ``game``, whose columns are ``features`` float64 (T, M)."""
        ...


@dataclass(frozen=True, slots=True)
class ExactShapley:
    """All 2^M coalitions, up to 20 sellers."""

    def value(self, game: Game, *, rng: np.random.Generator) -> ValueEstimate:  # noqa: ARG002
        return ValueEstimate(shapley_value(game), np.zeros(game.players))

    def divide(self, game: Game, features: Floats, *, rng: np.random.Generator) -> Division:  # noqa: ARG002
        return balanced(self.value(game, rng=rng), game)


@dataclass(frozen=True, slots=True)
class ShapleyApprox:
    """Algorithm 2 as printed: estimated Shapley values, from K orders for each seller.

    Parameters
    ----------
    permutations : int
        K, at least 2; `published_permutations` and `permutations_needed` tell how many an error asks for.

    Raises
    ------
    InputError
        For fewer than 2.

    Notes
    -----
    Cost: 2 K M gains of M sellers, fewer where coalitions repeat.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, Algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.learning import score_named
    >>> from fairpool.pricing.published.feature_market import Judge, LinearModel, task_with_holdout
    >>> rng = np.random.default_rng(1)
    >>> features = rng.normal(size=(40, 2))
    >>> task = task_with_holdout(features[:, 0], share=0.5, rng=rng)
    >>> judge = Judge(task, LinearModel(), score_named("one-minus-rmse"))
    >>> from fairpool.pricing.published.feature_market.feature_game import FeatureGame
    >>> found = ShapleyApprox(100).value(FeatureGame(judge, features), rng=rng)
    >>> found.values.shape, bool(found.values[0] > found.values[1])
    ((2,), True)
    """

    permutations: int

    def __post_init__(self) -> None:
        refuse_permutations(self.permutations)

    def value(self, game: Game, *, rng: np.random.Generator) -> ValueEstimate:
        M, K = game.players, self.permutations
        places = rng.permuted(np.tile(np.arange(M), (M * K, 1)), axis=1)
        own = np.repeat(np.arange(M), K)
        before = places < np.take_along_axis(places, own[:, None], axis=1)
        after = before.copy()
        after[np.arange(M * K), own] = True
        worths = worth_of_distinct(game, np.concatenate([before, after]))
        return estimate_of((worths[M * K :] - worths[: M * K]).reshape(M, K).T)

    def divide(self, game: Game, features: Floats, *, rng: np.random.Generator) -> Division:  # noqa: ARG002
        return balanced(self.value(game, rng=rng), game)


@dataclass(frozen=True, slots=True)
class SharedPermutations:
    """K orders that all sellers share: K (M + 1) gains, the same guarantee, and values add up exactly (own)."""

    permutations: int

    def __post_init__(self) -> None:
        refuse_permutations(self.permutations)

    def value(self, game: Game, *, rng: np.random.Generator) -> ValueEstimate:
        M, K = game.players, self.permutations
        places = rng.permuted(np.tile(np.arange(M), (K, 1)), axis=1)
        first = places[:, None, :] < np.arange(M + 1)[:, None]
        worths = worth_of_distinct(game, first.reshape(-1, M)).reshape(K, M + 1)
        return estimate_of(np.take_along_axis(np.diff(worths), places, axis=1))

    def divide(self, game: Game, features: Floats, *, rng: np.random.Generator) -> Division:  # noqa: ARG002
        return balanced(self.value(game, rng=rng), game)


@dataclass(frozen=True, slots=True)
class ShapleyRobust:
    """Algorithm 3: values of ``valuer``, less for everybody the more others' features are like one's own.

    Parameters
    ----------
    valuer : Valuer
        Finds the Shapley values, such as `ShapleyApprox`.
    similarity : callable
        float64 (T, M) -> float64 (M, M), in [0, 1] with ones on the diagonal, such as `absolute_correlation`.
    penalty : float
        lambda, at least 0: log 2 in the paper's Theorem 5.4; `least_penalty` is enough where M is known.

    Raises
    ------
    InputError
        For a penalty that is negative or not finite.

    Notes
    -----
    Cost: that of the values and of the similarity.  Copies are deterred only where gains never fall.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, Algorithm 3,
    Theorem 5.4.

    Examples
    --------
    Two sellers of one column get a quarter each; the rest stays with the market.

    >>> import numpy as np
    >>> from fairpool.learning import score_named
    >>> from fairpool.pricing.published.feature_market import Judge, LinearModel, task_with_holdout
    >>> rng = np.random.default_rng(1)
    >>> features = rng.normal(size=(40, 2))
    >>> task = task_with_holdout(features[:, 0], share=0.5, rng=rng)
    >>> judge = Judge(task, LinearModel(), score_named("one-minus-rmse"))
    >>> from fairpool.pricing.published.feature_market import absolute_correlation
    >>> from fairpool.pricing.published.feature_market.division import ExactShapley
    >>> from fairpool.pricing.published.feature_market.feature_game import FeatureGame
    >>> copies = features[:, [0, 0]]
    >>> rule = ShapleyRobust(ExactShapley(), absolute_correlation)
    >>> rule.divide(FeatureGame(judge, copies), copies, rng=rng).shares.round(3).tolist()
    [0.25, 0.25]
    """

    valuer: Valuer
    similarity: Similarity
    penalty: float = PUBLISHED_PENALTY

    def __post_init__(self) -> None:
        if not (np.isfinite(self.penalty) and self.penalty >= 0):
            raise InputError(f"penalty: got {self.penalty}, expected a number from 0 up")

    def divide(self, game: Game, features: Floats, *, rng: np.random.Generator) -> Division:
        found = self.valuer.value(game, rng=rng)
        if features.ndim != 2 or features.shape[1] != game.players:
            raise InputError(
                f"features: got shape {features.shape}, expected a column for each of {game.players} sellers"
            )
        others = self.similarity(features).sum(axis=1) - 1.0
        penalised = np.maximum(found.values, 0.0) * np.exp(-self.penalty * others)
        total = total_worth(game)
        whole = max(total, float(penalised.sum())) if total > 0 else 0.0
        return division_of(found, total, penalised, whole)


def balanced(found: ValueEstimate, game: Game) -> Division:
    """All is handed out, in proportion to the values above 0; nothing where there are none."""
    positive = np.maximum(found.values, 0.0)
    return division_of(found, total_worth(game), positive, float(positive.sum()))


def division_of(found: ValueEstimate, total: float, parts: Floats, whole: float) -> Division:
    """Shares parts / whole, none where the whole is 0; retained is exactly 0 where the parts sum to the whole."""
    if whole <= 0:
        return Division(found.values, found.standard_errors, np.zeros_like(parts), total, 1.0)
    handed_out = float(parts.sum())
    return Division(
        found.values, found.standard_errors, parts / whole, total, max(0.0, (whole - handed_out) / whole)
    )


def total_worth(game: Game) -> float:
    """v(N) - v(empty)."""
    ends = np.zeros((2, game.players), dtype=bool)
    ends[1] = True
    empty, everybody = game.worth(ends)
    return float(everybody - empty)


def estimate_of(marginals: Floats) -> ValueEstimate:
    """Means over K draws, float64 (K, M), and their standard errors, spread / sqrt(K)."""
    errors = marginals.std(axis=0, ddof=1) / math.sqrt(len(marginals))
    return ValueEstimate(marginals.mean(axis=0), errors)


def worth_of_distinct(game: Game, coalitions: Coalitions) -> Floats:
    """v of every row, asked once for equal rows."""
    packed = np.packbits(coalitions, axis=1)
    _, first, places = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return game.worth(coalitions[first])[places.ravel()]


def published_permutations(sellers: int, *, error: float, chance: float) -> int:
    """K of Theorem 5.3: the least whole number above M log(2/delta) / (2 eps^2)."""
    refuse_accuracy(error, chance)
    return math.floor(sellers * math.log(2 / chance) / (2 * error**2)) + 1


def permutations_needed(sellers: int, *, error: float, chance: float, monotone: bool) -> int:
    """The K that Hoeffding's bound and a union over sellers ask for: every value within eps, with chance 1 - delta.

    log(2M/delta) / (2 eps^2) for marginals in [0, 1], four times that for gains that may fall, marginals in [-1, 1].
    """
    refuse_accuracy(error, chance)
    width = 1.0 if monotone else 2.0
    return math.ceil(width**2 * math.log(2 * sellers / chance) / (2 * error**2))


def least_penalty(sellers: int) -> float:
    """lambda = log(2M / (M + 1)): enough against copies among M sellers with monotone gains, below log 2 (own).

    Parameters
    ----------
    sellers : int
        M, at least 1.

    Returns
    -------
    float

    Examples
    --------
    >>> round(least_penalty(10), 3)  # log 2 is 0.693
    0.598
    """
    return math.log(2 * sellers / (sellers + 1))


def first_paying_copies(penalty: Callable[[Floats], Floats], *, copies: int, likeness: Floats) -> int | None:
    """Proposition 5.2: the least c >= 1 with (c + 1) f(x + c) > f(x) for some x of ``likeness``; None if none to c.

    penalty: f, of float64 (n,); copies: the largest c to look at.
    """
    before = np.asarray(penalty(likeness))
    for c in range(1, copies + 1):
        if ((c + 1) * np.asarray(penalty(likeness + c)) > before * (1 + 1e-12)).any():
            return c
    return None


def refuse_permutations(permutations: int) -> None:
    if permutations < 2:
        raise InputError(f"permutations: got {permutations}, expected at least 2, which an error bar needs")


def refuse_accuracy(error: float, chance: float) -> None:
    if not error > 0 or not 0 < chance < 1:
        raise InputError(
            f"got error {error} and chance {chance}, expected an error above 0 and a chance between 0 and 1"
        )

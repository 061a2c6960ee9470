"""What a seller may enter instead of its one column, and what its columns then get of the revenue.

copy      x, x, ..         told by every similarity
multiple  x, k x           not told by a similarity of distributions
shift     x, x - |x|^2/1x  orthogonal to x: not told by the cosine; one feature to a model with an intercept
split     x + w, x - w     w as large as x and uncorrelated with it: the parts are uncorrelated, together they are x
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairpool.audits.trial import Trial
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance, chance
from fairpool.pricing.published.feature_market.division import Division, DivisionRule
from fairpool.pricing.published.feature_market.feature_game import FeatureGame, Judge


class ColumnStrategy(Protocol):
    """What is entered instead of a column."""

    def columns(
        self, column: Float[Floats, " rows"], *, rng: np.random.Generator
    ) -> Float[Floats, "rows columns"]:
        """At least one column; each is a seller of its own to the market."""
        ...


@dataclass(frozen=True, slots=True)
class CopiedColumn:
    """The column, and so many copies of it."""

    copies: int = 1

    def columns(self, column: Floats, *, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        return np.column_stack([column] * (1 + self.copies))


@dataclass(frozen=True, slots=True)
class MultipliedColumn:
    """The column, and a multiple of it."""

    factor: float = 1000.0

    def columns(self, column: Floats, *, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        return np.column_stack([column, self.factor * column])


@dataclass(frozen=True, slots=True)
class ShiftedColumn:
    """The column, and the column moved until the two are orthogonal."""

    def columns(self, column: Floats, *, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        return np.column_stack([column, column - (column**2).sum() / column.sum()])


@dataclass(frozen=True, slots=True)
class SplitColumn:
    """The column plus and minus noise of ``size`` of its standard deviation that is uncorrelated with it."""

    size: float = 1.0

    def columns(self, column: Floats, *, rng: np.random.Generator) -> Floats:
        x, w = column - column.mean(), rng.standard_normal(len(column))
        w -= w.mean() + x * (w @ x) / (x @ x)
        w *= self.size * column.std() / w.std()
        return np.column_stack([column + w, column - w])


def try_columns(
    judge: Judge,
    features: Float[Floats, "rows sellers"],
    rule: DivisionRule,
    seller: int,
    strategies: Mapping[str, ColumnStrategy],
    *,
    rng: Chance,
) -> tuple[Trial[ColumnStrategy], ...]:
    """Divide a revenue among features as they are and with what one seller enters instead of its own.

    Parameters
    ----------
    judge : Judge
        The buyer's task and model.
    features : float64 array, shape (rows, sellers)
        One column per seller.
    rule : DivisionRule
        Who gets which part: `ExactShapley`, `ShapleyApprox`, `SharedPermutations` or `ShapleyRobust`.
    seller : int
        The deviator's column.
    strategies : mapping of str to ColumnStrategy
        What it enters, by name.
    rng : numpy.random.Generator
        All chance comes from here.

    Returns
    -------
    tuple of Trial
        One for each strategy, in parts of the revenue.  Where values are estimated the standard error is the sum of the
        errors of all the deviator's columns before and after: more than enough where copies are penalised.

    Raises
    ------
    InputError
        For a seller that is not there, and as ``rule``.

    Notes
    -----
    Cost: one division more than there are strategies.

    Examples
    --------
    Two features with which nothing is left to predict.  Under the Shapley value the first seller gains by a copy:

    >>> import numpy as np
    >>> from fairpool.audits import try_columns
    >>> from fairpool.audits.feature_market.columns import CopiedColumn
    >>> from fairpool.learning.catalogue import score_named
    >>> from fairpool.pricing.published.feature_market.buyer_task import task_on_all_rows
    >>> from fairpool.pricing.published.feature_market.division import ExactShapley
    >>> from fairpool.pricing.published.feature_market.feature_game import Judge
    >>> from fairpool.pricing.published.feature_market.feature_model import LinearModel
    >>> features = np.array([[1.0, 1.0], [1.0, 0.0], [-1.0, 1.0], [-1.0, -2.0]])
    >>> judge = Judge(task_on_all_rows(features.sum(axis=1)), LinearModel(), score_named("r2"))
    >>> copies = {"a copy": CopiedColumn()}
    >>> (trial,) = try_columns(judge, features, ExactShapley(), 0, copies, rng=np.random.default_rng(1))
    >>> round(trial.honest, 3), round(trial.deviating, 3), trial.pays
    (0.44, 0.508, True)
    """
    rng = chance(rng)
    if not 0 <= seller < features.shape[1]:
        raise InputError(f"seller: got {seller}, expected 0 to {features.shape[1] - 1}")
    honest = rule.divide(FeatureGame(judge, features), features, rng=rng)
    before, trials = float(honest.shares[seller]), []
    for name, strategy in strategies.items():
        entered = strategy.columns(features[:, seller], rng=rng)
        larger = np.column_stack([features, entered[:, 1:]])
        larger[:, seller] = entered[:, 0]
        own = [seller, *range(features.shape[1], larger.shape[1])]
        found = rule.divide(FeatureGame(judge, larger), larger, rng=rng)
        after, error = float(found.shares[own].sum()), _error(honest, [seller]) + _error(found, own)
        trials.append(Trial(name, strategy, before, after, after - before, error, exact=error == 0))
    return tuple(trials)


def _error(division: Division, own: list[int]) -> float:
    """Of the parts of the revenue, from the errors of the values; none where nothing is handed out."""
    return float(division.standard_errors[own].sum() / division.total) if division.total > 0 else 0.0

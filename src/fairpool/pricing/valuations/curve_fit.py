"""Learning curves fitted to measured scores, with their uncertainty.

    s(n) = a - r h_c(n)     h_c(n) = exp(-c (g(n) - g(n_1)))
    minimise  sum over points of w_k (s_k - s(n_k))^2      over a <= ceiling, r >= 0, c > 0

For a fixed rate c this is a line in h_c, fitted in closed form; what remains is one number to search (variable
projection: Golub and Pereyra, SIAM J. Numer. Anal. 1973).  So there are no starting values and no local optimum is
taken for the best: a grid over ln c, then Brent's method around its best point.  About a millisecond.

Weights are 1 / standard error squared.  Errors that are known are trusted unless the points scatter more than they
allow: the covariance is then widened by chi^2 / degrees of freedom.  Where errors are not known, all points weigh the
same and the scatter itself says how large they are.

The law of the parameters is normal in (a, ln r, ln c) with covariance (J' W J)^-1 (the delta method).  `bootstrap` fits
again to scores drawn around the curve and is slower but right also where the curve bends.  A parameter at a limit (a at
the ceiling, c at the end of its search) is named in ``held``: the data do not determine it.  A held c has variance 0; a
keeps its own, as the truth may lie below the ceiling, and what it makes possible above is cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, f, norm, t

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.valuations.learning_curves import CurveFamily, LearningCurve, MeasuredCurve

CEILING = 1.0
PARAMETERS = ("asymptote", "gap", "rate")
_GRID = 200
_SLOWEST, _FASTEST = 1e-2, 1e1  # c times the whole span of g, and times its first step
_NEAR_LIMIT = 1e-5
_WIDEST = 9.0  # of ln r, to either side


@dataclass(frozen=True, slots=True, eq=False)
class FittedCurve:
    """A learning curve with the law of its parameters.

    covariance: float64 (3, 3) of (a, ln r, ln c); chi_squared: weighted sum of squares left;
    held: the parameters at a limit; ceiling: of the scores.
    """

    curve: LearningCurve
    covariance: Floats
    chi_squared: float
    held: tuple[str, ...]
    ceiling: float
    measured: MeasuredCurve

    @property
    def freedom(self) -> int:
        """Degrees of freedom: points less parameters."""
        return len(self.measured.scores) - len(PARAMETERS)

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for few points (Hurvich and Tsai 1989); lower is better.

        With known errors chi^2 + 2 k + 2 k (k + 1) / (K - k - 1), k = 3; otherwise K ln(chi^2 / K) and k = 4, as the
        size of the errors is estimated too.  Infinite for K <= k + 1 points.
        """
        points, k = len(self.measured.scores), 3 if self.measured.errors is not None else 4
        if points <= k + 1:
            return float("inf")
        tiny = np.finfo(float).tiny
        known = self.measured.errors is not None
        misfit = self.chi_squared if known else points * np.log(max(self.chi_squared, tiny) / points)
        return float(misfit + 2 * k + 2 * k * (k + 1) / (points - k - 1))

    def at(self, amounts: ArrayLike) -> Floats:
        return self.curve.at(amounts)

    def standard_error(self, amounts: ArrayLike, *, above: int = 0) -> Floats:
        """Of s(n), by the delta method; with ``above`` of the rise s(n) - s(above).  Amounts above 0."""
        gradient = self.curve.gradient(amounts)
        if above:
            gradient = gradient - self.curve.gradient(above)
        variance = np.einsum("...i,ij,...j->...", gradient, self.covariance, gradient)
        return np.sqrt(np.maximum(variance, 0.0))

    def band(self, amounts: ArrayLike, level: float) -> tuple[Floats, Floats]:
        """Lower and upper end for s(n) at each amount by itself."""
        return self._band(amounts, self.pointwise_width(level))

    def whole_band(self, amounts: ArrayLike, level: float) -> tuple[Floats, Floats]:
        """Lower and upper end that hold at all amounts at once (Scheffé)."""
        return self._band(amounts, self.whole_width(level))

    def pointwise_width(self, level: float) -> float:
        """Standard errors to either side."""
        tail = (1 + _checked_level(level)) / 2
        return float(norm.ppf(tail) if self._errors_known else t.ppf(tail, self.freedom))

    def whole_width(self, level: float) -> float:
        """Standard errors to either side, for all amounts at once: sqrt(chi^2 or k F) with k = 3 parameters."""
        k = len(PARAMETERS)
        if self._errors_known:
            return float(np.sqrt(chi2.ppf(_checked_level(level), k)))
        return float(np.sqrt(k * f.ppf(_checked_level(level), k, self.freedom)))

    def drawn(self, *, rng: np.random.Generator) -> LearningCurve:
        """A curve from the normal law of the parameters.

        Cut off where the law says more than the data can: the asymptote at the ceiling, the rate at the ends of its
        search, the gap at e^9 times the fitted one.
        """
        a, log_gap, log_rate = rng.multivariate_normal(
            self._centre, self.covariance, method="eigh", check_valid="ignore"
        )
        gap = np.exp(np.clip(log_gap - self._centre[1], -_WIDEST, _WIDEST)) * self.curve.gap
        rate = np.exp(np.clip(log_rate, *_rate_limits(self.curve.family, self.measured.amounts)))
        return replace(self.curve, asymptote=min(a, self.ceiling), gap=float(gap), rate=float(rate))

    def bootstrap(self, count: int, *, rng: np.random.Generator) -> Iterator[LearningCurve]:
        """``count`` curves, each fitted to scores drawn around this one (parametric bootstrap).

        Errors of the drawn scores are normal, as large as those measured, or as the scatter where they are not known.
        """
        amounts = self.measured.amounts
        spread = np.sqrt(self.scale / self.measured.weights)
        search = _Search(self.curve.family, amounts, self.measured.weights, self.ceiling)
        for _ in range(count):
            scores = self.at(amounts) + rng.normal(scale=spread)
            yield search.best(np.minimum(scores, self.ceiling))

    @property
    def scale(self) -> float:
        """What the covariance was widened by."""
        return _scale(self.chi_squared, self.freedom, known=self._errors_known)

    @property
    def _errors_known(self) -> bool:
        return self.measured.errors is not None

    @property
    def _centre(self) -> Floats:
        return np.array([self.curve.asymptote, np.log(self.curve.gap), np.log(self.curve.rate)])

    def _band(self, amounts: ArrayLike, width: float) -> tuple[Floats, Floats]:
        middle, reach = self.at(amounts), width * self.standard_error(amounts)
        return middle - reach, np.minimum(middle + reach, self.ceiling)


def fit_learning_curve(
    measured: MeasuredCurve, family: CurveFamily, *, ceiling: float = CEILING
) -> FittedCurve:
    """The curve of the family nearest to the measured scores, by weighted least squares.

    ceiling: no score can be higher (1 for accuracies, R2 and areas under a curve; math.inf for none).
    Raises InputError for a measured score above the ceiling, and where the nearest curve of the family is flat.
    """
    highest = measured.scores.max()
    if highest > ceiling:
        raise InputError(
            f"learning curve of {measured.name!r}: got the score {highest:g}, expected at most the ceiling {ceiling:g}"
        )
    search = _Search(family, measured.amounts, measured.weights, ceiling)
    curve = search.best(measured.scores)
    if curve.gap == 0:
        raise InputError(
            f"learning curve of {measured.name!r}: the scores do not rise as a curve of family {family.value!r} does"
        )
    left = float(measured.weights @ (measured.scores - curve.at(measured.amounts)) ** 2)
    held = search.held(curve)
    scale = _scale(left, len(measured.scores) - len(PARAMETERS), known=measured.errors is not None)
    covariance = _covariance(curve, measured, scale, held)
    return FittedCurve(curve, covariance, left, held, ceiling, measured)


class _Search:
    """Finds the best rate, and the best a and r for it.  Made once for many scores at the same amounts."""

    def __init__(self, family: CurveFamily, amounts: Integers, weights: Floats, ceiling: float) -> None:
        self._family, self._first, self._ceiling = family, float(amounts[0]), ceiling
        self._beyond = family.progress(amounts) - family.progress(amounts[0])
        self._w = weights / weights.sum()
        self._limits = _rate_limits(family, amounts)
        self._grid = np.linspace(*self._limits, _GRID)

    def best(self, scores: Floats) -> LearningCurve:
        place = int(np.argmin(self._misfit(self._grid, scores)))
        around = self._grid[max(place - 1, 0)], self._grid[min(place + 1, _GRID - 1)]
        found = minimize_scalar(
            lambda x: float(self._misfit(np.array([x]), scores)[0]),
            bounds=around,
            method="bounded",
            options={"xatol": 1e-10},
        )
        a, r = self._line(np.array([found.x]), scores)
        return LearningCurve(self._family, float(a[0]), float(r[0]), float(np.exp(found.x)), self._first)

    def held(self, curve: LearningCurve) -> tuple[str, ...]:
        """The parameters at a limit."""
        at_ceiling = curve.asymptote >= self._ceiling
        at_end = min(abs(np.log(curve.rate) - end) for end in self._limits) < _NEAR_LIMIT
        return ("asymptote",) * at_ceiling + ("rate",) * bool(at_end)

    def _misfit(self, log_rates: Floats, scores: Floats) -> Floats:
        """float64 (rates,): the weighted mean square left, for the best a and r of each rate."""
        a, r = self._line(log_rates, scores)
        left = scores - a[:, None] + r[:, None] * self._shapes(log_rates)
        return left**2 @ self._w

    def _line(self, log_rates: Floats, scores: Floats) -> tuple[Floats, Floats]:
        """Best a <= ceiling and r >= 0 for each rate: the line s = a - r h, and what is best if it leaves its limits.

        Both limits are never left at once: r < 0 puts a below the mean score.
        """
        h, w = self._shapes(log_rates), self._w
        mean_h, mean_s = h @ w, scores @ w
        apart = h - mean_h[:, None]
        r = np.maximum(-(apart @ (w * scores)) / (apart**2 @ w), 0.0)
        a = mean_s + r * mean_h
        capped = (h @ (w * (self._ceiling - scores))) / (h**2 @ w) if np.isfinite(self._ceiling) else r
        return np.minimum(a, self._ceiling), np.where(a > self._ceiling, capped, r)

    def _shapes(self, log_rates: Floats) -> Floats:
        return np.exp(-np.exp(log_rates)[:, None] * self._beyond)


def _rate_limits(family: CurveFamily, amounts: Integers) -> tuple[float, float]:
    """Least and largest ln c worth searching: nearly a line in g, and all of the rise before the second amount."""
    progress = np.unique(family.progress(amounts))
    slowest, fastest = _SLOWEST / (progress[-1] - progress[0]), _FASTEST / (progress[1] - progress[0])
    return float(np.log(slowest)), float(np.log(fastest))


def _covariance(curve: LearningCurve, measured: MeasuredCurve, scale: float, held: tuple[str, ...]) -> Floats:
    """(J' W J)^-1, times ``scale``; 0 for a rate that is held."""
    free = [k for k, name in enumerate(PARAMETERS) if name != "rate" or name not in held]
    jacobian = curve.gradient(measured.amounts)[:, free] * np.sqrt(measured.weights)[:, None]
    size = np.sqrt((jacobian**2).sum(axis=0))
    scaled = jacobian / size
    inverse = np.linalg.pinv(scaled.T @ scaled) / np.outer(size, size)
    covariance = np.zeros((len(PARAMETERS), len(PARAMETERS)))
    covariance[np.ix_(free, free)] = inverse * scale
    return covariance


def _scale(chi_squared: float, freedom: int, *, known: bool) -> float:
    return max(1.0, chi_squared / freedom) if known else chi_squared / freedom


def _checked_level(level: float) -> float:
    if not 0 < level < 1:
        raise InputError(f"level: got {level:g}, expected a number between 0 and 1, such as 0.95")
    return level

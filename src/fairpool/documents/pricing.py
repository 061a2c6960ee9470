"""What the commands on prices tell: summary.json of a simulation (format 1), a fitted curve, a checked one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from fairpool.documents.document import Document, no_document
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.arbitrage import Arbitrage
from fairpool.pricing.curves.curve import PriceCurve

FORMAT: Literal[1] = 1
Bundles = tuple[tuple[int, float], ...]
Numbers = tuple[float, ...]
Pair = tuple[int, int, float]  # n1, n2, and the price of both at once


def bundles_shown(curve: PriceCurve) -> Bundles:
    """[n, price] of all bundles, as documents show them."""
    return tuple((int(n), float(p)) for n, p in curve.pairs())


def arbitrage_shown(found: Arbitrage | None) -> Pair | None:
    """A pair for which two purchases cost less than one, as documents show it."""
    return None if found is None else (found.n1, found.n2, found.together)


class RegretBand(Document):
    """Mean, standard error (None with a single replication) and a Student interval, at each recorded round."""

    mean: Numbers
    standard_error: tuple[float | None, ...]
    low: Numbers
    high: Numbers


class LearnerDocument(Document):
    """What came of a price policy: its regret, revenue, the slope of regret, and the curve that it posted last.

    questions: asked of its oracle; curves: how often the posted curve changed; both on average.
    """

    name: str
    title: str
    words: str
    regret: RegretBand
    revenue: Numbers
    part_of_best: float | None
    slope: float | None
    slope_standard_error: float | None
    seconds_a_round: float | None
    questions: float
    curves: float
    curve: Bundles | None


class BuyerTypeDocument(Document):
    """A type of buyers: how often it comes, what all rows are worth to it, and what it buys of the best curve."""

    name: str
    probability: float | None
    later_probability: float | None
    frequency: float
    worth: float
    buys: int
    pays: float
    shape: dict[str, Any] | None


class ShownValuations(Document):
    """Enough amounts to draw the valuations; values: (types, amounts)."""

    amounts: tuple[int, ...]
    values: tuple[Numbers, ...]


class BestCurve(Document):
    """The best fixed curve, and what it earns a round."""

    curve: Bundles
    revenue: float


class SimulationDocument(Document):
    """All numbers of a simulation's report: summary.json."""

    format: Literal[1] = FORMAT
    kind: Literal["pricing"] = "pricing"
    fairpool: str
    name: str
    unit: str
    rounds: int
    replications: int
    seed: int
    arrivals: str
    regret: str
    most: int
    settings: dict[str, Any]
    types: tuple[BuyerTypeDocument, ...]
    valuations: ShownValuations
    optimal: BestCurve
    marks: tuple[int, ...]
    learners: tuple[LearnerDocument, ...]
    notes: tuple[str, ...]

    @property
    def by_regret(self) -> tuple[LearnerDocument, ...]:
        """The learners, least regret at the end first."""
        return tuple(sorted(self.learners, key=lambda learner: learner.regret.mean[-1]))


def read_simulation(found: Mapping[str, Any]) -> SimulationDocument:
    """A summary.json again; InputError for another format or kind."""
    if found.get("format") != FORMAT:
        raise InputError(f"summary.json: got format {found.get('format')!r}, expected {FORMAT}")
    if found.get("kind") != "pricing":
        raise InputError(f"summary.json: got kind {found.get('kind')!r}, expected 'pricing'")
    try:
        return SimulationDocument.model_validate(found)
    except ValidationError as problem:
        raise no_document(problem, "summary.json") from None


class CheckedCurve(Document):
    """Whether a curve rises with the amount and has no arbitrage; ``nearest`` where it needs a better one.

    apart: what the two parts cost; falls: n, n', p, p' of neighbouring bundles of which the larger is cheaper, by most.
    """

    monotone: bool
    arbitrage: Pair | None
    apart: float | None
    falls: tuple[int, int, float, float] | None
    nearest: Bundles | None
    largest_change: float | None

    @property
    def holds(self) -> bool:
        return self.monotone and self.arbitrage is None


class Fitted(Document):
    """The curve that earns most; bound: how much more any curve could earn at most."""

    curve: Bundles
    revenue: float
    purchases: tuple[int, ...]
    bound: float
    method: str
    algorithm: str


class _Fitted(Document):
    types: tuple[str, ...]
    payments: Numbers
    probabilities: Numbers
    upper_bound: float
    arbitrage: Pair | None
    apart: float | None


class _Gap(Fitted):
    gap: float


class _Discretised(Fitted):
    epsilon: float
    assumption: str
    amounts_on_grid: int
    prices_on_grid: int
    promised: float


class ExactFitDocument(_Fitted, _Gap):
    """Searched until no curve can earn more than ``gap`` more, relative to the revenue."""


class DiscretisedFitDocument(_Fitted, _Discretised):
    """Prices and amounts on the grids of the paper; promised: what that costs at most, known before solving."""


FitDocument = ExactFitDocument | DiscretisedFitDocument

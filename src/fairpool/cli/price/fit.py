"""`fairpool price fit`: from known types of buyers to the curve that earns most."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fairpool.cli.console import Stages, show
from fairpool.cli.price.text import fit_text
from fairpool.documents.pricing import (
    DiscretisedFitDocument,
    ExactFitDocument,
    FitDocument,
    arbitrage_shown,
    bundles_shown,
)
from fairpool.files.output import refuse_unwritable_file, written_whole
from fairpool.files.pricing.amounts import curve_csv, read_valuations
from fairpool.files.problem_in_file import concerning
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.progress import unwatched
from fairpool.pricing.curves.arbitrage import find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.curves.valuations import Valuations, checked_probabilities
from fairpool.pricing.optimal.arbitrage_free import arbitrage_free_curve
from fairpool.pricing.optimal.branch_and_bound import GapWatch
from fairpool.pricing.optimal.grids.data_grid import Assumption
from fairpool.pricing.optimal.grids.discretised import DiscretisedSolution, solve_discretised
from fairpool.pricing.optimal.optimal import OptimalCurve, optimal_curve

EXACT, DISCRETISED = "exact", "discretised"
GAP, EPSILON = 1e-6, 0.1
_SEARCHING = "searching for the best curve"

Fitted = Callable[..., FitDocument]


@dataclass(frozen=True, slots=True)
class ExactFit:
    """Search until no curve can earn more than ``gap`` more, relative to the revenue.

    arbitrage_free: then look for a good curve that nobody can buy cheaper in pieces.
    """

    gap: float
    arbitrage_free: bool

    def curve(self, valuations: Valuations, q: Floats, watch: GapWatch) -> tuple[OptimalCurve, Fitted]:
        """What was found, and what makes the document of it."""
        found = optimal_curve(valuations, q, gap=self.gap, progress=watch)
        best = arbitrage_free_curve(valuations, q, found) if self.arbitrage_free else found
        return best, partial(ExactFitDocument, method=EXACT, algorithm=best.method, gap=self.gap)


@dataclass(frozen=True, slots=True)
class DiscretisedFit:
    """Prices and amounts on the grids of the paper."""

    epsilon: float
    assumption: Assumption

    def curve(self, valuations: Valuations, q: Floats, _: GapWatch) -> tuple[DiscretisedSolution, Fitted]:
        """As of `ExactFit`."""
        found = solve_discretised(valuations, q, epsilon=self.epsilon, assumption=self.assumption)
        return found, partial(
            DiscretisedFitDocument,
            method=DISCRETISED,
            algorithm=found.method,
            epsilon=self.epsilon,
            assumption=self.assumption.value,
            amounts_on_grid=len(found.amounts),
            prices_on_grid=len(found.prices),
            promised=found.promised,
        )


def asked_fit(
    method: str, *, gap: float | None, arbitrage_free: bool, epsilon: float | None, assumption: str | None
) -> ExactFit | DiscretisedFit:
    """The options as an object; InputError for those that are none, or belong to the other method."""
    if method == EXACT:
        _refuse_foreign({"--epsilon": epsilon, "--assumption": assumption}, DISCRETISED)
        return ExactFit(_between("--gap", GAP if gap is None else gap, 0, 1), arbitrage_free)
    if method == DISCRETISED:
        _refuse_foreign({"--gap": gap, "--arbitrage-free": arbitrage_free or None}, EXACT)
        return DiscretisedFit(
            _between("--epsilon", EPSILON if epsilon is None else epsilon, 0.001, 0.999),
            _assumption(assumption),
        )
    raise InputError(f"--method: got {method!r}, expected {EXACT} or {DISCRETISED}")


def fit_curve(
    path: Path, probabilities: str, asked: ExactFit | DiscretisedFit, *, out: Path | None, as_json: bool
) -> None:
    """Read, find the curve, write and tell it; raises InputError."""
    given = parsed_probabilities(probabilities)
    if out is not None:
        refuse_unwritable_file(out)
        if out.exists() and path.exists() and out.samefile(path):
            raise InputError("is the file of the valuations, expected another name for the curve", file=out)
    with Stages() as stages:
        stages.stage("reading valuations")
        valuations = read_valuations(path)
        q = checked_probabilities(given, valuations.types)
        stages.stage(_SEARCHING)
        with concerning(path):
            curve, document = fitted(valuations, q, asked, lambda _, gap: stages.stage(_searching(gap)))
    if out is not None:
        written_whole(out, curve_csv(curve))
    show(document.json_text() if as_json else _told(document, out))


def fitted(
    valuations: Valuations, q: Floats, asked: ExactFit | DiscretisedFit, watch: GapWatch = unwatched
) -> tuple[PriceCurve, FitDocument]:
    """The curve and its document."""
    found, document = asked.curve(valuations, q, watch)
    curve = found.curve.without_idle_bundles()
    taken = purchases(curve, valuations)
    cheaper = find_arbitrage(curve)
    revenue = float(q @ taken.payments)
    upper_bound = max(found.upper_bound, revenue)
    return curve, document(
        curve=bundles_shown(curve),
        revenue=revenue,
        purchases=taken.amounts.tolist(),
        bound=upper_bound - revenue,
        types=valuations.names,
        payments=taken.payments.tolist(),
        probabilities=q.tolist(),
        upper_bound=upper_bound,
        arbitrage=arbitrage_shown(cheaper),
        apart=None if cheaper is None else cheaper.apart,
    )


def parsed_probabilities(text: str) -> list[float]:
    """``0.5,0.3,0.2`` as numbers; InputError for a part that is none."""
    found = []
    for part in text.split(","):
        try:
            found.append(float(part))
        except ValueError:
            raise InputError(
                f"--probabilities: got {part.strip()!r}, expected numbers with commas between, such as 0.5,0.3,0.2"
            ) from None
    return found


def _searching(gap: float) -> str:
    """What is left open; 1 stands for all."""
    return (
        f"searching for the best curve; at most {100 * gap:.3g} % better than found"
        if gap < 1
        else _SEARCHING
    )


def _assumption(given: str | None) -> Assumption:
    known = [member.value for member in Assumption]
    if given is not None and given not in known:
        raise InputError(f"--assumption: got {given!r}, expected {', '.join(known)}")
    return Assumption(given or Assumption.MONOTONE)


def _between(option: str, value: float, least: float, most: float) -> float:
    if not (math.isfinite(value) and least <= value <= most):
        raise InputError(f"{option}: got {value:g}, expected a number from {least:g} to {most:g}")
    return value


def _refuse_foreign(options: dict[str, object], method: str) -> None:
    for option, value in options.items():
        if value is not None:
            raise InputError(f"{option} belongs to --method {method}")


def _told(document: FitDocument, out: Path | None) -> str:
    text = fit_text(document)
    return text if out is None else f"{text}\n\nCurve: {out}"

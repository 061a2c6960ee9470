"""A fitted curve and a checked one as a person reads them in a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from fairpool.cli.table import WIDTH, aligned, shortened, wrapped
from fairpool.documents.pricing import CheckedCurve, FitDocument, LearnerDocument, SimulationDocument

PROVED = 1e-9  # what a curve may lack of the optimum and count as optimal: rounding
_MOST_ROWS = 30
_MOST_NAMES = 8
_HANG = 14
_NONE = "-"


def fit_text(document: FitDocument) -> str:
    """What `fairpool price fit` found."""
    types, most = len(document.types), document.curve[-1][0]
    return _joined(
        [
            f"Price curve for {_counted(types, 'type')} of buyers, up to {most:,} rows ({document.method})",
            "",
            *_bundles(document),
            "",
            *_refused(document),
            f"{'revenue':<{_HANG}}{number(document.revenue)} from a buyer, on average",
            f"{'at most':<{_HANG}}{_optimality(document)}",
            f"{'arbitrage':<{_HANG}}{_arbitrage(document)}",
        ]
    )


def check_text(document: CheckedCurve) -> str:
    """What `fairpool price check` found."""
    lines = [
        f"{'monotone':<{_HANG}}{_monotone(document)}",
        f"{'arbitrage':<{_HANG}}{_arbitrage(document)}",
    ]
    if document.nearest is None or document.largest_change is None:
        return _joined(lines)
    nearest = [["rows", "price"], *([f"{n:,}", number(p)] for n, p in document.nearest)]
    change = number(document.largest_change)
    return _joined(
        [
            *lines,
            "",
            f"Nearest curve that is monotone and without arbitrage (changes up to {change}):",
            "",
            *_shown(nearest),
        ]
    )


def simulated_text(document: SimulationDocument) -> str:
    """What `fairpool price simulate` found, least regret first."""
    unit = f" {document.unit}" if document.unit else ""
    ordered = document.by_regret
    rows = [["learner", "regret", "±", "slope", "of the best"], *map(_learner, ordered)]
    count = document.replications
    times = "once" if count == 1 else f"{count:,} times"
    return _joined(
        [
            f"{document.name}: {document.rounds:,} rounds, {times} ({document.arrivals})",
            f"The best fixed curve earns {number(document.optimal.revenue)}{unit} a round.",
            "",
            *aligned(rows),
            *(line for note in document.notes for line in ("", f"note: {note}")),
        ]
    )


def number(value: float) -> str:
    """Six digits at most; whole numbers and large ones with commas."""
    grouped = abs(value) < 1e12 and (abs(value) >= 100_000 or value == int(value))
    return f"{value:,.0f}" if grouped else f"{value:.6g}"


def _shown(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Numbers aligned right; of long tables the beginning."""
    yield from aligned(rows[: _MOST_ROWS + 1], texts=0)
    if len(rows) - 1 > _MOST_ROWS:
        yield f"... {len(rows) - 1 - _MOST_ROWS:,} more: see --json"


# ---- a fitted curve


def _bundles(document: FitDocument) -> Iterator[str]:
    """The bundles, and who takes them."""
    rows = [["rows", "price", ""]]
    for amount, price in document.curve:
        who = _names(document, [taken == amount for taken in document.purchases])
        rows.append([f"{amount:,}", number(price), who])
    starts = aligned([row[:2] for row in rows], texts=0)
    for start, (_, _, who) in list(zip(starts, rows, strict=True))[: _MOST_ROWS + 1]:
        line = f"{start}  bought by {who}" if who else start
        yield from textwrap.wrap(line, WIDTH, subsequent_indent=" " * (len(start) + 12)) or [line]
    if len(rows) - 1 > _MOST_ROWS:
        yield f"... {len(rows) - 1 - _MOST_ROWS:,} more: see --json"


def _refused(document: FitDocument) -> Iterator[str]:
    who = _names(document, [taken == 0 for taken in document.purchases])
    if who:
        yield f"{'buys nothing':<{_HANG}}{who}"


def _names(document: FitDocument, chosen: Sequence[bool]) -> str:
    """``small (50 %), large (20 %)``."""
    found = [
        f"{shortened(name)} ({100 * q:.3g} %)"
        for name, q, one in zip(document.types, document.probabilities, chosen, strict=True)
        if one
    ]
    more = [f"and {len(found) - _MOST_NAMES} more types"] if len(found) > _MOST_NAMES else []
    return ", ".join([*found[:_MOST_NAMES], *more])


def _optimality(document: FitDocument) -> str:
    bound, best = document.bound, document.upper_bound
    if bound <= PROVED * best:
        return f"{number(best)}: no curve earns more than this one"
    return f"{number(best)}: no curve earns more; this one lacks {100 * bound / best:.2g} % of that, or less"


# ---- a checked curve


def _monotone(document: CheckedCurve) -> str:
    if document.falls is None:
        return "yes: more rows never cost less"
    fewer, more, price, lower = document.falls
    return f"NO: {fewer:,} rows cost {number(price)}, but {more:,} rows only {number(lower)}"


def _arbitrage(document: CheckedCurve | FitDocument) -> str:
    found = document.arbitrage
    if found is None or document.apart is None:
        return "none: buying in pieces never costs less"
    first, second, price = found
    apart = number(document.apart)
    return f"YES: {first:,} and {second:,} rows cost {apart} apart, but {number(price)} together"


# ---- a simulation


def _learner(learner: LearnerDocument) -> list[str]:
    error, slope, part = learner.regret.standard_error[-1], learner.slope, learner.part_of_best
    return [
        learner.title,
        number(float(f"{learner.regret.mean[-1]:.4g}")),
        _NONE if error is None else number(float(f"{error:.2g}")),
        _NONE if slope is None else f"{slope + 0.0:.2f}",
        _NONE if part is None else f"{100 * part:.1f} %",
    ]


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(part for line in lines for part in wrapped(line, _HANG))

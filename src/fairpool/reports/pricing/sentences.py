"""The report of a simulation of prices, in sentences: what was found, and what that means."""

from __future__ import annotations

from collections.abc import Sequence

from fairpool.documents.pricing import LearnerDocument, SimulationDocument
from fairpool.reports.frame.layout import Tile
from fairpool.reports.frame.magnitudes import significant
from fairpool.reports.frame.numerals import count_in_words, decimal, percent, plural
from fairpool.reports.pricing.curve_charts import bundles

MOST_SLOPES = 5


def headline(document: SimulationDocument) -> str:
    """The one sentence to remember."""
    learners = document.learners
    best = best_learner(document)
    alone = len(learners) == 1
    who = "The learner" if alone else f"Of {count_in_words(len(learners))} learners, {best.title}"
    part = best.part_of_best
    if part is None:
        return f"{who} was tried over {document.rounds:,} rounds; with these buyers no price curve earns anything."
    praised = "" if alone else "had the least regret: it "
    return (
        f"{who} {praised}earned {percent(part)} of what the best fixed price curve earns from the same buyers,"
        f" over {plural(document.rounds, 'round')}."
    )


def best_learner(document: SimulationDocument) -> LearnerDocument:
    """The one of least regret at the end."""
    return document.by_regret[0]


def tiles(document: SimulationDocument) -> list[Tile]:
    """Four numbers."""
    best = best_learner(document)
    unit = f" {document.unit}" if document.unit else ""
    slope = best.slope
    return [
        Tile(
            f"{document.rounds:,}",
            f"rounds, a buyer each, {replications_in_words(document)}",
        ),
        Tile(
            significant(document.optimal.revenue, 4) + unit,
            "a round is what the best fixed curve earns on average",
        ),
        Tile(
            f"{significant(best.regret.mean[-1])}{unit}",
            f"regret of {best.title} at the end{', the least of all' if len(document.learners) > 1 else ''}",
            "better",
        ),
        Tile(
            "–" if slope is None else decimal(slope),
            f"power of t with which the regret of {best.title} grows; below 1 is learning",
            "" if slope is None else "better" if slope < 1 else "warning",
        ),
    ]


def replications_in_words(document: SimulationDocument) -> str:
    """``mean of 20 replications``."""
    count = document.replications
    return "one replication" if count == 1 else f"mean of {plural(count, 'replication')}"


def setting(document: SimulationDocument) -> str:
    """What was simulated, under the tiles."""
    types = len(document.types)
    return (
        f"{count_in_words(types).capitalize()} {'type' if types == 1 else 'types'} of buyers,"
        f" up to {plural(document.most, 'row')} for sale. Nobody knows beforehand how often each type comes;"
        " what each would pay is known. All numbers are from a simulation."
    )


def regret_sentence(document: SimulationDocument) -> str:
    """What the chart shows, and which learners learn."""
    counted = (
        " It is counted before it is known who comes, so luck with buyers does not show."
        if document.regret == "expected"
        else " It is counted against the curve that turned out best up to that round."
    )
    start = (
        "Regret is what the best fixed curve would have earned more, from the first round up to this one."
        f"{counted} A learner that stays wrong regrets in proportion to the rounds, slope 1 on these axes; one that"
        " learns as fast as theory promises has a slope of about one half."
    )
    fitted = [(one, one.slope) for one in document.learners if one.slope is not None]
    if not fitted:
        return f"{start} No slope could be fitted here."
    if len(fitted) > MOST_SLOPES:
        return f"{start} The slopes fitted over the last tenfold of rounds stand in the table below."
    slopes = [f"{learner.title} {decimal(slope)}" for learner, slope in fitted]
    return f"{start} Fitted over the last tenfold of rounds: {_all(slopes)}."


def regret_caption(document: SimulationDocument) -> str:
    """What the marks of the chart are."""
    band = (
        "The band around a line contains the mean over infinitely many replications in about 95 of 100 cases."
        if document.replications > 1
        else "One replication has no confidence band."
    )
    below = any(value <= 0 for learner in document.learners for value in learner.regret.mean)
    ends = " A line is missing where the learner earned at least as much as any fixed curve." if below else ""
    return f"{band} Both axes are logarithmic. Dotted: slopes 1 and one half, to compare with.{ends}"


def revenue_sentence(document: SimulationDocument) -> str:
    """How much of the best fixed curve's revenue was reached."""
    best = document.optimal.revenue
    unit = f" {document.unit}" if document.unit else ""
    return (
        f"Played in every round, the best fixed curve earns {significant(best, 4)}{unit} from a buyer on average;"
        f" in {plural(document.rounds, 'round')} {significant(best * document.rounds, 4)}{unit}."
    )


def best_sentence(document: SimulationDocument) -> str:
    """The bundles of the best fixed curve, and who buys nothing."""
    curve = document.optimal.curve
    nothing = [one.name for one in document.types if not one.buys]
    who = (
        "Every type buys."
        if not nothing
        else f"{_all([str(name) for name in nothing])} would buy nothing of it: to sell to them, too, prices for the"
        " others would have to fall by as much as that brings, or more."
    )
    count = len(curve)
    return f"It has {plural(count, 'bundle')}: {bundles(curve)}. {who}"


def _all(names: Sequence[str], most: int = 10) -> str:
    shown = [*names[:most], *([f"{len(names) - most} others"] if len(names) > most else [])]
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))

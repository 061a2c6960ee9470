"""The first screen of the report of a sharing: what was shared, whether it paid off, four numbers."""

from __future__ import annotations

import statistics

from fairpool.documents.sharing.mediator import SharingDocument
from fairpool.reports.frame.layout import Tile
from fairpool.reports.frame.magnitudes import apart, significant
from fairpool.reports.frame.numerals import count_in_words, listed, percent, plural
from fairpool.reports.settlement.checks import Check, verdict
from fairpool.reports.sharing.agents import (
    better_off,
    known,
    rows_in_all,
    saved,
    sharpening,
    without_own,
)
from fairpool.reports.sharing.charts.noise_and_penalty import saving_in_words
from fairpool.reports.sharing.comparison import losses_of, payments
from fairpool.reports.sharing.kinds import (
    checks_distributions,
    releases_estimates,
    releases_rows,
)


def checks_of(document: SharingDocument) -> list[Check]:
    """The document's checks as the page shows them."""
    return [Check(_capital(check.name), "", check.holds, check.words) for check in document.checks]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def headline(document: SharingDocument) -> str:
    """The one sentence to remember: what was shared, and whether it paid off for everybody."""
    agents = f"{_capital(count_in_words(len(document.agents)))} agents"
    if checks_distributions(document):
        return _check_headline(document, agents)
    if not (releases_rows(document) or releases_estimates(document)):
        return f"{agents} kept their samples: in this round nothing was shared."
    return f"{agents} shared {_what(document)}{_sharper(document)}. {_pays(document)}"


def _what(document: SharingDocument) -> str:
    columns = len(document.columns)
    about = f" in {count_in_words(columns)} columns" if columns > 1 else ""
    return f"{plural(rows_in_all(document), 'sample')}{about}"


def _sharper(document: SharingDocument) -> str:
    """`` and know the mean better than alone: …``, or nothing where it is not known."""
    new, known_now = without_own(document)
    if 2 * new > known_now:
        return f"; {new:,} of {known_now:,} estimates are of something that the agent has no samples of"
    ratios = known([sharpening(agent) for agent in document.agents])
    if not ratios:
        return ""
    ratio = statistics.median(ratios)
    if ratio >= 1:
        return "; the typical standard error did not shrink"
    return f"; the typical standard error shrank by {percent(1 - ratio, 0)}"


def _pays(document: SharingDocument) -> str:
    found = [better_off(agent) for agent in document.agents]
    count, total = sum(one is True for one in found), sum(one is not None for one in found)
    if total == 0:
        return "Whether it paid off is not known."
    if count == total:
        return (
            "It paid off for everybody."
            if total == len(found)
            else f"It paid off for all {total} of whom that is known."
        )
    worse = [agent.name for agent, one in zip(document.agents, found, strict=True) if one is False]
    if count == 0:
        return "It paid off for nobody."
    return f"It paid off for {count:,} of {total:,}, not for {listed(worse, most=3)}."


def _check_headline(document: SharingDocument, agents: str) -> str:
    found = losses_of(document)
    count = len(document.columns)
    columns = "one feature" if count == 1 else f"{count_in_words(count)} features"
    rows = plural(rows_in_all(document), "row")
    start = f"{agents} handed in {rows} of {columns}, checked against each other"
    far = [loss.entry.name for loss in found if loss.is_unusual]
    if not found:
        return f"{start}."
    if not far:
        return f"{start}: no submission stands out more than chance allows."
    stands = "stands" if len(far) == 1 else "stand"
    return f"{start}: {listed(far, most=4)} {stands} out from the others by more than chance."


def tiles(document: SharingDocument, checks: list[Check]) -> list[Tile]:
    """Four numbers."""
    failing = [f"“{check.title}”" for check in checks if check.holds is False]
    counted = Tile(
        verdict(checks) if any(check.holds is not None for check in checks) else "–",
        f"not: {listed(failing, most=3)}" if failing else "explained below",
        "warning" if failing else "",
    )
    what = "rows" if checks_distributions(document) else "samples"
    agents = count_in_words(len(document.agents))
    handed_in = Tile(f"{rows_in_all(document):,}", f"{what} from {agents} agents")
    if checks_distributions(document):
        return [handed_in, *_check_tiles(document), counted]
    return [handed_in, _error_tile(document), _penalty_tile(document), counted]


def _error_tile(document: SharingDocument) -> Tile:
    if len(document.columns) == 1:
        after = known([agent.standard_error[0] for agent in document.agents])
        before = known([agent.standard_error_alone[0] for agent in document.agents])
        if after and before:
            texts = apart([statistics.median(before), statistics.median(after)], 2)
            tone = "better" if statistics.median(after) < statistics.median(before) else ""
            return Tile(
                f"{texts[0]} → {texts[1]}", "standard error from own data alone → with the release", tone
            )
    new, known_now = without_own(document)
    if 2 * new > known_now:
        words = "estimates are of something that the agent has no samples of"
        return Tile(f"{new:,} of {known_now:,}", words, "better")
    ratios = known([sharpening(agent) for agent in document.agents])
    if not ratios:
        return Tile("–", "standard error with the release, beside alone")
    ratio = statistics.median(ratios)
    tone = "better" if ratio < 1 else ""
    return Tile(percent(ratio, 0), "of the standard error that own data alone would have (typically)", tone)


def _penalty_tile(document: SharingDocument) -> Tile:
    parts = known([saved(agent) for agent in document.agents])
    if not parts:
        return Tile("–", "penalty (squared error plus cost) beside working alone")
    part = statistics.median(parts)
    return Tile(
        saving_in_words(part),
        "penalty (squared error plus cost) than working alone",
        "better" if part > 0 else "warning",
    )


def _check_tiles(document: SharingDocument) -> list[Tile]:
    found = losses_of(document)
    worst = max(found, key=lambda loss: loss.excess, default=None)
    loss = (
        Tile("–", "loss beside its honest expectation")
        if worst is None
        else Tile(
            f"{significant(worst.entry.loss, 2)}",
            (
                f"largest loss for its size, of {worst.entry.name}; honest rows would have"
                f" {significant(worst.entry.expected, 2)} on average"
            ),
            "warning" if worst.is_unusual else "",
        )
    )
    return [loss, *payments(document)]

"""The mediator's report.html: a pure function of its document, in the same frame as the market's report."""

from __future__ import annotations

from typing import Any

from fairpool.documents.sharing.mediator import SharingDocument
from fairpool.reports.frame import numerals
from fairpool.reports.frame.cleaning import cleaned
from fairpool.reports.frame.drawing import unchecked
from fairpool.reports.frame.glossary import glossary_of
from fairpool.reports.frame.layout import by_name, rendered
from fairpool.reports.frame.magnitudes import plain, significant
from fairpool.reports.sharing import tables as sharing_tables
from fairpool.reports.sharing.agents import MOST_ROWS, far
from fairpool.reports.sharing.charts.distance import distance_chart, distance_histogram
from fairpool.reports.sharing.charts.estimate import columns_shown, estimate_chart
from fairpool.reports.sharing.charts.noise_and_penalty import noise_chart, penalty_chart
from fairpool.reports.sharing.charts.penalty_curve import curve_cards, curve_chart
from fairpool.reports.sharing.comparison import loss_chart, loss_sentence
from fairpool.reports.sharing.kinds import checks_distributions, claims_of, corrupts_rows
from fairpool.reports.sharing.prose import first_screen
from fairpool.reports.sharing.prose import sentences as prose
from fairpool.reports.sharing.prose.advice import steps, worked_example
from fairpool.reports.sharing.prose.reproduction import COMMAND, share_toml

MOST_LISTED_COLUMNS = 20


def sharing_page(document: SharingDocument) -> str:
    """The mediator's report as HTML."""
    sharing = SharingDocument.model_validate(cleaned(document.model_dump()))
    return rendered(
        "sharing/template.html",
        {"plural": numerals.plural, "listed": numerals.listed, "significant": significant, "plain": plain},
        d=sharing,
        kind="Sharing report, for the mediator",
        version=sharing.fairpool,
        source="summary.json",
        **_sentences(sharing),
        **_charts(sharing),
        **_tables(sharing),
    )


def _sentences(document: SharingDocument) -> dict[str, Any]:
    checks = first_screen.checks_of(document)
    return {
        **by_name(document, first_screen.headline, prose.distance_sentence, prose.noise_sentence),
        **by_name(document, prose.penalty_sentence, prose.plan_sentence, loss_sentence),
        **by_name(document, steps, worked_example),
        "tiles": first_screen.tiles(document, checks),
        "checks": checks,
        "claims": claims_of(document),
        "compares": checks_distributions(document),
        "corrupts": corrupts_rows(document),
        "selection_note": lambda what: prose.selection_note(document, what),
        "noted": [agent for agent in document.agents if agent.notes],
        "far": numerals.decimal(far(document), 1),
        "command": COMMAND,
        "settings": share_toml(document),
        "columns": numerals.listed(list(document.columns), MOST_LISTED_COLUMNS),
        "glossary": glossary_of("comparison" if checks_distributions(document) else "sharing"),
    }


@unchecked()
def _charts(document: SharingDocument) -> dict[str, Any]:
    curves = document.curves
    drawn = [(document.columns[k], estimate_chart(document, k)) for k in columns_shown(document)]
    return {
        **by_name(document, distance_chart, noise_chart, penalty_chart, loss_chart),
        "distance_histogram": distance_histogram(document) if len(document.agents) > MOST_ROWS else None,
        "estimate_charts": [(column, chart) for column, chart in drawn if chart],
        "curve_chart": curve_chart(curves[0]) if len(curves) == 1 else None,
        "curve_cards": curve_cards(curves) if len(curves) > 1 else [],
    }


def _tables(document: SharingDocument) -> dict[str, Any]:
    return {
        "statement": sharing_tables.statement(document),
        "distance_table": sharing_tables.distances(document),
        "estimate_table": sharing_tables.estimates(document),
        "role_table": sharing_tables.roles(document),
        "loss_table": sharing_tables.losses(document),
        "feature_table": sharing_tables.features(document),
    }

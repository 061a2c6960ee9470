"""report.html of a simulation of prices: a pure function of summary.json (format 1), in the frame of all reports."""

from __future__ import annotations

from typing import Any

from fairpool.documents.pricing import SimulationDocument
from fairpool.reports.frame.cleaning import cleaned
from fairpool.reports.frame.drawing import unchecked
from fairpool.reports.frame.glossary import glossary_of
from fairpool.reports.frame.layout import by_name, rendered
from fairpool.reports.pricing import sentences as words
from fairpool.reports.pricing.curve_charts import bundles, learned_chart, optimal_chart
from fairpool.reports.pricing.regret import regret_chart
from fairpool.reports.pricing.reproduction import COMMAND, price_toml
from fairpool.reports.pricing.revenue import revenue_chart
from fairpool.reports.pricing.tables import learner_table, type_table
from fairpool.reports.pricing.words import ARRIVALS


def price_page(document: SimulationDocument) -> str:
    """The report of `fairpool price simulate` as HTML."""
    found = SimulationDocument.model_validate(cleaned(document.model_dump()))
    return rendered(
        "pricing/template.html",
        {},
        d=found,
        kind="Pricing report",
        version=found.fairpool,
        source="summary.json",
        **_sentences(found),
        **_charts(found),
    )


def _sentences(document: SimulationDocument) -> dict[str, Any]:
    return {
        **by_name(document, words.headline, words.tiles, words.setting, words.regret_sentence),
        **by_name(document, words.regret_caption, words.revenue_sentence, words.best_sentence),
        **by_name(document, learner_table, type_table),
        "replications": words.replications_in_words(document),
        "arrivals": ARRIVALS.get(document.arrivals, ""),
        "learner_words": [(one.title, one.words) for one in document.learners],
        "command": COMMAND,
        "settings": price_toml(document),
        "glossary": glossary_of("pricing"),
    }


@unchecked()
def _charts(document: SimulationDocument) -> dict[str, Any]:
    cards = [(one, learned_chart(document, one)) for one in document.learners]
    return {
        **by_name(document, regret_chart, revenue_chart, optimal_chart),
        "curve_cards": [
            (one.title, f"Bundles: {bundles(one.curve)}", chart)
            for one, chart in cards
            if chart and one.curve
        ],
    }

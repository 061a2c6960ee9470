"""report.html of a simulation of prices: a pure function of summary.json (format 1), in the frame of all reports."""

from __future__ import annotations

from typing import Any

from fairpool.documents.pricing import SimulationDocument
from fairpool.reports.frame.cleaning import cleaned
from fairpool.reports.frame.drawing import unchecked
from fairpool.reports.frame.glossary import glossary_of
from fairpool.reports.frame.layout import rendered
from fairpool.reports.pricing import sentences as price_sentences
from fairpool.reports.pricing import tables as price_tables
from fairpool.reports.pricing.curve_charts import bundles, learned_chart, optimal_chart
from fairpool.reports.pricing.regret import regret_chart
from fairpool.reports.pricing.reproduction import COMMAND, price_toml
from fairpool.reports.pricing.revenue import revenue_chart
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
        "headline": price_sentences.headline(document),
        "tiles": price_sentences.tiles(document),
        "setting": price_sentences.setting(document),
        "replications": price_sentences.replications_in_words(document),
        "regret_sentence": price_sentences.regret_sentence(document),
        "regret_caption": price_sentences.regret_caption(document),
        "revenue_sentence": price_sentences.revenue_sentence(document),
        "best_sentence": price_sentences.best_sentence(document),
        "arrivals": ARRIVALS.get(document.arrivals, ""),
        "learner_table": price_tables.learner_table(document),
        "type_table": price_tables.type_table(document),
        "learner_words": [(one.title, one.words) for one in document.learners],
        "command": COMMAND,
        "settings": price_toml(document),
        "glossary": glossary_of("pricing"),
    }


@unchecked()
def _charts(document: SimulationDocument) -> dict[str, Any]:
    cards = [(one, learned_chart(document, one)) for one in document.learners]
    return {
        "regret_chart": regret_chart(document),
        "revenue_chart": revenue_chart(document),
        "optimal_chart": optimal_chart(document),
        "curve_cards": [
            (one.title, f"Bundles: {bundles(one.curve)}", chart)
            for one, chart in cards
            if chart and one.curve
        ],
    }

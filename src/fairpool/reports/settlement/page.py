"""report.html: one file that opens offline, a pure function of settlement.json.

The page has no scripts and asks for nothing from outside (a content security policy in it says so to the
browser); all names in it are escaped, in the text by the template, in the charts by the chart writer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fairpool.documents.settlement import SettlementDocument
from fairpool.reports.frame import numerals
from fairpool.reports.frame.cleaning import cleaned
from fairpool.reports.frame.drawing import Chart, unchecked
from fairpool.reports.frame.glossary import glossary_of
from fairpool.reports.frame.layout import Tile, by_name, rendered
from fairpool.reports.settlement import words
from fairpool.reports.settlement.certainty import (
    errors_in_words,
    known,
    score_range,
    share_range,
    sign_is_open,
    signs_in_words,
)
from fairpool.reports.settlement.charts.gains import gain_chart, share_chart, share_decimals, size_chart
from fairpool.reports.settlement.charts.money import net_chart, statement_chart
from fairpool.reports.settlement.charts.replication import replication_chart
from fairpool.reports.settlement.charts.waterfall import waterfall_charts
from fairpool.reports.settlement.checks import (
    Check,
    checks_of,
    more_data,
    replication_advice,
    replication_basis,
    verdict,
    verdict_in_words,
)
from fairpool.reports.settlement.leakage import leakage_meaning, leaked
from fairpool.reports.settlement.leaving import what_leaves
from fairpool.reports.settlement.left import left_interval, left_with
from fairpool.reports.settlement.reproduction import COMMAND, market_toml
from fairpool.reports.settlement.statement import statement_columns
from fairpool.reports.settlement.usefulness import (
    MOST_PARTIES_IN_A_MATRIX,
    matrix_of,
    useful_models,
    usefulness_sentences,
)

MOST_PARTIES_ON_CARDS = 12


@dataclass(frozen=True, slots=True)
class CopyRow:
    """What 1..5 copies would have earned one party, minor units."""

    party: str
    gains: list[float | None]


def report_page(document: SettlementDocument) -> str:
    """The report of a settlement document as HTML."""
    settlement = cleaned(document)
    return rendered(
        "settlement/template.html",
        _formats(settlement.currency),
        d=settlement,
        kind="Settlement report",
        version=settlement.versions["fairpool"],
        source="settlement.json",
        **_sentences(settlement),
        **_charts(settlement),
        **_tables(settlement),
    )


def _formats(currency: str) -> dict[str, Any]:
    plain = (numerals.decimal, numerals.decimals_apart, numerals.percent, numerals.plural, numerals.listed)
    """The template's ways to write numbers."""
    return {
        "signed": lambda minor: numerals.signed_amount(minor, currency),
        "signed_gain": lambda gain: numerals.signed_gain(gain, currency),
        "brought": words.brought,
        "score_range": score_range,
        "share_range": share_range,
        "sign_is_open": sign_is_open,
        "left_with": left_with,
        "left_interval": left_interval,
        "sheet_has_ranges": lambda sheet: any(column.low is not None for column in sheet.columns),
        "with_currency": lambda minor: numerals.amount_of(minor, currency),
        **{one.__name__: one for one in plain},
    }


def _sentences(document: SettlementDocument) -> dict[str, Any]:
    checks = checks_of(document)
    return {
        **by_name(
            document,
            words.headline,
            words.money_sentence,
            words.kept_sentence,
            words.score_name,
            words.score_meaning,
            words.score_scale,
        ),
        **by_name(document, words.learner_name, words.division_meaning, words.method_meaning),
        **by_name(
            document, words.worked_example, words.one_row_sentence, replication_advice, replication_basis
        ),
        **by_name(document, signs_in_words, errors_in_words),
        **by_name(document, leaked, leakage_meaning, what_leaves, more_data),
        "copies_do_not_pay": checks[-1],
        "day": words.day(document),
        "tiles": _tiles(document, checks),
        "checks": checks,
        "command": COMMAND,
        "settings": market_toml(document),
        "glossary": glossary_of("settlement"),
    }


def _tiles(document: SettlementDocument, checks: list[Check]) -> list[Tile]:
    """Four numbers: alone, together, the money that moves, the checks."""
    if document.task == "own":
        alone, together = words.mean_alone(document), words.mean_delivered(document)
        names = ("mean score of the parties' own models", "mean score of the models they get")
    else:
        alone, together = words.best_alone(document).gain_alone, words.pooled_score(document)
        names = ("score of the best party alone", "score of the model from everybody's data")
    decimals = numerals.decimals_apart(alone, together)
    return [
        Tile(numerals.decimal(alone, decimals), names[0]),
        Tile(numerals.decimal(together, decimals), names[1], "better" if together > alone else ""),
        Tile(
            numerals.amount_of(words.pot(document), document.currency),
            "paid for better models and handed out again",
        ),
        Tile(
            verdict(checks),
            verdict_in_words(checks),
            "warning" if any(check.holds is False for check in checks) else "",
        ),
    ]


@unchecked()
def _charts(document: SettlementDocument) -> dict[str, Any]:
    currency = document.currency
    parties = [party.model_dump() for party in document.parties]  # charts are drawn from records
    sizes = [asdict(size) for size in document.gain_by_size]
    gains = [asdict(gain) for gain in document.certificate.replication.gains]
    few = len(parties) <= MOST_PARTIES_ON_CARDS
    return {
        "net_chart": net_chart(parties, currency),
        "cards": list(zip(document.parties, waterfall_charts(parties, currency), strict=True)) if few else [],
        "statement_chart": None if few else statement_chart(parties, currency),
        "gain_chart": gain_chart(parties),
        "share_chart": share_chart(parties),
        "size_chart": size_chart(sizes) if sizes else None,
        "copy_charts": [_copy_chart(gains, key, currency) for key in _copy_keys(gains)],
    }


def _copy_chart(gains: list[dict[str, Any]], key: str, currency: str) -> tuple[str, Chart, list[CopyRow]]:
    """Title, chart and table of one way to enter copies."""
    return _COPY_TITLES[key], replication_chart(gains, key=key, currency=currency), _copy_rows(gains, key)


_COPY_TITLES = {
    "gain": "Copies that declare the party's own task",
    "gain_with_free_task": "Copies that declare a task on which they are perfect already, and so owe no fee",
}


def _copy_keys(gains: list[dict[str, Any]]) -> list[str]:
    return [key for key in _COPY_TITLES if any(gain[key] is not None for gain in gains)]


def _copy_rows(gains: list[dict[str, Any]], key: str) -> list[CopyRow]:
    found: dict[str, dict[int, float | None]] = {}
    for gain in gains:
        found.setdefault(gain["party"], {})[gain["copies"]] = gain[key]
    counts = range(1, 1 + max(gain["copies"] for gain in gains))
    return [CopyRow(party, [by_copies.get(k) for k in counts]) for party, by_copies in found.items()]


def _tables(document: SettlementDocument) -> dict[str, Any]:
    parties = document.parties
    tables: dict[str, Any] = {
        "statement": statement_columns(document, share_decimals(len(parties))),
        "net_of_all": sum(party.net for party in parties),
        "rows_sum": sum(party.rows for party in parties),
        "digits": share_decimals(len(parties)),
        "every_size_scored": all(size.lowest is not None for size in document.gain_by_size),
        "some_retained": any(party.retained for party in parties),
        "some_returned": any(party.returned for party in parties),
        "some_errors": any(party.share_se > 0 for party in parties),
        "intervals_known": known(document),
        "parts_known": all(party.share_parts is not None for party in parties),
        "matrix": [],
        "usefulness_sentences": [],
        "useful": [],
        "show_matrix": False,
    }
    if document.customisation is not None:
        tables |= {
            "matrix": matrix_of(document),
            "usefulness_sentences": usefulness_sentences(document),
            "useful": useful_models(document, document.customisation.after)[:10],
            "show_matrix": len(parties) <= MOST_PARTIES_IN_A_MATRIX,
        }
    return tables

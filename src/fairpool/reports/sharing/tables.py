"""The tables of the report of a sharing: the statement, distances and estimates by column, who does what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fairpool.reports.frame.magnitudes import apart, significant, to_error
from fairpool.reports.frame.numerals import percent
from fairpool.reports.sharing.agents import (
    Document,
    far,
    farthest,
    largest,
    noise_of,
    number,
    numbers,
    per_column,
    rows,
    saved,
    sharpening,
)
from fairpool.reports.sharing.bars import saving_text
from fairpool.reports.sharing.distance_charts import distance_text
from fairpool.reports.sharing.estimate_charts import columns_shown
from fairpool.reports.sharing.losses import (
    FAR_RATIO,
    MOST_AGENTS_IN_A_TABLE,
    features_shown,
    losses_of,
    spent,
)

MOST_COLUMNS = 8
_GIVEN = {"Got clean", "Got corrupted", "Noise", "Largest noise"}  # left out where nobody is given any
_PLANNED = {  # written once above the statement where it is the same for all
    "Asked for",
    "Got clean",
    "Got corrupted",
    "Standard error alone",
    "Penalty under the plan",
    "Penalty alone",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What a table shows: the number, a smaller one below it, and whether it stands out."""

    text: str
    below: str = ""
    far: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Names of the columns, and a row an agent; ``left_out``: rows not shown; ``same``: what all have in common."""

    heads: list[str]
    rows: list[tuple[str, list[Cell]]]
    left_out: int = 0
    same: str = ""


def statement(document: Document) -> Table:
    """One row an agent: asked, handed in, got, distance, noise, standard errors, penalties.

    Columns of which nothing is known for anybody are left out.
    """
    agents, single = document["agents"], len(document["columns"]) == 1
    first: dict[str, list[str]] = {
        head: [rows(document, agent, key) for agent in agents]
        for head, key in (
            ("Asked for", "asked"),
            ("Handed in", "collected"),
            ("Got clean", "clean"),
            ("Got corrupted", "corrupted"),
        )
    }
    first["Distance" if single else "Largest distance"] = [
        distance_text(one.distance) if (one := farthest(document, agent)) else "–" for agent in agents
    ]
    first["Noise" if single else "Largest noise"] = [
        _noise(document, agent, single=single) for agent in agents
    ]
    columns = {
        **first,
        **(_one_estimate(document) if single else _all_estimates(document)),
        **_penalties(document),
    }
    return _turned(document, columns)


def _noise(document: Document, agent: Any, *, single: bool) -> str:
    """In the units of a single column, in units of sigma for the largest of several."""
    noise, sigma = largest(noise_of(document, agent)), document["sigma"]
    if single or not noise or not sigma:
        return significant(noise, 2)
    return f"{significant(noise / sigma, 2)} σ"


def _one_estimate(document: Document) -> dict[str, list[str]]:
    alone, shared, estimates = (
        [numbers(document, agent, key)[0] for agent in document["agents"]]
        for key in ("standard_error_alone", "standard_error", "estimate")
    )
    return {
        "Estimate": [to_error(value, min(filter(None, shared), default=None)) for value in estimates],
        "Standard error": apart(shared),
        "Standard error alone": apart(alone),
    }


def _all_estimates(document: Document) -> dict[str, list[str]]:
    ratios = [sharpening(document, agent) for agent in document["agents"]]
    return {"Standard error, part of alone": ["–" if r is None else percent(r, 0) for r in ratios]}


def _penalties(document: Document) -> dict[str, list[str]]:
    agents = document["agents"]
    found = {
        head: [number(agent, key) for agent in agents]
        for head, key in (
            ("Penalty in this round", "penalty_realised"),
            ("Penalty under the plan", "penalty"),
            ("Penalty alone", "penalty_alone"),
        )
    }
    some = any(value is not None for values in found.values() for value in values)
    texts = {head: apart(values) for head, values in found.items()}
    change = [saving_text(saved(agent)) for agent in agents]
    return {**texts, "Against alone": change} if some else texts


def _turned(document: Document, columns: dict[str, list[str]]) -> Table:
    """Columns of texts as rows of cells, without the columns in which nobody has anything."""
    nothing = {head: {"–", "0"} if head in _GIVEN else {"–"} for head in columns}
    something = {head: texts for head, texts in columns.items() if not set(texts) <= nothing[head]}
    same = {head: texts[0] for head, texts in something.items() if len(set(texts)) == 1 and head in _PLANNED}
    kept = {head: texts for head, texts in something.items() if head not in same}
    found = [
        (str(agent["name"]), [Cell(texts[i]) for texts in kept.values()])
        for i, agent in enumerate(document["agents"])
    ]
    return Table(list(kept), found, same="; ".join(f"{head.lower()} {text}" for head, text in same.items()))


def _many(document: Document) -> tuple[list[Any], int]:
    """The agents that the tables by column show, and how many they leave out."""
    agents = list(document["agents"])
    return agents[:MOST_AGENTS_IN_A_TABLE], max(0, len(agents) - MOST_AGENTS_IN_A_TABLE)


def columns_by_distance(document: Document) -> list[int]:
    """Few columns: all; of many those with the largest distances."""
    worst = [0.0] * len(document["columns"])
    for agent in document["agents"]:
        worst = [
            max(w, abs(d or 0.0)) for w, d in zip(worst, numbers(document, agent, "distance"), strict=True)
        ]
    return sorted(sorted(range(len(worst)), key=lambda k: -worst[k])[:MOST_COLUMNS])


def distances(document: Document) -> Table | None:
    """Distance by column, with the noise (in units of sigma) below it; for several columns."""
    shown = columns_by_distance(document)
    if len(document["columns"]) == 1 or not any(farthest(document, agent) for agent in document["agents"]):
        return None
    agents, left_out = _many(document)
    limit = far(document)
    found = [(str(a["name"]), [_distance_cell(document, a, k, limit) for k in shown]) for a in agents]
    return Table([str(document["columns"][k]) for k in shown], found, left_out)


def _distance_cell(document: Document, agent: Any, column: int, limit: float) -> Cell:
    distance, noise = numbers(document, agent, "distance")[column], noise_of(document, agent)[column]
    sigma = document["sigma"]
    below = f"{significant(noise / sigma, 2)} σ" if noise and sigma else ""
    if distance is None:
        return Cell("–", below)
    return Cell(distance_text(distance), below, far=abs(distance) > limit, own=2 < abs(distance) <= limit)


def estimates(document: Document) -> Table | None:
    """Estimate and standard error by column, with the standard error alone below; for several columns."""
    shown = columns_shown(document)
    if len(document["columns"]) == 1 or not shown:
        return None
    agents, left_out = _many(document)
    found = [(str(a["name"]), [_estimate_cell(document, a, k) for k in shown]) for a in agents]
    return Table([str(document["columns"][k]) for k in shown], found, left_out)


def _estimate_cell(document: Document, agent: Any, column: int) -> Cell:
    estimate, error, alone = (
        numbers(document, agent, key)[column]
        for key in ("estimate", "standard_error", "standard_error_alone")
    )
    text = to_error(estimate, error) + ("" if error is None else f" ± {significant(error, 2)}")
    return Cell(text, "" if alone is None else f"alone ± {significant(alone, 2)}")


def roles(document: Document) -> Table | None:
    """Who does what in every column, with the rows handed in of the rows asked for below."""
    if not any(agent.get("role") for agent in document["agents"]):
        return None
    agents, left_out = _many(document)
    shown = columns_by_distance(document)
    found = [(str(a["name"]), [_role_cell(document, a, k) for k in shown]) for a in agents]
    return Table([str(document["columns"][k]) for k in shown], found, left_out)


def _role_cell(document: Document, agent: Any, column: int) -> Cell:
    role = per_column(agent, "role", len(document["columns"]))[column]
    asked, collected = (
        numbers(document, agent, "asked")[column],
        numbers(document, agent, "collected")[column],
    )
    short = asked is not None and collected is not None and collected < asked - 0.5
    below = f"{row_count(collected)}, asked: {row_count(asked)}"
    return Cell(str(role or "–"), below, far=short)


def row_count(amount: float | None) -> str:
    return "–" if amount is None else f"{amount:,.0f}"


def losses(document: Document) -> Table:
    """The Cramér-von Mises check, a row an agent."""
    found = losses_of(document)
    columns = {
        "Loss": apart([one.loss for one in found]),
        "Honest rows, on average": apart([one.expected for one in found]),
        "Honest rows, at most on average": [significant(one.upper_bound, 2) for one in found],
        "Ratio": [significant(one.excess or None, 2) for one in found],
        "p-value": [p_value(one.p_value) for one in found],
        "Payment": [spent(document, one.payment) for one in found],
        "Rows given": ["–" if one.rows_given is None else f"{one.rows_given:,}" for one in found],
    }
    kept = {head: texts for head, texts in columns.items() if any(text != "–" for text in texts)}
    return Table(
        list(kept), [(one.name, [Cell(texts[i]) for texts in kept.values()]) for i, one in enumerate(found)]
    )


def p_value(value: float | None) -> str:
    """``0.37``, ``< 0.001``."""
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else significant(value, 2)


def features(document: Document) -> Table | None:
    """Loss by feature over its honest expectation, with the loss below; the most telling feature is marked."""
    found, shown = losses_of(document), features_shown(document)
    if not any(one.features for one in found):
        return None
    table = [
        (
            one.name,
            [
                Cell(
                    _times(one.ratios[k]),
                    significant(one.features[k], 2),
                    _is_far(one.ratios[k]),
                    k == one.most_telling,
                )
                for k in shown
            ],
        )
        for one in found[:MOST_AGENTS_IN_A_TABLE]
        if len(one.features) == len(document["columns"])
    ]
    return Table(
        [str(document["columns"][k]) for k in shown], table, max(0, len(found) - MOST_AGENTS_IN_A_TABLE)
    )


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{significant(ratio, 2)} ×"


def _is_far(ratio: float | None) -> bool:
    return ratio is not None and ratio > FAR_RATIO

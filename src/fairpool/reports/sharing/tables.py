"""The tables of the report of a sharing: the statement, distances and estimates by column, who does what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fairpool.documents.sharing.mediator import AgentEntry, SharingDocument
from fairpool.reports.frame.magnitudes import apart, significant, to_error
from fairpool.reports.frame.numerals import amount_of, percent
from fairpool.reports.sharing.agents import (
    far,
    farthest,
    known,
    largest,
    noise_of,
    rows,
    saved,
    sharpening,
)
from fairpool.reports.sharing.charts.distance import distance_text
from fairpool.reports.sharing.charts.estimate import columns_shown
from fairpool.reports.sharing.charts.noise_and_penalty import saving_text
from fairpool.reports.sharing.comparison import (
    FAR_RATIO,
    MOST_AGENTS_IN_A_TABLE,
    Loss,
    features_shown,
    losses_of,
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
class AgentCell:
    """What a table shows: the number, a smaller one below it, and whether it stands out."""

    text: str
    below: str = ""
    far: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class AgentTable:
    """Names of the columns, and one row per agent; ``left_out``: rows not shown; ``same``: what all have in common."""

    heads: list[str]
    rows: list[tuple[str, list[AgentCell]]]
    left_out: int = 0
    same: str = ""


def statement(document: SharingDocument) -> AgentTable:
    """One row per agent: asked, handed in, got, distance, noise, standard errors, penalties.

    Columns of which nothing is known for anybody are left out.
    """
    agents, single = document.agents, len(document.columns) == 1
    columns = {
        "Asked for": [rows(agent.asked) for agent in agents],
        "Handed in": [rows(agent.collected) for agent in agents],
        "Got clean": [rows(agent.clean) for agent in agents],
        "Got corrupted": [rows(agent.corrupted) for agent in agents],
        "Distance" if single else "Largest distance": [
            distance_text(one.distance) if (one := farthest(agent)) else "–" for agent in agents
        ],
        "Noise" if single else "Largest noise": [_noise(document, agent, single=single) for agent in agents],
        **(_one_estimate(agents) if single else _all_estimates(agents)),
        **_penalties(agents),
    }
    return _turned(document, columns)


def _noise(document: SharingDocument, agent: AgentEntry, *, single: bool) -> str:
    """In the units of a single column, in units of sigma for the largest of several."""
    noise, sigma = largest(noise_of(agent)), document.sigma
    if single or not noise or not sigma:
        return significant(noise, 2)
    return f"{significant(noise / sigma, 2)} σ"


def _one_estimate(agents: Sequence[AgentEntry]) -> dict[str, list[str]]:
    shared = [agent.standard_error[0] for agent in agents]
    finest = min(filter(None, shared), default=None)
    return {
        "Estimate": [to_error(agent.estimate[0], finest) for agent in agents],
        "Standard error": apart(shared),
        "Standard error alone": apart([agent.standard_error_alone[0] for agent in agents]),
    }


def _all_estimates(agents: Sequence[AgentEntry]) -> dict[str, list[str]]:
    ratios = map(sharpening, agents)
    return {"Standard error, part of alone": ["–" if r is None else percent(r, 0) for r in ratios]}


def _penalties(agents: Sequence[AgentEntry]) -> dict[str, list[str]]:
    found = {
        "Penalty in this round": [agent.penalty_realised for agent in agents],
        "Penalty under the plan": [agent.penalty for agent in agents],
        "Penalty alone": [agent.penalty_alone for agent in agents],
    }
    some = any(known(values) for values in found.values())
    texts = {head: apart(values) for head, values in found.items()}
    change = [saving_text(saved(agent)) for agent in agents]
    return {**texts, "Against alone": change} if some else texts


def _turned(document: SharingDocument, columns: dict[str, list[str]]) -> AgentTable:
    """Columns of texts as rows of cells, without the columns in which nobody has anything."""
    nothing = {head: {"–", "0"} if head in _GIVEN else {"–"} for head in columns}
    something = {head: texts for head, texts in columns.items() if not set(texts) <= nothing[head]}
    same = {head: texts[0] for head, texts in something.items() if len(set(texts)) == 1 and head in _PLANNED}
    kept = {head: texts for head, texts in something.items() if head not in same}
    found = [
        (agent.name, [AgentCell(texts[i]) for texts in kept.values()])
        for i, agent in enumerate(document.agents)
    ]
    return AgentTable(
        list(kept), found, same="; ".join(f"{head.lower()} {text}" for head, text in same.items())
    )


def _by_column(
    document: SharingDocument, shown: Sequence[int], cell: Callable[[AgentEntry, int], AgentCell]
) -> AgentTable:
    """One row per agent, up to a limit, and one cell per column that is shown."""
    agents = document.agents[:MOST_AGENTS_IN_A_TABLE]
    found = [(agent.name, [cell(agent, k) for k in shown]) for agent in agents]
    return AgentTable([document.columns[k] for k in shown], found, len(document.agents) - len(agents))


def columns_by_distance(document: SharingDocument) -> list[int]:
    """Few columns: all; of many those with the largest distances."""
    columns = range(len(document.columns))
    worst = [max(abs(agent.distance[k] or 0.0) for agent in document.agents) for k in columns]
    return sorted(sorted(columns, key=lambda k: -worst[k])[:MOST_COLUMNS])


def distances(document: SharingDocument) -> AgentTable | None:
    """Distance by column, with the noise (in units of sigma) below it; for several columns."""
    shown = columns_by_distance(document)
    if len(document.columns) == 1 or not any(farthest(agent) for agent in document.agents):
        return None
    limit = far(document)
    return _by_column(document, shown, lambda agent, k: _distance_cell(document, agent, k, limit))


def _distance_cell(document: SharingDocument, agent: AgentEntry, column: int, limit: float) -> AgentCell:
    distance, noise = agent.distance[column], noise_of(agent)[column]
    sigma = document.sigma
    below = f"{significant(noise / sigma, 2)} σ" if noise and sigma else ""
    if distance is None:
        return AgentCell("–", below)
    return AgentCell(
        distance_text(distance), below, far=abs(distance) > limit, own=2 < abs(distance) <= limit
    )


def estimates(document: SharingDocument) -> AgentTable | None:
    """Estimate and standard error by column, with the standard error alone below; for several columns."""
    shown = columns_shown(document)
    if len(document.columns) == 1 or not shown:
        return None
    return _by_column(document, shown, _estimate_cell)


def _estimate_cell(agent: AgentEntry, column: int) -> AgentCell:
    estimate, error = agent.estimate[column], agent.standard_error[column]
    alone = agent.standard_error_alone[column]
    text = to_error(estimate, error) + ("" if error is None else f" ± {significant(error, 2)}")
    return AgentCell(text, "" if alone is None else f"alone ± {significant(alone, 2)}")


def roles(document: SharingDocument) -> AgentTable | None:
    """Who does what in every column, with the rows handed in of the rows asked for below."""
    if not any(agent.role for agent in document.agents):
        return None
    return _by_column(document, columns_by_distance(document), _role_cell)


def _role_cell(agent: AgentEntry, column: int) -> AgentCell:
    role = agent.role[column] if agent.role else "–"
    asked, collected = agent.asked[column], agent.collected[column]
    short = asked is not None and collected < asked - 0.5
    return AgentCell(role, f"{row_count(collected)}, asked: {row_count(asked)}", far=short)


def row_count(amount: float | None) -> str:
    return "–" if amount is None else f"{amount:,.0f}"


def losses(document: SharingDocument) -> AgentTable:
    """The Cramér-von Mises check, one row per agent."""
    compared = document.cramer_von_mises
    found, entries = losses_of(document), compared.agents if compared else ()
    currency = compared.currency if compared else None
    columns = {
        "Loss": apart([one.loss for one in entries]),
        "Honest rows, on average": apart([one.expected for one in entries]),
        "Honest rows, at most on average": [significant(one.upper_bound, 2) for one in entries],
        "Ratio": [significant(one.excess or None, 2) for one in found],
        "p-value": [p_value(one.p_value) for one in entries],
        "Payment": [
            "–" if one.payment is None or not currency else amount_of(one.payment, currency)
            for one in entries
        ],
        "Rows given": ["–" if one.rows_given is None else f"{one.rows_given:,}" for one in entries],
    }
    kept = {head: texts for head, texts in columns.items() if any(text != "–" for text in texts)}
    table = [(one.name, [AgentCell(texts[i]) for texts in kept.values()]) for i, one in enumerate(entries)]
    return AgentTable(list(kept), table)


def p_value(value: float | None) -> str:
    """``0.37``, ``< 0.001``."""
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else significant(value, 2)


def features(document: SharingDocument) -> AgentTable | None:
    """Loss by feature over its honest expectation, with the loss below; the most telling feature is marked."""
    found, shown = losses_of(document), features_shown(document)
    if not found:
        return None
    table = [
        (one.entry.name, [_feature_cell(one, k) for k in shown]) for one in found[:MOST_AGENTS_IN_A_TABLE]
    ]
    left_out = max(0, len(found) - MOST_AGENTS_IN_A_TABLE)
    return AgentTable([document.columns[k] for k in shown], table, left_out)


def _feature_cell(loss: Loss, column: int) -> AgentCell:
    ratio, size = loss.ratios[column], significant(loss.entry.feature_losses[column], 2)
    return AgentCell(_times(ratio), size, _is_far(ratio), column == loss.most_telling)


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{significant(ratio, 2)} ×"


def _is_far(ratio: float | None) -> bool:
    return ratio is not None and ratio > FAR_RATIO

"""The sentence above each chart of the report of a sharing: what the reader should look for in it."""

from __future__ import annotations

from fairpool.documents.sharing.mediator import SharingDocument
from fairpool.documents.sharing.plans import CostsPlan
from fairpool.reports.frame.magnitudes import apart, plain, significant
from fairpool.reports.frame.numerals import count_in_words, decimal, listed
from fairpool.reports.sharing.agents import (
    MOST_ROWS,
    compared_columns,
    far,
    farthest,
    known,
    largest,
    noise_of,
    realised_or_expected,
    usual_distance,
)


def distance_sentence(document: SharingDocument) -> str:
    """Who lies far from the others, and what far means here."""
    found = [(agent, one) for agent in document.agents if (one := farthest(agent))]
    if not found:
        return "Nobody's submission could be compared with the others'."
    columns = compared_columns(document)
    usual = usual_distance(columns)
    where = f" in all of {columns:,} columns" if columns > 1 else ""
    inside = sum(abs(one.distance) <= usual for _, one in found)
    start = (
        "Distances are counted in standard errors of an honest difference. Of 100 honest agents, 95 lie within"
        f" ±{decimal(usual, 1)}{where} (the band); here {inside:,} of {len(found):,} do."
    )
    ranked = sorted(found, key=lambda one: -abs(one[1].distance))
    limit = far(document)
    names = [agent.name for agent, one in ranked if abs(one.distance) > limit]
    if not names:
        return f"{start} Nobody lies farther than {decimal(limit, 1)}, where chance would hardly explain it."
    return f"{start} {_far(names, limit)}"


def _far(names: list[str], limit: float) -> str:
    """About those that chance hardly explains, the farthest first."""
    one = len(names) == 1
    who = f"{listed(names, most=4)} {'lies' if one else 'lie'} farther than {decimal(limit, 1)} (▲)"
    why = (
        "chance hardly explains that. A wrong unit, another population, a σ that is too small or"
        f" {'an invention' if one else 'inventions'} could."
    )
    pulled = (
        f" Look at {names[0]} first, the farthest: for everybody else it is one of the others, and moves their"
        " mean."
    )
    return f"{who}: {why}{'' if one else pulled}"


def noise_sentence(document: SharingDocument) -> str:
    """What the distances did to the releases."""
    sizes = known([largest(noise_of(agent)) for agent in document.agents])
    if not sizes or not max(sizes):
        return "No noise was added to anybody's release."
    sigma = document.sigma
    if not sigma:
        return "The noise that each submission brought on its own release."
    over = sum(size > sigma for size in sizes)
    return (
        "The farther a submission lies from what it is checked against, the noisier is what its owner gets. The"
        f" line is σ = {plain(sigma)}, the spread of a single sample. The noise is larger for {over:,} of"
        f" {len(sizes):,} agents."
    )


def penalty_sentence(document: SharingDocument) -> str:
    """Penalties together and alone."""
    both = [
        (penalty, alone)
        for agent in document.agents
        if (penalty := realised_or_expected(agent)) is not None and (alone := agent.penalty_alone)
    ]
    unable = sum(agent.penalty_alone is None for agent in document.agents)
    cannot = f" {count_in_words(unable).capitalize()} could not estimate everything alone." if unable else ""
    if not both:
        return f"Penalties alone are not known.{cannot}"
    together, apiece = apart([sum(p for p, _ in both), sum(a for _, a in both)])
    whom = (
        "agents" if len(both) == len(document.agents) else f"the {len(both):,} agents of whom both are known"
    )
    return f"Added up over {whom}: {together} in this round, {apiece} if each worked alone.{cannot}"


def selection_note(document: SharingDocument, what: str) -> str:
    """Which agents a chart shows when they are many."""
    count = len(document.agents)
    return f" Of {count:,} agents the {MOST_ROWS} {what}; the statement has all." if count > MOST_ROWS else ""


def plan_sentence(document: SharingDocument) -> str:
    """What the plan is worth beside the best there is."""
    plan = document.plan
    if plan is None:
        return ""
    ratio = f"Under the plan all penalties together are {significant(plan.ratio)} times the least possible"
    least = " for plans that make nobody worse off" if isinstance(plan, CostsPlan) else ""
    return f"{ratio}{least}."

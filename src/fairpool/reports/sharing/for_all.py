"""round.html: a pure function of round.json, so nothing that stands in anybody's rows can be on it.

The plan, what departing from it would bring, who took part, and what was checked of the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairpool.documents.sharing.plans import CostsPlan, EqualPlan
from fairpool.documents.sharing.public import PublicDocument
from fairpool.reports.frame.cleaning import cleaned
from fairpool.reports.frame.drawing import unchecked
from fairpool.reports.frame.glossary import glossary_of
from fairpool.reports.frame.layout import Tile, by_name, rendered
from fairpool.reports.frame.magnitudes import plain, significant
from fairpool.reports.frame.numerals import amount_of, count_in_words, listed, plural
from fairpool.reports.settlement.checks import Check, verdict
from fairpool.reports.sharing.agents import known, rows
from fairpool.reports.sharing.charts.penalty_curve import curve_cards, curve_chart
from fairpool.reports.sharing.for_agent import NamedRows
from fairpool.reports.sharing.kinds import checks_distributions, claims_of


def public_page(document: PublicDocument) -> str:
    """The page for everybody as HTML."""
    found: PublicDocument = cleaned(document)
    compared = checks_distributions(found)
    return rendered(
        "sharing/public.html",
        {"plural": plural, "significant": significant, "plain": plain},
        d=found,
        kind="Public record of a sharing",
        version=found.fairpool,
        source="round.json",
        compared=compared,
        claims=claims_of(found),
        columns=listed(list(found.columns), 20),
        checks=checks_of(found),
        glossary=glossary_of("comparison" if compared else "sharing"),
        **by_name(found, headline, tiles, plan_table, costs_table, participants, reward_facts),
        **_curves(found),
    )


@unchecked()
def _curves(document: PublicDocument) -> dict[str, Any]:
    curves = document.curves
    return {
        "curve_chart": curve_chart(curves[0]) if len(curves) == 1 else None,
        "curve_cards": curve_cards(curves) if len(curves) > 1 else [],
    }


# ---- the first screen


def headline(document: PublicDocument) -> str:
    """Who agreed on what, in a sentence."""
    agents = f"{count_in_words(len(document.agents)).capitalize()} agents"
    asked = {rows(one.asked) for one in document.agents}
    about = f" in {count_in_words(len(document.columns))} columns" if len(document.columns) > 1 else ""
    if asked == {"–"}:
        return f"{agents} had their rows{about} compared with each other; no number of rows was agreed."
    each = f"{asked.pop()} samples each" if len(asked) == 1 else "samples according to their costs"
    return f"{agents} agreed to collect {each}{about}, and to share them."


def tiles(document: PublicDocument) -> list[Tile]:
    """How many took part, and what the plan is worth."""
    found, plan = checks_of(document), document.plan
    short = sum(_short(one.asked, one.handed_in) for one in document.agents)
    failing = any(check.holds is False for check in found)
    made = [
        Tile(f"{len(document.agents):,}", "agents"),
        Tile(f"{short:,}", "handed in fewer rows than asked for", "warning" if short else ""),
    ]
    if plan is not None:
        made.append(Tile(f"{significant(plan.ratio)} ×", "all penalties, beside the least possible"))
    if any(check.holds is not None for check in found):
        made.append(Tile(verdict(found), "of the plan, explained below", "warning" if failing else ""))
    return made


def _short(asked: Sequence[float | None], handed_in: Sequence[int]) -> bool:
    return any(want is not None and got < want for want, got in zip(asked, handed_in, strict=True))


def checks_of(document: PublicDocument) -> list[Check]:
    """The checks of the plan as the page shows them."""
    return [Check(one.name[:1].upper() + one.name[1:], "", one.holds, one.words) for one in document.checks]


# ---- tables


def plan_table(document: PublicDocument) -> NamedRows:
    """The plan in whole samples beside that of the theory, or by agent where costs differ."""
    plan, theory = document.plan, document.theory
    if isinstance(plan, CostsPlan):
        return _costs_plan(plan)
    if not isinstance(plan, EqualPlan):
        return NamedRows((), ())
    exact = theory if isinstance(theory, EqualPlan) else plan
    lines = [
        ("Samples of each agent", plan.samples, exact.samples),
        ("Samples alone", plan.samples_alone, exact.samples_alone),
        ("Penalty of each agent", plan.penalty, exact.penalty),
        ("Penalty alone", plan.penalty_alone, exact.penalty_alone),
        ("Least possible penalty", plan.penalty_social_optimum, exact.penalty_social_optimum),
        ("Ratio to the least", plan.ratio, exact.ratio),
        ("Alpha, the strength of the noise", plan.alpha, exact.alpha),
    ]
    written = [(name, tuple(_plain(one) for one in pair)) for name, *pair in lines if known(pair)]
    return NamedRows(("In whole samples, as run", "In theory"), tuple(written))


def _costs_plan(plan: CostsPlan) -> NamedRows:
    lines = zip(plan.agents, plan.samples, plan.penalties, plan.penalties_alone, strict=True)
    found = [
        (name, (*(rows([one]) for one in samples), significant(penalty), significant(alone)))
        for name, samples, penalty, alone in lines
    ]
    return NamedRows((*plan.distributions, "Penalty", "Penalty alone"), tuple(found))


def costs_table(document: PublicDocument) -> NamedRows:
    """What a sample costs every agent, where they differ; a dash where it cannot sample."""
    names = [one.name for one in document.agents]
    lines = zip(names, document.costs, strict=True) if document.costs else ()
    return NamedRows(document.columns, tuple((name, tuple(map(_plain, costs))) for name, costs in lines))


def participants(document: PublicDocument) -> NamedRows:
    """Who took part: asked for, handed in."""
    found = [(one.name, (rows(one.asked), rows(one.handed_in))) for one in document.agents]
    return NamedRows(("Asked for", "Handed in"), tuple(found))


def reward_facts(document: PublicDocument) -> list[tuple[str, str]]:
    """What was agreed to be paid for rows that agree."""
    found = document.reward
    if found is None:
        return []
    facts = [("Reward", found.reward)]
    if found.budget is not None and found.currency:
        facts.append(("To be paid out at most", amount_of(found.budget, found.currency)))
    if found.plan is not None:
        facts.append(("Rows asked of each agent", f"{found.plan.rows_each:,}"))
        if found.currency:
            facts.append(("Expected payment", amount_of(round(found.plan.expected_payment), found.currency)))
    return facts


def _plain(value: float | None) -> str:
    return "–" if value is None else plain(value, 4)

"""A plan and a sharing as a person reads them in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.cells import cell_len, chop_cells

from fairpool.cli.table import WIDTH, aligned, shortened, wrapped
from fairpool.documents.sharing.checked import CheckEntry
from fairpool.documents.sharing.mediator import ComparisonEntry, SharingDocument
from fairpool.documents.sharing.plans import CostsPlan, EqualPlan, EqualPlanDocument
from fairpool.ground.money import format_minor

_MOST_ROWS = 30
_NONE = "-"


def plan_text(document: EqualPlanDocument | CostsPlan) -> str:
    """A plan document as text."""
    lines = _costs_plan(document) if isinstance(document, CostsPlan) else _equal_plan(document)
    return "\n".join(line for one in lines for line in wrapped(one, 15))


def run_text(document: SharingDocument, out: Path) -> str:
    """The mediator's summary.json as text, and where in ``out`` stands what each may see."""
    paragraphs = [
        wrapped(f"{document.name} ({document.mechanism})", 15),
        _agents(document),
        [line for one in document.checks for line in wrapped(_checked(one), 2)],
        [line for note in document.notes for line in wrapped(f"note: {note}", 2)],
    ]
    where = [
        f"Report:   {out / 'mediator' / 'report.html'}, for the mediator alone",
        f"Numbers:  {out / 'mediator' / 'summary.json'}, for the mediator alone",
        f"Releases: {out / 'agents' / document.agents[0].folder / 'page.html'}, .. a folder for each agent alone",
        f"Public:   {out / 'public' / 'round.html'}, for everybody",
    ]
    return "\n\n".join("\n".join(lines) for lines in [*paragraphs, where] if lines)


# ---- plans


def _equal_plan(plan: EqualPlanDocument) -> Iterator[str]:
    counted: EqualPlan = plan.whole or plan
    exact = f" (in theory {_number(plan.samples)})" if plan.whole else ""
    yield f"{plan.mechanism}: {plan.agents} agents, sigma {plan.sigma:g}, cost {plan.cost:g} a sample"
    yield ""
    yield f"samples each   {_number(counted.samples)}{exact}; alone {_number(counted.samples_alone)}"
    yield (
        f"penalty each   {_number(counted.penalty)}; alone {_number(counted.penalty_alone)}; "
        f"least possible {_number(counted.penalty_social_optimum)}"
    )
    yield f"ratio          {counted.ratio:.4f} times the least possible"
    yield _noise(counted)
    yield (
        "truthful       collecting and reporting so is each agent's best strategy, if the others do"
        if plan.truthful
        else "truthful       NOT guaranteed: an agent may gain by doing otherwise"
    )


def _noise(plan: EqualPlan) -> str:
    if plan.alpha is None:
        return "noise          nothing is corrupted"
    return f"noise          alpha {_number(plan.alpha)}: standard deviation per unit of distance from the clean rows"


def _costs_plan(plan: CostsPlan) -> Iterator[str]:
    counted = plan.whole or plan
    names, distributions = plan.agents, plan.distributions
    yield f"heterogeneous ({plan.objective}): {len(names)} agents, sigma {plan.sigma:g}"
    yield ""
    yield "What each collects of every distribution, and its penalty:"
    rows = [
        [name, *(_number(n) for n in samples), _number(penalty), _number(alone)]
        for name, samples, penalty, alone in zip(
            names, counted.samples, counted.penalties, plan.penalties_alone, strict=True
        )
    ]
    yield from _table([["agent", *distributions, "penalty", "alone"], *rows])
    yield ""
    ratio = counted.social_penalty / plan.social_optimum
    social = f"all penalties  {_number(counted.social_penalty)}, {ratio:.4f} times the least"
    yield f"{social} that leaves nobody worse off than alone ({_number(plan.social_optimum)})"
    found = plan.certificate
    yield f"best response  {_holds(found.nash_incentive_compatible)}: no other amount or report gains"
    yield f"rational       {_holds(found.individually_rational)}: nobody is worse off than alone"
    within = _holds(found.within_bound)
    ratio, bound = plan.ratio_to_baseline, plan.bound
    yield f"bound          {within}: {ratio:.4f} times the plan agreed on, at most {bound:.3g}"
    if plan.dominated:
        yield "simpler        letting only the cheapest agent of each distribution collect serves nobody worse"
    unfavourable = [
        name for name, good in zip(distributions, plan.favourable_distributions, strict=True) if not good
    ]
    if unfavourable:
        yield f"not enforced   {', '.join(unfavourable)}: the cheapest agent alone collects, and all get its mean"


def _holds(holds: bool) -> str:
    return "holds" if holds else "DOES NOT HOLD"


# ---- a sharing


def _agents(document: SharingDocument) -> list[str]:
    compared = document.cramer_von_mises
    rows = _compared(compared) if compared else _shared(document)
    head, *body = rows
    left_out = len(body) - _MOST_ROWS
    lines = list(_table([head, *body[:_MOST_ROWS]]))
    return [*lines, f"... {left_out} more: see summary.json"] if left_out > 0 else lines


def _shared(document: SharingDocument) -> list[list[str]]:
    """With several coordinates, the first one's estimate stands for all; penalties where they differ."""
    first, width = document.columns[0], len(document.columns)
    own_costs = document.objective is not None
    head = ["agent", "asked", "submitted", "distance", "estimate" if width == 1 else first, "±", "± alone"]
    rows = [[*head, *(["penalty", "alone"] if own_costs else [])]]
    for agent in document.agents:
        penalties = [_number(agent.penalty), _number(agent.penalty_alone)] if own_costs else []
        row = [
            agent.name,
            _several(agent.asked),
            _several(agent.collected),
            _number(_largest(agent.distance)),
            _number(agent.estimate[0]),
            _number(agent.standard_error[0]),
            _number(agent.standard_error_alone[0]),
        ]
        rows.append([*row, *penalties])
    return rows


def _compared(found: ComparisonEntry) -> list[list[str]]:
    data = found.reward == "data"
    given = "rows given" if data else f"payment {found.currency}"
    rows = [["agent", "loss", "expected", "p", given]]
    for agent in found.agents:
        reward = str(agent.rows_given) if data else _money(agent.payment, found.currency)
        loss, expected = _number(agent.loss), _number(agent.expected)
        rows.append([agent.name, loss, expected, f"{agent.p_value:.3f}", reward])
    if not data:
        rows.append(["kept by the payer", "", "", "", _money(found.unspent, found.currency)])
    return rows


def _money(minor: int | None, currency: str | None) -> str:
    return _NONE if minor is None or currency is None else format_minor(minor, currency)


def _several(numbers: Sequence[float | None]) -> str:
    """One number where all columns have the same, their sum where not."""
    known = [one for one in numbers if one is not None]
    if not known:
        return _NONE
    return _number(known[0]) if len(set(known)) == 1 else f"{_number(sum(known))} in all"


def _largest(distances: Sequence[float | None]) -> float | None:
    return max((one for one in distances if one is not None), key=abs, default=None)


def _checked(one: CheckEntry) -> str:
    mark = {True: "holds", False: "DOES NOT HOLD", None: "not known"}[one.holds]
    return f"{mark}: {one.name}. {one.words}"


# ---- tables and lines


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Aligned; columns that do not fit the terminal go below, under the names again."""
    names = [shortened(row[0]) for row in rows]
    room = WIDTH - max(map(cell_len, names))
    columns = [[_fitted(cell, room) for cell in column] for column in list(zip(*rows, strict=True))[1:]]
    for number, block in enumerate(_blocks(columns, room)):
        if number:
            yield ""
        yield from aligned(list(zip(names, *block, strict=True)))


def _blocks(columns: Sequence[Sequence[str]], room: int) -> Iterator[list[Sequence[str]]]:
    """As many columns side by side as there is room for, with two spaces before each."""
    block: list[Sequence[str]] = []
    left = room
    for column in columns:
        width = max(map(cell_len, column)) + 2
        if block and width > left:
            yield block
            block, left = [], room
        block.append(column)
        left -= width
    yield block


def _fitted(cell: str, room: int) -> str:
    return cell if cell_len(cell) <= room - 2 else chop_cells(cell, room - 3)[0] + "…"


def _number(value: float | None) -> str:
    if value is None:
        return _NONE
    grouped = abs(value) < 1e12 and (abs(value) >= 10_000 or value == int(value))
    return f"{value:,.0f}" if grouped else f"{value:.4g}"

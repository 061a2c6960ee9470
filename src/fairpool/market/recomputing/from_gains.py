"""A round valued again from the gains of all its coalitions, as an auditor does who has no rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairpool.ground.arrays import Booleans, Float, Floats
from fairpool.market.certificate import Replication, replication_of
from fairpool.market.common_task.collapsed import CollapsedTask
from fairpool.market.common_task.exact import CommonTask, copies_change_nothing
from fairpool.market.common_task.market import curve_of
from fairpool.market.own_tasks.tabled import choose_by_table, findings_by_table
from fairpool.market.payments import PriceTerms
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.valuation import Findings, gains_by_size, largest_drop, twins


def findings_from_gains(gains: Float[Floats, " coalitions"], rule: RewardRule, basis: str) -> Findings:
    """What is known of a common task from its table of gains; copies are taken to change no model."""
    made = CollapsedTask if rule.collapse else CommonTask
    market = made(gains, rule, copies_change_nothing(gains))
    return Findings(
        market=market,
        share_errors=np.zeros(len(gains).bit_length() - 1),
        method="exact",
        copies_basis=basis,
        by_size=gains_by_size(gains[:, None]),
        largest_drop=largest_drop(gains[:, None]),
        twins=twins(gains),
        curve=None if basis == "evaluated" else curve_of(market),
    )


def own_findings_from_gains(
    gains: Float[Floats, "coalitions tasks"],
    rule: RewardRule,
    basis: str,
    *,
    equal: Sequence[tuple[int, int]],
    delivered: Float[Floats, " parties"],
    kept: Booleans,
) -> Findings:
    """What is known of own tasks from their gains; delivered: what the delivered models score, kept: whether it is the
    party's own model."""
    alone = gains[1 << np.arange(gains.shape[1]), np.arange(gains.shape[1])]
    selections = choose_by_table(gains, rule, equal)
    return findings_by_table(gains, selections, np.where(kept, alone, delivered), rule, basis)


def replication_from_gains(names: Sequence[str], findings: Findings, price: PriceTerms) -> Replication | None:
    """What copies would earn; None where models with copies in were trained for it, which no table holds."""
    return None if findings.copies_basis == "evaluated" else replication_of(names, findings, price)

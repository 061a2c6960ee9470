"""The reward rules: how the pot of all improvements is shared out.

A rule is a value of a game, a characteristic function that makes the game of the gains, and a rule for what the
value does not hand out.

    name                characteristic function    value            handed out
    normalised-shapley  the paper's                Shapley          everything (docs/decisions/0003)
    gain-only           gain only                  Shapley          everything
    collapsed           the paper's, functional replicas as one player, Shapley; everything
    banzhaf             plain gain                 Banzhaf          value / (v(all) - v(empty)), at most everything
    robust-shapley      plain gain                 Robust Shapley   value / (v(all) - v(empty)), at most everything

A negative value counts as zero: no party pays more than what it got (the paper's b_i >= 0).  Which properties each
division has, proven, tested or refuted, is in docs/theory/divisions.md.

A new rule is a file of its own and an entry here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fairpool.ground.errors import InputError
from fairpool.ground.handed_in import one_text
from fairpool.ground.spelling import guess
from fairpool.market.reward_rules.banzhaf import BANZHAF
from fairpool.market.reward_rules.collapsed import COLLAPSED
from fairpool.market.reward_rules.gain_only import GAIN_ONLY_RULE
from fairpool.market.reward_rules.normalised_shapley import NORMALISED_SHAPLEY
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.reward_rules.robust_shapley import ROBUST_SHAPLEY

DIVISIONS: Mapping[str, RewardRule] = MappingProxyType(
    {rule.name: rule for rule in (NORMALISED_SHAPLEY, GAIN_ONLY_RULE, COLLAPSED, BANZHAF, ROBUST_SHAPLEY)}
)


def division_named(name: str) -> RewardRule:
    """The rule of that name; InputError names the known ones."""
    one_text(name, what="division", expected=f"one of {', '.join(DIVISIONS)}")
    if name not in DIVISIONS:
        problem = f"division: got {name!r}, expected one of {', '.join(DIVISIONS)}"
        raise InputError(f"{problem}{guess(name, DIVISIONS)}")
    return DIVISIONS[name]

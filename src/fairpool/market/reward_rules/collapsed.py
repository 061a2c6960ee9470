"""Functional replicas play as one party and split one share (own result; `fairpool.market.copies`)."""

from dataclasses import replace

from fairpool.market.reward_rules.normalised_shapley import NORMALISED_SHAPLEY
from fairpool.market.reward_rules.reward_rule import TOGETHER

COLLAPSED = replace(
    NORMALISED_SHAPLEY,
    name="collapsed",
    meaning=(
        "Parties whose data can stand in for each other count as one and split that one share; the shares are"
        " Shapley values (average contributions over all orders of joining), scaled to 100 %."
    ),
    clause=NORMALISED_SHAPLEY.clause + TOGETHER,
    own_clause=NORMALISED_SHAPLEY.own_clause + TOGETHER,
    collapse=True,
)

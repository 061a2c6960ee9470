"""The Shapley value of what the members gain, without the value of the model itself: v(all) is the pot."""

from fairpool.games.values.shapley import shapley_weights
from fairpool.games.values.size_laws import shapley_size_law
from fairpool.market.copies.laws import ShapleyCopies
from fairpool.market.reward_rules.characteristic import GAIN_ONLY
from fairpool.market.reward_rules.reward_rule import ORDERS, RewardRule

_CLAUSE = f"what a party adds by joining to what everyone gains, {ORDERS}"

GAIN_ONLY_RULE = RewardRule(
    name="gain-only",
    function=GAIN_ONLY,
    weights=shapley_weights,
    size_law=shapley_size_law,
    copies=ShapleyCopies(),
    everything=True,
    meaning=(
        "Each party's share is its average contribution to what the others gain, over all orders in which the"
        " parties could have joined (the Shapley value of the gains), scaled so that the shares add up to"
        " 100 %."
    ),
    clause=_CLAUSE,
    own_clause=_CLAUSE,
)

"""The Robust Shapley value of the plain gain: large groups, in which copies would stand, count less."""

from fairpool.games.values.robust_shapley import robust_shapley_weights
from fairpool.games.values.size_laws import robust_shapley_size_law
from fairpool.market.copies.laws import RobustShapleyCopies
from fairpool.market.reward_rules.characteristic import PLAIN_GAIN
from fairpool.market.reward_rules.reward_rule import GROUPS, RewardRule

_CLAUSE = f"{GROUPS}, large groups counting less (Robust Shapley value)"

ROBUST_SHAPLEY = RewardRule(
    name="robust-shapley",
    function=PLAIN_GAIN,
    weights=robust_shapley_weights,
    size_law=robust_shapley_size_law,
    copies=RobustShapleyCopies(),
    everything=False,
    meaning=(
        "Each party's share is a Shapley value that gives less weight to large groups, in which copies would"
        " stand. The shares need not add up to 100 %: what is left goes back to those who paid."
    ),
    clause=_CLAUSE,
    own_clause=_CLAUSE,
)

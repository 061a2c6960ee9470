"""The paper's division, read as normalised: b_i = a psi_i with psi the Shapley value of v, scaled to sum to one.

[OTT19] Ohrimenko, Tople, Tschiatschek: Collaborative machine learning markets, NeurIPS 2019 workshop, section 4; why
psi is normalised: docs/decisions/0003-normalised-shares.md.
"""

from fairpool.games.values.shapley import shapley_weights
from fairpool.games.values.size_laws import shapley_size_law
from fairpool.market.copies.laws import ShapleyCopies
from fairpool.market.reward_rules.characteristic import PAPER
from fairpool.market.reward_rules.gain_only import GAIN_ONLY_RULE
from fairpool.market.reward_rules.reward_rule import ORDERS, RewardRule

NORMALISED_SHAPLEY = RewardRule(
    name="normalised-shapley",
    function=PAPER,
    weights=shapley_weights,
    size_law=shapley_size_law,
    copies=ShapleyCopies(),
    everything=True,
    meaning=(
        "Each party's share is its average contribution over all orders in which the parties could have"
        " joined (the Shapley value of the score and of what everyone gains), scaled so that the shares add"
        " up to 100 %."
    ),
    clause=f"what a party adds by joining, to the score and to what everyone gains, {ORDERS}",
    own_clause=GAIN_ONLY_RULE.clause,
)

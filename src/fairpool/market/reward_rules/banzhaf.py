"""The Banzhaf value of the plain gain, as a part of v(all) - v(empty); what is left goes back to the payers."""

from fairpool.games.values.banzhaf import banzhaf_weights
from fairpool.games.values.size_laws import banzhaf_size_law
from fairpool.market.copies.laws import BanzhafCopies
from fairpool.market.reward_rules.characteristic import PLAIN_GAIN
from fairpool.market.reward_rules.reward_rule import GROUPS, RewardRule

_CLAUSE = f"{GROUPS} (Banzhaf value)"

BANZHAF = RewardRule(
    name="banzhaf",
    function=PLAIN_GAIN,
    weights=banzhaf_weights,
    size_law=banzhaf_size_law,
    copies=BanzhafCopies(),
    everything=False,
    meaning=(
        "Each party's share is its average contribution to all groups of the others (the Banzhaf value), a"
        " rule made to give copies nothing where data add less and less. The shares need not add up to 100 %:"
        " what is left goes back to those who paid."
    ),
    clause=_CLAUSE,
    own_clause=_CLAUSE,
)

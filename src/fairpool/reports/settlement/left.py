"""What a round leaves a party in the end: its net less what the operator keeps of it as minimum fee.

Whether a party earns or pays is said of this amount everywhere; where no fee is kept it is the net.
"""

from __future__ import annotations

from fairpool.documents.settlement import PartyStatement


def left_with(party: PartyStatement) -> int:
    """What the round brings a party in the end, minor units."""
    return party.net - party.retained


def left_interval(party: PartyStatement) -> tuple[int, int] | None:
    """The 95 % interval of its net, moved by what the operator keeps; None where it is not known."""
    if party.net_interval is None:
        return None
    low, high = party.net_interval
    return low - party.retained, high - party.retained

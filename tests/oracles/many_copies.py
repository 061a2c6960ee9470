"""A common task in which one party enters many copies, in fractions: identities are counted instead of listed.

n + k players are too many to enumerate, but k + 1 of them are interchangeable: a coalition is a set S of the other
parties and a number c of identities, and stands for binom(k + 1, c) coalitions.  Otherwise by the definitions of
`oracles.common_market`, copies changing no model.  Nothing is imported from fairpool.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb

from oracles.common_market import Gains, parties_of
from oracles.values import coalitions

RULES = ("normalised-shapley", "gain-only", "banzhaf", "robust-shapley")


def weight(rule: str, players: int, size: int) -> Fraction:
    """What one coalition of a size weighs in the rule's value."""
    if rule == "banzhaf":
        return Fraction(1, 2 ** (players - 1))
    least = (players - 1) // 2 if rule == "robust-shapley" else 0
    return Fraction(1, players * comb(players - 1, max(size, least)))


def net(gains: Gains, party: int, copies: int, rule: str) -> Fraction:
    """What a party and its copies are paid less what they pay, at a unit price of one and without a minimum fee."""
    parties, identities = parties_of(gains), copies + 1
    others = [j for j in parties if j != party]
    alone = {j: gains[frozenset({j})] for j in parties}
    model, members = {"normalised-shapley": (1, 1), "gain-only": (0, 1)}.get(rule, (1, 0))

    def worth(S: frozenset, c: int) -> Fraction:
        gain = gains[S | {party}] if c else gains[S]
        own = sum((alone[j] for j in S), Fraction(0)) + c * alone[party]
        return (model + members * (len(S) + c)) * gain - members * own

    players = len(others) + identities
    each = sum(
        comb(identities - 1, c) * weight(rule, players, len(S) + c) * (worth(S, c + 1) - worth(S, c))
        for S in coalitions(others)
        for c in range(identities)
    )
    psi = {
        j: sum(
            comb(identities, c) * weight(rule, players, len(S) + c) * (worth(S | {j}, c) - worth(S, c))
            for S in coalitions([i for i in others if i != j])
            for c in range(identities + 1)
        )
        for j in others
    }
    mine, theirs = identities * max(each, 0), sum(max(value, 0) for value in psi.values())
    whole = mine + theirs
    if rule in ("banzhaf", "robust-shapley"):
        top = gains[frozenset(parties)] - gains[frozenset()]
        whole = max(whole, top) if top > 0 else Fraction(0)
    paid = {j: max(gains[frozenset(parties)], alone[j]) - alone[j] for j in parties}
    pot = sum(paid.values()) + copies * paid[party]
    if whole == 0:
        return Fraction(0)
    return mine / whole * pot - (mine + theirs) / whole * identities * paid[party]


def earned(gains: Gains, party: int, copies: int, rule: str) -> Fraction:
    """What the copies earn the party."""
    return net(gains, party, copies, rule) - net(gains, party, 0, rule)

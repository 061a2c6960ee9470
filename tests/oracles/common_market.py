"""The market of one common task, settled by the definitions, in fractions.

G        ``gains``        {frozenset of names: gain} for every coalition; the empty one is g0, 0 by default
c        ``unit_price``
f        ``minimum_fee``  what a party leaves with the market at least; the shortfall goes to the operator
h        ``floor_in_pot`` a design that was rejected, kept to show why: a floor under payments that stays in the pot
g_i                       G({i})
d_i      ``delivered``    max(G(N), g_i): a party whose own model is better keeps it
a_i      ``improvement``  d_i - g_i
A_i      ``fee``          max(c (1 - g_i), f, h)
p_i      ``payment``      max(c a_i, h);  pot P = sum of p
         ``retained``     max(f - p_i, 0), kept by the operator, outside the pot;  refund A_i - p_i - retained_i
psi_i    ``share``        >= 0, sum <= 1, by one of the five divisions
b_i      ``reward``       psi_i P
         ``returned``     P (1 - sum psi), in proportion to p
         ``net``          b_i + returned_i - p_i;  what a party has in the end is net_i - retained_i

Nothing is rounded to cents here, and nothing is imported from fairpool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oracles.values import Coalition, Name, banzhaf, coalitions, robust_shapley, shapley

Gains = Mapping[Coalition, Any]
Shares = dict[Name, Any]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What every party pays and gets, before rounding: one dict per column of the statement."""

    fee: dict[Name, Any]
    payment: dict[Name, Any]
    retained: dict[Name, Any]
    refund: dict[Name, Any]
    share: dict[Name, Any]
    reward: dict[Name, Any]
    returned: dict[Name, Any]
    net: dict[Name, Any]


def table_of(players: list[Name], gain: Callable[[Coalition], Any]) -> dict[Coalition, Any]:
    """All 2^n gains as a dict."""
    return {S: gain(S) for S in coalitions(players)}


def parties_of(gains: Gains) -> list[Name]:
    """The parties, in a fixed order."""
    return sorted(max(gains, key=len), key=repr)


# ---------------------------------------------------------------- shares


def positive_part_over_sum(psi: Shares) -> Shares:
    """Negative entries set to 0, then divided by the sum; all 0 if nobody has a positive entry."""
    positive = {i: max(value, Fraction(0)) for i, value in psi.items()}
    total = sum(positive.values())
    return {i: value / total if total > 0 else Fraction(0) for i, value in positive.items()}


def normalised_shapley(gains: Gains) -> Shares:
    """v(S) = G(S) + sum_{j in S} (G(S) - g_j), v(empty) = g0  [OTT19, section 4]."""

    def v(S: Coalition) -> Any:
        return gains[S] + sum(gains[S] - gains[frozenset({j})] for j in S)

    return positive_part_over_sum(shapley(parties_of(gains), v))


def gain_only(gains: Gains) -> Shares:
    """v(S) = sum_{j in S} (G(S) - g_j), v(empty) = 0."""

    def v(S: Coalition) -> Any:
        return sum((gains[S] - gains[frozenset({j})] for j in S), Fraction(0))

    return positive_part_over_sum(shapley(parties_of(gains), v))


def are_replicas(gains: Gains, i: Name, j: Name) -> bool:
    """G(S + i) = G(S + j) = G(S + i + j) for every S without i and j."""
    without = [S for S in gains if i not in S and j not in S]
    return all(gains[S | {i}] == gains[S | {j}] == gains[S | {i, j}] for S in without)


def replica_classes(gains: Gains) -> list[list[Name]]:
    """The equivalence classes of `are_replicas`; the first member of each stands for it."""
    classes: list[list[Name]] = []
    for i in parties_of(gains):
        home = next((members for members in classes if are_replicas(gains, i, members[0])), None)
        if home is None:
            classes.append([i])
        else:
            home.append(i)
    return classes


def collapsed(gains: Gains) -> Shares:
    """normalised-shapley among one representative of each class; a class's share is split equally."""
    classes = replica_classes(gains)
    representatives = frozenset(members[0] for members in classes)
    share = normalised_shapley({S: gain for S, gain in gains.items() if S.issubset(representatives)})
    return {i: share[members[0]] / len(members) for members in classes for i in members}


def plain_value_over_gain(gains: Gains, value: Callable[..., Shares]) -> Shares:
    """A value of G: negatives to 0, divided by G(N) - g0; by the sum, if that came to more than 1; 0 if
    G(N) <= g0.
    """
    parties = parties_of(gains)
    top = gains[frozenset(parties)] - gains[frozenset()]
    if top <= 0:
        return dict.fromkeys(parties, Fraction(0))
    share = {i: max(worth, Fraction(0)) / top for i, worth in value(parties, lambda S: gains[S]).items()}
    total = sum(share.values())
    return {i: part / total for i, part in share.items()} if total > 1 else share


def banzhaf_share(gains: Gains) -> Shares:
    """Banzhaf value of G over G(N) - g0."""
    return plain_value_over_gain(gains, banzhaf)


def robust_shapley_share(gains: Gains) -> Shares:
    """Robust Shapley value of G over G(N) - g0."""
    return plain_value_over_gain(gains, robust_shapley)


DIVISIONS: dict[str, Callable[[Gains], Shares]] = {
    "normalised-shapley": normalised_shapley,
    "gain-only": gain_only,
    "collapsed": collapsed,
    "banzhaf": banzhaf_share,
    "robust-shapley": robust_shapley_share,
}


# ---------------------------------------------------------------- settlement


def settle(
    gains: Gains, division: str, unit_price: Any = 1, floor_in_pot: Any = 0, *, minimum_fee: Any = 0
) -> Settlement:
    """Settle one round: fees, payments, refunds, shares, rewards, what is returned and retained, nets."""
    share = DIVISIONS[division](gains)
    return settle_shares(gains, share, Fraction(unit_price), Fraction(floor_in_pot), Fraction(minimum_fee))


def settle_shares(gains: Gains, share: Shares, c: Any, h: Any, f: Any = 0) -> Settlement:
    """Settle one round whose shares are known: they depend on neither the unit price nor the fees."""
    parties = parties_of(gains)
    top = gains[frozenset(parties)]
    alone = {i: gains[frozenset({i})] for i in parties}
    fee = {i: max(c * (1 - alone[i]), f, h) for i in parties}
    payment = {i: max(c * (max(top, alone[i]) - alone[i]), h) for i in parties}
    retained = {i: max(f - payment[i], 0) for i in parties}
    reward, returned = hand_out(payment, share)
    return Settlement(
        fee=fee,
        payment=payment,
        retained=retained,
        refund={i: fee[i] - payment[i] - retained[i] for i in parties},
        share=share,
        reward=reward,
        returned=returned,
        net={i: reward[i] + returned[i] - payment[i] for i in parties},
    )


def hand_out(payment: dict[Name, Any], share: Shares) -> tuple[dict[Name, Any], dict[Name, Any]]:
    """Rewards psi_i P, and the rest of the pot P back to the payers in proportion to what they paid."""
    pot = sum(payment.values())
    left = pot * (1 - sum(share.values()))
    reward = {i: share[i] * pot for i in payment}
    returned = {i: left * paid / pot if pot > 0 else Fraction(0) for i, paid in payment.items()}
    return reward, returned


# ---------------------------------------------------------------- replication


def copies_of(party: Name, k: int) -> list[Name]:
    """Names for k extra identities of ``party``."""
    return [f"{party}'{r}" for r in range(1, k + 1)]


def with_copies(gains: Gains, party: Name, k: int) -> dict[Coalition, Any]:
    """The table of all n+k identities under the paper's assumption M(X + X) = M(X).

    The gain of a coalition of identities is the gain of the parties behind them.
    """
    behind = {i: i for i in parties_of(gains)} | dict.fromkeys(copies_of(party, k), party)
    return table_of(list(behind), lambda S: gains[frozenset(behind[i] for i in S)])


def replication_gain(
    gains: Gains,
    party: Name,
    k: int,
    division: str,
    unit_price: Any = 1,
    floor_in_pot: Any = 0,
    *,
    minimum_fee: Any = 0,
) -> Any:
    """What ``party`` earns more by entering k copies: the larger market is really settled.

    The delivered gain is the same before and after, so only money counts: nets less what the operator retains.
    """
    honest = settle(gains, division, unit_price, floor_in_pot, minimum_fee=minimum_fee)
    after = settle(with_copies(gains, party, k), division, unit_price, floor_in_pot, minimum_fee=minimum_fee)
    identities = [party, *copies_of(party, k)]
    return (
        sum(after.net[i] - after.retained[i] for i in identities) - honest.net[party] + honest.retained[party]
    )

"""Games of the textbooks, with the values they are published with.

    GloveGame           left and right gloves; only pairs are worth anything
    AirportGame         a runway as long as the largest aeroplane needs [LO73]; closed-form Shapley value
    WeightedVotingGame  a motion passes with enough votes; `un_security_council` is one
    BankruptcyGame      what creditors can secure for themselves [ONe82]; its nucleolus is the Talmud's rule [AM85]

Facility location has a file of its own (`fairpool.games.textbook.facility_location`).

[LO73]  S. C. Littlechild, G. Owen: A simple expression for the Shapley value in a special case, Management Science 20.
[ONe82] B. O'Neill: A problem of rights arbitration from the Talmud, Mathematical Social Sciences 2.
[AM85]  R. J. Aumann, M. Maschler: Game theoretic analysis of a bankruptcy problem from the Talmud,
        J. Economic Theory 36.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from fairpool.games.game import Coalitions, numbers
from fairpool.ground.arrays import Bool, Float, Floats
from fairpool.ground.errors import InputError


@dataclass(frozen=True, slots=True)
class GloveGame:
    """The first ``left`` players own a left glove each, the other ``right`` players a right one.

    v(S) = number of pairs in S
    """

    left: int
    right: int

    def __post_init__(self) -> None:
        if self.left < 0 or self.right < 0:
            raise InputError(f"gloves: got {self.left} left and {self.right} right, expected none below 0")

    @property
    def players(self) -> int:
        return self.left + self.right

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        left = coalitions[:, : self.left].sum(axis=1)
        right = coalitions[:, self.left :].sum(axis=1)
        pairs: Floats = np.minimum(left, right).astype(np.float64)
        return pairs


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AirportGame:
    """A game of costs: v(S) = what the most demanding member of S needs.

    costs: float64 (n,), >= 0 and finite.  Values of this game are what each player has to pay.
    """

    costs: Floats

    of_costs: ClassVar[bool] = True

    def __init__(self, costs: ArrayLike) -> None:
        object.__setattr__(self, "costs", _amounts(costs, "costs"))

    def __repr__(self) -> str:
        return f"AirportGame({self.players} players)"

    @property
    def players(self) -> int:
        return len(self.costs)

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        largest: Floats = np.where(coalitions, self.costs, 0.0).max(axis=1, initial=0.0)
        return largest

    def shapley_value(self) -> Float[Floats, " players"]:
        """Each stretch of the runway is paid in equal parts by those who need it [LO73].

        phi at rank r = sum over j <= r of (c_j - c_{j-1}) / (n - j + 1), costs sorted.  Cost O(n log n).
        """
        order = np.argsort(self.costs)
        stretches = np.diff(self.costs[order], prepend=0.0)
        value = np.empty(self.players)
        value[order] = np.cumsum(stretches / np.arange(self.players, 0, -1))
        return value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WeightedVotingGame:
    """v(S) = 1 if the members' votes reach the quota, else 0.

    votes: float64 (n,), >= 0 and finite; quota > 0.  They are read as decimal numbers as they
    are written, so three votes of 0.3 reach a quota of 0.9: ``whole`` and ``threshold`` are the same in whole units.
    """

    votes: Floats
    quota: float
    whole: tuple[int, ...]
    threshold: int

    def __init__(self, votes: ArrayLike, quota: float) -> None:
        if not (quota > 0 and np.isfinite(quota)):
            raise InputError(f"quota: got {quota}, expected a finite number above 0")
        counted = _amounts(votes, "votes")
        object.__setattr__(self, "votes", counted)
        object.__setattr__(self, "quota", float(quota))
        *whole, threshold = _whole([*counted.tolist(), float(quota)])
        object.__setattr__(self, "whole", tuple(whole))
        object.__setattr__(self, "threshold", threshold)

    def __repr__(self) -> str:
        return f"WeightedVotingGame({self.players} players)"

    @property
    def players(self) -> int:
        return len(self.votes)

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        """bool (b, n) -> float64 (b,); sums are exact, whatever else is asked with a coalition."""
        small = sum(self.whole) < 2**53
        votes = np.array(self.whole, dtype=np.float64 if small else object)
        return np.asarray(coalitions.astype(votes.dtype) @ votes >= self.threshold, dtype=np.float64)


def un_security_council() -> WeightedVotingGame:
    """Players 0 to 4 are the permanent members, 5 to 14 the others; nine votes with every permanent member's pass.

    As votes: 7 for a permanent member, 1 for another, quota 39.  Shapley value 421/2145 and 4/2145.
    """
    return WeightedVotingGame([7] * 5 + [1] * 10, quota=39)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BankruptcyGame:
    """v(S) = what is left of the estate for S once everybody else is paid in full [ONe82].

        v(S) = max(0, E - sum over i not in S of d_i)

    claims: float64 (n,), d_i >= 0; estate: E >= 0, at most the sum of the claims.
    """

    estate: float
    claims: Floats

    def __init__(self, estate: float, claims: ArrayLike) -> None:
        d = _amounts(claims, "claims")
        if not 0 <= estate <= d.sum():
            raise InputError(f"estate: got {estate}, expected 0 to {d.sum()}, the sum of the claims")
        object.__setattr__(self, "estate", float(estate))
        object.__setattr__(self, "claims", d)

    def __repr__(self) -> str:
        return f"BankruptcyGame({self.players} players)"

    @property
    def players(self) -> int:
        return len(self.claims)

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        # Row by row: a product with many rows adds in another order than with one.
        paid = np.where(coalitions, 0.0, self.claims).sum(axis=1)
        return np.asarray(np.maximum(0.0, self.estate - paid), dtype=np.float64)

    def talmud_rule(self) -> Float[Floats, " players"]:
        """The rule of Mishnah Ketubot 93a, float64 (n,): equal awards, nobody past half a claim; past half of
        all claims, equal losses, nobody losing more than half a claim.  The nucleolus of the game [AM85].
        """
        half = self.claims / 2
        if self.estate <= half.sum():
            return _equal_awards(self.estate, half)
        return self.claims - _equal_awards(float(self.claims.sum()) - self.estate, half)


def _equal_awards(estate: float, claims: Floats) -> Floats:
    """min(d_i, level) with the level at which the estate is used up.  Cost O(n log n)."""
    ascending = np.sort(claims)
    paid_before = np.concatenate([[0.0], np.cumsum(ascending)[:-1]])
    claimants_left = np.arange(len(claims), 0, -1)
    used = paid_before + ascending * claimants_left  # of the estate, were the level the j-th claim
    j = min(int(np.searchsorted(used, estate)), len(claims) - 1)
    level = float((estate - paid_before[j]) / claimants_left[j])
    return np.minimum(claims, level)


def _amounts(values: ArrayLike, name: str) -> Floats:
    amounts = numbers(values, name)
    if amounts.ndim != 1:
        raise InputError(f"{name}: got shape {amounts.shape}, expected (players,)")
    if not (np.isfinite(amounts) & (amounts >= 0)).all():
        raise InputError(f"{name}: expected finite numbers, none of them negative")
    amounts.setflags(write=False)
    return amounts


def _whole(amounts: list[float]) -> list[int]:
    """The amounts in the largest unit in which all of them are whole, each read as its shortest decimal."""
    exact = [Fraction(repr(amount)) for amount in amounts]
    unit = math.lcm(*(each.denominator for each in exact))
    return [int(each * unit) for each in exact]

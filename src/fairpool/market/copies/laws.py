"""How a value treats k copies of a party that change no model, for every k: exact values, and bounds over ranges of k.

A party and its copies are K = k + 1 identities.  All of them together have T, and another party j has psi_j:

    Shapley          T = K later + sum over s of b_s P(s others arrive before the first identity)
                     psi_j = mean of x1_j - alone_j + K extra_j + sum over s of (x0_j - x1_j)(s) f_s
                     f_s = P(s others, and no identity, arrive before j)
    Banzhaf          T = K / 2^(K-1) times the value without copies
                     psi_j = q (value without the party) + (1 - q) (value beside the party), q = 2^-K
    Robust Shapley   T = sum over s of b_s K binom(n-1, s) / (n' binom(n'-1, max(s, h'))), n' = n - 1 + K
                     psi_j = sum over s of x0_j(s) g_s(none) + x1_j(s) g_s(some)

(`Replicated` has the symbols.)  docs/theory/copies.md derives them, and why what is taken as a bound is one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from scipy.special import betainc, gammaln

from fairpool.games.values.size_laws import banzhaf_size_law
from fairpool.ground.arrays import Floats
from fairpool.market.copies.curve import rising, survival


@dataclass(frozen=True, slots=True, eq=False)
class Replicated:
    """What a game with copies is made of, in means over the coalitions of each size s of the others.

    first    float64 (n,): b_s, what the first identity adds to the coalitions of size s = 0 .. n-1
    later    what each further identity adds
    without  float64 (n-1, n-1): x0_j(s), what party j adds to coalitions of size s where no identity is in
    beside   the same, x1_j(s), where one is; both without what j has alone
    extra    float64 (n-1,): what j adds for each identity, on average over all orders
    alone    float64 (n-1,): what j's value is less
    """

    first: Floats
    later: float
    without: Floats
    beside: Floats
    extra: Floats
    alone: Floats

    @property
    def others(self) -> int:
        return len(self.alone)


@dataclass(frozen=True, slots=True)
class Values:
    """T, and the sum of the positive psi_j: of one number of copies, or bounds of both."""

    own: float
    others: float


class CopiesLaw(Protocol):
    """A value's treatment of copies."""

    @property
    def farthest(self) -> int:
        """So many copies at most can be computed; bounds can be had for any number."""
        ...

    def values(self, game: Replicated, identities: int) -> Values:
        """T, and the others' positive values."""
        ...

    def bounds(self, game: Replicated, fewest: int, most: float) -> tuple[Values, ...]:
        """Pairs of at least T and at most the others', each in a unit of its own, for K from ``fewest`` to ``most``."""
        ...


class ShapleyCopies:
    """The Shapley value: orders of arrival."""

    farthest: ClassVar[int] = 2**50

    def values(self, game: Replicated, identities: int) -> Values:
        tails = survival(game.others, identities)
        own = identities * game.later + game.first @ (tails - np.append(tails[1:], 0.0))
        psi = game.beside.mean(axis=1) if game.others else game.alone
        psi = psi - game.alone + identities * game.extra
        psi = psi + (game.without - game.beside) @ _before_all(game.others, identities)
        return Values(float(own), float(np.maximum(psi, 0.0).sum()))

    def bounds(self, game: Replicated, fewest: int, most: float) -> tuple[Values, ...]:
        _, own = rising(game.first, survival(game.others, fewest), survival(game.others, most))
        ahead = [_tails(_before_all(game.others, identities)) for identities in (fewest, most)]
        least, _ = rising(game.without - game.beside, *ahead)
        mean = game.beside.mean(axis=1) if game.others else game.alone
        fixed = mean - game.alone + least
        psi = fixed + np.minimum(fewest * game.extra, _times(most, game.extra))
        each = game.extra + np.minimum(fixed / fewest, fixed / most)
        return (
            Values(
                float(own + max(fewest * game.later, float(_times(most, np.array(game.later))))),
                _positive(psi),
            ),
            Values(float(game.later + max(own / fewest, own / most)), _positive(each)),
        )


class BanzhafCopies:
    """The Banzhaf value: every coalition alike."""

    farthest: ClassVar[int] = 2**50

    def values(self, game: Replicated, identities: int) -> Values:
        without, beside = self._of_others(game)
        q = 2.0**-identities
        return Values(self._own(game, identities), _positive(q * without + (1 - q) * beside))

    def bounds(self, game: Replicated, fewest: int, most: float) -> tuple[Values, ...]:
        without, beside = self._of_others(game)
        ends = [q * without + (1 - q) * beside for q in (2.0**-fewest, 2.0**-most)]
        return (Values(max(self._own(game, fewest), 0.0), _positive(np.minimum(*ends))),)

    def _own(self, game: Replicated, identities: int) -> float:
        return float(identities * 2.0 ** (1 - identities) * (banzhaf_size_law(game.others + 1) @ game.first))

    def _of_others(self, game: Replicated) -> tuple[Floats, Floats]:
        if not game.others:
            return game.alone, game.alone
        law = banzhaf_size_law(game.others)
        return game.without @ law, game.beside @ law


class RobustShapleyCopies:
    """The Robust Shapley value: coalitions below the middle size count less."""

    farthest: ClassVar[int] = 2**10

    def values(self, game: Replicated, identities: int) -> Values:
        own = _robust(game.others, game.others + identities, np.zeros(1)) * identities
        if not game.others:
            return Values(float(own[0] @ game.first), 0.0)
        c = np.arange(identities + 1.0)
        many = gammaln(identities + 1) - gammaln(c + 1) - gammaln(identities - c + 1)
        weights = _robust(game.others - 1, game.others + identities, c, many)
        psi = game.without @ weights[0] + game.beside @ weights[1:].sum(axis=0)
        return Values(float(own[0] @ game.first), _positive(psi))

    def bounds(self, game: Replicated, fewest: int, most: float) -> tuple[Values, ...]:  # noqa: ARG002
        n = game.others + 1
        if fewest < 5 * n + 20:  # before, nothing falls for sure
            return (Values(math.inf, 0.0),)
        own = _robust(game.others, game.others + fewest, np.zeros(1))[0] * fewest
        s = np.arange(game.others)
        none = _robust(game.others - 1, game.others + fewest, np.zeros(1))[0] if game.others else own[:0]
        some = betainc(game.others - s, s + 1, 0.4) / (2 * max(game.others, 1))
        least = np.maximum(game.beside, 0.0) @ some + np.minimum(game.beside, 0.0).sum(axis=1) / max(
            game.others, 1
        )
        least = least + np.minimum(game.without, 0.0) @ none
        return (Values(float(own @ np.maximum(game.first, 0.0)), _positive(least)),)


def _robust(others: int, players: int, joined: Floats, many: Floats | float = 0.0) -> Floats:
    """exp(many) binom(others, s) / (n' binom(n'-1, max(s + c, h'))): float64 (joined, others + 1), c = joined."""
    s = np.arange(others + 1)
    c = np.asarray(joined, dtype=np.float64)[:, None]
    size = np.maximum(s + c, (players - 1) // 2)
    log = gammaln(others + 1) - gammaln(s + 1) - gammaln(others - s + 1) - math.log(players)
    log = log - gammaln(players) + gammaln(size + 1) + gammaln(players - size)
    return np.asarray(np.exp(log + np.reshape(many, (-1, 1))), dtype=np.float64)


def _before_all(others: int, identities: float) -> Floats:
    """f_s = P(s of the ``others`` - 1 further parties, and no identity, arrive before one of them): (others,)."""
    if not others or math.isinf(identities):
        return np.zeros(others)
    s = np.arange(others - 1)
    steps = (others - 1 - s) / (others - 1 - s + identities)
    return np.cumprod(np.append(1 / (others + identities), steps))


def _tails(law: Floats) -> Floats:
    return np.asarray(np.cumsum(law[::-1])[::-1], dtype=np.float64)


def _times(many: float, each: Floats) -> Floats:
    """many * each, where infinitely many times nothing is nothing."""
    if math.isfinite(many):
        return np.asarray(many * each, dtype=np.float64)
    return np.where(each > 0.0, math.inf, np.where(each < 0.0, -math.inf, 0.0))


def _positive(values: Floats) -> float:
    return float(np.maximum(values, 0.0).sum())

"""Penalised logistic and softmax regression for many weighted sets of the same rows at once.

    min over theta of  sum over rows of -k log p(y | x; theta)  +  penalty / 2 * ||theta without intercepts||^2

k         how often the row's block is in the coalition
theta     (F, d): parameters of the free classes, intercept first.  Two classes: F = 1, the second against the first.
          More: F = classes; all intercepts may shift together without any effect, and Newton's step does not use that.
g, H      gradient and Hessian.  H keeps the upper triangle of each x x' only: one matrix product of row weights with
          rows' outer products serves all coalitions

Rows are measured from their common median (``centre``), so columns that lie far from 0 are the same problem: an
intercept takes up the shift, and one party's huge numbers do not shift the others' rows.  A class of which a coalition
has no row is left out of its softmax; a coalition of one class has nothing to fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Booleans, Floats
from fairpool.learning.rows import Rows, stack

_LEAST_ROWS = 64  # of a piece: fewer make small matrix products
_MOST_ROWS = 4096  # of a piece: more would not fit the cache
_CACHED = 2**24  # numbers of outer products that are kept, 128 MB; beyond, they are made anew at every step


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Rows of one block, or of several small ones.

    owner   (n,) the block of each row, or (1,) where they are all of one
    design  (n, d) a column of ones, then X; outer (n, d (d + 1) / 2); None where they are made when needed
    """

    rows: Rows
    owner: NDArray[np.intp]
    design: Floats | None = None
    outer: Floats | None = None

    def designed(self) -> Floats:
        return _design(self.rows.X) if self.design is None else self.design

    def outer_products(self) -> Floats:
        return _outer(self.designed()) if self.outer is None else self.outer

    def kept(self) -> Piece:
        """The same piece, with its products at hand."""
        design = _design(self.rows.X)
        return Piece(self.rows, self.owner, design, _outer(design))


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """gradient (b, F, d); hessian (b, F (F + 1) / 2, d (d + 1) / 2), pairs of classes in the order of `_pairs`."""

    gradient: Floats
    hessian: Floats

    def take(self, which: Booleans) -> Derivatives:
        """Those of some coalitions."""
        return Derivatives(self.gradient[which], self.hessian[which])

    def summed(self, counts: Floats) -> Derivatives:
        """Of coalitions, where these are of blocks: counts (b, blocks)."""
        parts = (self.gradient, self.hessian)
        return Derivatives(
            *((counts @ part.reshape(len(part), -1)).reshape(-1, *part.shape[1:]) for part in parts)
        )

    def full_hessian(self) -> Floats:
        """(b, F d, F d)"""
        b, free, d = self.gradient.shape
        left, right = np.triu_indices(d)
        place = np.empty((d, d), dtype=np.intp)
        place[left, right] = place[right, left] = np.arange(len(left))
        full = np.empty((b, free, d, free, d))
        for pair, (f, e) in enumerate(_pairs(free)):
            block = self.hessian[:, pair].take(place.ravel(), axis=1).reshape(b, d, d)
            full[:, f, :, e] = full[:, e, :, f] = block
        return full.reshape(b, free * d, free * d)


@dataclass(frozen=True, slots=True, eq=False)
class Softmax:
    """The rows of a round's blocks.

    held    float64 (blocks, classes): rows of each class
    reach   float64 (blocks, d): sum of |x| over rows
    centre  float64 (d - 1,): the median of all rows, taken off them
    """

    pieces: tuple[Piece, ...]
    held: Floats
    reach: Floats
    penalty: float
    centre: NDArray[np.float64]

    @classmethod
    def of(cls, blocks: Sequence[Rows], penalty: float) -> Softmax:
        centre = np.median(np.concatenate([block.X for block in blocks]), axis=0)
        blocks = [Rows(block.X - centre, block.y, block.classes) for block in blocks]
        pieces = tuple(_pieces(blocks))
        d = blocks[0].X.shape[1] + 1
        if sum(map(len, blocks)) * d * (d + 1) // 2 <= _CACHED:
            pieces = tuple(piece.kept() for piece in pieces)
        held = [np.bincount(block.y.astype(np.int64), minlength=block.classes) for block in blocks]
        reach = [np.append(len(block), np.abs(block.X).sum(axis=0)) for block in blocks]
        return cls(pieces, np.array(held, dtype=np.float64), np.array(reach), penalty, centre)

    def design_of(self, X: Floats) -> Floats:
        """Rows to predict as theta takes them: (n, d)."""
        return _design(X - self.centre)

    @property
    def free(self) -> tuple[int, ...]:
        """The classes that have parameters."""
        classes = self.held.shape[1]
        return (1,) if classes == 2 else tuple(range(classes))

    @property
    def shape(self) -> tuple[int, int]:
        """(F, d)"""
        return len(self.free), self.reach.shape[1]

    def absent(self, counts: Floats) -> Booleans:
        """Classes of which a coalition has no row: counts (b, blocks) -> bool (b, classes)."""
        return (counts @ self.held) == 0

    def fixed(self, absent: Booleans) -> Booleans:
        """Free classes whose parameters stay zero: bool (b, F).

        Absent ones, and the first of the others where only two are left: those are a plain logistic regression.
        """
        fixed = absent.copy()
        few = absent.sum(axis=1) >= absent.shape[1] - 2
        fixed[few, absent.argmin(axis=1)[few]] = True
        return fixed[:, self.free]

    def unpenalised(
        self, theta: Floats, counts: Floats, absent: Booleans, *, hessian: bool = True
    ) -> Derivatives:
        """Derivatives of the sum over rows at theta (b, F, d) for counts (b, blocks)."""
        b, (free, d) = len(theta), self.shape
        gradient = np.zeros((b, free, d))
        packed = np.zeros((b, free * (free + 1) // 2, d * (d + 1) // 2 if hessian else 0))
        for piece in self.pieces:
            weights = counts[:, piece.owner]
            inside = np.flatnonzero(weights.any(axis=1))
            if len(inside):
                slopes = _Slopes.of(piece, theta[inside], absent[inside], weights[inside], self.free)
                for f in range(free):
                    gradient[inside, f] += slopes.residual(f) @ slopes.design
                for pair, (f, e) in enumerate(_pairs(free) if hessian else ()):
                    packed[inside, pair] += slopes.curvature(f, e) @ piece.outer_products()
        return Derivatives(gradient, packed)


@dataclass(frozen=True, slots=True, eq=False)
class _Slopes:
    """What the derivatives of one piece are made of.

    weights  (b, n) or (b, 1)
    chances  two classes: tanh(logit / 2) = 2 p - 1 of the second, (b, n); more: p of every class, (classes, b, n)
    """

    design: Floats
    y: NDArray[np.int64] | NDArray[np.float64]
    weights: Floats
    chances: Floats
    binary: bool

    @classmethod
    def of(
        cls, piece: Piece, theta: Floats, absent: Booleans, weights: Floats, free: tuple[int, ...]
    ) -> _Slopes:
        design, binary = piece.designed(), len(free) == 1
        found = np.tanh((0.5 * theta[:, 0]) @ design.T) if binary else chances(design, theta, absent)
        return cls(design, piece.rows.y, weights, found, binary)

    def residual(self, f: int) -> Floats:
        """k (p - [y is f])"""
        if self.binary:
            return (self.chances - (2.0 * self.y - 1.0)) * (0.5 * self.weights)
        return (self.chances[f] - (self.y == f)) * self.weights

    def curvature(self, f: int, e: int) -> Floats:
        """k p_f ([f is e] - p_e)"""
        if self.binary:
            return (1.0 - self.chances**2) * (0.25 * self.weights)
        return self.chances[f] * (float(f == e) - self.chances[e]) * self.weights


def chances(design: Floats, theta: Floats, absent: Booleans) -> Floats:
    """Softmax probabilities of rows (n, d) at theta (b, classes, d): (classes, b, n); absent classes get none."""
    logits = np.stack([theta[:, f] @ design.T for f in range(theta.shape[1])])
    logits[absent.T] = -np.inf
    logits -= logits.max(axis=0)
    grown = np.exp(logits, out=logits)
    grown /= grown.sum(axis=0)
    return grown


def _pairs(free: int) -> Iterator[tuple[int, int]]:
    return ((f, e) for f in range(free) for e in range(f + 1))


def _pieces(blocks: Sequence[Rows]) -> Iterator[Piece]:
    """Cut large blocks, put small ones together; rows keep their order."""
    waiting: list[int] = []
    for i, block in enumerate(blocks):
        if len(block) < _LEAST_ROWS:
            waiting.append(i)
            if sum(len(blocks[j]) for j in waiting) >= _LEAST_ROWS:
                yield _together(blocks, waiting)
                waiting = []
            continue
        for start in range(0, len(block), _MOST_ROWS):
            part = slice(start, start + _MOST_ROWS)
            yield Piece(Rows(block.X[part], block.y[part], block.classes), np.array([i]))
    if waiting:
        yield _together(blocks, waiting)


def _together(blocks: Sequence[Rows], chosen: Sequence[int]) -> Piece:
    owner = np.repeat(np.array(chosen, dtype=np.intp), [len(blocks[i]) for i in chosen])
    return Piece(stack([blocks[i] for i in chosen]), owner)


def _design(X: Floats) -> Floats:
    return np.column_stack([np.ones(len(X)), X])


def _outer(design: Floats) -> Floats:
    left, right = np.triu_indices(design.shape[1])
    return design[:, left] * design[:, right]

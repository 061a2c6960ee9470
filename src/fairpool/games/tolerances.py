"""What counts as equal in this room, and why so close."""

from __future__ import annotations

SAME_EXCESS = 1e-9  # of the largest |v|: an excess below this is a rounding error of sums over coalitions
SAME_WEIGHTS = 1e-12  # of a sum of weights: each weight is right to 1e-13 or better
NEGLIGIBLE_SIZE = (
    1e-14  # of the weight of all sizes: a size that counts for less is below rounding, and left out
)
WHOLE = 1e-9  # of a draw: a number of draws that far below a whole one is that one, as bisection left it

# Of the excess programs, whose table is scaled to |v| <= 1.
SOLVED = 1e-10  # to which HiGHS meets the constraints of a program, the least it accepts
VIOLATION = 1e-9  # by which a coalition may be treated worse than epsilon: ten times what HiGHS may leave
BINDING = 1e-7  # a multiplier above this is positive; they sum to one and at most n + 1 of them are
DEPENDENT = 1e-7  # squared distance of a coalition from the span of others, below which it lies in it

# Of the ridge regressions, whose columns have a mean square of 1.
FREE_LEVEL = 1e-9  # penalty of the level, in units of the penalty: none, but regular
REGULAR = 1e-13  # per draw, added to every penalty: keeps normal equations positive definite

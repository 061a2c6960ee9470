"""What counts as nothing, and as the same, in this room: every tolerance with its reason.

Gains and shares lie in [0, 1] and come from sums of at most a few thousand float64 numbers: their rounding errors stay
well below 1e-12, and what differs on purpose (one validation row more or less) differs by far more.
"""

SAME = 1e-12
"""Gains closer than this are the same gain: of functional replicas, of prefixes of data, of own and pooled models."""

GRAIN = 2.0**-40
"""Values of data closer than this are the same value: a power of two, so that dividing by it rounds nothing."""

NOTHING = 1e-12
"""A value of a player this small is the rounding error of a zero."""

NOTHING_LEFT = 1e-12
"""Shares that sum to one but for this leave nothing to return."""

CUSTOMISED = 1e-12
"""How far a customised model's gain may lie below what it must reach, for the rounding of the sum that bounds it."""

NOTHING_MINOR = 1e-6
"""Minor units: a gain from copies below this is rounding,"""

NOTHING_OF_PRICE = 1e-12
"""and so is one below this part of the unit price."""

SEARCHED = 1e-9
"""Part of the unit price: a search over every number of copies does not tell gains below this from nothing."""

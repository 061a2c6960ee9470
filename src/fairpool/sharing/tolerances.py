"""Where a number of this room counts as another one, and why just there.

Each is relative to what stands in its comment.  Steps and starting points of searches stand with the search.
"""

from __future__ import annotations

# what is measured in samples
WHOLE = 1e-9  # of an amount: nearer to a whole number than this, it is whole but for rounding
HALF_ALONE = 1e-9  # of a_ik/2: nearer to it from below, alpha would be beyond all bounds
NO_SAMPLES = 1e-6  # of N_k: an amount below this is an interior-point method's way to say 0
FREE = 1e-12  # of sigma/sqrt(c): no corruption is needed where all samples together are that many

# what is measured in penalties
NO_GAIN = 1e-9  # of a penalty: rounding, and the stopping rules of the searches for a better answer

# the interior-point method
TARGET = 1e-13  # relative gap at which the search ends
TIDY = 1e-10  # relative gap up to which negligible amounts are set to zero
NEGLIGIBLE = (1e-8, 1e-10, 1e-12)  # shares of a distribution's samples, tried in this order
ACCEPTED = 1e-6  # relative gap at which a plan is still an answer: rounding forbids a smaller one
VIOLATION = 1e-12  # by which a row may be missed; penalties are at least 1 in its units
LOST = 1e-16  # of the sum of all weights, below which beta is lost in the reduced costs
WELL_INSIDE = 0.5  # relative gap to the egalitarian plan, far enough from the boundary to start from

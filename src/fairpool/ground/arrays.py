"""What arrays hold, and how a signature states their shape.

    Floats, Integers, Positions, Booleans     float64, int64, what indexes an array, truth values
    Float[Floats, "batch parties"]            floats of shape (batch, parties), in the notation of jaxtyping

The notation costs nothing when the program runs (it is `typing.Annotated`); ``tests/shapes.py`` runs tests with the
real jaxtyping in its place, so a shape that is stated is also checked.
"""

from __future__ import annotations

from typing import Annotated as Bool
from typing import Annotated as Float
from typing import Annotated as Int

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Positions = NDArray[np.intp]
Booleans = NDArray[np.bool_]

__all__ = ["Bool", "Booleans", "Float", "Floats", "Int", "Integers", "Positions"]

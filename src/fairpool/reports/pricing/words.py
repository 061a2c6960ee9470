"""What a stranger has to know to read a simulation of prices: how buyers come."""

from __future__ import annotations

ARRIVALS = {
    "stochastic": "Each buyer is drawn anew, with the frequencies below.",
    "periodic": "Buyers come in a fixed pattern over and over.",
    "drifting": "How often each type comes changes in a straight line over the rounds; below is the average.",
    "switching": "How often each type comes switches between two laws; below is the average.",
}

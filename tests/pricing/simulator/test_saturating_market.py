"""The market in which learners are compared."""

from __future__ import annotations

import numpy as np
import pytest

from fairpool.pricing.simulator.saturating_market import saturating_probabilities, saturating_valuations


def test_the_numbers_are_those_of_its_description():
    """C (1 - exp(-beta n)) for the first and the last type, and probabilities 10/55 down to 1/55."""
    market, law = saturating_valuations(), saturating_probabilities()
    assert market.values.shape == (10, 100)
    assert market.values[0, 4] == pytest.approx(0.1 * (1 - np.exp(-0.2 * 5)))
    assert market.values[9, 99] == pytest.approx(1.0 * (1 - np.exp(-0.02 * 100)))
    assert law.tolist() == pytest.approx([k / 55 for k in range(10, 0, -1)])


def test_its_types_want_less_and_less_more():
    """Diminishing returns: each further row adds less."""
    values = saturating_valuations(most=30).values
    assert (np.diff(values, n=2, axis=1) < 0).all()

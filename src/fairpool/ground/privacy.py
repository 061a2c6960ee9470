"""How many rows must hold a value before anybody but its owner is shown it."""

FEWEST_ROWS = 10
"""Distinct rows of one owner; class labels, which a model has to name, are exempt."""

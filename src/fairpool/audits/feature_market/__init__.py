"""Deviations in the market for features: columns in disguise of a seller, and lies of a buyer about its value."""

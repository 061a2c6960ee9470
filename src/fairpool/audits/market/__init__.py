"""Deviations of a party of the market for models, tried by settling the round that results."""

"""Buyers who come one by one, and the regret of whoever sets prices for them."""

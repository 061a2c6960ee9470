"""Deviations of a contributor that deposits rows: what it hands in, and what it is then paid."""

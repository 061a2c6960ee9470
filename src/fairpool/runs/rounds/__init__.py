"""Settled rounds: what they leave in a folder."""

"""Settlements computed again from what they say of themselves."""

"""Logistic regression, many coalitions at once."""

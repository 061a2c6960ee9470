"""Simulations of prices: replications that can be stopped and resumed, and the files they leave."""

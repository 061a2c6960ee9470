"""Lets tests say ``from oracles.values import shapley``: pytest puts the folder of this file on the path."""

"""Lets tests say ``from oracles.values import shapley``: pytest puts the folder of this file on the path.

Examples made by Hypothesis have no deadline: a busy machine is no failure of the code.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("fairpool", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fairpool")

"""Deviations of an agent that shares samples: simulated, and by closed forms where there are any."""

"""The report of a simulation of prices."""

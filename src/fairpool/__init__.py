"""fairpool: pool data, train together, pay each party what its data was worth."""

__version__ = "0.1.0"

"""The one SQLite file of a market: how it is opened and written, and what it refuses."""

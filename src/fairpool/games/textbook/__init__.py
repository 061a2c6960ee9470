"""Games with published values."""

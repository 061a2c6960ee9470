"""What everybody may see of a market, and whether its file holds what it should."""

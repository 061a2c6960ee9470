"""Values of games too large to enumerate, from a sample of coalitions."""

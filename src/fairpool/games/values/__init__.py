"""Values of games: what each player deserves."""

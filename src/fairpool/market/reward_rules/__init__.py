"""How the pot is shared out: a file per rule, and the catalogue."""

"""Sales: which rows, for how much, who gets what of it, and the file that is delivered."""

"""`fairpool price`: fit, check and simulate."""

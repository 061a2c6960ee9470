"""`fairpool price sell`: the marketplace in one file."""

"""The page of `fairpool value`: what rows are worth, and which harm."""

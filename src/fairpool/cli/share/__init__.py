"""The command `fairpool share`: parse, call, print."""

"""The front door: commands parse, call one function, and show what came of it."""

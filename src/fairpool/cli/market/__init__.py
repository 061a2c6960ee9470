"""Commands about rounds: run, demo, value."""

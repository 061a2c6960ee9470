"""Worlds that tests are set in: consortia, agents, shops, and the files they write."""

"""MARKET.toml: the terms of a round and the files of its parties."""

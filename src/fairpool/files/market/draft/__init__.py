"""A first MARKET.toml from the files of a folder: what can be told from them, and why it is so guessed."""

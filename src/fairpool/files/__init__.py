"""What users write: MARKET.toml, SHARE.toml, PRICE.toml and tables of rows, read from disk; and folders of results."""

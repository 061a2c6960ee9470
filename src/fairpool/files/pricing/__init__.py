"""PRICE.toml, price curves, valuations and learning curves: who buys, and at which prices."""

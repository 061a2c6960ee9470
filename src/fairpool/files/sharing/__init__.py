"""SHARE.toml, samples and costs: what agents agreed on, and what they hand in."""

"""Price curves, what buyers take from them, and what is wrong with one that can be bought cheaper in parts."""

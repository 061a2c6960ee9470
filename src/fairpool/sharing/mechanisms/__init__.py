"""The ways of sharing, one file each, and the catalogue of them all."""

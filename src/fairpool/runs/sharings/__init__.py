"""A sharing carried out: from a share file to a folder of releases."""

"""The report of a sharing: a page made of its document."""

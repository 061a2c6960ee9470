"""The sentences of the report of a sharing."""

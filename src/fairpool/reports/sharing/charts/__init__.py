"""The charts of the report of a sharing."""

"""The page of a settled round."""

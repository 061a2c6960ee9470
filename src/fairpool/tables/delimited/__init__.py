"""Text whose columns are separated by a character, CSV: to clean text, and to columns that know their lines."""

"""One person, one folder: a file in, a folder of results out."""

"""What `make docs` needs besides Sphinx: the contents, plain docstrings, mathematics, and the reference."""

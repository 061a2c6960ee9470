"""Rows that contributors bring: read, verified, kept, and appraised beside each other."""

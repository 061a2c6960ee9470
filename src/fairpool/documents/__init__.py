"""What leaves the program: typed records, written as JSON."""

"""Pages: a typed document becomes one HTML file that opens offline."""

"""The market of one common task."""

"""Whether rows are what they should be, and what dishonest contributors would earn."""

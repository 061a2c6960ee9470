"""The pictures of a settled round: money, gains, and what copies of oneself would earn."""

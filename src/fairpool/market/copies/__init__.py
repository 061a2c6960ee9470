"""What entering copies of oneself would change."""

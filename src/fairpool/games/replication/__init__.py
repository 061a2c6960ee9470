"""What copies of a player earn, and which values give them nothing."""

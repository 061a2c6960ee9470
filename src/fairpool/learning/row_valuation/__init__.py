"""What single training rows are worth for a task."""

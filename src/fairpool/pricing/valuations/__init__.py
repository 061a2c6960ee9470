"""What rows are worth to a buyer, from the measured learning curve of its model."""

"""What a sale brings, divided to the last cent."""

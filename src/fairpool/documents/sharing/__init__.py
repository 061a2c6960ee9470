"""What leaves a sharing: one type for what the mediator, an agent and the public may see, a file each."""

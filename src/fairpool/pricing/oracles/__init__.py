"""What a price policy asks: the curve that earns most for given weights of the types."""

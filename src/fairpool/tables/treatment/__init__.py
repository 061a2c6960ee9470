"""What a round does to columns before models see them, the same for everybody: learnt from the validation data."""

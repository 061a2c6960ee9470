"""What a round says of its data: validation rows among them, and a sheet of what each party brought."""

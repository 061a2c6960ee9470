"""Which plan agents with different costs would agree on."""

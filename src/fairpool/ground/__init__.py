"""What every floor stands on: errors, money, seeds, arrays, progress."""

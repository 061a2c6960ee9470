"""What a finite validation set leaves unknown about gains, shares and nets."""

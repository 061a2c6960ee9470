"""What a market asks for its rows: prices that are posted, by hand or by a policy that learns from visits."""

"""Types of buyers are learned from sales: who sets prices, round after round."""

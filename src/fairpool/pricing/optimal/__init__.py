"""Types of buyers are known: the curve that earns most, exactly, by the published grids, and without arbitrage."""

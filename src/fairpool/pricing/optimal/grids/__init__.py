"""The discretisation of [CHK24]: grids of amounts and prices, and the best curve on them."""

"""How a plan is made one that everybody wants to follow."""

"""Who deserves what: cooperative games and their values."""

from fairpool.games.costs import CostGame
from fairpool.games.estimation.estimate import estimate_semivalue, estimate_shapley
from fairpool.games.functions import game
from fairpool.games.game import Game, TableGame
from fairpool.games.groups import GroupGame
from fairpool.games.stability.accounts import stability_of
from fairpool.games.stability.core import least_core
from fairpool.games.stability.nucleoli import nucleolus
from fairpool.games.values.banzhaf import banzhaf_value
from fairpool.games.values.beta_shapley import beta_shapley_value
from fairpool.games.values.semivalues import semivalue
from fairpool.games.values.shapley import shapley_value, shapley_weights

__all__ = [  # noqa: RUF022 in the order a user needs them
    "game",  # the function; the file of that name is imported from as ever
    "TableGame",
    "shapley_value",
    "banzhaf_value",
    "estimate_shapley",
    "Game",
    "GroupGame",
    "CostGame",
    "shapley_weights",
    "semivalue",
    "beta_shapley_value",
    "estimate_semivalue",
    "stability_of",
    "least_core",
    "nucleolus",
]

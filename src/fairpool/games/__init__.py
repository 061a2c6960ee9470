"""Who deserves what: cooperative games and their values."""

from fairpool.games.estimation.estimate import ValueEstimate, estimate_semivalue, estimate_shapley
from fairpool.games.game import Game, TableGame, coalitions_at, positions_of, tabulate
from fairpool.games.groups import GroupGame
from fairpool.games.replication.robustness import (
    ReplicatedGame,
    RobustnessVerdict,
    is_replication_robust,
    replicated_size_law,
    totals_after_replication,
)
from fairpool.games.stability.accounts import CoalitionAccount, Stability, stability_of
from fairpool.games.stability.core import LeastCore, least_core
from fairpool.games.stability.nucleoli import nucleolus, prenucleolus
from fairpool.games.textbook.classical import (
    AirportGame,
    BankruptcyGame,
    GloveGame,
    WeightedVotingGame,
    un_security_council,
)
from fairpool.games.textbook.facility_location import FacilityLocationGame
from fairpool.games.values.banzhaf import banzhaf_value, banzhaf_weights
from fairpool.games.values.beta_shapley import beta_shapley_value, beta_shapley_weights
from fairpool.games.values.leave_one_out import leave_one_out_value, leave_one_out_weights
from fairpool.games.values.robust_shapley import robust_shapley_value, robust_shapley_weights
from fairpool.games.values.semivalues import semivalue, size_law
from fairpool.games.values.shapley import shapley_value, shapley_weights
from fairpool.games.values.sums_by_size import SizeSums, size_sums

__all__ = [
    "AirportGame",
    "BankruptcyGame",
    "CoalitionAccount",
    "FacilityLocationGame",
    "Game",
    "GloveGame",
    "GroupGame",
    "LeastCore",
    "ReplicatedGame",
    "RobustnessVerdict",
    "SizeSums",
    "Stability",
    "TableGame",
    "ValueEstimate",
    "WeightedVotingGame",
    "banzhaf_value",
    "banzhaf_weights",
    "beta_shapley_value",
    "beta_shapley_weights",
    "coalitions_at",
    "estimate_semivalue",
    "estimate_shapley",
    "is_replication_robust",
    "least_core",
    "leave_one_out_value",
    "leave_one_out_weights",
    "nucleolus",
    "positions_of",
    "prenucleolus",
    "replicated_size_law",
    "robust_shapley_value",
    "robust_shapley_weights",
    "semivalue",
    "shapley_value",
    "shapley_weights",
    "size_law",
    "size_sums",
    "stability_of",
    "tabulate",
    "totals_after_replication",
    "un_security_council",
]

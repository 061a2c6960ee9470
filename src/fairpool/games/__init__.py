"""Who deserves what: cooperative games and their values."""

from fairpool.games.banzhaf import banzhaf_value, banzhaf_weights
from fairpool.games.beta_shapley import beta_shapley_value, beta_shapley_weights
from fairpool.games.classical import (
    AirportGame,
    BankruptcyGame,
    GloveGame,
    WeightedVotingGame,
    un_security_council,
)
from fairpool.games.core import LeastCore, least_core
from fairpool.games.facility_location import FacilityLocationGame
from fairpool.games.game import Game, TableGame, coalitions_at, positions_of, tabulate
from fairpool.games.groups import GroupGame
from fairpool.games.leave_one_out import leave_one_out_value, leave_one_out_weights
from fairpool.games.nucleolus import nucleolus, prenucleolus
from fairpool.games.replication import (
    ReplicatedGame,
    RobustnessVerdict,
    is_replication_robust,
    replicated_size_law,
    totals_after_replication,
)
from fairpool.games.robust_shapley import robust_shapley_value, robust_shapley_weights
from fairpool.games.sampling import Estimate, estimate_semivalue, estimate_shapley
from fairpool.games.semivalue import semivalue, size_law
from fairpool.games.shapley import shapley_value, shapley_weights
from fairpool.games.size_sums import SizeSums, size_sums
from fairpool.games.stability import CoalitionAccount, Stability, stability

__all__ = [
    "AirportGame",
    "BankruptcyGame",
    "CoalitionAccount",
    "Estimate",
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
    "stability",
    "tabulate",
    "totals_after_replication",
    "un_security_council",
]

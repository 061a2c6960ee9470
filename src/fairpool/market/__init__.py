"""The collaborative machine-learning market of Ohrimenko, Tople and Tschiatschek ([OTT19]).

Hand `settle` the parties and what they want a model for; the `Settlement` says who pays and earns what, and why.
"""

from fairpool.learning.experiment import EmptyCoalition, SharedRowsRule
from fairpool.market.certificate import Certificate
from fairpool.market.options import Customise, Method, Options, Work
from fairpool.market.party import Party
from fairpool.market.settlement import Settlement
from fairpool.market.settling import settle
from fairpool.tables.dataset import Dataset

__all__ = [  # noqa: RUF022 in the order a user needs them
    "Dataset",
    "Party",
    "settle",
    "Settlement",
    "Certificate",
    "Options",
    "Method",
    "Customise",
    "SharedRowsRule",
    "EmptyCoalition",
    "Work",
]

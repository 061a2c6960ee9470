"""The collaborative machine-learning market of Ohrimenko, Tople and Tschiatschek."""

from fairpool.ground.progress import Progress
from fairpool.learning.experiment import EmptyCoalition, SharedRowsRule
from fairpool.market.certificate import Certificate
from fairpool.market.options import Customise, Method, Options, Work
from fairpool.market.party import Party
from fairpool.market.settlement import Settlement
from fairpool.market.settling import settle
from fairpool.tables.dataset import Dataset

__all__ = [
    "Certificate",
    "Customise",
    "Dataset",
    "EmptyCoalition",
    "Method",
    "Options",
    "Party",
    "Progress",
    "Settlement",
    "SharedRowsRule",
    "Work",
    "settle",
]

"""The collaborative machine-learning market of Ohrimenko, Tople and Tschiatschek."""

from fairpool.learning.dataset import Dataset
from fairpool.learning.evaluation import Progress
from fairpool.learning.round import EmptyCoalition, SharedRows
from fairpool.market.certificate import Certificate
from fairpool.market.options import Customise, Method, Options, Work
from fairpool.market.party import Party
from fairpool.market.settle import settle
from fairpool.market.settlement import Settlement

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
    "SharedRows",
    "Work",
    "settle",
]

"""Pool data, train together, pay each party what its data was worth, and make honesty the best strategy.

The rooms of the house are here, and the first calls a newcomer wants; each is opened when it is asked for.

>>> import fairpool
>>> fairpool.shapley_value(fairpool.games.TableGame([0, 0, 0, 1])).tolist()
[0.5, 0.5]
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = (
    False  # as a type checker reads it; typing itself would double the time that this import takes
)

if TYPE_CHECKING:
    from fairpool import audits, comparing, games, learning, market, marketplace, pricing, sharing, tables
    from fairpool.examples import example_path
    from fairpool.games.values.shapley import shapley_value
    from fairpool.ground.errors import InputError
    from fairpool.market.party import Party
    from fairpool.market.settling import settle
    from fairpool.tables.dataset import Dataset

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "InputError",
    "Party",
    "audits",
    "comparing",
    "example_path",
    "games",
    "learning",
    "market",
    "marketplace",
    "pricing",
    "settle",
    "shapley_value",
    "sharing",
    "tables",
]

_FILES = {
    "Dataset": "fairpool.tables.dataset",
    "InputError": "fairpool.ground.errors",
    "Party": "fairpool.market.party",
    "example_path": "fairpool.examples",
    "settle": "fairpool.market.settling",
    "shapley_value": "fairpool.games.values.shapley",
}


def __getattr__(name: str) -> object:
    """A room or a first call, when it is first asked for; then it stays."""
    if name not in __all__:
        raise AttributeError(f"module 'fairpool' has no attribute {name!r}")
    found = (
        getattr(import_module(_FILES[name]), name) if name in _FILES else import_module(f"fairpool.{name}")
    )
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

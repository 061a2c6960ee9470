"""Games and results are shown in a line, however many players they have, and carry the players' names."""

from __future__ import annotations

import inspect
import pkgutil
from dataclasses import is_dataclass
from importlib import import_module

import numpy as np
import pytest

import fairpool.games
from fairpool.games import CostGame, GroupGame, TableGame, estimate_shapley, game, least_core, stability_of
from fairpool.games.replication.robustness import ReplicatedGame, is_replication_robust
from fairpool.games.textbook.classical import AirportGame, BankruptcyGame, GloveGame, WeightedVotingGame
from fairpool.games.textbook.facility_location import FacilityLocationGame
from fairpool.games.values.shapley import shapley_weights
from fairpool.games.values.sums_by_size import size_sums

MANY = 12
INNER = (
    "estimation",
    "excess_program",
    "sums_with_copies",
)  # what estimates and programs are made of; nobody is handed it
NAMES = [f"clinic {i}" for i in range(MANY)]


def number_of(members: frozenset[str]) -> float:
    return float(len(members) ** 2)


def shown() -> list[object]:
    """One of every kind that a caller can hold."""
    team = game(number_of, players=NAMES)
    return [
        team,
        TableGame(np.arange(2.0**MANY)),
        GloveGame(5, 7),
        AirportGame(np.arange(MANY)),
        WeightedVotingGame(np.arange(1, MANY), 9),
        BankruptcyGame(3, np.ones(MANY)),
        FacilityLocationGame(np.ones((MANY, 40))),
        CostGame(TableGame(np.arange(2.0**MANY))),
        GroupGame(team, [[0, 1], range(2, MANY)]),
        ReplicatedGame(TableGame(np.arange(2.0**MANY)), player=0, copies=2),
        estimate_shapley(team, rng=0, evaluations=100),
        least_core(team),
        stability_of(team, np.ones(MANY)),
        stability_of(team, np.ones(MANY)).accounts[0],
        is_replication_robust(shapley_weights, 3, 2),
        size_sums(team),
    ]


@pytest.mark.parametrize("thing", shown(), ids=lambda thing: type(thing).__name__)
def test_everything_that_is_handed_out_is_shown_in_a_line(thing):
    told = repr(thing)
    assert len(told) < 250
    assert "\n" not in told
    assert "array(" not in told


def test_no_public_class_was_forgotten():
    """Every dataclass of the room, but for what estimates and programs are made of, is among those above."""
    found = set()
    for module in pkgutil.walk_packages(fairpool.games.__path__, "fairpool.games."):
        if not any(part in module.name for part in INNER):
            classes = inspect.getmembers(import_module(module.name), inspect.isclass)
            found |= {
                c for name, c in classes if c.__module__ == module.name and is_dataclass(c) and name[0] != "_"
            }
    assert {c.__name__ for c in found} <= {type(thing).__name__ for thing in shown()}
    assert len(found) > 10


@pytest.mark.parametrize(
    "result", [x for x in shown() if hasattr(x, "_repr_html_")], ids=lambda x: type(x).__name__
)
def test_results_are_tables_with_the_names_of_the_players(result):
    assert "<table" in result._repr_html_()
    assert "clinic 3" in str(result.to_frame().to_string())


def test_a_game_from_a_function_is_had_from_the_face():
    """By the name `game`, though a file has it, too: imports from that file are what they were."""
    from fairpool.games.game import coalitions_at

    assert game(number_of, players=["Ann", "Bob"]).worth(coalitions_at([3], 2)).tolist() == [4.0]
    assert fairpool.games.game is game

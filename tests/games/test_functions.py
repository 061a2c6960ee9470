"""Games from plain functions: names, workers, and worths that outlive the process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fairpool.games.estimation.estimate import estimate_shapley
from fairpool.games.functions import game as game_of
from fairpool.games.stability.accounts import stability_of
from fairpool.games.values.shapley import shapley_value
from fairpool.ground.errors import InputError
from fairpool.runs.worth_file import WorthFile

TEAM = ("Ann", "Bob", "Eve")


def pairs(members: frozenset[str]) -> float:
    return len(members) * (len(members) - 1) / 2


class Counted:
    """A function that remembers what it was asked, and stops at a call, as a killed process does."""

    def __init__(self, until: int = 10**9) -> None:
        self.asked: list[frozenset[str]] = []
        self.until = until

    def __call__(self, members: frozenset[str]) -> float:
        if len(self.asked) == self.until:
            raise KeyboardInterrupt
        self.asked.append(members)
        return pairs(members)


def test_the_function_is_asked_with_names_and_once_for_each_set():
    """Eight coalitions of three, whatever is computed of them."""
    counted = Counted()
    game = game_of(counted, players=TEAM)
    np.testing.assert_allclose(shapley_value(game), [1, 1, 1])
    stability_of(game, [1, 1, 1])
    assert len(counted.asked) == len(set(counted.asked)) == 8
    assert frozenset({"Ann", "Eve"}) in counted.asked


def test_names_are_kept_in_frames_and_accounts():
    game = game_of(pairs, players=TEAM)
    assert game.to_frame(shapley=shapley_value(game)).loc["Bob", "shapley"] == 1
    assert stability_of(game, [3, 0, 0]).accounts[0].members == ("Bob", "Eve")
    frame = estimate_shapley(game, rng=0, evaluations=8).to_frame()
    assert frame.index.tolist() == list(TEAM)
    assert frame["value"].tolist() == pytest.approx([1, 1, 1])


def test_a_number_of_players_means_their_numbers():
    assert game_of(lambda members: sum(members), players=np.uint8(3)).names == (0, 1, 2)


@pytest.mark.long
def test_workers_find_what_one_finds():
    """In order, though they finish in any."""
    alone, together = game_of(pairs, players=range(6)), game_of(pairs, players=range(6), workers=2)
    np.testing.assert_array_equal(shapley_value(alone), shapley_value(together))


def test_a_killed_computation_goes_on_where_it_stopped(tmp_path: Path):
    """Three worths are in the file after the kill; the other five are asked, and the answer is the same."""
    file = tmp_path / "worths.txt"
    with pytest.raises(KeyboardInterrupt):
        shapley_value(game_of(Counted(until=3), players=TEAM, cache=file))
    rest = Counted()
    np.testing.assert_allclose(shapley_value(game_of(rest, players=TEAM, cache=file)), [1, 1, 1])
    assert len(rest.asked) == 5
    nothing = Counted(until=0)
    np.testing.assert_allclose(shapley_value(game_of(nothing, players=TEAM, cache=str(file))), [1, 1, 1])


def test_a_line_that_is_cut_short_or_damaged_is_not_believed(tmp_path: Path):
    """At every place of the last line, and with a digit changed in the middle."""
    file = tmp_path / "worths.txt"
    worths = WorthFile(file)
    worths["a"], worths["b"] = 0.1, -1 / 3
    whole = file.read_bytes()
    start = whole.rindex(b"b ")
    for end in range(start, len(whole) - 1):  # without its last character, the end of the line, it is whole
        file.write_bytes(whole[:end])
        assert dict(WorthFile(file)) == {"a": 0.1}
        again = WorthFile(file)
        again["c"] = 2.0
        assert dict(WorthFile(file)) == {"a": 0.1, "c": 2.0}
    file.write_bytes(whole.replace(b"b -", b"b +"))
    assert dict(WorthFile(file)) == {"a": 0.1}
    file.write_bytes(whole)
    assert dict(WorthFile(file)) == {"a": 0.1, "b": -1 / 3}


def test_a_file_of_other_players_tells_nothing(tmp_path: Path):
    file = tmp_path / "worths.txt"
    shapley_value(game_of(pairs, players=TEAM, cache=file))
    others = Counted()
    shapley_value(game_of(others, players=["Bob", "Ann", "Eve"], cache=file))
    assert len(others.asked) == 8


def test_any_mapping_keeps_worths():
    kept: dict[str, float] = {}
    shapley_value(game_of(pairs, players=TEAM, cache=kept))
    assert sorted(kept.values()) == [0, 0, 0, 0, 1, 1, 1, 3]


@pytest.mark.parametrize(
    ("function", "asked", "message"),
    [
        (7, {"players": TEAM}, "function: got int"),
        (pairs, {"players": ["Ann", "Ann"]}, "players: 'Ann' stands twice"),
        (pairs, {"players": [["Ann"]]}, "cannot be hashed"),
        (pairs, {"players": 2.5}, "players: got 2.5"),
        (pairs, {"players": TEAM, "workers": 0}, "workers: got 0"),
        (pairs, {"players": TEAM, "cache": 3}, "cache: got int"),
    ],
)
def test_what_makes_no_game_is_refused(function, asked, message):
    with pytest.raises(InputError, match=message):
        game_of(function, **asked)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "expected numbers|expected a finite"),
        (1j, "complex"),
        (float("nan"), "got nan"),
        ([1.0, 2.0], "got 2 numbers"),
        ("much", "expected numbers"),
    ],
)
def test_a_worth_that_is_no_number_is_told_with_its_coalition(answer, message):
    game = game_of(lambda members: answer if len(members) == 2 else 0.0, players=TEAM)
    with pytest.raises(InputError, match=rf"worth of {{Ann, Bob}}.*({message})"):
        shapley_value(game)


def test_a_file_that_is_something_else_is_refused_and_left_alone(tmp_path: Path):
    file = tmp_path / "notes.txt"
    file.write_text("my notes\n")
    with pytest.raises(InputError, match="got 'my notes', expected 'fairpool worths 1'"):
        game_of(pairs, players=TEAM, cache=file)
    assert file.read_text() == "my notes\n"

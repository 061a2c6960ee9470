"""Every entry takes a game for what it is, or says what it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from fairpool.games.estimation.estimate import estimate_semivalue, estimate_shapley
from fairpool.games.functions import game
from fairpool.games.game import TableGame, coalitions_at, tabulate
from fairpool.games.groups import GroupGame
from fairpool.games.replication.robustness import ReplicatedGame, totals_after_replication
from fairpool.games.stability.accounts import stability_of
from fairpool.games.stability.core import least_core
from fairpool.games.stability.nucleoli import nucleolus, prenucleolus
from fairpool.games.textbook.classical import BankruptcyGame, GloveGame, WeightedVotingGame
from fairpool.games.values.banzhaf import banzhaf_value, banzhaf_weights
from fairpool.games.values.beta_shapley import beta_shapley_value, beta_shapley_weights
from fairpool.games.values.leave_one_out import leave_one_out_value, leave_one_out_weights
from fairpool.games.values.robust_shapley import robust_shapley_value, robust_shapley_weights
from fairpool.games.values.semivalues import law_at, semivalue, size_law
from fairpool.games.values.shapley import shapley_value, shapley_weights
from fairpool.games.values.sums_by_size import size_sums
from fairpool.ground.errors import InputError

ENTRIES = {
    "shapley": shapley_value,
    "banzhaf": banzhaf_value,
    "beta": lambda game: beta_shapley_value(game, alpha=1, beta=2),
    "robust": robust_shapley_value,
    "leave one out": leave_one_out_value,
    "semivalue": lambda game: semivalue(game, shapley_weights),
    "size sums": size_sums,
    "table": tabulate,
    "stability": lambda game: stability_of(game, [1, 1, 1]),
    "least core": least_core,
    "nucleolus": nucleolus,
    "prenucleolus": prenucleolus,
    "estimate": lambda game: estimate_shapley(game, rng=0, evaluations=8),
    "estimate of a semivalue": lambda game: estimate_semivalue(game, rng=0, evaluations=8),
    "groups": lambda game: shapley_value(GroupGame(game, [[0], [1, 2]])),
    "copies": lambda game: shapley_value(ReplicatedGame(game, 0, 1)),
}


@dataclass
class Answers:
    """A game of three that gives the same answer whatever it is asked."""

    answer: Any
    players: int = 3

    def worth(self, coalitions: np.ndarray) -> Any:
        return self.answer(len(coalitions))


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda _: 9.0, r"got worths of shape \(\)"),
        (lambda b: np.zeros((b, 1)), r"got worths of shape \(\d+, 1\)"),
        (lambda b: np.full(b, 1 + 1j), "complex"),
        (lambda b: np.full(b, np.nan), "got worth nan for coalition"),
        (lambda b: np.full(b, 1e200), r"got worth 1e\+200"),
        (lambda b: ["much"] * b, "expected numbers"),
    ],
    ids=["one number", "a column", "complex", "nan", "too large", "words"],
)
def test_a_worth_that_is_not_one_number_for_each_coalition_is_refused_by_every_entry(entry, answer, message):
    with pytest.raises(InputError, match=message):
        entry(Answers(answer))


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_bare_function_is_no_game(entry):
    with pytest.raises(InputError, match=r"got a function, expected .*games\.game\("):
        entry(lambda members: len(members))


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_coalitions_cannot_be_changed_by_the_one_who_is_asked(entry):
    """A worth that works in its argument would spoil what is kept of it."""

    class Careless:
        players = 3

        def worth(self, coalitions: np.ndarray) -> np.ndarray:
            coalitions[:, 0] = False
            return coalitions.sum(axis=1) * 1.0

    with pytest.raises(ValueError, match="read-only"):
        entry(Careless())


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8, np.int8])
def test_players_may_be_of_any_integer_type(kind):
    """62 overflow a product of 8-bit numbers, and 2**63 an int64."""

    @dataclass
    class Sized:
        players: Any

        def worth(self, coalitions: np.ndarray) -> np.ndarray:
            return coalitions.sum(axis=1) * 1.0

    np.testing.assert_allclose(shapley_value(Sized(kind(5))), 1.0)
    np.testing.assert_allclose(estimate_shapley(Sized(kind(70)), rng=0, evaluations=142).values, 1.0)
    weights = [shapley_weights, banzhaf_weights, robust_shapley_weights, leave_one_out_weights]
    for weights_of in [*weights, lambda n: beta_shapley_weights(n, alpha=2, beta=3)]:
        np.testing.assert_array_equal(weights_of(kind(62)), weights_of(62))
    assert (shapley_weights(kind(62)) > 0).all()


@pytest.mark.parametrize(
    "weights_of", [shapley_weights, banzhaf_weights, robust_shapley_weights, leave_one_out_weights]
)
def test_weights_may_be_given_as_their_function_or_as_numbers(weights_of):
    game = TableGame(np.random.default_rng(0).normal(size=2**5))
    np.testing.assert_array_equal(semivalue(game, weights_of), semivalue(game, weights_of(5)))
    for players in (1, 2, 7, 40):
        np.testing.assert_allclose(law_at(weights_of, players), size_law(weights_of(players)), rtol=1e-12)


@pytest.mark.parametrize("weights_of", [shapley_weights, banzhaf_weights, robust_shapley_weights])
def test_weights_that_have_underflown_are_refused_and_their_function_is_right(weights_of):
    """Beyond 1,000 players or so the numbers are gone; what all coalitions of a size weigh is not."""
    with pytest.raises(InputError, match="too small for float64"):
        size_law(weights_of(1200))
    law = law_at(weights_of, 1200)
    if weights_of is not robust_shapley_weights:
        assert law.sum() == pytest.approx(1.0, abs=1e-9)
    assert law[600] == pytest.approx(
        {shapley_weights: 1 / 1200, robust_shapley_weights: 1 / 1200}.get(weights_of, law[599])
    )


def test_weights_that_are_none_are_no_underflow():
    """Leave-one-out weighs one size, however many players there are."""
    assert size_law(leave_one_out_weights(1500))[-1] == 1.0


def test_copies_need_the_function():
    """Every copy changes the number of players, so numbers for one do not do."""
    with pytest.raises(InputError, match="expected a function of the number of players"):
        totals_after_replication([3, 2, 1], shapley_weights(3), 2)


@pytest.mark.parametrize(
    ("positions", "players", "message"),
    [
        ([40], 5, "got 40, expected 0 to 31"),
        ([-1], 5, "got -1, expected 0 to 31"),
        ([0.5], 5, "got float64"),
        ([[1]], 5, r"shape \(1, 1\)"),
        ([1], 63, "at most 62"),
        ([1], 2.0, "players: got 2.0"),
    ],
)
def test_positions_outside_a_table_name_nobody(positions, players, message):
    with pytest.raises(InputError, match=message):
        coalitions_at(positions, players)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0, 1e308], r"got 1e\+308, expected"),
        ([0, 1j], "complex"),
        (["a", "b"], "expected numbers"),
        ([0, [1, 2]], "expected numbers"),
    ],
)
def test_tables_of_what_cannot_be_added_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        TableGame(values)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[True, False, True]], "got True, expected numbers of players"),
        ([np.array([True, False, True])], "got True, expected numbers of players"),
        (["01"], "got '01', expected numbers"),
        ([0, 1], "got 0, expected numbers"),
        ([[0.5]], "got 0.5, expected a number from 0 to 2"),
    ],
)
def test_groups_are_numbers_of_players(groups, message):
    with pytest.raises(InputError, match=message):
        GroupGame(GloveGame(1, 2), groups)


def test_groups_may_come_from_generators():
    groups = GroupGame(GloveGame(1, 2), (iter(each) for each in [[0, 1], [2]]))
    assert groups.membership.tolist() == [[True, True, False], [False, False, True]]


@pytest.mark.parametrize(
    ("votes", "quota"), [([0.3] * 3, 0.9), ([0.1] * 10, 1.0), ([0.7, 0.1], 0.8), ([1.1, 2.2], 3.3)]
)
def test_decimal_votes_add_up_as_they_are_written(votes, quota):
    """All together have exactly the quota, and so has each alone asked with others or not."""
    game = WeightedVotingGame(votes, quota)
    everybody = np.ones((1, len(votes)), dtype=bool)
    assert game.worth(everybody).tolist() == [1.0]
    assert tabulate(game).values[-1] == 1.0
    assert tabulate(game).values[:-1].sum() == 0.0


def test_votes_of_any_length_are_counted_exactly():
    """Beyond 2**53 units, too: one part in 10**17 decides."""
    game = WeightedVotingGame([0.5, 0.25, 1e-17, 0.24999999999999998], 0.75)
    assert game.worth(np.array([[1, 1, 0, 0], [1, 0, 1, 1]], bool)).tolist() == [1.0, 0.0]


def test_what_creditors_secure_does_not_depend_on_what_else_is_asked():
    rng = np.random.default_rng(5)
    claims = rng.random(12)
    game = BankruptcyGame(claims.sum() / 2, claims)
    coalitions = rng.random((500, 12)) < 0.5
    np.testing.assert_array_equal(game.worth(coalitions), [game.worth(row[None])[0] for row in coalitions])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"evaluations": 8.5}, "evaluations: got 8.5, expected a whole number"),
        ({"evaluations": "8"}, "evaluations: got '8', expected a whole number"),
        ({"evaluations": True}, "evaluations: got True, expected a whole number"),
        ({"target_error": "small"}, "target_error: got 'small', expected a positive number"),
        ({"target_error": np.nan}, "target_error: got nan, expected a positive number"),
    ],
)
def test_budgets_and_targets_are_numbers(choices, message):
    with pytest.raises(InputError, match=message):
        estimate_shapley(GloveGame(2, 3), rng=0, **choices)
    with pytest.raises(InputError, match=r"evaluations: got 2\.5, expected"):
        estimate_shapley(GloveGame(3, 4), rng=0, evaluations=20).extend(evaluations=2.5)


def test_parameters_of_weights_are_numbers():
    with pytest.raises(InputError, match="alpha: got 'one', expected a positive number"):
        beta_shapley_value(GloveGame(1, 2), alpha="one", beta=1)


@pytest.mark.parametrize("rng", ["7", 1.5, True, -1, None])
def test_chance_is_a_seed_or_a_generator(rng):
    with pytest.raises(InputError, match="rng: got"):
        estimate_shapley(GloveGame(2, 3), rng=rng, evaluations=12)


KINDS = {
    "a surrogate in a table": (lambda: _estimated(surrogate={}), "surrogate: got {}, expected a game"),
    "a surrogate that is not asked": (lambda: _estimated(surrogate=3, evaluations=32), "surrogate: got 3"),
    "no progress": (lambda: _estimated(progress=None), "progress: got None, expected a function"),
    "groups by name": (lambda: GroupGame(GloveGame(1, 2), {"a": [0]}), "groups: got {'a'"),
    "a number of groups": (lambda: GroupGame(GloveGame(1, 2), 2), "groups: got 2, expected a list"),
    "a number of names": (lambda: TableGame([0, 1], names=1), "names: got 1, expected a list"),
    "one name": (lambda: TableGame([0, 1], names="a"), "names: got 'a', expected a list"),
    "lists as names": (lambda: TableGame([0, 1], names=[["a"]]), "names: got one that cannot be hashed"),
    "true players": (lambda: game(len, players=True), "players: got True, expected a whole number"),
    "weights of true": (lambda: shapley_weights(True), "players: got True, expected a whole number"),
    "a limit in words": (lambda: shapley_value(GloveGame(1, 2), most_players="20"), "most_players: got '20'"),
    "half an account": (lambda: least_core(GloveGame(1, 2), most_accounts=1.5), "most_accounts: got 1.5"),
    "accounts below 0": (lambda: least_core(GloveGame(1, 2), most_accounts=-1), "most_accounts: got -1"),
}


def _estimated(**choices: Any) -> Any:
    return estimate_shapley(GloveGame(2, 3), **{"rng": 0, "evaluations": 20, **choices})


@pytest.mark.parametrize(("entry", "message"), KINDS.values(), ids=KINDS)
def test_what_is_of_another_kind_than_an_argument_is_refused(entry, message):
    """In one sentence, also where the argument would not have been looked at."""
    with pytest.raises(InputError, match=message):
        entry()

"""The check of submissions against each other is Algorithm 3 averaged over every split, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.comparing.cramer_von_mises import CramerVonMisesCheck, balanced, cramer_von_mises_check
from fairpool.comparing.permutation import permutation_losses, permutation_p_value
from fairpool.ground.errors import InputError
from oracles.cramer_von_mises import expected_losses, spreads

ROWS = {"ties": st.integers(0, 3), "few ties": st.integers(-50, 50)}


def tables(values, *, features=2):
    """Three to five agents with one to four rows each."""
    row = st.tuples(*[values] * features)
    return st.lists(st.lists(row, min_size=1, max_size=4), min_size=3, max_size=5).filter(
        lambda agents: all(sum(map(len, agents)) - len(own) >= 3 for own in agents)
    )


submitted = st.one_of(*(tables(values) for values in ROWS.values()))


@pytest.mark.long
@given(submitted, st.integers(0, 2))
def test_losses_are_the_mean_over_every_split_of_the_others_rows(agents, withheld):
    """All T and W are enumerated in fractions; without W the closed form is the nearest float to the fraction."""

    def psi(rows, others):  # noqa: ARG001
        return min(withheld, others - 3)

    for i, found in enumerate(cramer_von_mises_check(agents, withheld=psi)):
        expected = [float(loss) for loss in expected_losses(agents, i, found.withheld)]
        if found.withheld == 0:
            assert found.losses.tolist() == expected
        assert found.losses == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(submitted)
def test_spreads_count_triples_of_the_others_rows(agents):
    """Share of triples (t, x, y) with x <= t < y: unbiased for E[F(T) (1 - F(T))], and no own row in it."""
    for i, found in enumerate(cramer_von_mises_check(agents)):
        assert found.spreads.tolist() == [float(spread) for spread in spreads(agents, i)]


def test_without_ties_the_spread_is_a_sixth_and_the_honest_expectation_known():
    """Exactly, whatever the distribution of the values."""
    rng = np.random.default_rng(3)
    found = cramer_von_mises_check([rng.lognormal(size=(n, 3)) for n in (10, 20, 21)])[0]
    assert found.spreads == pytest.approx([1 / 6] * 3, rel=1e-15)
    assert found.expected_loss == pytest.approx((1 / 10 + 1 / 40) / 6, rel=1e-14)
    assert found.epsilon == pytest.approx((1 / 10 + 1 / 40) / 4)
    assert found.largest_expected_loss == pytest.approx((1 / 10 + 1 / 40) * 5 / 24)
    assert found.most_saved == pytest.approx(1 / 60)


@given(submitted)
def test_only_the_order_of_values_counts(agents):
    """Any increasing change of units leaves losses as they are; a decreasing one need not, as F(t) counts equals."""
    stretched = [[[np.exp(value / 10) for value in row] for row in rows] for rows in agents]
    for before, after in zip(cramer_von_mises_check(agents), cramer_von_mises_check(stretched), strict=True):
        assert before.losses.tolist() == after.losses.tolist()


@given(submitted, st.integers(1, 3))
def test_copying_all_own_rows_changes_nothing_with_nothing_withheld(agents, copies):
    """F_Y is the same: padding with copies is neither punished nor rewarded by the loss."""
    padded = [agents[0] * (1 + copies), *agents[1:]]
    assert (
        cramer_von_mises_check(padded)[0].losses.tolist() == cramer_von_mises_check(agents)[0].losses.tolist()
    )


def test_losses_do_not_depend_on_how_features_are_taken_together():
    """Thousands of features, some with ties, are worked on in blocks."""
    rng = np.random.default_rng(5)
    agents = [rng.normal(size=(40, 4000)) for _ in range(3)]
    agents = [np.where(np.arange(4000) % 7 == 0, rows.round(), rows) for rows in agents]
    together = cramer_von_mises_check(agents)[1]
    for k in (0, 1, 2183, 2184, 2185, 3999):
        alone = cramer_von_mises_check([rows[:, [k]] for rows in agents])[1]
        assert together.losses[k] == alone.losses[0]
        assert together.spreads[k] == alone.spreads[0]


def test_the_feature_that_gives_a_fabrication_away_is_named():
    """Loss against honest expectation, per feature."""
    rng = np.random.default_rng(7)
    agents = [rng.normal(size=(200, 5)) for _ in range(4)]
    agents[2][:, 3] += 1
    found = cramer_von_mises_check(agents)
    assert [one.ratio > 5 for one in found] == [False, False, True, False]
    assert found[2].most_telling_feature == 3


def test_a_feature_that_never_varies_costs_nothing():
    """Nothing to compare: loss and expectation are 0, and the ratio is 1."""
    found = cramer_von_mises_check([np.zeros((4, 1))] * 3)[0]
    assert (found.loss, found.expected_loss, found.ratio) == (0, 0, 1)


def test_a_value_nobody_else_has_where_nothing_else_varies_has_an_infinite_ratio():
    """Honest rows could not have been different."""
    found = cramer_von_mises_check([np.ones((4, 1)), np.zeros((4, 1)), np.zeros((4, 1))])[0]
    assert (found.loss, found.ratio) == (1, np.inf)


@pytest.mark.parametrize(("rows", "others", "withheld"), [(10, 41, 15), (10, 12, 0), (100, 40, 0)])
def test_balanced_makes_both_sides_equal_where_it_can(rows, others, withheld):
    """|W| + |Y_i| = |Z|, rounded down."""
    assert balanced(rows, others) == withheld
    sides = CramerVonMisesCheck(rows, others, withheld, np.zeros(1), np.zeros(1))
    assert sides.own_side + sides.other_side == rows + others - 1
    assert withheld == 0 or sides.other_side - sides.own_side in (0, 1)


# ---------------------------------------------------------------- the permutation test


@given(submitted)
def test_the_first_loss_of_a_permutation_test_is_the_agents(agents):
    """The same statistic, found in another way."""
    found = permutation_losses(agents, 1, permutations=2, rng=np.random.default_rng(0))
    assert found.shape == (3,)
    assert found[0] == pytest.approx(cramer_von_mises_check(agents)[1].loss, rel=1e-12, abs=1e-15)


def test_permuted_losses_have_the_honest_expectation():
    """Without ties the mean over relabellings is 1/6 (1/n + 1/z) whatever was submitted, a fabrication included."""
    rng = np.random.default_rng(11)
    agents = [rng.normal(5, 3, size=(20, 1)), rng.normal(size=(15, 1)), rng.normal(size=(26, 1))]
    losses = permutation_losses(agents, 0, permutations=20_000, rng=rng)
    error = losses[1:].std() / np.sqrt(20_000)
    assert abs(losses[1:].mean() - (1 / 20 + 1 / 40) / 6) < 4 * error
    assert losses[0] > losses[1:].max()


@pytest.mark.parametrize("ties", [False, True])
def test_honest_agents_are_rarely_surprising(ties):
    """p <= 1/20 in at most one of twenty honest rounds, with dependent features; exactly so without ties."""
    rng, rounds, surprises = np.random.default_rng(13), 1500, 0
    for _ in range(rounds):
        agents = [rng.normal(size=(n, 1)) * [1, -1] for n in (5, 6, 7)]
        agents = [rows.round() if ties else rows for rows in agents]
        surprises += permutation_p_value(agents, 0, permutations=19, rng=rng) <= 1 / 20
    error = np.sqrt(0.05 * 0.95 / rounds)
    assert surprises / rounds < 0.05 + 4 * error
    assert ties or surprises / rounds > 0.05 - 4 * error


def test_a_shifted_agent_is_surprising():
    """As surprising as 199 permutations can say."""
    rng = np.random.default_rng(17)
    agents = [rng.normal(shift, 1, size=(50, 3)) for shift in (1.0, 0, 0, 0)]
    assert permutation_p_value(agents, 0, permutations=199, rng=rng) == 1 / 200


# ---------------------------------------------------------------- bad input


GOOD = [[[1.0, 2.0]] * 2] * 3


@pytest.mark.parametrize(
    ("submissions", "said"),
    [
        (GOOD[:2], "got 2 agents, expected at least 3"),
        ([], "got 0 agents, expected at least 3"),
        ([*GOOD, [[1.0]]], "agent 3: got 1 features, expected 2"),
        ([*GOOD, [[1.0, 2.0], [3.0, np.nan]]], r"agent 3: got nan in submissions\[3\]\[1, 1\]"),
        ([[[np.inf, 2.0]], *GOOD], r"agent 0: got inf in submissions\[0\]\[0, 0\]"),
        ([*GOOD, np.empty((0, 2))], "agent 3: got no rows"),
        ([*GOOD, [1.0, 2.0]], r"agent 3: got an array of shape \(2,\), expected \(rows, features\)"),
        ([*GOOD, [["a", "b"]]], "agent 3: expected a table of numbers"),
        ([*GOOD, [[1.0, 2.0], [1.0]]], "agent 3: expected a table of numbers"),
        ([[[1.0]]] * 3, "agent 0: the others submitted 2 rows in all, expected at least 3"),
        ([np.zeros((1_000_000, 1))] * 3, "got 3,000,000 rows in all, expected at most 2,000,000"),
    ],
)
def test_submissions_that_cannot_be_compared_are_refused(submissions, said):
    """The message names the agent, and the row and column where there is one."""
    with pytest.raises(InputError, match=said):
        cramer_von_mises_check(submissions)


@pytest.mark.parametrize("withheld", [-1, 2])
def test_too_many_rows_withheld_are_refused(withheld):
    """Three of the others' rows must be left to compare with."""
    with pytest.raises(InputError, match=f"got {withheld} rows for agent 0.* expected between 0 and 1"):
        cramer_von_mises_check(GOOD, withheld=lambda rows, others: withheld)  # noqa: ARG005


def test_a_permutation_test_of_nobody_or_of_nothing_is_refused():
    """An agent that is not there, and no permutations at all."""
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="agent: got 3, expected a whole number from 0 to 2"):
        permutation_p_value(GOOD, 3, rng=rng)
    with pytest.raises(InputError, match="permutations: got 0, expected at least 1"):
        permutation_p_value(GOOD, 0, permutations=0, rng=rng)

"""Rows that parties share, against the definitions written out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

from fairpool.comparing.rows_in_common import distinct_row_owners, shared_rows, usual_radius
from fairpool.ground.errors import InputError


@st.composite
def consortia(draw):
    """One to four parties with rows on a small grid, half-integers and signed zeros among them."""
    row = st.tuples(
        st.sampled_from([-1.0, -0.0, 0.0, 0.5, 2.0]), st.sampled_from([0.0, 1.0]), st.integers(0, 1)
    )
    files = draw(st.lists(st.lists(row, min_size=1, max_size=8), min_size=1, max_size=4))
    return [arrays(file) for file in files]


def arrays(file):
    return np.array([row[:2] for row in file]), np.array([row[2] for row in file])


def contents(party):
    return [(*features, label) for features, label in zip(party[0].tolist(), party[1].tolist(), strict=True)]


def counts_by_definition(parties, radius):
    """Row by row: is it in the other file (another time in its own); if not, is another row near."""
    exact, near = np.zeros((2, len(parties), len(parties)), dtype=int)
    for i, mine in enumerate(parties):
        for j, other in enumerate(parties):
            for k, row in enumerate(contents(mine)):
                others = [r for m, r in enumerate(contents(other)) if (i, k) != (j, m)]
                exact[i, j] += row in others
                near[i, j] += row not in others and any(
                    np.hypot(r[0] - row[0], r[1] - row[1]) <= radius for r in others
                )
    return exact, near


@settings(deadline=None, max_examples=150)
@given(consortia(), st.sampled_from([0.0, 0.4, 0.5, 1.0, 10.0]))
def test_counts_are_those_of_the_definition(parties, radius):
    """Exact and near, between parties and within each, with distances right on the radius."""
    found = shared_rows(parties, radius=radius)
    exact, near = counts_by_definition(parties, radius)
    np.testing.assert_array_equal(found.exact, exact)
    np.testing.assert_array_equal(found.near, near)
    assert found.rows.tolist() == [len(y) for _, y in parties]


@settings(deadline=None, max_examples=150)
@given(consortia(), st.data())
def test_a_coalitions_blocks_are_the_union_of_its_multisets(parties, data):
    """Of every distinct row as many copies as the member with most copies has (Counter's |)."""
    blocks = distinct_row_owners(parties)
    coalition = np.array(data.draw(st.lists(st.booleans(), min_size=len(parties), max_size=len(parties))))
    union = Counter()
    for party in (parties[i] for i in np.flatnonzero(coalition)):
        union |= Counter(contents(party))
    pooled = contents((np.vstack([X for X, _ in parties]), np.concatenate([y for _, y in parties])))
    assert Counter(pooled[p] for p in blocks.rows_of(coalition)) == union


@settings(deadline=None)
@given(consortia())
def test_blocks_have_different_owners_and_disjoint_rows(parties):
    """Everybody in one block would be one learner's input less: blocks are as few as they can be."""
    blocks = distinct_row_owners(parties)
    assert len({tuple(owners) for owners in blocks.owners.tolist()}) == len(blocks.owners) == len(blocks.rows)
    assert blocks.owners.any(axis=1).all()
    positions = np.concatenate(blocks.rows)
    assert len(set(positions.tolist())) == len(positions)


@settings(deadline=None)
@given(consortia(), st.randoms(use_true_random=False))
def test_the_order_of_rows_in_a_file_changes_no_block(parties, random):
    """The same rows in the same order, whatever the files' order."""
    shuffled = []
    for X, y in parties:
        order = random.sample(range(len(y)), len(y))
        shuffled.append((X[order], y[order]))
    before, after = distinct_row_owners(parties), distinct_row_owners(shuffled)
    np.testing.assert_array_equal(before.owners, after.owners)
    for p, q in zip(before.rows, after.rows, strict=True):
        np.testing.assert_array_equal(
            np.vstack([X for X, _ in parties])[p], np.vstack([X for X, _ in shuffled])[q]
        )


def test_two_clinics_by_hand():
    """Row a twice at one and once at the other, b at both, c at one: four kept rows in two blocks."""
    first = np.array([[1.0], [1.0], [2.0]]), np.array([0, 0, 1])
    second = np.array([[2.0], [1.0], [3.0]]), np.array([1, 0, 0])
    blocks = distinct_row_owners([first, second])
    kept = {
        tuple(o): sorted(np.vstack([first[0], second[0]])[r].ravel())
        for o, r in zip(blocks.owners, blocks.rows, strict=True)
    }
    assert kept == {(True, True): [1.0, 2.0], (True, False): [1.0], (False, True): [3.0]}


def test_no_coalition_has_no_rows():
    """An empty index, ready for use."""
    blocks = distinct_row_owners([(np.ones((2, 1)), np.zeros(2))])
    assert blocks.rows_of(np.array([False])).tolist() == []


def test_float_labels_tell_rows_apart():
    """Regression labels are compared as they are, -0.0 being 0.0."""
    X = np.ones((2, 2))
    found = shared_rows([(X, np.array([0.1, -0.0])), (X, np.array([0.2, 0.0]))], radius=0.0)
    np.testing.assert_array_equal(found.exact, [[0, 1], [1, 0]])
    np.testing.assert_array_equal(found.near, [[2, 1], [1, 2]])


@pytest.fixture
def clinics():
    """A real data set dealt out to four parties."""
    X, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    X = StandardScaler().fit_transform(X)
    return [(X[part], y[part]) for part in np.array_split(order, 4)]


def test_honest_parties_raise_no_alarm(clinics):
    """569 patients in 30 columns: none is near another at the default radius."""
    found = shared_rows(clinics)
    assert found.exact.sum() == found.near.sum() == 0


def test_noisy_copies_are_found(clinics):
    """Copies with noise of 2 % of a standard deviation in every column, under another label."""
    X, y = clinics[0]
    noisy = X + np.random.default_rng(1).normal(scale=0.02, size=X.shape), 1 - y
    found = shared_rows([*clinics, noisy])
    assert found.exact.sum() == 0
    assert found.near[4, 0] == found.near[0, 4] == len(y)
    assert found.near.sum() == 2 * len(y)


def test_copying_another_party_does_not_shrink_the_radius(clinics):
    """The radius is learnt within parties, so copies between them do not hide each other."""
    X, y = clinics[0]
    copy = X + 1e-6, y
    assert usual_radius([*clinics, copy, copy, copy]) == pytest.approx(
        usual_radius([clinics[0], copy]), rel=0.2
    )


def test_the_usual_radius_is_a_tenth_of_the_spacing():
    """Points one apart, a party of one row that says nothing, repeated rows that do not count."""
    line = np.repeat(np.arange(20.0), 2)[:, None]
    assert usual_radius([(line, np.zeros(40)), (np.zeros((1, 1)), np.zeros(1))]) == pytest.approx(0.1)
    assert usual_radius([(np.zeros((3, 1)), np.zeros(3))]) == 0.0


@pytest.mark.parametrize(
    ("parties", "radius", "message"),
    [
        ([], None, "parties: got none"),
        ([(np.ones((0, 2)), np.ones(0))], None, r"party 0: got features \(0, 2\)"),
        ([(np.ones((2, 2)), np.ones(3))], None, r"labels \(3,\)"),
        (
            [(np.ones((2, 2)), np.ones(2)), (np.ones((2, 1)), np.ones(2))],
            None,
            "party 1: got 1 columns, expected 2",
        ),
        ([(np.array([[1.0], [np.nan]]), np.ones(2))], None, "party 0, row 1: .* not finite"),
        ([(np.ones((2, 2)), np.ones(2))], -1.0, "radius: got -1.0"),
        ([(np.ones((2, 2)), np.ones(2))], float("nan"), "radius: got nan"),
    ],
)
def test_bad_input_is_named(parties, radius, message):
    """What was got, what was expected, and where."""
    with pytest.raises(InputError, match=message):
        shared_rows(parties, radius=radius)

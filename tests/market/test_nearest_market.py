"""The market of one nearest neighbour from ranks alone, against tables of coalitions and raw rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.market_tables import NAMES, rankings
from fairpool.games.game import coalitions_at
from fairpool.learning.catalogue import score_named
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.nearest.closed_form import Ranking, ranking_of
from fairpool.learning.learners.nearest.nearest import NearestLearner
from fairpool.learning.rows import Rows
from fairpool.market.common_task.closed_form import NearestMarket
from fairpool.market.common_task.collapsed import Collapsed
from fairpool.market.common_task.exact import CommonTask, copies_change_nothing
from fairpool.market.copies.functional_replicas import replica_classes, replica_classes_of_ranking
from fairpool.market.copies.replication import Replications
from fairpool.market.payments import PriceTerms
from fairpool.market.reward_rules.catalogue import division_named
from oracles import common_market, nearest

PLAIN = [name for name in NAMES if name != "collapsed"]
some = settings(deadline=None, max_examples=40)


@st.composite
def labelled_rows(draw, least=2, most=4):
    """Rows on a small grid, with many ties: {party: [(features, label), ..]} and validation rows of both labels."""
    row = st.tuples(st.tuples(st.integers(0, 3), st.integers(0, 2)), st.integers(0, 1))
    n = draw(st.integers(least, most))
    rows = {party: draw(st.lists(row, min_size=1, max_size=3)) for party in range(n)}
    validation = [*draw(st.lists(row, max_size=4)), ((1, 1), 0), ((2, 0), 1)]
    return rows, validation


def rows_of(labelled):
    X, y = zip(*labelled, strict=True)
    return Rows(np.array(X, dtype=float), np.array(y, dtype=np.int64), 2)


def round_of(rows, validation, score="accuracy"):
    parties = tuple(rows_of(rows[party]) for party in sorted(rows))
    return Experiment(parties, (rows_of(validation),), NearestLearner(1), score_named(score), seed=0)


def table_of(ranking, empty=0.0):
    """G of every coalition: the first member in rank decides each row."""
    n = ranking.party.shape[1]
    members = coalitions_at(np.arange(1, 2**n), n)
    first = members[:, ranking.party].argmax(axis=2)
    gains = np.take_along_axis(ranking.right[None], first[:, :, None], axis=2).sum(axis=(1, 2))
    return np.append(empty, gains)


def collapsed(ranking, empty=0.0):
    """As `fairpool.market.common_task.appraise` puts it together."""
    market = NearestMarket(ranking, division_named("collapsed"), empty)
    classes = replica_classes_of_ranking(ranking)
    inner = NearestMarket(ranking.of(np.unique(classes)), market.division, empty)
    return Collapsed(inner, market.alone, market.gains, classes)


@pytest.mark.parametrize("division", PLAIN)
@given(ranking=rankings(), empty=st.sampled_from([0.0, 0.125]), data=st.data())
@some
def test_ranks_tell_what_a_table_of_all_coalitions_tells(division, ranking, empty, data):
    """Shares with and without copies."""
    gains = table_of(ranking, empty)
    market = NearestMarket(ranking, division_named(division), empty)
    table = CommonTask(gains, division_named(division), copies_change_nothing(gains))
    assert market.valuation.shares == pytest.approx(table.valuation.shares, abs=1e-12)
    assert market.valuation.gains == pytest.approx(table.valuation.gains, abs=1e-12)
    party = data.draw(st.integers(0, ranking.party.shape[1] - 1))
    for found, expected in zip(market.with_copies(party), table.with_copies(party), strict=True):
        assert found.shares == pytest.approx(expected.shares, abs=1e-12)
        assert found.alone == pytest.approx(expected.alone, abs=1e-12)


@given(ranking=rankings(most=5, rows=5))
@settings(deadline=None, max_examples=150)
def test_functional_replicas_are_found_without_coalitions(ranking):
    """Parties may be replicas although their rows differ: where both are right and nobody is nearer."""
    classes = replica_classes(table_of(ranking)[:, None], ranking.party.shape[1])
    assert replica_classes_of_ranking(ranking).tolist() == classes.tolist()


def test_two_perfect_parties_are_replicas_whichever_is_nearer():
    """Both beat the third on every row, and each is right: the third cannot tell which one is there."""
    ranking = Ranking(
        np.array([[0, 1, 2], [1, 0, 2]]), np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]), np.arange(3)
    )
    assert replica_classes_of_ranking(ranking).tolist() == [0, 0, 2]
    assert collapsed(ranking).valuation.shares == pytest.approx([3 / 8, 3 / 8, 1 / 4])


@pytest.mark.parametrize("division", NAMES)
@given(drawn=labelled_rows())
@settings(deadline=None, max_examples=20)
def test_a_market_of_raw_rows(division, drawn):
    """From coordinates to shares and gains from copies; ties in distance go to the smaller label."""
    rows, validation = drawn
    gains = nearest.accuracy_gains(rows, validation)
    ranking = ranking_of(round_of(rows, validation))
    market = NearestMarket(ranking, division_named(division), 0.0)
    market = collapsed(ranking) if division == "collapsed" else market
    expected = common_market.settle(gains, division)
    assert market.valuation.shares == pytest.approx(
        [float(expected.share[i]) for i in sorted(rows)], abs=1e-12
    )
    found = {(g.party, g.copies): g.gain for g in Replications.of(market).gains(PriceTerms(1000))}
    for copies in (1, 2):
        earned = common_market.replication_gain(gains, 0, copies, division, 1000)
        assert found[0, copies] == pytest.approx(float(earned), abs=1e-8)


@given(drawn=labelled_rows())
@some
def test_copies_entered_as_parties_change_no_gain(drawn):
    """For one nearest neighbour M(X + X) = M(X) is exact: settling with real copies is what was predicted."""
    rows, validation = drawn
    division = division_named("normalised-shapley")
    predicted = NearestMarket(ranking_of(round_of(rows, validation)), division, 0.0).with_copies(0)[1]
    larger = rows | {len(rows): rows[0], len(rows) + 1: rows[0]}
    settled = NearestMarket(ranking_of(round_of(larger, validation)), division, 0.0).valuation
    assert settled.shares == pytest.approx(predicted.shares, abs=1e-12)


def test_balanced_accuracy_counts_classes_not_rows():
    """One rare row of the second class weighs as much as three of the first."""
    validation = [((0, 0), 0), ((0, 1), 0), ((0, 2), 0), ((3, 0), 1)]
    rows = {0: [((0, 0), 0)], 1: [((3, 0), 1)]}
    ranking = ranking_of(round_of(rows, validation, "balanced-accuracy"))
    assert ranking.alone.tolist() == [0.5, 0.5]
    assert ranking.everyone == pytest.approx(1.0)


@pytest.mark.parametrize("division", NAMES)
def test_forty_parties(division):
    """None negative, at most everything in all, equal parties equally, and the same for a party and its copies."""
    rng = np.random.default_rng(3)
    rows = {p: [((int(a), int(b)), int(a > b)) for a, b in rng.integers(0, 30, (6, 2))] for p in range(38)}
    wrong = [((a, b), int(a <= b)) for a in range(-900, -894) for b in range(2)]  # too far off to be nearest
    rows |= {38: rows[0], 39: wrong}
    validation = [((int(a), int(b)), int(a > b)) for a, b in rng.integers(0, 30, (60, 2))]
    ranking = ranking_of(round_of(rows, validation))
    market = NearestMarket(ranking, division_named(division), 0.0)
    market = collapsed(ranking) if division == "collapsed" else market
    shares = market.valuation.shares
    assert shares.min() >= 0
    assert shares.sum() <= 1 + 1e-12
    if division_named(division).everything:
        assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == pytest.approx(shares[38], rel=1e-9)
    copied = market.with_copies(0)[4].shares
    assert copied[[0, *range(40, 45)]] == pytest.approx(np.full(6, copied[0]), rel=1e-9)


def test_mean_gain_by_size_is_that_of_all_coalitions():
    """The curve of gains by coalition size needs no coalition either."""
    ranking = ranking_of(
        round_of({p: [((p, 0), p % 2), ((p, 2), 0)] for p in range(5)}, [((i, 1), i % 2) for i in range(5)])
    )
    sizes = np.bitwise_count(np.arange(32))
    expected = [table_of(ranking)[sizes == s].mean() for s in range(1, 6)]
    market = NearestMarket(ranking, division_named("gain-only"), 0.0)
    assert [size.mean for size in market.by_size()] == pytest.approx(expected)


@pytest.mark.parametrize("score", ["accuracy", "balanced-accuracy"])
@pytest.mark.parametrize("counts", [(3, 7), (19, 30), (1, 48)])
def test_one_model_has_one_score(score, counts):
    """Six parties that get the pooled model score the same to the last bit, and who knows every row scores 1."""
    rng = np.random.default_rng(sum(counts))
    X = np.arange(sum(counts), dtype=float)[:, None]
    task = Rows(X, np.repeat([0, 1], counts), 2)
    owner = rng.permutation(np.arange(len(X)) % 5)
    parts = [task.take(np.flatnonzero(owner == party)) for party in range(5)]
    everything = Experiment((task, *parts), (task,), NearestLearner(1), score_named(score), seed=0)
    market = NearestMarket(ranking_of(everything), division_named("normalised-shapley"), 0.0)
    assert market.valuation.gains.tolist() == [1.0] * 6
    assert market.valuation.alone[0] == 1.0
    assert market.valuation.alone.max() == 1.0

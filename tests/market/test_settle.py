"""Settling whole rounds of small made-up consortia."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from builders.consortia import consortium, dataset, frame, settled
from fairpool.audits.market.copies import CopiesOfOneself, held
from fairpool.learning.experiment import EmptyCoalition, SharedRowsRule
from fairpool.market.options import Customise, Method, Options, Work
from fairpool.market.party import Party
from fairpool.runs.checkpoint_folder import CheckpointFolder

CLASSIFIERS = ["nearest", "ridge", "logistic", "naive-bayes", "sklearn.tree.DecisionTreeClassifier"]
FORESTS = ["random-forest", "gradient-boosting"]
DIVISIONS = ["normalised-shapley", "gain-only", "collapsed", "banzhaf", "robust-shapley"]
COLUMNS = [
    "gain_alone", "gain", "fee", "improvement", "refund", "reward", "returned", "retained", "net", "share", "share_se",
]  # fmt: skip
AMOUNTS = COLUMNS[2:9]


def holds_together(settlement):
    """Whatever the learner: money adds up, nobody falls below its own model, and the document is plain JSON."""
    s = settlement.statement
    assert list(s.columns) == COLUMNS
    assert s.index.name == "name"
    assert all(pd.api.types.is_integer_dtype(s[column]) for column in AMOUNTS)
    assert s["net"].sum() == 0
    assert (s["reward"] + s["returned"] - s["improvement"] == s["net"]).all()
    assert (s["fee"] - s["improvement"] - s["retained"] == s["refund"]).all()
    assert (s[[c for c in AMOUNTS if c != "net"]] >= 0).all(axis=None)
    assert (s["gain"] >= s["gain_alone"]).all()
    assert s["share"].between(0, 1).all()
    assert s["share"].sum() <= 1 + 1e-9
    found = settlement.certificate
    assert found.balance.holds
    assert found.refunds.holds
    assert found.zero_element.holds
    assert {(g.party, g.copies) for g in found.replication.gains} == {
        (name, k) for name in settlement.names for k in range(1, 6)
    }
    document = settlement.document("round").model_dump(mode="json", by_alias=True)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [party["name"] for party in document["parties"]] == list(settlement.names)


@pytest.mark.parametrize("learner", CLASSIFIERS)
@pytest.mark.parametrize("score", ["accuracy", "balanced-accuracy", "roc-auc"])
def test_classification(learner, score):
    """Every classifier with every score of classes."""
    members, validation = consortium(rows=15)
    settlement = settled(members, validation, learner=learner, score=score)
    holds_together(settlement)
    predicted = settlement.models["P0"].predict(validation.features)
    assert set(predicted) <= {"yes", "no"}


@pytest.mark.parametrize("learner", ["nearest", "ridge", "sklearn.tree.DecisionTreeRegressor"])
@pytest.mark.parametrize("score", ["r2", "one-minus-rmse"])
def test_regression(learner, score):
    """Every kind of regression with every score of numbers."""
    members, validation = consortium(kind="numbers", rows=15)
    holds_together(settled(members, validation, learner=learner, score=score))


@pytest.mark.long
@pytest.mark.parametrize("learner", FORESTS)
@pytest.mark.parametrize(("kind", "score"), [("classes", "accuracy"), ("numbers", "r2")])
def test_forests(learner, kind, score):
    """One fit of many trees a coalition."""
    members, validation = consortium(kind=kind, rows=40)
    holds_together(settled(members, validation, learner=learner, score=score))
    own, _ = consortium(kind=kind, rows=40, own_tasks=True)
    holds_together(
        settled(own, None, learner=learner, score=score, options=Options(customise=Customise.PENALTY))
    )


@pytest.mark.parametrize("division", DIVISIONS)
@pytest.mark.parametrize("learner", ["nearest", "ridge"])
@pytest.mark.parametrize("own_tasks", [False, True])
def test_divisions(division, learner, own_tasks):
    """Every division, for a common task and for own ones, from ranks and from tables."""
    members, validation = consortium(own_tasks=own_tasks, parties=4)
    settlement = settled(members, validation, learner=learner, division=division, minimum_fee=500)
    assert settlement.certificate.balance.holds
    assert (settlement.statement["improvement"] + settlement.statement["retained"] >= 500).all()
    assert settlement.method == ("closed-form" if learner == "nearest" and not own_tasks else "exact")


@pytest.mark.parametrize("step", list(Customise))
@pytest.mark.parametrize("learner", ["nearest", "ridge", "logistic", "naive-bayes"])
def test_customisation(step, learner):
    """A customised model keeps its own gain and never serves another task better than the plain one does."""
    members, _ = consortium(own_tasks=True, parties=3, rows=20, seed=3)
    settlement = settled(members, None, learner=learner, options=Options(customise=step))
    holds_together(settlement)
    found = settlement.customisation
    own, others = np.eye(3, dtype=bool), ~np.eye(3, dtype=bool)
    assert found.step is step
    assert (found.after[own] >= found.before[own] - 1e-12).all()
    elsewhere = [np.where(others, table, 0).max(axis=1) for table in (found.before, found.after)]
    assert (elsewhere[1] <= elsewhere[0]).all()
    if step is Customise.NONE:
        assert (found.after == found.before).all()
    if step is Customise.PENALTY and learner == "nearest":
        assert all("takes no weights" in note or "its own model" in note for note in found.notes)


def test_customisation_within_a_tolerance():
    """What a model may lose of its own gain is paid for as it is delivered."""
    members, _ = consortium(own_tasks=True, parties=3, rows=20, seed=3, kind="numbers")
    choices = {"learner": "ridge", "score": "r2"}
    loose = settled(members, None, options=Options(customise=Customise.PENALTY, tolerance=0.2), **choices)
    found = loose.customisation
    assert (found.after.diagonal() >= found.before.diagonal() - 0.2 - 1e-9).all()
    assert loose.statement["gain"].to_numpy() == pytest.approx(
        np.maximum(found.after.diagonal(), loose.statement["gain_alone"])
    )
    assert (found.after != found.before).any()


def test_rows_once_hold_for_customised_models_too():
    """A double of a party adds no second copy of its rows to the rows chosen for a task."""
    members, _ = consortium(own_tasks=True, parties=3, rows=20, seed=3)
    doubled = [*members, Party("double", members[1].train, members[2].validation)]
    options = Options(shared_rows=SharedRowsRule.ONCE, customise=Customise.ROWS)
    settlement = settled(doubled, None, learner="ridge", options=options)
    holds_together(settlement)
    notes = " ".join(settlement.customisation.notes)
    assert "of 80 rows" not in notes
    assert "of 60 rows" not in notes


@pytest.mark.parametrize("learner", ["nearest", "ridge", "naive-bayes"])
@pytest.mark.parametrize("own_tasks", [False, True])
def test_equal_parties_are_treated_equally(learner, own_tasks):
    """Two parties with the same rows, in another order, and the same task."""
    members, validation = consortium(own_tasks=own_tasks)
    shuffled = members[0].train
    order = np.random.default_rng(0).permutation(len(shuffled))
    table = pd.concat([shuffled.features, shuffled.label], axis=1).iloc[order]
    twins = [*members, Party("twin", dataset(table.reset_index(drop=True), "twin"), members[0].validation)]
    settlement = settled(twins, validation, learner=learner)
    assert ("P0", "twin") in settlement.certificate.symmetry.equal_parties
    assert settlement.certificate.symmetry.holds
    assert settlement.certificate.symmetry.largest_difference <= 1
    shared = settlement.certificate.shared_rows.exact
    assert [count.rows for count in shared if count.parties == ("P0", "twin")] == [len(shuffled)]


def test_a_party_whose_own_model_is_better_keeps_it():
    """The others' labels are wrong: their data spoil the pooled model."""
    rng = np.random.default_rng(5)
    good, bad, validation = (frame(rng, rows, noise=0.1) for rows in (60, 300, 200))
    bad["label"] = bad["label"].map({"yes": "no", "no": "yes"})
    members = [Party("good", dataset(good)), Party("bad", dataset(bad))]
    settlement = settled(members, dataset(validation), learner="ridge")
    row = settlement.statement.loc["good"]
    assert row["gain"] == row["gain_alone"]
    assert row["improvement"] == 0
    assert settlement.models["good"].trained_on == ("good",)
    assert settlement.models["bad"].trained_on == ("good", "bad")
    assert not settlement.certificate.monotone.holds
    notes = " ".join(settlement.certificate.notes)
    assert "keeps it: good." in notes
    assert "good" in settlement.certificate.zero_element.parties


def test_everybody_may_be_better_off_alone():
    """Each party's model is good, together they are worse: all keep their own, and all are named."""
    rng = np.random.default_rng(0)
    validation = frame(rng, 200, noise=0.1)
    shifted = frame(rng, 40, noise=0.1)
    shifted[["x0", "x1", "x2"]] += 40
    members = [Party("near", dataset(frame(rng, 40, noise=0.1))), Party("far", dataset(shifted))]
    settlement = settled(members, dataset(validation), learner="ridge")
    better = settlement.statement["gain"] == settlement.statement["gain_alone"]
    named = [note for note in settlement.certificate.notes if "keeps it" in note]
    assert better.any()
    assert all((name in named[0]) == kept for name, kept in better.items())


@pytest.mark.parametrize("learner", ["nearest", "ridge"])
@pytest.mark.parametrize("own_tasks", [False, True])
def test_a_single_party(learner, own_tasks):
    """It gets its own model and pays nothing."""
    members, validation = consortium(parties=1, own_tasks=own_tasks)
    settlement = settled(members, validation, learner=learner)
    assert settlement.statement["net"].tolist() == [0]
    assert settlement.statement["improvement"].tolist() == [0]
    assert settlement.certificate.replication.smallest_minimum_fee == 0
    holds_together(settlement)


@pytest.mark.parametrize("learner", CLASSIFIERS)
def test_a_party_with_one_class_only(learner):
    """Its own model knows one answer; with the others it can still help."""
    members, validation = consortium(rows=20)
    rng = np.random.default_rng(8)
    only = frame(rng, 60)
    members = [*members, Party("yes men", dataset(only[only["label"] == "yes"].reset_index(drop=True)))]
    settlement = settled(members, validation, learner=learner)
    holds_together(settlement)
    share_of_yes = (validation.label == "yes").mean()
    assert settlement.statement.loc["yes men", "gain_alone"] == pytest.approx(share_of_yes)


@pytest.mark.parametrize("own_tasks", [False, True])
def test_identical_parties(own_tasks):
    """Nobody brings what the others lack: with one nearest neighbour nobody gains and nobody pays."""
    members, validation = consortium(parties=1, own_tasks=own_tasks)
    same = [Party(f"P{i}", members[0].train, members[0].validation) for i in range(4)]
    settlement = settled(same, validation)
    assert (settlement.statement["net"] == 0).all()
    assert settlement.certificate.symmetry.holds
    assert len(settlement.certificate.shared_rows.exact) == 6


def test_the_same_seed_gives_the_same_settlement():
    """All chance comes from the generator that is handed in."""
    members, validation = consortium(parties=4)
    options = Options(method=Method.SAMPLED, evaluations=14)
    tree = "sklearn.tree.DecisionTreeClassifier"
    first, again, other = (
        settled(members, validation, learner=tree, options=options, seed=seed) for seed in (3, 3, 4)
    )
    assert first.document() == again.document()
    assert first.seed == 3
    assert first.document().parties != other.document().parties


@pytest.mark.parametrize("learner", ["nearest", "ridge", "naive-bayes"])
@pytest.mark.parametrize("own_tasks", [False, True])
def test_the_order_of_parties_does_not_matter(learner, own_tasks):
    """But for the last minor unit, which goes to the earlier party among equals."""
    members, validation = consortium(parties=4, own_tasks=own_tasks)
    forward = settled(members, validation, learner=learner).statement
    backward = settled(members[::-1], validation, learner=learner).statement.loc[forward.index]
    assert backward["share"].to_numpy() == pytest.approx(forward["share"].to_numpy(), abs=1e-9)
    assert (backward["net"] - forward["net"]).abs().max() <= 1


def test_a_price_of_nothing_and_a_price_in_billions():
    """Gains and shares do not depend on the price."""
    members, validation = consortium()
    free, dear = (settled(members, validation, unit_price=price, minimum_fee=0) for price in (0, 10**13))
    assert (free.statement[AMOUNTS] == 0).all(axis=None)
    assert free.statement["share"].tolist() == dear.statement["share"].tolist()
    assert dear.statement["net"].sum() == 0


def test_an_empty_coalition_may_be_worth_the_trivial_model():
    """With the trivial model's worth taken off, the shares change; the payments do not."""
    members, validation = consortium()
    zero, trivial = (
        settled(members, validation, learner="ridge", options=Options(empty=empty))
        for empty in EmptyCoalition
    )
    assert (zero.statement["improvement"] == trivial.statement["improvement"]).all()
    assert (zero.statement["share"] - trivial.statement["share"]).abs().max() > 1e-3


def test_what_happens_is_told():
    """Stages in words, and progress in coalitions."""
    told, counted = [], []
    members, validation = consortium()
    work = Work(stage=told.append, progress=lambda done, total: counted.append((done, total)))
    settled(members, validation, learner="ridge", work=work)
    assert told[0].startswith("reading")
    assert "certifying" in told[-1]
    assert (8, 8) in counted


def test_a_checkpoint_is_taken_up(tmp_path):
    """The second run reads what the first one left, and settles the same."""
    members, validation = consortium()
    runs = [
        settled(
            members, validation, learner="ridge", work=Work(checkpoint=CheckpointFolder(tmp_path))
        ).document()
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert any(tmp_path.iterdir())


def test_a_copy_really_earns_nothing_from_an_honest_round_once_rows_count_once():
    """With rows trained on once, an extra identity changes no model at all."""
    members, validation = consortium(parties=3)
    options = Options(shared_rows=SharedRowsRule.ONCE)
    honest = settled(members, validation, learner="logistic", options=options)
    copied = settled(CopiesOfOneself(2).enter(members, 1), validation, learner="logistic", options=options)
    assert copied.statement.loc["P0", "gain"] == honest.statement.loc["P0", "gain"]
    assert honest.certificate.replication.basis == "by construction"
    predicted = honest.certificate.replication.gain("P1", 2)
    mine = ["P1", "copy 3 of P1", "copy 4 of P1"]
    assert held(copied, mine) - held(honest, ["P1"]) == pytest.approx(predicted, abs=6)


def test_data_that_two_parties_bring_are_told_of_first():
    """The same rows under two names are paid twice; not a word of it where equal rows count once, or by chance."""
    members, validation = consortium(parties=3, rows=30)
    twins = [*members, Party("Twin", members[0].train)]
    kept, once = (settled(twins, validation, options=Options(shared_rows=rule)) for rule in ("keep", "once"))
    assert kept.certificate.notes[0] == (
        "P0 and Twin bring 30 rows that are equal or nearly so, of 30 and 30: data brought twice are paid twice, "
        'unless shared-rows = "once" counts equal rows once.'
    )
    for told in (once, settled(members, validation)):
        assert not any("brought twice" in note for note in told.certificate.notes)

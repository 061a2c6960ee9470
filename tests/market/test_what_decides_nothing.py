"""What must not decide a round: units of columns and labels, the order of rows and parties, the form of a file, one
far value, a tie; and what must: a delivered file answers what was scored and paid for."""

from __future__ import annotations

import io

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairpool.learning.catalogue import SCORES
from fairpool.market.party import Party
from fairpool.market.settling import settle
from fairpool.tables.dataset import Dataset
from fairpool.tables.reading import read_table

LEARNERS = {
    "nearest": {"neighbours": 3},
    "ridge": {},
    "logistic": {},
    "naive-bayes": {},
    "random-forest": {"n_estimators": 4, "min_samples_leaf": 2},
    "gradient-boosting": {"max_iter": 4, "min_samples_leaf": 4},
    "sklearn.tree.DecisionTreeRegressor": {"max_depth": 4},
    "sklearn.svm.LinearSVC": {},
}
CLASSES_ONLY = {"logistic", "naive-bayes", "sklearn.svm.LinearSVC"}
NUMBERS_ONLY = {"sklearn.tree.DecisionTreeRegressor"}
seeds = st.integers(0, 2**32 - 1)
few = settings(deadline=None, max_examples=4)
twice = settings(deadline=None, max_examples=2)


def frames(seed, *, kind, parties=3, rows=14, tied=False, text=True):
    """Training rows of each party, and validation rows at the end; on small whole numbers where things are to tie."""
    rng = np.random.default_rng(seed)
    found = []
    for size in [rows] * parties + [3 * rows]:
        X = rng.integers(-2, 3, (size, 2)).astype(float) if tied else rng.normal(size=(size, 2)).round(6)
        signal = X[:, 0] - X[:, 1] + 0.4 * rng.normal(size=size)
        frame = pd.DataFrame({"dose": X[:, 0], "age": X[:, 1]})
        if text:
            frame["site"] = rng.choice(["north", "south"], size)
        frame["y"] = np.where(signal > 0, "yes", "no") if kind == "classes" else signal.round(4)
        frame.loc[:1, "y"] = ["yes", "no"] if kind == "classes" else [-1.5, 1.25]
        found.append(frame)
    return found


def settled(parts, learner, *, score=None, names=None, seed=3, learner_options=None, **choices):
    *trains, validation = [
        part if isinstance(part, Dataset) else Dataset.from_frame(part, label="y") for part in parts
    ]
    numbers = pd.api.types.is_numeric_dtype(validation.label)
    members = [Party(name, train) for name, train in zip(names or "ABCDEFG", trains, strict=False)]
    return settle(
        members,
        validation,
        learner=learner,
        learner_options=learner_options or LEARNERS.get(learner, {}),
        score=score or ("r2" if numbers else "accuracy"),
        unit_price=100_000,
        rng=np.random.default_rng(seed),
        **choices,
    )


def same(one, other, *, minor=1, gain=1e-7):
    """Equal gains but for rounding, and nets to the cent (one more where a half was rounded)."""
    expected, found = (each.statement.sort_index() for each in (one, other))
    np.testing.assert_allclose(found["gain_alone"], expected["gain_alone"], rtol=0, atol=gain)
    np.testing.assert_allclose(found["gain"], expected["gain"], rtol=0, atol=gain)
    assert np.abs(found["net"] - expected["net"]).max() <= minor
    return True


def kind_for(learner, seed):
    if learner in CLASSES_ONLY:
        return "classes"
    return "numbers" if learner in NUMBERS_ONLY or seed % 2 else "classes"


learners = st.sampled_from(list(LEARNERS))


# ---- units


factors, shifts = st.sampled_from([1e-170, 1e-9, 0.3, 7.0, 1e12, 1e34]), st.sampled_from([0.0, 3.0, -1000.0])


@pytest.mark.parametrize("learner", [name for name in LEARNERS if name not in CLASSES_ONLY])
@twice
@given(seeds, factors, shifts)
def test_the_unit_and_the_origin_of_the_label_decide_nothing(learner, seed, factor, shift):
    """Every regressor promises this: it is taught labels in standard deviations.  mol/l, nmol/l, or an offset."""
    parts = frames(seed, kind="numbers")
    others = [part.assign(y=factor * (part["y"] + shift)) for part in parts]
    assert same(settled(parts, learner), settled(others, learner))


@pytest.mark.parametrize(
    "learner",
    {
        "random-forest": {"n_estimators": 4},
        "gradient-boosting": {"max_iter": 4},
        "sklearn.ensemble.GradientBoostingRegressor": {"n_estimators": 4},
        "sklearn.ensemble.ExtraTreesRegressor": {"n_estimators": 4},
    }.items(),
    ids=lambda learner: learner[0].split(".")[-1],
)
@pytest.mark.parametrize("unit", [2.0**-27, 16.0])
def test_labels_far_from_zero_beside_their_spread_settle_as_others_do(learner, unit):
    """Milliseconds since 1970 that lie within a minute: whole sixteenths, so that moving them by 2^31 loses no bit."""
    (name, options), parts = learner, frames(11, kind="numbers")
    parts = [part.assign(y=(16 * part["y"]).round() / 16) for part in parts]
    far = [part.assign(y=unit * (part["y"] + 2.0**31)) for part in parts]
    assert same(
        settled(parts, name, learner_options=options), settled(far, name, learner_options=options), gain=0
    )


@pytest.mark.parametrize("learner", LEARNERS)
@twice
@given(seeds, factors, shifts)
def test_the_unit_and_the_origin_of_a_column_decide_nothing(learner, seed, factor, shift):
    """Every learner promises this, for columns that are not constant in the validation data.

    Rows stand in the order of their numbers: in that of their bytes, a forest drew other rows in another unit.
    """
    parts = frames(seed, kind=kind_for(learner, seed))
    others = [part.assign(dose=factor * (part["dose"] + shift)) for part in parts]
    assert same(settled(parts, learner), settled(others, learner))


# ---- order


@few
@given(seeds, learners, st.booleans())
def test_the_order_of_rows_and_of_parties_decides_nothing(seed, learner, tied):
    """Not a bit of a gain by rows; a cent of a net by parties, where two remainders are equal; no interval."""
    rng = np.random.default_rng(seed)
    parts = frames(seed, kind=kind_for(learner, seed), tied=tied)
    usual = settled(parts, learner)
    shuffled = settled([part.sample(frac=1, random_state=seed % 2**32) for part in parts], learner)
    pd.testing.assert_frame_equal(shuffled.statement, usual.statement, check_exact=True)
    order = rng.permutation(3)
    turned = settled([parts[i] for i in order] + parts[-1:], learner, names=["ABC"[i] for i in order])
    assert same(usual, turned, gain=0)
    assert (shuffled.intervals.net == usual.intervals.net).all()
    assert np.abs(turned.intervals.net - usual.intervals.net[order]).max() <= 1
    np.testing.assert_allclose(turned.intervals.share, usual.intervals.share[order], rtol=0, atol=1e-9)


@few
@given(seeds, learners, st.booleans())
def test_parties_that_bring_the_same_rows_get_the_same(seed, learner, tied):
    """In whatever order they bring them; whole money alone can set them a minor unit apart."""
    first, second, _, validation = frames(seed, kind=kind_for(learner, seed), tied=tied)
    twin = first.sample(frac=1, random_state=seed % 2**32)
    statement = settled([first, second, twin, validation], learner).statement
    assert statement.loc["A", "gain_alone"] == statement.loc["C", "gain_alone"]
    assert abs(statement.loc["A", "net"] - statement.loc["C", "net"]) <= 1


def test_half_way_between_two_rows_is_a_tie_in_every_order():
    """By symmetry the margin is 0 at 0.5; rounding made it plus or minus 1e-17, as the two rows stood.

    A holds 1.4 and B -0.4, or the other way round in the file of one party: the same models, the same money.
    """
    task = pd.DataFrame({"x": [0.5, 1.4, -0.4], "y": ["a", "a", "b"]})
    for learner in ("logistic", "naive-bayes", "ridge"):
        one = pd.DataFrame({"x": [1.4, -0.4], "y": ["a", "b"]})
        other = one.iloc[::-1]
        more = pd.DataFrame({"x": [2.0, -1.0], "y": ["a", "b"]})
        nets = [settled([part, more, task], learner).statement["net"].tolist() for part in (one, other)]
        assert nets[0] == nets[1]


@pytest.mark.long
@pytest.mark.parametrize("learner", ["ridge", "logistic", "naive-bayes"])
@settings(deadline=None, max_examples=5)
@given(seeds, st.integers(1, 5), st.integers(1, 3), st.integers(0, 2))
def test_rows_that_come_with_both_labels_teach_nothing(learner, seed, pairs, columns, decimals):
    """B has A's rows with the other label.  Weights that are left over from rounding are none: all rows tie.

    A model with such weights could say another thing than what was scored.
    """
    rng = np.random.default_rng(seed)
    X, turn = rng.normal(size=(2 * pairs, columns)).round(decimals), np.arange(2 * pairs) % 2

    def rows(X, y):
        return pd.DataFrame(X, columns=list("abc")[:columns]).assign(y=np.where(y, "yes", "no"))

    task = rows(rng.normal(size=(25, columns)), np.append([0, 1], rng.integers(0, 2, 23)))
    parts = [rows(X, turn), rows(X, 1 - turn), rows(rng.normal(size=(3, columns)), [0, 1, 0]), task]
    settlement = settled(parts, learner)
    for name, model in settlement.models.items():
        gain = settlement.statement.loc[name, "gain"]
        assert np.mean(np.asarray(model.predict(task)) == task["y"]) == gain
        assert np.mean(answered(model.to_onnx(), task) == task["y"]) == gain
    both = settled([parts[0], parts[1], task], learner)
    rest = np.mean(task["y"] == "no")  # of equal scores the first class wins
    best = both.statement["gain_alone"].clip(lower=rest)
    assert both.statement["gain"].tolist() == pytest.approx(best.tolist())


# ---- files


@pytest.mark.long
@few
@given(seeds, learners)
def test_csv_or_parquet_decides_nothing(seed, learner):
    parts = frames(seed, kind=kind_for(learner, seed))
    written = []
    for form in ("csv", "parquet"):
        files = []
        for place, part in enumerate(parts):
            stream = io.BytesIO()
            part.to_csv(stream, index=False) if form == "csv" else part.to_parquet(stream, index=False)
            stream.seek(0)
            files.append(read_table(stream, name=f"{place}.{form}").frame)
        written.append(settled(files, learner).statement)
    pd.testing.assert_frame_equal(*written, check_exact=True)


# ---- delivered files


def answered(model, frame):
    session = onnxruntime.InferenceSession(model)
    feed = {}
    for column in session.get_inputs():
        text = column.type == "tensor(string)"
        feed[column.name] = frame[[column.name]].to_numpy(object if text else np.float64)
    return session.run(None, feed)[0]


@settings(deadline=None, max_examples=6)
@given(
    seeds,
    st.sampled_from([name for name in LEARNERS if name != "nearest"]),
    st.booleans(),
    st.sampled_from([0.0, 1e5, 1.7e9]),
)
def test_a_delivered_file_answers_what_was_scored(seed, learner, tied, far):
    """Its score is the gain paid for: where votes tie, and where labels lie far from 0 beside their spread."""
    kind = kind_for(learner, seed)
    parts = frames(seed, kind=kind, tied=tied)
    if kind == "numbers":
        parts = [part.assign(y=far + part["y"]) for part in parts]
    settlement, validation = settled(parts, learner), parts[-1]
    truth = validation["y"].to_numpy()
    for name, model in settlement.models.items():
        said = answered(model.to_onnx(), validation)
        gain = settlement.statement.loc[name, "gain"]
        if kind == "classes":
            assert said.tolist() == model.predict(validation).tolist()
            assert np.mean(said == truth) == gain
        else:
            np.testing.assert_allclose(said, model.predict(validation), rtol=1e-14, atol=1e-10)
            assert SCORES["r2"].of(said[None], truth)[0] == pytest.approx(gain, abs=1e-6)


def test_votes_that_tie_have_one_answer_in_the_model_and_in_its_file():
    """Six trees that vote three to three: 0.49999999999999994 beside 0.5 in float64, 0.5 twice in float32."""
    grid = pd.DataFrame(np.argwhere(np.ones((4, 4, 3))), columns=list("abc"))
    tied = 0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        tables = [grid.sample(rows, replace=True, random_state=rng.integers(2**32)) for rows in (30, 30, 40)]
        parts = [part.assign(y=rng.choice(["x", "y"], len(part))) for part in tables]
        options = {"n_estimators": 6, "min_samples_leaf": 2}
        settlement = settled(
            parts, "sklearn.ensemble.ExtraTreesClassifier", learner_options=options, seed=seed
        )
        model = settlement.models["A"]
        assert answered(model.to_onnx(), grid).tolist() == model.predict(grid).tolist()
        votes = model.predict_proba(grid).to_numpy()
        tied += int((np.ptp(votes, axis=1) < 1e-9).sum())
    assert tied > 2


@pytest.mark.parametrize("learner", ["random-forest", "gradient-boosting"])
def test_arrivals_in_seconds_are_no_constant_in_the_file(learner):
    """1.7e9 give or take 10: float32 has steps of 128 there."""
    parts = [part.assign(y=1.7e9 + 10 * part["y"]) for part in frames(5, kind="numbers", rows=60)]
    settlement = settled(parts, learner)
    said = answered(settlement.models["A"].to_onnx(), parts[-1])
    assert len(set(said)) > 5
    assert SCORES["r2"].of(said[None], parts[-1]["y"].to_numpy())[0] == pytest.approx(
        settlement.statement.loc["A", "gain"], abs=1e-6
    )


# ---- far values


def share_right(lab, asked):
    """Of the nearest value's label, above 2.5 or not; from 1e30 all values are equally far, and the first is below."""
    return np.mean([(min(lab, key=lambda x: abs(x - t)) > 2.5) == (t > 2.5) for t in asked])


def test_one_far_cell_in_the_validation_data_leaves_nearest_neighbours_as_they_were():
    """On one column the nearest row depends on no scale; 999999 made all distances tie."""

    def rows(values):
        return pd.DataFrame({"lab": values, "y": ["yes" if x > 2.5 else "no" for x in values]})

    parts = [rows([0.4, 1.2, 2.2, 3.1, 4.4]), rows([0.9, 1.9, 2.8, 3.6, 4.9])]
    task = [round(0.03 + 0.1 * i, 2) for i in range(50)]
    for sentinel in ([], [999_999.0], [1e30]):
        asked = task + sentinel
        statement = settle(
            [Party(n, Dataset.from_frame(p, label="y")) for n, p in zip("AB", parts, strict=True)],
            Dataset.from_frame(rows(asked), label="y"),
            learner="nearest",
            unit_price=100_000,
            rng=np.random.default_rng(0),
        ).statement
        labs = [list(part["lab"]) for part in parts]
        for name, lab in zip("AB", labs, strict=True):
            assert statement.loc[name, "gain_alone"] == pytest.approx(share_right(lab, asked))
        assert statement.loc["A", "gain"] == pytest.approx(share_right(labs[0] + labs[1], asked))


@pytest.mark.parametrize("learner", ["nearest", "ridge", "logistic"])
def test_one_far_row_of_one_partys_own_task_costs_the_others_nothing_to_speak_of(learner):
    """A row of 10^6 stretched the common scale, and took a quarter of everybody's gain."""
    rng = np.random.default_rng(4)

    def rows(n):
        X = rng.normal(size=(n, 4))
        signal = X @ [1.5, -1.0, 1.0, 0.5] + 0.3 * rng.normal(size=n)
        return pd.DataFrame(X, columns=list("pqrs")).assign(y=np.where(signal > 0, "yes", "no"))

    trains, tasks = [rows(40) for _ in range(3)], [rows(40) for _ in range(3)]
    spoilt = tasks[0].copy()
    spoilt.loc[0, list("pq")] = 1e6
    gains = []
    for first in (tasks[0], spoilt):
        members = [
            Party(name, Dataset.from_frame(train, label="y"), Dataset.from_frame(task, label="y"))
            for name, train, task in zip("ABC", trains, [first, *tasks[1:]], strict=True)
        ]
        found = settle(members, learner=learner, unit_price=100_000, rng=np.random.default_rng(1))
        gains.append(found.statement["gain"].to_numpy()[1:])
    assert np.abs(gains[1] - gains[0]).max() <= 0.051  # two of the 40 rows of a task

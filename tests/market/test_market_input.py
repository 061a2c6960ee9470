"""What a caller is told who asks for a round that cannot be settled."""

from __future__ import annotations

import numpy as np
import pytest

from builders.consortia import consortium, dataset, frame, settled
from fairpool.ground.errors import InputError
from fairpool.market.options import Method, Options, Work
from fairpool.market.party import Party
from fairpool.market.settling import settle
from fairpool.tables.dataset import Dataset


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"learner": "perceptron"}, "learner"),
        ({"learner": "nearest", "learner_options": {"neighbors": 3}}, "neighbors"),
        ({"learner": "nearest", "learner_options": {"neighbours": 0}}, "neighbours"),
        ({"score": "f1"}, "score: got f1, .* neither says whether"),
        ({"score": "r2"}, "label"),
        ({"division": "equal"}, "division: got 'equal'"),
        ({"unit_price": -1}, "unit-price: got -1"),
        ({"unit_price": 10.5}, "unit-price: got 10.5"),
        ({"unit_price": True}, "unit-price: got True"),
        ({"minimum_fee": -5}, "minimum-fee: got -5"),
        ({"unit_price": 2**60}, "unit-price"),
        ({"features": ["x0", "height"]}, "height"),
        ({"features": "x0"}, "features: got 'x0', expected a list"),
        ({"currency": "euro"}, "currency: got 'euro', expected three capital letters"),
        ({"currency": "EUR "}, "currency: got 'EUR '"),
        ({"currency": None}, "currency: got None"),
        ({"learner": None}, "learner: got None"),
        ({"score": None}, "score: got None"),
        ({"learner_options": 3}, "learner-options: got 3, expected a mapping"),
        ({"options": {"method": "exact"}}, r"options: got dict, expected Options\(\.\.\)"),
        ({"options": Options}, r"options: got the class Options itself, expected Options\(\.\.\)"),
        ({"options": {}}, r"options: got dict, expected Options\(\.\.\)"),
        ({"work": {}}, r"work: got dict, expected Work\(\.\.\)"),
        ({"work": {"jobs": 2}}, r"work: got dict, expected Work\(\.\.\)"),
        ({"work": []}, r"work: got list, expected Work\(\.\.\)"),
        ({"work": Work}, "work: got the class Work itself"),
        ({"features": 3}, "features: got 3, expected a list of names of columns"),
        ({"features": {"x0": 1}}, "features: got {'x0': 1}, expected a list"),
        ({"features": {"x0"}}, "features: got {'x0'}, expected a list"),
        ({"features": [1]}, "features: got 1 in it, expected a list of names of columns"),
        ({"division": None}, "division: got None, expected one of normalised-shapley"),
        ({"division": {}}, "division: got {}, expected one of normalised-shapley"),
    ],
)
def test_choices_that_cannot_be_settled(choices, message):
    """The message names what was got."""
    members, validation = consortium()
    with pytest.raises(InputError, match=message):
        settled(members, validation, **choices)


def test_a_learner_that_cannot_learn_the_task():
    """Naive Bayes and logistic regression know no numbers."""
    members, validation = consortium(kind="numbers")
    for learner in ("naive-bayes", "logistic"):
        with pytest.raises(InputError, match=learner):
            settled(members, validation, learner=learner, score="r2")


def test_names_must_tell_parties_apart():
    """No party, no name, or one name twice."""
    members, validation = consortium(parties=2)
    with pytest.raises(InputError, match="no party"):
        settled([], validation)
    with pytest.raises(InputError, match="'P0'"):
        settled([members[0], members[0]], validation)
    with pytest.raises(InputError, match="empty name"):
        settled([Party(" ", members[0].train)], validation)


def test_tables_are_not_parties_and_no_datasets():
    """Nobody could say which column is the label; an attribute that a DataFrame lacks would explain nothing."""
    members, validation = consortium(parties=2)
    table = members[0].train.features
    with pytest.raises(InputError, match=r"party 'P9', train: got DataFrame, expected a Dataset"):
        Party("P9", table)
    with pytest.raises(InputError, match=r"party 'P9', validation: got DataFrame, expected a Dataset"):
        Party("P9", members[0].train, table)
    with pytest.raises(InputError, match="validation: got DataFrame, expected a Dataset"):
        settled(members, table)
    with pytest.raises(InputError, match="data: got ndarray, expected a DataFrame with named columns"):
        dataset(table.to_numpy())
    for parties, got in (([members[0], table], "a list with DataFrame in it"), (members[0], "Party")):
        with pytest.raises(InputError, match=f"parties: got {got}, expected a list of Party"):
            settled(parties, validation)
    with pytest.raises(InputError, match="name: got 7, expected a text"):
        Party(7, members[0].train)


def test_one_kind_of_validation_data():
    """Either one common file, or one for every party."""
    members, _ = consortium(own_tasks=True)
    _, validation = consortium()
    with pytest.raises(InputError, match="one kind"):
        settled(members, validation)
    with pytest.raises(InputError, match="'P0'"):
        settled([Party("P0", members[0].train), *members[1:]], None)


def test_thirty_parties_cannot_be_exact():
    """The message says how many models that would take, and what to do instead."""
    members, validation = consortium(parties=30, rows=5)
    with pytest.raises(InputError, match="1,073,741,824") as problem:
        settled(members, validation, learner="ridge", options=Options(method=Method.EXACT))
    assert "sampled" in str(problem.value)


@pytest.mark.parametrize("own_tasks", [False, True])
def test_collapsed_needs_all_coalitions(own_tasks):
    """It is said before any model is trained."""
    members, validation = consortium(parties=30, rows=5, own_tasks=own_tasks)
    counted = []
    work = Work(progress=lambda done, _total: counted.append(done))
    with pytest.raises(InputError, match="collapsed"):
        settled(members, validation, learner="ridge", division="collapsed", work=work)
    assert counted == []


@pytest.mark.parametrize("own_tasks", [False, True])
def test_a_budget_too_small_for_any_error_bar(own_tasks):
    """The message says how many coalitions are needed."""
    members, validation = consortium(parties=6, rows=5, own_tasks=own_tasks)
    options = Options(method=Method.SAMPLED, evaluations=7)
    with pytest.raises(InputError, match="expected at least"):
        settled(members, validation, learner="ridge", options=options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": 1.5}, "tolerance"),
        ({"tolerance": "some"}, "tolerance: got 'some', expected a number from 0 to 1"),
        ({"evaluations": 0}, "evaluations"),
        ({"evaluations": 2.5}, "evaluations: got 2.5, expected a whole number above 0"),
        ({"evaluations": "4"}, "evaluations: got '4', expected a whole number above 0"),
        ({"evaluations": True}, "evaluations: got True, expected a whole number above 0"),
        ({"target_error": 0.0}, "target-error"),
        ({"target_error": float("nan")}, "target-error: got nan"),
        ({"target_error": "1%"}, "target-error: got '1%', expected a number above 0"),
    ],
)
def test_options_out_of_range(options, message):
    """Said where they are made."""
    with pytest.raises(InputError, match=message):
        Options(**options)


def test_a_party_without_rows():
    """An empty table is named by its owner."""
    members, validation = consortium(parties=2)
    empty = frame(np.random.default_rng(0), 1).iloc[:0]
    with pytest.raises(InputError, match="nobody"):
        settle(
            [*members, Party("nobody", dataset(empty, "nobody"))], validation,
            rng=np.random.default_rng(0), unit_price=1,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"jobs": 0}, "jobs: got 0, expected a whole number of processes from 1 up, or -1"),
        ({"jobs": "2"}, "jobs: got '2', expected a whole number"),
        ({"jobs": 1.5}, "jobs: got 1.5, expected a whole number"),
        ({"jobs": None}, "jobs: got None, expected a whole number"),
        (
            {"checkpoint": "folder"},
            r"checkpoint: got 'folder', expected an object with read\(name\) and write",
        ),
        ({"checkpoint": {}}, "checkpoint: got {}, expected an object"),
        ({"progress": None}, "progress: got None, expected a function of"),
        ({"stage": "loud"}, "stage: got 'loud', expected a function of"),
    ],
)
def test_work_that_cannot_be_done(choices, message):
    """Said where it is made, and not when the first coalition is valued."""
    with pytest.raises(InputError, match=message):
        Work(**choices)
    assert Work(jobs=-1).jobs == -1


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"label": None}, "label: got None, expected the name of a column"),
        ({"label": ["y"]}, r"label: got \['y'\], expected the name of a column"),
        ({"features": "x0"}, "features: got 'x0', expected a list of names of columns"),
        ({"features": {}}, "features: got {}, expected a list of names of columns"),
        ({"features": [3]}, "features: got 3 in it, expected a list of names of columns"),
        ({"name": None}, "name: got None, expected a text"),
        ({"conventions": None}, r"conventions: got NoneType, expected Conventions\(\.\.\)"),
        ({"conventions": {"missing": ["?"]}}, r"conventions: got dict, expected Conventions\(\.\.\)"),
    ],
)
def test_a_dataset_of_other_things_than_names(choices, message):
    """In one sentence, whatever they are."""
    rows = frame(np.random.default_rng(0), 5)
    with pytest.raises(InputError, match=message):
        Dataset.from_frame(rows, **{"label": "y", **choices})


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"name": 3}, "name: got 3, expected a text"),
        ({"inputs": 3}, r"inputs: got int, expected InputFile\(\.\.\)"),
        ({"inputs": ["north.csv"]}, r"inputs: got str, expected InputFile\(\.\.\)"),
        ({"date": "yesterday"}, "date: got 'yesterday', expected a day such as '2026-12-01'"),
        ({"date": 3}, "date: got 3, expected a day such as"),
    ],
)
def test_a_document_of_other_things_than_it_holds(choices, message):
    """Before it is written, and not by those who read it."""
    members, validation = consortium(parties=2)
    with pytest.raises(InputError, match=message):
        settled(members, validation).document(**choices)

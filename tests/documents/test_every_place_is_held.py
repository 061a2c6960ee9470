"""Whatever is changed in a settled round's document is refused, found, or told as not recomputed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairpool.documents.settlement import InputFile, read_settlement
from fairpool.ground.errors import InputError
from fairpool.market import Dataset, Options, Party, settle
from fairpool.runs.rounds.verifying.unknown import unknowns
from fairpool.runs.rounds.verifying.verification import Verification, statement_of, verified

NAMES = ("North", "South", "West", "East", "Up", "Down", "Middle")
ROUNDS: dict[str, dict[str, Any]] = {
    "exact": {"learner": "naive-bayes", "options": Options(shared_rows="once")},
    "copies were trained": {"learner": "naive-bayes"},
    "closed form": {"learner": "nearest", "learner_options": {"neighbours": 1}},
    "a sample that holds all": {
        "learner": "naive-bayes",
        "options": Options(method="sampled", evaluations=8),
    },
    "own tasks": {"learner": "naive-bayes", "own": True, "parties": 2},
    "own tasks, collapsed": {"learner": "nearest", "own": True, "parties": 2, "division": "collapsed"},
    "numbers": {"learner": "ridge", "score": "r2", "numbers": True, "options": Options(shared_rows="once")},
    "a sample": {
        "learner": "naive-bayes",
        "parties": 7,
        "options": Options(method="sampled", evaluations=40),
    },
}


def rows(rng: np.random.Generator, count: int, *, numbers: bool) -> Dataset:
    X = rng.normal(size=(count, 2))
    y = X @ [1.0, -1.0] + rng.normal(size=count)
    label = y if numbers else np.where(y > 0, "yes", "no")
    return Dataset.from_frame(pd.DataFrame(X, columns=["a", "b"]).assign(ill=label), label="ill")


def written(*, own: bool = False, numbers: bool = False, parties: int = 3, **terms: Any) -> dict[str, Any]:
    """A settled round's document, as JSON reads it."""
    rng = np.random.default_rng(3)
    names = NAMES[:parties]
    brought = [
        Party(name, rows(rng, 9, numbers=numbers), rows(rng, 20, numbers=numbers) if own else None)
        for name in names
    ]
    common = None if own else rows(rng, 20, numbers=numbers)
    settlement = settle(brought, common, unit_price=100_000, minimum_fee=700, rng=rng, **terms)
    files = [("train", name, 9) for name in names]
    files += [("validation", name, 20) for name in names] if own else [("validation", None, 20)]
    inputs = [
        InputFile(party=whose, role=role, file=f"{role} {whose}.csv", rows=count, sha256="0" * 64)
        for role, whose, count in files
    ]
    return json.loads(settlement.document("a round", inputs=inputs, date="2030-01-01").json_text())


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Of every record, list and leaf below the document itself; of lists the first two and the last."""
    if at:
        yield at
    steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        if isinstance(value, dict) or step in (0, 1, len(value) - 1):
            yield from places(value[step], (*at, step))


def others(value: Any) -> list[Any]:
    """What may stand in its place: another number or word, a shorter or longer list, nothing at all (...)."""
    match value:
        case bool():
            return [not value, None]
        case int():
            return [value + 1, value - 1, 0 if value else 7, None]
        case float():
            return [value + 0.01, value / 2 + 0.001, None]
        case str():
            return [f"{value}x", "", None]
        case list():
            return (
                [[], value[:-1], value[1:], [*value, *value[-1:]], None, ...] if value else [["x"], None, ...]
            )
        case dict():
            return [{}, None, ...]
    return [0, "x", [], ...]


def value_at(document: Any, at: tuple[str | int, ...]) -> Any:
    for step in at:
        document = document[step]
    return document


def changed(document: dict[str, Any], at: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """A copy with another value at one place; the key is left out for ``...``."""
    found = copy.deepcopy(document)
    inner = value_at(found, at[:-1])
    if value is ...:
        del inner[at[-1]]
    else:
        inner[at[-1]] = value
    return found


def held(said: dict[str, Any]) -> Verification:
    """The document verified beside a statement that was written from it: the document alone must tell."""
    document = read_settlement(json.dumps(said))
    return verified(document, statement_of(document))


@pytest.mark.parametrize("terms", ROUNDS.values(), ids=ROUNDS)
def test_what_was_settled_holds(terms: dict[str, Any]):
    found = held(written(**terms))
    assert found.differences == ()
    assert found.checked > 50


@pytest.mark.long
@pytest.mark.parametrize("terms", ROUNDS.values(), ids=ROUNDS)
def test_no_change_passes_unless_it_is_told_as_not_recomputed(terms: dict[str, Any]):
    """Every number, word, list and record in turn, some thousand changes of each document."""
    document, missed, tried = written(**terms), [], 0
    same = read_settlement(json.dumps(document))
    for at in places(document):
        for other in others(value_at(document, at)):
            said = changed(document, at, other)
            tried += 1
            try:
                found, read = held(said), read_settlement(json.dumps(said))
            except InputError:
                continue
            told = any(one.covers(at) for one in unknowns(read)) if found.holds else True
            if not told and read != same:
                missed.append((at, other))
    assert missed == []
    assert tried > 800


def test_a_sample_is_no_excuse_where_every_coalition_is_in_the_document():
    """Invented shares passed where the method was changed to sampled: they are computed again from the coalitions."""
    said = written(**ROUNDS["exact"])
    first, second = (party["share"] for party in said["parties"][:2])
    for i, share in enumerate((first - 0.1, second + 0.1)):
        party = said["parties"][i]
        party |= {"share": share, "share_interval": [0.0, 1.0], "net_interval": [-(10**6), 10**6]}
        party["share_parts"]["data"] += share - (first, second)[i]
    said["method"] = said["options"]["method"] = "sampled"
    assert {"parties.North.share", "parties.South.share"} <= {one.place for one in held(said).differences}


@pytest.mark.parametrize("word", ["whatever", "Sampled", ""])
@pytest.mark.parametrize("key", ["method", "task"])
def test_a_method_or_task_that_does_not_exist_is_refused(key: str, word: str):
    said = written(**ROUNDS["exact"]) | {key: word}
    with pytest.raises(InputError, match=f"^settlement.json: {key}: got '{word}', expected"):
        held(said)


def test_gains_of_coalitions_that_were_taken_out_are_missed():
    """Sixteen of four parties are no more than 4,096."""
    said = written(**ROUNDS["exact"], parties=4)
    del said["coalitions"]
    (found,) = held(said).differences
    assert (found.place, found.got, found.expected) == ("coalitions", "0 of them", "all 16")


def test_a_method_that_the_terms_rule_out_is_told():
    said = written(**ROUNDS["exact"]) | {"method": "closed-form"}
    assert "method" in {one.place for one in held(said).differences}


def test_an_interval_of_pooling_holds_what_pooling_brought():
    said = written(**ROUNDS["exact"])
    said["pooling_interval"] = [0.9, 0.95]
    (found,) = held(said).differences
    assert found.place == "pooling_interval"


@pytest.mark.parametrize(
    "at",
    [
        ("tasks",),
        ("data_sheets",),
        ("inputs",),
        ("data", "features"),
        ("certificate", "replication", "gains"),
        ("certificate", "rows_in_validation"),
        ("parties", 1, "trained_on"),
        ("parties", 1, "net_interval"),
    ],
)
def test_a_list_that_was_emptied_is_missed(at: tuple[str | int, ...]):
    """None of them is emptied by a round; each was a way to have less looked at."""
    said = written(**ROUNDS["copies were trained"])
    value = None if at[-1] == "net_interval" else []
    assert not held(changed(said, at, value)).holds


def test_what_a_model_scores_is_held_against_the_coalitions_where_nobody_customised_it():
    """The number that money follows from stood twice in the document, and only one of them was looked at."""
    said = written(own=True, learner="naive-bayes", options=Options(customise="none"))
    assert held(said).differences == ()
    for matrix in ("before", "after"):
        said["customisation"][matrix][2][2] = 0.999
    places = {one.place for one in held(said).differences}
    assert {"customisation.before.West"} <= places
    said = written(own=True, learner="naive-bayes", options=Options(customise="none"))
    said["customisation"]["after"][2][2] = 0.999
    assert "customisation.after.West" in {one.place for one in held(said).differences}


def test_a_certificate_that_contradicts_itself_is_told():
    """Copies that pay at the fee that deters them; rows in the validation data under a rule that refuses them."""
    said = written(**ROUNDS["copies were trained"])
    copies = said["certificate"]["replication"]
    copies["gains"][0]["gain"], copies["pays_for"] = 500.0, ["North"]
    copies["smallest_minimum_fee"] = 0
    copies.pop("deters_from", None)
    said["options"]["overlap"] = "refuse"
    said["certificate"]["rows_in_validation"][0] |= {"more_than_chance": True, "met": 9, "chance": 1}
    assert {one.place for one in held(said).differences} >= {
        "certificate.replication.deters_from",
        "certificate.rows_in_validation.0.more_than_chance",
    }

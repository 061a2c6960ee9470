"""The notes of a settlement: the weightiest first, each with what to do about it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairpool.market.party import Party
from fairpool.market.settlement import Settlement
from fairpool.market.settling import settle
from fairpool.tables.dataset import Dataset


def rows(number: int, seed: int, *, regression: bool = False) -> Dataset:
    """Older ones are ill."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(20, 90, number)
    noisy = age + rng.normal(0, 10, number)
    ill = noisy if regression else np.where(noisy > 55, "yes", "no")
    return Dataset.from_frame(pd.DataFrame({"age": age, "ill": ill}), label="ill", name=f"rows {seed}")


def settled(parties: int, validation: Dataset, **terms: object) -> Settlement:
    brought = [Party(f"P{i}", rows(30, i + 1, regression=terms.get("score") == "r2")) for i in range(parties)]
    terms = {"unit_price": 100_000, "learner": "naive-bayes", **terms}
    return settle(brought, validation, rng=np.random.default_rng(0), **terms)


def test_one_party_is_told_that_nobody_can_gain_from_others():
    """It settles, at nothing; the note is the first, and two parties have none."""
    alone = settled(1, rows(40, 0))
    assert alone.certificate.notes[0] == (
        "P0 is the only party, and nobody can gain from others: its model is the one it could train by itself, it is "
        "paid nothing and pays nothing, and its share says nothing of its data. A second party makes a round of it."
    )
    assert alone.statement["net"].tolist() == [0]
    assert alone.statement["fee"].tolist() == alone.statement["refund"].tolist()
    assert not any("only party" in note for note in settled(2, rows(40, 0)).certificate.notes)


def test_one_party_leaves_the_minimum_fee():
    """And is told how much it is."""
    alone = settled(1, rows(40, 0), minimum_fee=1_000)
    assert "pays nothing but the minimum fee of 10.00 EUR, and its share" in alone.certificate.notes[0]
    assert alone.statement["retained"].tolist() == [1_000]


@pytest.mark.parametrize("score", ["accuracy", "balanced-accuracy"])
def test_a_score_that_hangs_on_few_rows_is_told_with_how_many_would_do(score: str):
    """So many rows of the same mix, and no note is left."""
    validation = rows(12, 0)
    (note,) = [one for one in settled(2, validation, score=score).certificate.notes if "hangs on few" in one]
    wanted = int(note.partition("Validate on ")[2].split()[0])
    times = -(-wanted // 12)
    more = pd.concat([validation.features.assign(ill=validation.label)] * times)
    enough = Dataset.from_frame(more, label="ill")
    assert not any("hangs on few" in one for one in settled(2, enough, score=score).certificate.notes)
    fewer = Dataset.from_frame(more.iloc[: 12 * max(times - 2, 1)], label="ill")
    assert any("hangs on few" in one for one in settled(2, fewer, score=score).certificate.notes)


def test_the_row_on_which_a_score_of_numbers_hangs_is_to_be_looked_at():
    """No number of rows is promised: one far value counts however many there are."""
    notes = settled(2, rows(10, 0, regression=True), learner="ridge", score="r2").certificate.notes
    (note,) = [one for one in notes if "hangs on few" in one]
    assert "the row farthest from the mean: see whether its label is right" in note


def test_the_few_rows_that_all_hangs_on_are_told_before_what_is_told_of_columns():
    """They make every number doubtful; a column that is not used does not."""
    wide = rows(30, 2)
    wide.features["weight"] = 80.0
    parties = [Party("Narrow", rows(30, 1)), Party("Wide", wide)]
    rng = np.random.default_rng(0)
    notes = settle(parties, rows(12, 0), unit_price=100_000, learner="naive-bayes", rng=rng).certificate.notes
    told = [words for note in notes for words in ("hangs on few", "Better off", "Not used") if words in note]
    assert told[0] == "hangs on few"
    assert told[-1] == "Not used"


def graded(number: int, seed: int, *grades: str) -> Dataset:
    """Age tells the grade."""
    rng = np.random.default_rng(seed)
    grade = np.asarray(grades)[rng.integers(0, len(grades), number)]
    grade[: len(grades)] = grades
    age = rng.uniform(20, 90, number)
    return Dataset.from_frame(pd.DataFrame({"age": age, "grade": grade}), label="grade", name=f"rows {seed}")


def of_classes(parties: list[Party], validation: Dataset | None) -> list[str]:
    rng = np.random.default_rng(0)
    found = settle(parties, validation, unit_price=100_000, learner="naive-bayes", rng=rng)
    return [note for note in found.certificate.notes if "is of class" in note]


def test_a_class_that_no_training_row_has_is_told_with_its_validation_rows():
    """However few they are; and not where one party has it."""
    validation = graded(60, 0, "a", "b")
    validation.label[7] = "c"
    parties = [Party(name, graded(30, k, "a", "b")) for k, name in enumerate(("North", "South"), 1)]
    assert of_classes(parties, validation) == [
        'No row that is trained on is of class "c", and 1 of the 60 validation rows are: no model of the round can be '
        "right on them."
    ]
    parties[1].train.label[0] = "c"
    assert of_classes(parties, validation) == []


def test_own_tasks_with_a_class_that_nobody_has_are_named():
    """Only those that ask for it."""
    asked = {"North": graded(40, 5, "a", "b", "c"), "South": graded(40, 6, "a", "b")}
    parties = [Party(name, graded(30, k, "a", "b"), asked[name]) for k, name in enumerate(asked, 1)]
    number = int((asked["North"].label == "c").sum())
    assert of_classes(parties, None) == [
        f'No row that is trained on is of class "c", and validation rows of these parties are: North ({number} of 40): '
        "no model of the round can be right on them."
    ]

"""Validation rows among the training rows: told, left out, or a reason to refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from builders.consortia import consortium, dataset, frame, settled
from fairpool.documents.settlement import read_settlement
from fairpool.ground.errors import InputError
from fairpool.market.options import Options, OverlapRule
from fairpool.market.party import Party


def with_validation_rows(*, rows=30, own_tasks=False):
    """Three honest parties, the first of which forgot thirty validation rows among its own."""
    members, validation = consortium(rows=40, own_tasks=own_tasks)
    task = members[1].validation if own_tasks else validation
    mine = members[0].train
    spoilt = replace(
        mine,
        features=stacked(mine.features, task.features[:rows]),
        label=stacked(mine.label, task.label[:rows]),
    )
    return [replace(members[0], train=spoilt), *members[1:]], validation


def stacked(first, second):
    return pd.concat([first, second], ignore_index=True)


def found(settlement, party, task=None):
    rows = settlement.certificate.rows_in_validation
    return next(one for one in rows if (one.party, one.task) == (party, task))


def test_validation_rows_are_told_by_name_and_count():
    """From Python they are kept, and everybody reads of them."""
    settlement = settled(*with_validation_rows(), learner="ridge")
    spoilt, honest = found(settlement, "P0"), found(settlement, "P1")
    assert (spoilt.exact, spoilt.more_than_chance, spoilt.left_out) == (30, True, 0)
    assert (honest.exact, honest.near, honest.more_than_chance) == (0, 0, False)
    assert settlement.rows == (70, 40, 40)
    assert any("P0 (30 exactly" in note for note in settlement.certificate.notes)
    document = settlement.document("round")
    assert read_settlement(document.json_text()) == document


def test_left_out_rows_are_as_if_they_had_never_come():
    """Every amount is that of the honest round; how many were left out is told."""
    honest = settled(*consortium(rows=40), learner="ridge", options=Options(overlap="leave-out"))
    cured = settled(*with_validation_rows(), learner="ridge", options=Options(overlap="leave-out"))
    assert cured.statement.equals(honest.statement)
    assert found(cured, "P0").left_out == 30
    assert cured.rows == honest.rows


def test_a_round_is_refused_where_chance_does_not_explain_them():
    """In one line that names the party, the count and the ways out."""
    members, validation = with_validation_rows()
    with pytest.raises(InputError, match=r"P0 \(30 exactly, \d+ nearly\).*leave-out") as refusal:
        settled(members, validation, options=Options(overlap=OverlapRule.REFUSE))
    assert "\n" not in str(refusal.value)
    settled(*consortium(rows=40), learner="ridge", options=Options(overlap=OverlapRule.REFUSE))


def test_with_own_tasks_each_task_is_looked_at():
    """A rival's validation rows, and not the others'."""
    settlement = settled(*with_validation_rows(own_tasks=True), learner="ridge")
    pairs = {(one.party, one.task): one.exact for one in settlement.certificate.rows_in_validation}
    assert len(pairs) == 9
    assert {pair for pair, exact in pairs.items() if exact} == {("P0", "P1")}


@pytest.mark.parametrize("times", [1, 5])
def test_own_rows_in_ones_own_task_are_found(times):
    """Training rows as one's own validation rows, once or five times each: told, and a reason to refuse."""
    members, _ = consortium(rows=40, own_tasks=True)
    mine = members[0]
    few = mine.train.features[:20], mine.train.label[:20]
    features, label = (
        pd.concat([task, *[part] * times], ignore_index=True)
        for task, part in zip((mine.validation.features, mine.validation.label), few, strict=True)
    )
    spoilt = [
        replace(mine, validation=replace(mine.validation, features=features, label=label)),
        *members[1:],
    ]
    settlement = settled(spoilt, None, learner="ridge")
    rows = found(settlement, "P0", "P0")
    assert (rows.exact, rows.more_than_chance) == (20, True)
    assert not any(
        one.more_than_chance for one in settlement.certificate.rows_in_validation if one is not rows
    )
    with pytest.raises(InputError, match=r"P0 \(20 exactly"):
        settled(spoilt, None, learner="ridge", options=Options(overlap=OverlapRule.REFUSE))


def test_nothing_left_to_learn_from_is_said():
    members, validation = consortium(rows=40)
    only = replace(members[0], train=validation)
    with pytest.raises(InputError, match="party 'P0': got 40 training rows that all stand in the validation"):
        settled([only, *members[1:]], validation, options=Options(overlap="leave-out"))


def test_words_are_taken_and_others_refused():
    """The words of MARKET.toml mean what they say there; a misspelt one is not ignored."""
    assert Options(overlap="refuse").overlap is OverlapRule.REFUSE
    assert Options(method="exact", shared_rows="once", customise="none", empty="trivial") == Options(
        method=Options(method="exact").method,
        shared_rows=Options(shared_rows="once").shared_rows,
        customise=Options(customise="none").customise,
        empty=Options(empty="trivial").empty,
    )
    for choice in ("overlap", "method", "shared_rows", "customise", "empty"):
        with pytest.raises(InputError, match="got 'bogus', expected"):
            Options(**{choice: "bogus"})
    with pytest.raises(InputError, match="did you mean 'leave-out'"):
        Options(overlap="leave_out")


def test_small_honest_rounds_are_not_refused():
    """Six rows against eight, eight times."""
    rng = np.random.default_rng(0)
    for _ in range(8):
        validation = dataset(frame(rng, 8, kind="number", round_to=0), "validation")
        parties = [Party(name, dataset(frame(rng, 6, kind="number", round_to=0), name)) for name in "AB"]
        settled(parties, validation, learner="ridge", score="r2", options=Options(overlap=OverlapRule.REFUSE))

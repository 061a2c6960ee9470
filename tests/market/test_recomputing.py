"""A settled round computed again from its own document, and its gains as a game."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from fairpool.documents.settlement import InputFile, read_settlement
from fairpool.games import banzhaf_value, shapley_value
from fairpool.games.game import coalitions_at
from fairpool.ground.errors import InputError
from fairpool.market import Dataset, Method, Options, Party, settle
from fairpool.runs.rounds.verifying.verification import statement_of, verified


def a_dataset(rng, count):
    X = rng.normal(size=(count, 2))
    ill = (X @ [1.0, -1.0] > 0) ^ (rng.random(count) < 0.2)
    return Dataset.from_frame(
        pd.DataFrame(X, columns=["a", "b"]).assign(ill=np.where(ill, "yes", "no")), label="ill"
    )


def a_round(*, own=False, parties=3, seed=0, **terms):
    rng = np.random.default_rng(seed)
    brought = [
        Party(f"P{i}", a_dataset(rng, 6 + 3 * i), a_dataset(rng, 20) if own else None) for i in range(parties)
    ]
    terms = {"unit_price": 100_000, "rng": np.random.default_rng(1), "minimum_fee": 500} | terms
    return settle(brought, None if own else a_dataset(rng, 25), **terms)


def a_document(settlement, names=("P0", "P1", "P2")):
    files = [
        InputFile(party=n, role="train", file=f"{n}.csv", rows=6 + 3 * i, sha256="0" * 64)
        for i, n in enumerate(names)
    ]
    common = [InputFile(party=None, role="validation", file="v.csv", rows=25, sha256="0" * 64)]
    own = isinstance(settlement.gains, dict)
    tasks = [
        InputFile(party=n, role="validation", file=f"{n}-v.csv", rows=20, sha256="0" * 64) for n in names
    ]
    return settlement.document("a round", inputs=[*files, *(tasks if own else common)], date="2030-01-01")


def changed(document, at):
    """The document with another number at one place."""
    said = json.loads(document.json_text())
    inner = said
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] += 1 if isinstance(inner[at[-1]], int) else 0.01
    return read_settlement(json.dumps(said))


@pytest.mark.parametrize("division", ["normalised-shapley", "collapsed", "banzhaf"])
@pytest.mark.parametrize("method", [Method.AUTO, Method.EXACT])
def test_what_was_settled_holds(division, method):
    document = a_document(a_round(division=division, options=Options(method=method)))
    assert verified(document, statement_of(document)).differences == ()


@pytest.mark.parametrize("own", [False, True])
def test_amounts_of_a_round_without_all_gains_are_found(own):
    """A sampled round and one of own tasks: scores alone, and all whole money, are computed again."""
    document = a_document(a_round(own=own, learner="naive-bayes", options=Options(method=Method.SAMPLED)))
    assert verified(document, statement_of(document)).differences == ()
    for i in range(3):
        for what in ("gain_alone", "fee", "improvement", "refund", "reward", "retained", "net"):
            other = changed(document, ("parties", i, what))
            assert not verified(other, statement_of(other)).holds, what


def test_a_number_of_the_statement_is_found():
    document = a_document(a_round())
    text = statement_of(document).replace(str(document.parties[1].fee), "1", 1)
    (found,) = verified(document, text).differences
    assert found.place.startswith("statement.csv, line ")


def test_what_cannot_be_recomputed_is_named():
    told = " ".join(verified(*_with_statement(a_document(a_round(learner="naive-bayes")))).not_recomputed)
    for what in ("intervals", "models were trained with the copies", "SHA-256", "seed"):
        assert what in told


def _with_statement(document):
    return document, statement_of(document)


def test_an_interval_that_does_not_hold_its_number_is_found():
    document = a_document(a_round())
    said = json.loads(document.json_text())
    said["parties"][0]["net_interval"] = [10**8, 10**8 + 1]
    other = read_settlement(json.dumps(said))
    assert [one.place for one in verified(other, statement_of(other)).differences] == [
        "parties.P0.net_interval"
    ]


# ---- gains as a game


@pytest.mark.parametrize("method", [Method.AUTO, Method.EXACT])
def test_gains_are_a_game_for_any_function_of_games(method):
    """The closed form's game has the worths of the table's, and its Shapley value."""
    closed, table = a_round().gains, a_round(options=Options(method=method)).gains
    everything = coalitions_at(np.arange(8), 3)
    assert closed.worth(everything) == pytest.approx(table.worth(everything))
    assert shapley_value(closed) == pytest.approx(shapley_value(table))
    assert banzhaf_value(closed) == pytest.approx(banzhaf_value(table))


def test_coalitions_in_the_document_are_the_game():
    settlement = a_round(learner="logistic")
    found = a_document(settlement).coalitions
    assert [group.members for group in found][:3] == [(), ("P0",), ("P1",)]
    assert [group.gain for group in found] == settlement.gains.worth(coalitions_at(np.arange(8), 3)).tolist()


def test_own_tasks_have_a_game_each():
    settlement = a_round(own=True, learner="naive-bayes")
    assert list(settlement.gains) == ["P0", "P1", "P2"]
    group = a_document(settlement).coalitions[7]
    assert group.gain is None
    assert group.gains["P1"] == settlement.gains["P1"].worth(np.ones((1, 3), dtype=bool))[0]


def test_what_a_sample_did_not_evaluate_is_not_made_up():
    rng = np.random.default_rng(0)
    parties = [Party(f"P{i}", a_dataset(rng, 8)) for i in range(9)]
    options = Options(method=Method.SAMPLED, evaluations=60)
    settlement = settle(
        parties, a_dataset(rng, 20), unit_price=1, rng=rng, learner="naive-bayes", options=options
    )
    known = settlement.gains
    assert known.worth(known.coalitions) == pytest.approx(known.gains)
    assert len(known.gains) == settlement.evaluations
    with pytest.raises(InputError, match=r"got coalition .* that this sampled round evaluated"):
        known.worth(coalitions_at(np.arange(2**9), 9))


def test_coalitions_that_equal_rows_make_alike_are_all_known():
    """One model is scored for them, and its gain is listed for each: as many more as parties can stand for another."""
    rng = np.random.default_rng(0)
    same = a_dataset(rng, 8)
    parties = [Party("A", same), Party("B", same), *(Party(f"P{i}", a_dataset(rng, 8)) for i in range(2))]
    settlement = settle(
        parties,
        a_dataset(rng, 20),
        unit_price=1,
        rng=rng,
        learner="naive-bayes",
        options=Options(method=Method.SAMPLED, evaluations=16),
    )
    known = settlement.gains
    alone = known.worth(np.array([[True, False, False, False], [False, True, False, False]]))
    assert alone[0] == alone[1] == settlement.valuation.alone[0]
    assert len(known.gains) == 16 > settlement.evaluations


# ---- the share in its two parts


def by_definition(gains, rule, n):
    """data and buyer part of every raw value, from the marginals of v, coalition by coalition."""
    data, buyer = np.zeros(n), np.zeros(n)
    weights, model, members = rule.weights(n), rule.function.model, rule.function.members
    for i in range(n):
        for S in range(2**n):
            if S >> i & 1:
                continue
            size, added = S.bit_count(), gains[S | 1 << i] - gains[S]
            data[i] += weights[size] * (model + members * size) * added
            buyer[i] += weights[size] * members * (gains[S | 1 << i] - gains[1 << i])
    return data, buyer


@pytest.mark.parametrize("division", ["normalised-shapley", "gain-only", "banzhaf", "robust-shapley"])
@pytest.mark.parametrize("learner", ["nearest", "naive-bayes"])
def test_a_share_is_what_data_add_and_what_a_buyer_gains(division, learner):
    from fairpool.market.reward_rules.catalogue import DIVISIONS

    settlement = a_round(division=division, learner=learner, parties=4)
    rule, shares = DIVISIONS[division], settlement.valuation.shares
    gains = settlement.gains.worth(coalitions_at(np.arange(16), 4))
    data, buyer = by_definition(gains, rule, 4)
    paid = shares > 0
    ratio = buyer[paid] / (data + buyer)[paid]
    assert settlement.bought[paid] == pytest.approx(shares[paid] * ratio)
    assert settlement.bought[~paid].tolist() == [0.0] * int((~paid).sum())


def test_parts_sum_to_the_share():
    for own in (False, True):
        document = a_round(own=own, learner="naive-bayes").document()
        for party in document.parties:
            assert party.share_parts.data + party.share_parts.buyer == pytest.approx(party.share, abs=1e-15)


def test_a_division_that_values_the_model_alone_pays_no_buyers():
    assert a_round(division="banzhaf", learner="naive-bayes").bought.tolist() == [0.0, 0.0, 0.0]


def test_a_party_of_one_row_is_paid_as_a_buyer():
    """More of its share is for what it gains itself than for what its row adds: the paper's function pays buyers."""
    rng = np.random.default_rng(3)
    sizes = (60, 60, 60)
    parties = [Party(f"P{i}", a_dataset(rng, size)) for i, size in enumerate(sizes)]
    single = Party(
        "one row", Dataset.from_frame(pd.DataFrame({"a": [0.1], "b": [0.3], "ill": ["no"]}), label="ill")
    )
    settlement = settle(
        [*parties, single], a_dataset(rng, 200), unit_price=1000, rng=rng, learner="naive-bayes"
    )
    assert settlement.valuation.shares[3] > 0.1
    assert settlement.bought[3] > 0.5 * settlement.valuation.shares[3]

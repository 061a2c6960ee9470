"""A learner or a score is added in two places: a file of its own and one entry of the catalogue.

Both are entered here for the length of a test and go through a whole round, from tables to a settlement, its page and
its models' files.  A test that needs a third place fails.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import onnxruntime
import pytest

from builders.consortia import consortium, settled
from fairpool.ground.errors import InputError
from fairpool.learning import catalogue
from fairpool.market.options import Method, Options
from fairpool.reports.settlement.words import learner_name, score_meaning, score_name
from learning.largest_error import ONE_MINUS_LARGEST_ERROR
from learning.majority import MajorityLearner


@pytest.fixture
def entered(monkeypatch):
    """The two entries."""
    learner = catalogue.LearnerEntry(MajorityLearner, "the majority of the rows")
    monkeypatch.setattr(catalogue, "LEARNERS", MappingProxyType({**catalogue.LEARNERS, "majority": learner}))
    scores = {**catalogue.SCORES, ONE_MINUS_LARGEST_ERROR.name: ONE_MINUS_LARGEST_ERROR}
    monkeypatch.setattr(catalogue, "SCORES", MappingProxyType(scores))


@pytest.mark.usefixtures("entered")
@pytest.mark.parametrize("method", [Method.EXACT, Method.SAMPLED])
def test_a_learner_of_ones_own_settles_a_round(method):
    """Exactly, with copies evaluated, and sampled, with the surrogate that dear learners get."""
    members, validation = consortium(parties=4)
    options = Options(method=method, evaluations=14 if method is Method.SAMPLED else None)
    settlement = settled(
        members, validation, learner="majority", learner_options={"prior": 1.0}, options=options
    )
    assert settlement.statement["net"].sum() == 0
    basis = "evaluated" if method is Method.EXACT else "assumed"
    assert settlement.certificate.replication.basis == basis
    model = settlement.models["P0"]
    predicted = model.predict(validation.features)
    assert len(set(predicted)) == 1
    session = onnxruntime.InferenceSession(model.to_onnx())
    feed = {c.name: validation.features[[c.name]].to_numpy(np.float64) for c in session.get_inputs()}
    assert session.run(None, feed)[0].tolist() == predicted.tolist()


@pytest.mark.usefixtures("entered")
def test_its_name_its_options_and_what_it_can_do_are_told_by_the_entry():
    """In messages, and in the title on the page of a settlement."""
    accuracy, r2 = catalogue.score_named("accuracy"), catalogue.score_named("r2")
    assert catalogue.learner_named("majority", {"prior": 2}, accuracy) == MajorityLearner(2)
    with pytest.raises(InputError, match="'weight' is no option of majority; expected prior"):
        catalogue.learner_named("majority", {"weight": 2}, accuracy)
    with pytest.raises(
        InputError, match="learner 'majority' cannot do regression, which score 'r2' asks for"
    ):
        catalogue.learner_named("majority", {}, r2)
    with pytest.raises(InputError, match="gradient-boosting, majority or a dotted scikit-learn estimator"):
        catalogue.learner_named("minority", {}, accuracy)
    members, validation = consortium()
    document = settled(members, validation, learner="majority").document("round")
    assert learner_name(document) == "the majority of the rows"


@pytest.mark.usefixtures("entered")
def test_a_score_of_ones_own_settles_a_round():
    """With a learner of the house, and its title and meaning on the page."""
    members, validation = consortium(kind="numbers")
    settlement = settled(members, validation, learner="ridge", score="one-minus-largest-error")
    assert settlement.statement["net"].sum() == 0
    assert settlement.statement["gain"].between(0, 1).all()
    document = settlement.document("round")
    assert score_name(document) == "1 − largest error"
    assert score_meaning(document).startswith("one minus the largest error")
    with pytest.raises(
        InputError, match=r"score: got 'largest', expected one of .*, one-minus-largest-error"
    ):
        catalogue.score_named("largest")

"""Scores against scikit-learn's metrics, and where they start: the trivial model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import SCORES, score_named
from fairpool.tables.schema import Kind

seeds = st.integers(0, 2**32 - 1)
some = settings(deadline=None, max_examples=60)


def class_labels(rng, n, classes):
    """At least two classes."""
    labels = rng.integers(0, classes, size=n)
    labels[:2] = 0, 1
    return labels


def tied(rng, shape, ties):
    """Numbers, a few distinct values only where there are to be ties."""
    return rng.integers(0, 4, size=shape) / 4.0 if ties else rng.normal(size=shape)


@pytest.mark.long
@some
@given(seeds, st.integers(2, 40), st.booleans())
def test_two_classes_score_as_in_scikit_learn(seed, n, ties):
    """From margins, and from the scores of both classes; the first of equal scores wins; ties in AUC count half."""
    rng = np.random.default_rng(seed)
    labels, margins = class_labels(rng, n, 2), tied(rng, (5, n), ties) - 0.25
    both = np.stack([-margins, margins], axis=2)
    for name, metric in (
        ("accuracy", metrics.accuracy_score),
        ("balanced-accuracy", metrics.balanced_accuracy_score),
    ):
        expected = [metric(labels, row > 0) for row in margins]
        np.testing.assert_allclose(SCORES[name].of(margins, labels), expected, atol=1e-12)
        np.testing.assert_allclose(SCORES[name].of(both, labels), expected, atol=1e-12)
    expected = [metrics.roc_auc_score(labels, row) for row in margins]
    np.testing.assert_allclose(SCORES["roc-auc"].of(margins, labels), expected, atol=1e-12)
    np.testing.assert_allclose(SCORES["roc-auc"].of(both, labels), expected, atol=1e-12)


@pytest.mark.long
@some
@given(seeds, st.integers(3, 40), st.booleans())
def test_more_classes_score_as_in_scikit_learn(seed, n, ties):
    """AUC is the mean of one class against the rest, over the classes that are there."""
    rng = np.random.default_rng(seed)
    labels, scores = class_labels(rng, n, 3), tied(rng, (4, n, 3), ties)
    wins = scores.argmax(axis=2)
    accuracy = [metrics.accuracy_score(labels, row) for row in wins]
    np.testing.assert_allclose(SCORES["accuracy"].of(scores, labels), accuracy, atol=1e-12)
    recall = [
        metrics.recall_score(labels, row, labels=np.unique(labels), average="macro", zero_division=0.0)
        for row in wins
    ]
    np.testing.assert_allclose(SCORES["balanced-accuracy"].of(scores, labels), recall, atol=1e-12)
    area = [
        np.mean([metrics.roc_auc_score(labels == c, row[:, c]) for c in np.unique(labels)]) for row in scores
    ]
    np.testing.assert_allclose(SCORES["roc-auc"].of(scores, labels), area, atol=1e-12)


def test_area_of_three_classes_is_scikit_learns_macro_average():
    """On probabilities, as scikit-learn asks for."""
    rng = np.random.default_rng(0)
    labels, shares = class_labels(rng, 50, 3), rng.dirichlet(np.ones(3), size=50)
    expected = metrics.roc_auc_score(labels, shares, multi_class="ovr", average="macro")
    assert SCORES["roc-auc"].of(shares[None], labels)[0] == pytest.approx(expected, abs=1e-12)


@some
@given(seeds, st.integers(2, 30))
def test_numbers_score_as_in_scikit_learn(seed, n):
    """R2 clipped to [0, 1]; one minus the root mean squared error as a share of the labels' range, clipped too."""
    rng = np.random.default_rng(seed)
    labels = rng.normal(size=n)
    predictions = labels + rng.normal(size=(6, n)) * np.array([0.0, 0.1, 0.5, 1.0, 2.0, 9.0])[:, None]
    r2 = [np.clip(metrics.r2_score(labels, row), 0, 1) for row in predictions]
    np.testing.assert_allclose(SCORES["r2"].of(predictions, labels), r2, atol=1e-12)
    error = [metrics.root_mean_squared_error(labels, row) / np.ptp(labels) for row in predictions]
    expected = np.clip(1 - np.array(error), 0, 1)
    np.testing.assert_allclose(SCORES["one-minus-rmse"].of(predictions, labels), expected, atol=1e-12)


def test_trivial_scores_by_hand():
    """The most frequent class, 3 of 5; one class of two found; no ranking; the mean; 1 - sqrt(2) / 4."""
    classes, numbers = np.array([0, 1, 1, 1, 0]), np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert SCORES["accuracy"].trivial(classes, 2) == pytest.approx(0.6)
    assert SCORES["balanced-accuracy"].trivial(classes, 2) == pytest.approx(0.5)
    assert SCORES["roc-auc"].trivial(classes, 2) == pytest.approx(0.5)
    assert SCORES["balanced-accuracy"].trivial(np.array([0, 1, 2, 2]), 4) == pytest.approx(1 / 3)
    assert SCORES["r2"].trivial(numbers, 0) == pytest.approx(0.0, abs=1e-15)
    assert SCORES["one-minus-rmse"].trivial(numbers, 0) == pytest.approx(1 - np.sqrt(2) / 4)


@given(seeds)
@some
def test_no_score_leaves_the_unit_interval(seed):
    """Whatever is predicted, even minus infinity for a class."""
    rng = np.random.default_rng(seed)
    labels = class_labels(rng, 12, 3)
    scores = rng.normal(size=(3, 12, 3)) * 1e6
    scores[0, :, 2] = -np.inf
    for score in SCORES.values():
        of = scores if score.task is Kind.CLASSIFICATION else scores[:, :, 0] * np.isfinite(scores[:, :, 0])
        found = score.of(of, labels if score.task is Kind.CLASSIFICATION else labels.astype(float))
        assert ((found >= 0) & (found <= 1)).all()


def test_one_class_or_value_only_cannot_be_scored():
    with pytest.raises(InputError, match=r"validation.csv: the label has one class only"):
        SCORES["accuracy"].check(np.array([1, 1]), file="validation.csv")
    with pytest.raises(InputError, match="one value only"):
        SCORES["r2"].check(np.array([2.0, 2.0]), file="validation.csv")
    SCORES["r2"].check(np.array([2.0, 2.5]), file="validation.csv")


def test_an_unknown_score_is_answered_with_the_known_ones():
    with pytest.raises(
        InputError, match="got 'f1', expected one of accuracy, balanced-accuracy, roc-auc, r2"
    ):
        score_named("f1")
    assert score_named("r2").name == "r2"

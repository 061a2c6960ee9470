"""Buyers and features that several tests use: patients of scikit-learn's diabetes data, a column a seller."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_diabetes

from fairpool.learning.catalogue import score_named
from fairpool.pricing.published.feature_market.buyer_task import task_on_all_rows, task_with_holdout
from fairpool.pricing.published.feature_market.feature_game import Judge
from fairpool.pricing.published.feature_market.feature_model import LinearModel
from fairpool.pricing.published.feature_market.prediction_gain import AboveGuessing

R2 = AboveGuessing(score_named("r2"))
ONE_MINUS_RMSE = score_named("one-minus-rmse")


def patients(columns=None):
    """Features (442, sellers) of unit variance, and how far the disease went a year later."""
    data = load_diabetes(scaled=False)
    X = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    return X if columns is None else X[:, columns], data.target.astype(np.float64)


def in_sample(labels, measure=R2):
    """The paper's reading: least squares never loses by a column, so gains are monotone."""
    return Judge(task_on_all_rows(labels), LinearModel(), measure)


def held_out(labels, *, seed=1, model=None, measure=ONE_MINUS_RMSE):
    """Judged on 40 % of the rows."""
    task = task_with_holdout(labels, share=0.4, rng=np.random.default_rng(seed))
    return Judge(task, LinearModel() if model is None else model, measure)

"""A model as it is delivered: raw columns in, labels out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from fairpool.learning.learners.scikit import predicted_classes
from fairpool.learning.onnx.export import NotExportable, export_onnx
from fairpool.tables.treatment.preprocessing import Preprocessing


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The round's preprocessing followed by a fitted estimator.

    trained_on  names of the parties whose rows it was trained on
    """

    preprocessing: Preprocessing
    estimator: Any
    trained_on: tuple[str, ...]

    def predict(self, features: pd.DataFrame) -> NDArray[np.object_] | NDArray[np.float64]:
        """Labels of rows given as raw columns, with or without the label's: class names (n,) or float64 (n,).

        Raises InputError where a column is missing or cannot be read.
        """
        treated, classes = self._treated(features), self.preprocessing.schema.classes
        if classes is None:
            values = np.asarray(self.estimator.predict(treated), dtype=np.float64)
            return self.preprocessing.label_unit.restored(values.reshape(len(treated)))
        return np.array(classes, dtype=object)[predicted_classes(self.estimator, treated, len(classes))]

    def predict_proba(self, features: pd.DataFrame) -> pd.DataFrame:
        """Class probabilities, one column per class; AttributeError for regression and estimators without them."""
        known = np.array(self.preprocessing.schema.classes)[self.estimator.classes_]
        return pd.DataFrame(self.estimator.predict_proba(self._treated(features)), columns=known)

    def to_onnx(self) -> bytes | NotExportable:
        """The model as an ONNX file, or why there is none: a model that holds training rows is never handed out."""
        pipeline = Pipeline(
            [("preprocessing", self.preprocessing.transformer), ("estimator", self.estimator)]
        )
        schema = self.preprocessing.schema
        unit = self.preprocessing.label_unit
        return export_onnx(pipeline, schema.columns, classes=schema.classes, label_unit=unit)

    def _treated(self, features: pd.DataFrame) -> NDArray[np.float64]:
        inputs = self.preprocessing.inputs(features)
        return np.ascontiguousarray(self.preprocessing.transformer.transform(inputs), dtype=np.float64)

"""What a settled round leaves in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from fairpool.documents.settlement import SettlementDocument
from fairpool.files.safe_names import file_names
from fairpool.learning.model import Model
from fairpool.market.settlement import Settlement
from fairpool.reports.settlement.page import report_page
from fairpool.tables.dataset import Dataset


def write_results(
    folder: Path, settlement: Settlement, document: SettlementDocument, queries: Mapping[str, Dataset]
) -> None:
    """settlement.json, statement.csv, report.html, models/<party>.onnx and predictions for the parties' queries."""
    (folder / "settlement.json").write_text(document.json_text(indent=2) + "\n", encoding="utf-8")
    statement = settlement.statement.assign(currency=document.currency)
    statement.to_csv(folder / "statement.csv", lineterminator="\n")
    (folder / "report.html").write_text(report_page(document), encoding="utf-8")
    models = folder / "models"
    models.mkdir()
    for party, file in file_names(settlement.names).items():
        _write_model(models, file, settlement.models[party])
        if party in queries:
            answers = predictions(settlement.models[party], queries[party])
            answers.to_csv(models / f"{file}.predictions.csv", index=False, lineterminator="\n")


def _write_model(folder: Path, file: str, model: Model) -> None:
    exported = model.to_onnx()
    if isinstance(exported, bytes):
        (folder / f"{file}.onnx").write_bytes(exported)
        return
    (folder / f"{file}.txt").write_text(
        f"This model is not handed out as a file: {exported.estimator}: {exported.reason}.\n"
        'The operator answers queries instead: name a file of rows as queries = "ROWS.csv" in the [[party]] table\n'
        "and their predictions are written beside this file.\n",
        encoding="utf-8",
    )


def predictions(model: Model, queries: Dataset) -> pd.DataFrame:
    """The predicted labels, and class probabilities where the model has them, with the numbers of the rows."""
    rows = [queries.row_of(position) for position in range(len(queries))]
    found = pd.DataFrame({"row": rows, "prediction": model.predict(queries.features)})
    if model.preprocessing.schema.classes is None or not hasattr(model.estimator, "predict_proba"):
        return found
    return pd.concat([found, model.predict_proba(queries.features).add_prefix("probability ")], axis=1)

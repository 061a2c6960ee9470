"""What a settled round leaves in its folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from fairpool.documents.model_description import ENTRY, ModelDescription, description_of_model
from fairpool.documents.settlement import SettlementDocument
from fairpool.files.market.round_inputs import RoundInputs
from fairpool.files.safe_names import file_names, spreadsheet_text
from fairpool.learning.model import Model
from fairpool.learning.onnx.description import described
from fairpool.market.settlement import Settlement
from fairpool.reports.settlement.page import report_page
from fairpool.runs.rounds.readme import readme_text
from fairpool.tables.dataset import Dataset


def write_results(
    folder: Path, settlement: Settlement, document: SettlementDocument, inputs: RoundInputs
) -> None:
    """settlement.json, statement.csv, report.html, models/<party>.onnx, README.txt and predictions for the queries."""
    (folder / "settlement.json").write_text(document.json_text(indent=2) + "\n", encoding="utf-8")
    statement = settlement.statement.assign(currency=document.currency)
    statement.index = statement.index.map(spreadsheet_text)
    statement.to_csv(folder / "statement.csv", lineterminator="\n")
    (folder / "report.html").write_text(report_page(document), encoding="utf-8")
    models = folder / "models"
    models.mkdir()
    written: dict[str, str] = {}
    for party, file in file_names(settlement.names).items():
        model, meant = settlement.models[party], inputs.conventions[party]
        if _write_model(models, file, model, description_of_model(document, party, model, meant)):
            written[party] = f"{file}.onnx"
        if party in inputs.queries:
            answers = predictions(model, inputs.queries[party])
            answers.to_csv(models / f"{file}.predictions.csv", index=False, lineterminator="\n")
    if written:
        (models / "README.txt").write_text(readme_text(document, written), encoding="utf-8")


def _write_model(folder: Path, file: str, model: Model, description: ModelDescription) -> bool:
    """Whether the model itself was written: one that keeps rows is not, and a note says so."""
    exported = model.to_onnx()
    if isinstance(exported, bytes):
        content = described(exported, {ENTRY: description.json_text()})
        (folder / f"{file}.onnx").write_bytes(content)
        return True
    (folder / f"{file}.txt").write_text(
        f"This model is not handed out as a file: {exported.estimator}: {exported.reason}.\n"
        'The operator answers queries instead: name a file of rows as queries = "ROWS.csv" in the [[party]] table\n'
        "and their predictions are written beside this file.\n",
        encoding="utf-8",
    )
    return False


def predictions(model: Model, queries: Dataset) -> pd.DataFrame:
    """The predicted labels, and class probabilities where the model has them, with the numbers of the rows."""
    rows = [queries.row_of(position) for position in range(len(queries))]
    found = pd.DataFrame({"row": rows, "prediction": model.predict(queries.features)})
    if model.preprocessing.schema.classes is None or not hasattr(model.estimator, "predict_proba"):
        return found
    return pd.concat([found, model.predict_proba(queries.features).add_prefix("probability ")], axis=1)

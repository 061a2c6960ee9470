"""`fairpool predict`: what a delivered model says of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairpool.cli.console import say, show
from fairpool.files.output import refuse_unwritable_file, written_whole
from fairpool.runs.rounds.predicting import Predictions, predicted
from fairpool.tables.conventions import CSV_KEYS

READING = (*CSV_KEYS, "missing", "missing_in", "rename", "recode")  # what may be said of the rows' file


def predict_rows(
    model: Path, rows: Path, given: Mapping[str, Any], *, out: Path | None, as_json: bool
) -> None:
    """Predict, and write CSV to ``out`` or stdout; with ``as_json`` one JSON document on stdout.

    given: how the rows are to be read, in place of what travels with the model.
    """
    if out is not None:
        refuse_unwritable_file(out)
    found = predicted(model, rows, given)
    csv = found.table.to_csv(index=False, lineterminator="\n")
    if out is not None:
        written_whole(out, csv)
    if as_json:
        show(json.dumps(_document(found)))
    elif out is None:
        show(csv.rstrip("\n"))
    for note in found.notes:
        say(f"fairpool: {note}")


def _document(found: Predictions) -> dict[str, Any]:
    chances = [name for name in found.table.columns if name.startswith("probability ")]
    rows = [
        {
            "row": row["row"],
            "prediction": row["prediction"],
            **(
                {"probabilities": {name.removeprefix("probability "): row[name] for name in chances}}
                if chances
                else {}
            ),
        }
        for row in found.table.to_dict("records")
    ]
    return {"format": 1, "predictions": rows, "notes": list(found.notes)}

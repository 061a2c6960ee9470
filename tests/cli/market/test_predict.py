"""`fairpool predict` and models/README.txt: a delivered model used by those who do not program, and by those who do."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from typer.testing import Result

from builders.consortium import Consortium, consortium, fairpool
from fairpool.documents.model_description import ENTRY
from fairpool.files.market.market_file import read_market_file
from fairpool.files.market.round_inputs import read_inputs
from fairpool.files.output import output_folder
from fairpool.market.options import Work
from fairpool.market.settlement import Settlement
from fairpool.market.settling import settle_agreed
from fairpool.runs.rounds import results

BAYES = {'learner = "nearest"\nlearner-options = { neighbours = 3 }': 'learner = "naive-bayes"'}
RIDGE = {
    'learner = "nearest"\nlearner-options = { neighbours = 3 }': 'learner = "ridge"',
    '"accuracy"': '"r2"',
    '"ill"': '"bmi"',
}


def delivered(
    folder: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> tuple[Consortium, Settlement]:
    """A settled round and its folder of results; the page, which takes longest, is not drawn."""
    monkeypatch.setattr(results, "report_page", lambda _: "")
    files = consortium(folder)
    for old, new in changes.items():
        files.change("MARKET.toml", old, new)
    inputs = read_inputs(read_market_file(files.market))
    settlement = settle_agreed(inputs.agreement, rng=inputs.rng, work=Work())
    with output_folder(files.out) as out, out.results() as place:
        results.write_results(place, settlement, settlement.document(inputs.name), inputs)
    return files, settlement


def predict(files: Consortium, rows: str, *options: str, party: str = "North") -> Result:
    return fairpool("predict", str(files.out / "models" / f"{party}.onnx"), str(files.file(rows)), *options)


def table(result: Result) -> pd.DataFrame:
    assert result.exit_code == 0, result.stderr
    return pd.read_csv(io.StringIO(result.stdout))


@pytest.mark.parametrize("changes", [BAYES, RIDGE], ids=["classes", "numbers"])
def test_predictions_are_the_models(tmp_path: Path, monkeypatch, changes):
    """Labels equal, numbers to rounding, probabilities too; rows by their lines."""
    files, settlement = delivered(tmp_path, monkeypatch, changes)
    found, rows = table(predict(files, "west.csv")), pd.read_csv(files.file("west.csv"))
    model = settlement.models["North"]
    assert found["row"].tolist() == list(range(2, 14))
    if changes is BAYES:
        assert found["prediction"].tolist() == list(model.predict(rows))
        expected = model.predict_proba(rows)
        for name in expected.columns:
            np.testing.assert_allclose(found[f"probability {name}"], expected[name], rtol=1e-9, atol=1e-12)
    else:
        np.testing.assert_allclose(found["prediction"], model.predict(rows), rtol=1e-9)


def test_rows_are_read_as_the_partys_own_files(tmp_path: Path, monkeypatch):
    """What was said of them travels with the model: separator, decimal mark, marks, names, and no header."""
    keys = (
        'separator = ";"\ndecimal = ","\nmissing = ["?"]\ncolumns = ["age", "bmi", "smoker", "gender", "ill"]\n'
        'rename = { gender = "sex" }'
    )
    as_raw = {**BAYES, 'train = "north.csv"': f'train = "raw.data"\n{keys}'}
    plain = consortium(tmp_path)
    raw = plain.file("north.csv").read_text().partition("\n")[2].replace(",", ";").replace(".", ",")
    plain.file("raw.data").write_text(raw)
    files, settlement = delivered(tmp_path, monkeypatch, as_raw)
    expected = settlement.models["North"].predict(pd.read_csv(files.file("north.csv")))
    found = table(predict(files, "raw.data"))
    assert found["prediction"].tolist() == list(expected)
    assert found["row"].tolist() == list(range(1, 13))
    files.file("asked.data").write_text("".join(line.rpartition(";")[0] + "\n" for line in raw.splitlines()))
    assert table(predict(files, "asked.data"))["prediction"].tolist() == list(expected)
    files.file("asked.data").write_text("50;?;true;male\n")
    assert len(table(predict(files, "asked.data"))) == 1
    assert table(predict(files, "north.csv", party="South"))["prediction"].tolist() == list(expected)


def test_a_category_the_model_does_not_know_is_named(tmp_path: Path, monkeypatch):
    """It is predicted as none of the known ones, and said to the one whose rows these are."""
    files, _ = delivered(tmp_path, monkeypatch, BAYES)
    files.cell("west.csv", 3, "sex", "divers")
    result = predict(files, "west.csv")
    assert len(table(result)) == 12
    assert "column 'sex': \"divers\" (1 row): the model does not know it" in result.stderr
    document = json.loads(predict(files, "west.csv", "--json").stdout)
    assert len(document["predictions"]) == 12
    assert set(document["predictions"][0]["probabilities"]) == {"no", "yes"}
    assert len(document["notes"]) == 1


def test_out_gets_what_stdout_would(tmp_path: Path, monkeypatch):
    """And stdout nothing."""
    files, _ = delivered(tmp_path, monkeypatch, BAYES)
    expected = predict(files, "west.csv").stdout
    assert predict(files, "west.csv", "--out", str(files.file("said.csv"))).stdout == ""
    assert files.file("said.csv").read_text() == expected


def test_bad_input_is_one_message(tmp_path: Path, monkeypatch):
    """A column that is not there, a cell that does not read, a file that is no model: exit code 2, the place."""
    files, _ = delivered(tmp_path, monkeypatch, BAYES)
    files.cell("south.csv", 4, "bmi", "fat")
    files.without("west.csv", "bmi")
    for rows, message in (
        ("west.csv", "west.csv, column 'bmi': got no such column, which the model wants"),
        ("south.csv", "south.csv, row 4, column 'bmi': got 'fat', expected a number"),
        ("none.csv", "none.csv: there is no such file"),
    ):
        result = predict(files, rows)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert message in result.stderr
    for content, message in ((b"no model", "not an ONNX file"), (None, "No such file")):
        other = files.file("other.onnx")
        other.unlink(missing_ok=True)
        if content is not None:
            other.write_bytes(content)
        result = fairpool("predict", str(other), str(files.file("north.csv")))
        assert result.exit_code == 2
        assert message in result.stderr


def test_the_readme_tells_what_the_models_are_and_its_lines_run(tmp_path: Path, monkeypatch, capsys):
    """Columns and their kinds, classes, what it was trained on, its score; six lines that print the model's labels."""
    files, settlement = delivered(tmp_path, monkeypatch, BAYES)
    text = (files.out / "models" / "README.txt").read_text()
    written = json.loads((files.out / "settlement.json").read_text())["parties"][0]
    low, high = written["gain_interval"]
    told = (
        "North.onnx",
        "trained on the rows of North, South, West",
        f"accuracy {written['gain']:.3f} ({low:.3f} to {high:.3f}, 95 %)",
        "one of no, yes",
        "a number",
    )
    for words in (*told, "true or false (1 or 0)", "a text", "fairpool predict"):
        assert words in " ".join(text.split())
    assert "female" not in text, "a category is somebody's cell"
    lines = [line.strip() for line in text[text.index("import onnxruntime") :].splitlines()[:6]]
    monkeypatch.chdir(files.out / "models")
    asked = itertools.product(range(20, 90), (18.5, 26.0, 33.5), (True, False), ("female", "male"))
    rows = pd.DataFrame(asked, columns=["age", "bmi", "smoker", "sex"])
    rows.loc[2, "bmi"], rows.loc[3, "sex"] = np.nan, np.nan
    rows.assign(sex=" " + rows["sex"] + "  ").to_csv("ROWS.csv", index=False)
    exec("\n".join(lines), {})
    assert capsys.readouterr().out.split() == list(settlement.models["North"].predict(rows))


def test_all_texts_that_the_model_cannot_read_are_told_at_once(tmp_path: Path, monkeypatch):
    """One line for each column and answer; a recode that is given says what it has no entry for."""
    files, _ = delivered(tmp_path, monkeypatch, BAYES)
    files.change_all("west.csv", "true", "ja")
    files.change_all("west.csv", "false", "nein")
    for row, text in ((3, "?"), (4, "?"), (6, "old")):
        files.cell("west.csv", row, "age", text)
    ask = ("predict", str(files.out / "models" / "North.onnx"), str(files.file("west.csv")))
    result = fairpool(*ask)
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert [line.partition(" got ")[2].partition(", expected")[0] for line in lines[:2]] == [
        "'?' here and in 1 more row",
        "'old'",
    ]
    assert "'ja' " in lines[2]
    assert "'nein' " in lines[2]
    assert len(lines) == 3
    files.change("west.csv", "sex", "Geschlecht")
    assert (
        "the model does not know 'Geschlecht': if it is 'sex', --rename Geschlecht=sex"
        in fairpool(*ask).stderr
    )
    files.change("west.csv", "Geschlecht", "sex")
    said = fairpool(*ask, "--missing", "?,old", "--recode", "smoker:ja=true").stderr
    assert said.endswith('--recode for smoker has no entry for "nein": add smoker:nein=.. there\n')


def test_the_readme_says_why_one_model_has_several_intervals(tmp_path: Path, monkeypatch):
    """A party's interval is of the better of its own and the pooled model, draw by draw, in every file's line."""
    files, _ = delivered(tmp_path, monkeypatch, BAYES)
    text = " ".join((files.out / "models" / "README.txt").read_text().split())
    parties = json.loads((files.out / "settlement.json").read_text())["parties"]
    assert len({tuple(party["gain_interval"]) for party in parties}) > 1
    assert "the better of two models, the party's own and the pooled one, chosen anew in every draw" in text
    assert "one model that several parties get may have a different interval for each of them" in text


def test_the_same_round_gives_the_same_files(tmp_path: Path, monkeypatch):
    """What travels with a model holds no date and no path."""
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files, _ = delivered(tmp_path / name, monkeypatch, BAYES)
        contents.append((files.out / "models" / "North.onnx").read_bytes())
    assert contents[0] == contents[1]
    facts = onnxruntime.InferenceSession(contents[0]).get_modelmeta().custom_metadata_map
    description = json.loads(facts[ENTRY])
    assert (description["party"], description["trained_on"]) == ("North", ["North", "South", "West"])


def test_names_that_a_spreadsheet_would_run_are_defused(tmp_path: Path, monkeypatch):
    """In statement.csv, which bookkeeping opens; the document keeps the name."""
    changes = {**BAYES, 'name = "North"': "name = '=HYPERLINK(\"http://x\")'"}
    files, settlement = delivered(tmp_path, monkeypatch, changes)
    assert settlement.names[0].startswith("=")
    names = pd.read_csv(files.out / "statement.csv")["name"].tolist()
    assert names == ["'" + settlement.names[0], "South", "West"]

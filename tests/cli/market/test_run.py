"""`fairpool run`: what it prints, what it writes, and what it leaves alone."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from pathlib import Path

import onnxruntime as ort
import pandas as pd
import pytest
from typer.testing import CliRunner

from builders.consortium import MARKET, consortium, fairpool
from fairpool import __version__
from fairpool.cli.app import app
from fairpool.cli.console import Stages, show
from fairpool.ground.errors import InputError

RIDGE = MARKET.replace('"nearest"', '"ridge"').replace("neighbours = 3", "alpha = 1.0")
OWN = (
    RIDGE.replace('"common"', '"own"')
    .replace('validation = "validation.csv"', "")
    .replace('.csv"\n', '.csv"\nvalidation = "validation.csv"\n')
)
QUERIES = "sex,age,bmi,smoker\nfemale,80,25,true\n\nmale,20,25,false\n"
PRODUCTS = {"settlement.json", "statement.csv", "report.html", "models"}


def test_a_round_leaves_a_settlement_a_statement_a_report_and_models(tmp_path: Path):
    """And nothing else; the text says where."""
    files = consortium(tmp_path, market=RIDGE)
    result = files.run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert {path.name for path in files.out.iterdir()} == PRODUCTS
    assert {path.name for path in (files.out / "models").iterdir()} == {
        "North.onnx",
        "README.txt",
        "South.onnx",
        "West.onnx",
    }
    assert str(files.out / "report.html") in result.stdout
    assert not list(tmp_path.glob(".*"))


@pytest.mark.long
def test_json_is_one_document_and_the_one_in_the_folder(tmp_path: Path):
    """Nothing else on stdout, nothing on stderr; the nets sum to zero."""
    files = consortium(tmp_path)
    result = files.run("--json")
    document = json.loads(result.stdout)
    assert result.stderr == ""
    assert document == json.loads((files.out / "settlement.json").read_text())
    assert sum(party["net"] for party in document["parties"]) == 0
    assert set(document) >= {"currency", "parties", "method", "evaluations", "seed", "certificate"}


def test_the_statement_has_a_row_a_party_in_minor_units(tmp_path: Path):
    """The columns of DESIGN.md, the same numbers as in the settlement."""
    files = consortium(tmp_path)
    parties = json.loads(files.run("--json").stdout)["parties"]
    statement = pd.read_csv(files.out / "statement.csv")
    assert list(statement["name"]) == ["North", "South", "West"]
    assert set(statement["currency"]) == {"EUR"}
    for column in (
        "gain_alone",
        "gain",
        "fee",
        "improvement",
        "refund",
        "reward",
        "net",
        "share",
        "share_se",
    ):
        assert list(statement[column]) == [party[column] for party in parties]


def test_the_same_file_settles_to_the_same_bytes(tmp_path: Path):
    """Twice into the same folder, then once more into another."""
    files = consortium(tmp_path, market=RIDGE)
    files.run()
    first = {path.name: path.read_bytes() for path in files.out.rglob("*") if path.is_file()}
    files.run()
    fairpool("run", str(files.market), "--out", str(tmp_path / "other"))
    for folder in (files.out, tmp_path / "other"):
        assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first


def test_results_go_beside_the_reader_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """MARKET.toml settles into MARKET-settlement, in the folder one is in."""
    (tmp_path / "data").mkdir()
    (tmp_path / "desk").mkdir()
    files = consortium(tmp_path / "data")
    monkeypatch.chdir(tmp_path / "desk")
    assert fairpool("run", str(files.market)).exit_code == 0
    assert [path.name for path in (tmp_path / "desk").iterdir()] == ["MARKET-settlement"]


@pytest.mark.long
@pytest.mark.parametrize(
    "learner", ["nearest", "naive-bayes", "logistic", "gradient-boosting", "sklearn.svm.SVC"]
)
def test_every_kind_of_learner_settles(learner: str, tmp_path: Path):
    """Closed forms, tables and fitted estimators; a model that holds training rows is a note, not a file."""
    files = consortium(
        tmp_path, market=MARKET.replace('"nearest"', f'"{learner}"').replace("neighbours = 3", "")
    )
    assert files.run().exit_code == 0
    kept = learner in ("nearest", "sklearn.svm.SVC")
    models = {path.name for path in (files.out / "models").iterdir()}
    assert {Path(name).suffix for name in models - {"README.txt"}} == ({".txt"} if kept else {".onnx"})
    assert ("README.txt" in models) is not kept


def test_a_task_per_party_settles(tmp_path: Path):
    """With the matrix of who gains what from whose model."""
    files = consortium(tmp_path, market=OWN)
    document = json.loads(files.run("--json").stdout)
    assert document["task"] == "own"
    assert len(document["customisation"]["after"]) == 3


def test_a_sampled_round_says_how_sure_it_is(tmp_path: Path):
    """Standard errors beside the shares, and in the text what ± means."""
    more = "".join(f'\n[[party]]\nname = "Ward {n}"\ntrain = "north.csv"\n' for n in range(4, 8))
    sampled = MARKET.replace("seed = 7", 'seed = 7\nmethod = "sampled"\nevaluations = 60')
    text = consortium(tmp_path, market=sampled + more).run().stdout
    assert "Shares are estimated from" in text
    assert "± is one standard error" in text


# ---- queries


def with_queries(tmp_path: Path, rows: str, market: str = RIDGE):
    files = consortium(tmp_path, market=market.replace('"south.csv"', '"south.csv"\nqueries = "asked.csv"'))
    files.file("asked.csv").write_text(rows)
    return files


def test_queries_are_answered_by_the_partys_model(tmp_path: Path):
    """One line a row, called by its line in the file; the delivered ONNX model says the same."""
    files = with_queries(tmp_path, QUERIES)
    assert files.run().exit_code == 0
    answers = pd.read_csv(files.out / "models" / "South.predictions.csv")
    assert list(answers["row"]) == [2, 4]
    assert list(answers["prediction"]) == ["yes", "no"]
    asked = pd.read_csv(files.file("asked.csv"))
    model = ort.InferenceSession(files.out / "models" / "South.onnx")
    kinds = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(string)": "object"}
    inputs = {i.name: asked[[i.name]].to_numpy().astype(kinds[i.type]) for i in model.get_inputs()}
    assert list(model.run(None, inputs)[0].ravel()) == ["yes", "no"]


@pytest.mark.long
def test_models_that_stay_with_the_operator_answer_with_chances(tmp_path: Path):
    """One nearest neighbour holds training rows: no file, but predictions and their probabilities."""
    market = MARKET.replace('"nearest"', '"naive-bayes"').replace("neighbours = 3", "")
    files = with_queries(tmp_path, QUERIES, market)
    files.run()
    answers = pd.read_csv(files.out / "models" / "South.predictions.csv")
    assert list(answers.columns) == ["row", "prediction", "probability no", "probability yes"]
    assert answers[["probability no", "probability yes"]].sum(axis=1).tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("age,bmi,sex\n80,25,female\n", "asked.csv, column 'smoker': got no such feature; the columns are"),
        (QUERIES.replace("20,25", "old,25"), "asked.csv, row 4, column 'age': got 'old', expected a number"),
        (QUERIES.replace("80", "inf"), "asked.csv, row 2, column 'age': got 'inf', expected a finite number"),
        ("sex,age,bmi,smoker\n", "asked.csv: got no rows of data"),
    ],
)
def test_queries_are_held_against_the_round_before_it_is_computed(rows: str, message: str, tmp_path: Path):
    """The learner of this round would fail at its first model: it is never asked."""
    failing = MARKET.replace('"nearest"', '"random-forest"').replace("neighbours = 3", "n_estimators = -1")
    files = with_queries(tmp_path, rows, failing)
    before = files.tree()
    result = files.run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert files.tree() == before


def test_queries_that_are_not_there_are_refused(tmp_path: Path):
    """As any other file."""
    files = with_queries(tmp_path, QUERIES)
    files.file("asked.csv").unlink()
    assert "asked.csv: there is no such file" in files.run().stderr


# ---- the terminal


def test_warnings_of_libraries_do_not_reach_the_terminal(tmp_path: Path):
    """A network that does not converge in one step warns in scikit-learn, not here."""
    market = MARKET.replace('"nearest"', '"sklearn.neural_network.MLPClassifier"')
    files = consortium(
        tmp_path, market=market.replace("neighbours = 3", "max_iter = 1, hidden_layer_sizes = 2")
    )
    result = files.run("--json")
    assert (result.exit_code, result.stderr) == (0, "")
    json.loads(result.stdout)


@pytest.mark.long
def test_warnings_in_worker_processes_do_not_reach_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    """They have a stderr of their own."""
    market = MARKET.replace('"nearest"', '"sklearn.neural_network.MLPClassifier"')
    market = market.replace("neighbours = 3", "max_iter = 1, hidden_layer_sizes = 2")
    more = "".join(f'\n[[party]]\nname = "Ward {n}"\ntrain = "north.csv"\n' for n in range(4, 6))
    files = consortium(tmp_path, market=market + more)
    assert files.run("--jobs", "2").exit_code == 0
    assert capfd.readouterr().err == ""


def test_a_reader_who_has_seen_enough_is_no_mistake(monkeypatch: pytest.MonkeyPatch):
    """`fairpool ... | head` ends without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        show("more than anybody reads")
        show("and more")


def test_an_output_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch):
    """`fairpool ... --json > /full/disk`."""
    with open("/dev/full", "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        with pytest.raises(InputError, match=os.strerror(errno.ENOSPC)):
            show("{}")


def test_a_long_run_that_nobody_watches_says_now_and_then_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Where stderr is a file there is no bar, but a line every half minute."""
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with Stages() as stages:
        stages.stage("valuing")
        for done in range(1, 5):
            stages.progress(done * 1000, 4000)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[0] == "fairpool: valuing: 2,000 of 4,000"
    assert len(said.err.splitlines()) < 4


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["run", "a", "b"], ["settle"], ["--jobs"], ["run", "a", "--jobs", "0"], ["value", "a"], []],
)
def test_wrong_use_is_exit_code_2_with_help_on_stderr(arguments: list[str]):
    """Nothing on stdout."""
    result = fairpool(*arguments)
    assert result.exit_code == 2
    assert (result.stdout == "") is bool(arguments)
    assert "Usage: fairpool" in result.output


def test_the_version_is_the_packages():
    """And nothing else."""
    result = fairpool("--version")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"fairpool {__version__}\n", "")


@pytest.mark.parametrize("command", [[], ["demo"], ["run"], ["value"]])
def test_every_door_has_help(command: list[str]):
    """That fits 80 columns."""
    result = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_terminal_without_the_letters_gets_question_marks(monkeypatch: pytest.MonkeyPatch):
    """Instead of a traceback: the console script lets no encoding fail."""
    from fairpool.cli.app import main

    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "argv", ["fairpool", "--version"])
    with pytest.raises(SystemExit, match="0"):
        main()
    show("R²")
    stdout.seek(0)
    assert stdout.buffer.read().decode("ascii").splitlines()[-1] == "R?"

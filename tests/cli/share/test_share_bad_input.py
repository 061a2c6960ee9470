"""Samples and costs that are none: one message with file, row and column, exit code 2, and nothing changed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from builders.sharers import (
    C3D,
    COMPARED,
    COSTS,
    ROWS,
    Sharers,
    Spoil,
    cell,
    costly_sharers,
    holding,
    replaced,
    sharers,
)
from fairpool.files.sharing.samples import read_samples


def refused(files: Sharers, message: str) -> None:
    """The earlier result in the folder stays as it was."""
    files.out.mkdir(exist_ok=True)
    (files.out / "summary.json").write_text("of an earlier sharing")
    before = files.tree()
    result = files.run("--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert files.tree() == before


def scaled(name: str, factor: float) -> Spoil:
    """A file in other units."""

    def spoil(files: Sharers) -> None:
        table = pd.read_csv(files.file(name)) * factor
        table.to_csv(files.file(name), index=False)

    return spoil


def everywhere(factor: float) -> Spoil:
    return lambda files: [
        scaled(path.name, factor)(files) for path in files.folder.glob("*.csv") if path.name != "costs.csv"
    ]


def each(*spoils: Spoil) -> Spoil:
    return lambda files: [spoil(files) for spoil in spoils]


def as_parquet(**columns: list[object]) -> Spoil:
    def spoil(files: Sharers) -> None:
        pd.DataFrame(columns).to_parquet(files.file("south.parquet"))
        files.change("SHARE.toml", "south.csv", "south.parquet")

    return spoil


NOTHING = "an agent that hands in nothing leaves out the key samples"
NUMBER = "expected a finite number"
ONE_COLUMN: dict[str, tuple[Spoil, str]] = {
    "no file": (lambda files: files.file("west.csv").unlink(), "west.csv: there is no such file"),
    "empty": (
        holding("west.csv", ""),
        f"west.csv: got an empty file, expected a header line and rows; {NOTHING}",
    ),
    "header only": (
        holding("west.csv", "iron\n"),
        f"west.csv: got no rows of data, expected at least one; {NOTHING}",
    ),
    "blank lines only": (
        holding("west.csv", "iron\n\n\n"),
        f"west.csv: got no rows of data, expected at least one; {NOTHING}",
    ),
    "ragged": (
        holding("west.csv", "iron\n1\n2,3\n"),
        "west.csv, row 3: got 2 cell(s), expected 1 as in the header",
    ),
    "nan": (cell("west.csv", 4, "iron", "nan"), f"west.csv, row 4, column 'iron': got 'nan', {NUMBER}"),
    "NA": (cell("west.csv", 2, "iron", "NA"), f"west.csv, row 2, column 'iron': got 'NA', {NUMBER}"),
    "nan in the last row": (
        cell("west.csv", ROWS + 1, "iron", "NaN"),
        f"row {ROWS + 1}, column 'iron': got 'NaN', {NUMBER}",
    ),
    "text": (cell("west.csv", 5, "iron", "much"), f"west.csv, row 5, column 'iron': got 'much', {NUMBER}"),
    "thousands": (
        cell("west.csv", 5, "iron", '"1,234"'),
        f"west.csv, row 5, column 'iron': got '1,234', {NUMBER}",
    ),
    "infinite": (cell("west.csv", 5, "iron", "inf"), f"west.csv, row 5, column 'iron': got 'inf', {NUMBER}"),
    "too large": (
        cell("west.csv", 5, "iron", "1e200"),
        f"west.csv, row 5, column 'iron': got '1e+200', {NUMBER}",
    ),
    "truth": (
        lambda files: files.column("west.csv", "iron", "true"),
        f"row 2, column 'iron': got 'true', {NUMBER}",
    ),
    "empty quotes": (
        cell("west.csv", 3, "iron", '""'),
        f"west.csv, row 3, column 'iron': got a blank cell, {NUMBER}",
    ),
    "one sample": (
        holding("west.csv", "iron\n10\n"),
        f"west.csv: got one sample of 'West', but its plan asks for {ROWS}, and the spread of a single sample cannot",
    ),
    "other column": (
        holding("west.csv", "zinc\n10\n11\n"),
        "west.csv, column 'iron': got no such column, expected the",
    ),
    "more columns": (
        holding("west.csv", "iron,zinc\n10,1\n11,1\n"),
        "west.csv, column 'zinc': got this column, which is",
    ),
    "same columns": (holding("west.csv", "iron,iron\n10,1\n11,1\n"), "west.csv, column 'iron': got"),
    "no name": (holding("west.csv", ",\n10,1\n11,1\n"), "west.csv"),
    "semicolons": (holding("west.csv", "iron;zinc\n1;2\n"), "west.csv: got columns separated by semicolons"),
    "other ending": (replaced("west.csv", "west.xlsx"), "west.xlsx: expected a file whose name ends in .csv"),
    "no text": (
        lambda files: files.file("west.csv").write_bytes(b"iron\n\xff\xfe\n"),
        "west.csv, row 2: got the byte 0xff",
    ),
    "no parquet": (
        each(holding("south.parquet", "iron\n1\n"), replaced("south.csv", "south.parquet")),
        "south.parquet: got something that is not a Parquet file",
    ),
    "parquet with a gap": (
        as_parquet(iron=[10.0, None, 11.0]),
        f"south.parquet, row 2, column 'iron': got a blank cell, {NUMBER}",
    ),
    "parquet of dates": (
        as_parquet(iron=list(pd.date_range("2020", periods=3))),
        "south.parquet, column 'iron': got cells of type datetime64",
    ),
    "all in other units": (
        everywhere(0.1),
        "sigma: got 2, but samples of 'iron' have a standard deviation of 0.1",
    ),
    "all larger": (everywhere(10.0), "sigma: got 2, but samples of 'iron' have a standard deviation of 1"),
    "all alike": (
        each(
            *(
                lambda files, lab=lab: files.column(lab, "iron", "7")
                for lab in ("north.csv", "south.csv", "west.csv", "east.csv", "hill.csv", "mill.csv")
            )
        ),
        "sigma: got 2, but samples of 'iron' have a standard deviation of 0 within agents",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), ONE_COLUMN.values(), ids=ONE_COLUMN)
def test_samples_that_are_none_are_refused(spoil: Spoil, message: str, tmp_path: Path):
    """Whatever else is in the folder."""
    files = sharers(tmp_path)
    spoil(files)
    refused(files, message)


TWO_COLUMNS: dict[str, tuple[Spoil, str]] = {
    "blank": (cell("west.csv", 3, "zinc", ""), f"west.csv, row 3, column 'zinc': got a blank cell, {NUMBER}"),
    "blank row": (
        each(cell("west.csv", 3, "zinc", ""), cell("west.csv", 3, "iron", "")),
        f"west.csv, row 3, column 'iron': got a blank cell, {NUMBER}",
    ),
    "nan": (cell("west.csv", 3, "zinc", "NaN"), f"west.csv, row 3, column 'zinc': got 'NaN', {NUMBER}"),
    "after blank lines": (
        each(
            lambda files: files.change("west.csv", "\n", "\n\n\n"),
            lambda files: files.file("west.csv").write_text(files.file("west.csv").read_text() + "10,x\n"),
        ),
        f"west.csv, row {ROWS + 4}, column 'zinc': got 'x', {NUMBER}",
    ),
    "one column in other units": (
        lambda files: [
            pd.read_csv(files.file(f"{lab}.csv"))
            .assign(zinc=lambda t: t["zinc"] * 30)
            .to_csv(files.file(f"{lab}.csv"), index=False)
            for lab in ("north", "south", "west", "east", "hill", "mill")
        ],
        "sigma: got 2, but samples of 'zinc' have a standard deviation of",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), TWO_COLUMNS.values(), ids=TWO_COLUMNS)
def test_cells_of_several_coordinates_are_all_there(spoil: Spoil, message: str, tmp_path: Path):
    """A row is one sample of all of them."""
    files = sharers(tmp_path, columns=("iron", "zinc"))
    spoil(files)
    refused(files, message)


def test_a_column_cannot_be_called_as_releases_call_the_kind(tmp_path: Path):
    """It could not be told from the kind of the row."""
    refused(sharers(tmp_path, columns=("iron", "kind")), "column 'kind': got a column of this name")


def test_somebody_has_to_hand_in_something(tmp_path: Path):
    """Without any file there are no columns."""
    files = sharers(tmp_path)
    text = "\n".join(line for line in files.share.read_text().splitlines() if "samples" not in line)
    files.share.write_text(text)
    refused(files, "[[agent]]: got samples of nobody, expected at least one agent that hands in a file")


@pytest.mark.parametrize("mechanism", ["alone", "pool-and-share", "quota", "c3d-tuned", "estimate-only"])
@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_a_sigma_that_is_wildly_wrong_is_refused(mechanism: str, factor: float, tmp_path: Path):
    """Every mechanism with a sigma takes it for the truth."""
    files = sharers(tmp_path, C3D.replace('"c3d"', f'"{mechanism}"'))
    everywhere(factor)(files)
    refused(files, "sigma: got 2, but samples of 'iron' have a standard deviation of")


def test_an_upper_bound_may_be_too_large(tmp_path: Path):
    """bounded-variance promises for every variance up to sigma^2, and for none above."""
    files = sharers(tmp_path, C3D.replace('"c3d"', '"bounded-variance"'))
    everywhere(0.1)(files)
    assert files.run().exit_code == 0
    everywhere(100.0)(files)
    assert "sigma: got 2, but samples" in files.run().stderr


def test_a_plan_that_nobody_could_carry_out_is_refused(tmp_path: Path):
    """A cost in other units than the samples."""
    files = sharers(tmp_path, C3D.replace("cost = 0.01", "cost = 1e-40"))
    refused(files, "SHARE.toml: sharing.sigma: the plan would ask an agent for 8.16e+19 samples")


def test_one_sample_will_do_where_one_is_asked_for(tmp_path: Path):
    """At a cost that makes a single sample the plan."""
    files = sharers(tmp_path, C3D.replace("cost = 0.01", "cost = 4.0"), rows=1)
    assert files.run().exit_code == 0


def test_one_row_is_no_distribution(tmp_path: Path):
    """Whatever was agreed on."""
    files = sharers(tmp_path, COMPARED)
    files.file("west.csv").write_text("iron\n10\n")
    refused(files, "west.csv: got one row of 'West', expected at least two")


COSTLY: dict[str, tuple[Spoil, str]] = {
    "no costs": (lambda files: files.file("costs.csv").unlink(), "costs.csv: there is no such file"),
    "missing agent": (
        holding("costs.csv", COSTS.replace("West,inf,0.01\n", "").replace("inf", "1")),
        "costs.csv: got no row for the agent 'West', expected one for each",
    ),
    "stranger": (
        holding("costs.csv", COSTS.replace("West", "Westt")),
        "costs.csv, row 4: got 'Westt', which is no agent of the sharing; did you mean 'West'?",
    ),
    "nobody samples": (
        holding("costs.csv", COSTS.replace("0.02", "inf").replace("inf,0.01", "inf,inf")),
        "costs.csv, column 'zinc': every cost is inf: nobody can sample this distribution",
    ),
    "zero": (
        holding("costs.csv", COSTS.replace("0.015", "0")),
        "costs.csv, row 3, column 'iron': got '0', expected a",
    ),
    "nan": (
        holding("costs.csv", COSTS.replace("0.015", "nan")),
        "costs.csv, row 3, column 'iron': got a blank cell",
    ),
    "other distribution": (
        holding("costs.csv", COSTS.replace("zinc", "lead")),
        "north.csv, column 'lead': got no such column, expected the columns of",
    ),
    "fewer distributions": (
        holding("costs.csv", "lab,iron\nNorth,1\nSouth,1\nWest,1\n"),
        "north.csv, column 'zinc': got this column, which is not in",
    ),
    "nan sample": (
        cell("north.csv", 4, "zinc", "nan"),
        "north.csv, row 4, column 'zinc': got 'nan', "
        "expected a finite number, or a blank cell where there is no sample",
    ),
    "text": (
        cell("north.csv", 4, "zinc", "x"),
        "north.csv, row 4, column 'zinc': got 'x', expected a finite number",
    ),
    "infinite": (
        cell("north.csv", 4, "zinc", "-inf"),
        "north.csv, row 4, column 'zinc': got '-inf', expected a finite",
    ),
    "one sample": (
        each(lambda files: files.column("north.csv", "iron", ""), cell("north.csv", 2, "iron", "10")),
        "north.csv, column 'iron': got one sample of 'North', but its plan asks for",
    ),
    "nothing": (
        holding("north.csv", "iron,zinc\n,\n"),
        f"north.csv: got no rows of data, expected at least one; {NOTHING}",
    ),
    "other units": (everywhere(20.0), "sigma: got 2, but samples of 'iron' have a standard deviation of"),
}


@pytest.mark.parametrize(("spoil", "message"), COSTLY.values(), ids=COSTLY)
def test_samples_and_costs_that_do_not_fit_are_refused(spoil: Spoil, message: str, tmp_path: Path):
    """Columns are those of the costs, rows those of the agents."""
    files = costly_sharers(tmp_path)
    spoil(files)
    refused(files, message)


def test_nothing_is_left_where_nothing_was(tmp_path: Path):
    """No folder, no hidden folder."""
    files = sharers(tmp_path)
    files.cell("west.csv", 4, "iron", "x")
    before = files.tree()
    assert files.run().exit_code == 2
    assert files.tree() == before


def test_a_target_that_cannot_be_is_refused_before_the_work(tmp_path: Path):
    """A file where the folder should be."""
    files = sharers(tmp_path)
    files.out.write_text("a file")
    before = files.tree()
    assert "is a file, expected a folder for the results" in files.run().stderr
    assert files.tree() == before


# ---- what is read


@pytest.mark.parametrize(
    "text",
    [
        "iron\n1\n\n2\n",
        "\ufeffiron\n1\n2",
        'iron\r\n"1"\r\n2\r\n',
        "iron\n1\n2\n\n  \n",
        "\niron\n 1 \n2\n",
        ",iron\n0,1\n1,2\n",
    ],
)
def test_spellings_of_the_same_samples(text: str, tmp_path: Path):
    """Blank lines, marks of byte order, quotes, row names: none of it is a sample."""
    (tmp_path / "a.csv").write_bytes(text.encode())
    with gzip.open(tmp_path / "b.csv.gz", "wb") as packed:
        packed.write(text.encode())
    for name in ("a.csv", "b.csv.gz"):
        found = read_samples(tmp_path / name, gaps=False)
        assert (found.columns, found.values.tolist()) == (("iron",), [[1.0], [2.0]])

"""No cell of anybody's data in anybody's report: every cell is a canary, and none is found in what a round leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from builders.consortium import fairpool

ROWS = 60
MARKET = """\
[market]
name = "Canaries"
task = "{task}"
learner = "ridge"
score = "accuracy"
unit-price = "1000.00 EUR"

[data]
label = "ill"
{common}
{parties}
"""


def canaries(rng, owner):
    """A table all of whose cells but labels stand nowhere else: common towns, seven rare ones, a name, numbers."""
    signal = rng.normal(size=ROWS)
    towns = [f"town{owner}{k}" if k < 7 else ("Ashford", "Bexley")[k % 2] for k in range(ROWS)]
    return [
        (
            f"{1000 + 10 * x + rng.random():.7f}",
            f"{rng.integers(10**8, 10**9)}",
            *(f"{rng.normal(500, 50):.8f}" for _ in range(4)),
            town,
            f"name{owner}{rng.integers(10**9)}",
            "yes" if x + 0.3 * rng.normal() > 0 else "no",
        )
        for x, town in zip(signal, towns, strict=True)
    ]


def written(folder: Path, name: str, rows) -> None:
    lines = ["level,card,a,b,c,d,town,patient,ill", *(",".join(row) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("task", ["common", "own"])
def test_no_cell_is_in_what_a_round_leaves(tmp_path: Path, task: str):
    """settlement.json, report.html, statement.csv, the terminal, and texts in the models' files.

    Among the training rows some stand in the validation data, some repeat themselves, one level is a typing error, and
    one party's are in another unit: whatever is noted about them names no cell.
    """
    rng = np.random.default_rng(3)
    tables = {owner: canaries(rng, owner) for owner in ("north", "south", "task")}
    tables["north"] += [
        *tables["task"][:12],
        *tables["north"][:2],
        ("98765432.1234567", *tables["north"][0][1:]),
    ]
    tables["south"] = [(f"{float(row[0]) / 38.67:.7f}", *row[1:]) for row in tables["south"]]
    for owner, rows in tables.items():
        written(tmp_path, f"{owner}.csv", rows)
    own = 'validation = "task.csv"\n' if task == "own" else ""
    parties = "".join(
        f'[[party]]\nname = "{o.title()}"\ntrain = "{o}.csv"\n{own}\n' for o in ("north", "south")
    )
    common = "" if task == "own" else 'validation = "task.csv"'
    market = MARKET.format(task=task, common=f'{common}\noverlap = "keep"', parties=parties)
    (tmp_path / "MARKET.toml").write_text(market, encoding="utf-8")

    (tmp_path / "REFUSE.toml").write_text(market.replace('"keep"', '"refuse"'), encoding="utf-8")
    refused = fairpool("run", str(tmp_path / "REFUSE.toml"), "--out", str(tmp_path / "no"))
    assert (refused.exit_code, (tmp_path / "no").exists()) == (2, False)
    result = fairpool("run", str(tmp_path / "MARKET.toml"), "--out", str(tmp_path / "out"))
    assert result.exit_code == 0, result.stderr
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".json", ".html", ".csv", ".onnx"}
    left = {str(path): path.read_bytes() for path in files}
    left["terminal"] = (result.stdout + result.stderr + refused.stderr).encode()

    cells = {cell for rows in tables.values() for row in rows for cell in row[:-1]} - {"Ashford", "Bexley"}
    for name, content in left.items():
        shown = [cell for cell in sorted(cells) if cell.encode() in content]
        assert not shown, f"{name} shows {shown[:3]}"
        numbers = (
            []
            if name.endswith(".onnx")
            else sorted(float(row[0]) for rows in tables.values() for row in rows)
        )
        assert not [value for value in numbers if repr(value).encode() in content], name
    notes = left[str(tmp_path / "out" / "settlement.json")].decode()
    for told in ("more than chance explains", "another unit", "far outside", "name rows rather than"):
        assert told in notes


def test_the_canaries_sing(tmp_path: Path):
    """Texts that ten rows and more hold are shown, so the search of the other test would find a cell."""
    rng = np.random.default_rng(3)
    tables = {owner: canaries(rng, owner) for owner in ("north", "task")}
    tables["north"] = [
        (*row[:-3], row[-3].replace("Ashford", "Camden"), *row[-2:]) for row in tables["north"]
    ]
    for owner, rows in tables.items():
        written(tmp_path, f"{owner}.csv", rows)
    parties = '[[party]]\nname = "North"\ntrain = "north.csv"\n'
    market = MARKET.format(task="common", common='validation = "task.csv"', parties=parties)
    (tmp_path / "MARKET.toml").write_text(market, encoding="utf-8")
    result = fairpool("run", str(tmp_path / "MARKET.toml"), "--out", str(tmp_path / "out"))
    assert 'town "Camden" (' in " ".join(result.stdout.split())
    assert b"Bexley" in (tmp_path / "out" / "models" / "North.onnx").read_bytes()

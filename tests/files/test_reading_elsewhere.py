"""SHARE.toml and PRICE.toml say how their files are to be read with the keys that MARKET.toml has."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairpool.files.pricing.price_file import read_price_file
from fairpool.files.sharing.share_file import read_share_file
from fairpool.files.sharing.submissions import read_submissions
from fairpool.ground.errors import InputError
from fairpool.ground.progress import unwatched

SHARE = """
[sharing]
mechanism = "c3d"
sigma = 1.0
cost = 0.01
[data]
separator = ";"
decimal = ","
[[agent]]
name = "North"
samples = "north.csv"
[[agent]]
name = "South"
samples = "south.csv"
separator = ","
decimal = "."
rename = { Weight = "weight" }
comment = "#"
"""


def test_samples_are_read_as_the_share_file_says(tmp_path: Path):
    """For all agents, and where one's file differs."""
    (tmp_path / "SHARE.toml").write_text(SHARE)
    (tmp_path / "north.csv").write_text("height;weight\n1,5;2\n2,5;4\n")
    (tmp_path / "south.csv").write_text("# by hand\nWeight,height\n7,0.5\n8,0.25\n")
    found = read_submissions(read_share_file(tmp_path / "SHARE.toml"), unwatched)
    assert found.columns == ("height", "weight")
    assert [samples.tolist() for samples in found.samples] == [[[1.5, 2], [2.5, 4]], [[0.5, 7], [0.25, 8]]]


def test_a_mark_for_missing_is_a_blank_cell_for_samples(tmp_path: Path):
    """Which is no sample where there may be gaps, and refused elsewhere."""
    (tmp_path / "SHARE.toml").write_text(SHARE.replace("[data]", '[data]\nmissing = ["?"]'))
    (tmp_path / "north.csv").write_text("height;weight\n1,5;2\n?;4\n")
    (tmp_path / "south.csv").write_text("Weight,height\n7,0.5\n")
    share = read_share_file(tmp_path / "SHARE.toml")
    with pytest.raises(InputError) as refused:
        read_submissions(share, unwatched)
    assert (refused.value.row, refused.value.column) == (3, "height")
    found = read_submissions(share, unwatched, gaps=True)
    assert str(found.samples[0].tolist()) == "[[1.5, 2.0], [nan, 4.0]]"


def test_a_contradiction_names_the_table(tmp_path: Path):
    """Of all, or of one agent."""
    (tmp_path / "SHARE.toml").write_text(SHARE.replace('separator = ";"\n', ""))
    with pytest.raises(InputError, match=r"data\.decimal: got ',', which separates the columns"):
        read_share_file(tmp_path / "SHARE.toml")
    (tmp_path / "SHARE.toml").write_text(SHARE.replace('decimal = "."\n', ""))
    with pytest.raises(InputError, match=r"agent 2 \('South'\).decimal: got ','"):
        read_share_file(tmp_path / "SHARE.toml")


def test_valuations_are_read_as_the_price_file_says(tmp_path: Path):
    """Semicolons, decimal commas and a title."""
    (tmp_path / "PRICE.toml").write_text(
        '[price]\nrounds = 10\nvaluations = "v.csv"\nprobabilities = [1.0]\n'
        '[data]\nseparator = ";"\ndecimal = ","\nskip-lines = 1\n'
    )
    (tmp_path / "v.csv").write_text("Worths of May\nn;buyer\n1;1,5\n2;2,25\n")
    assert read_price_file(tmp_path / "PRICE.toml").buyers.valuations.values.tolist() == [[1.5, 2.25]]


UNMET = {
    'recode = { Weight = { x = "1" } }': "'Weight' was renamed to 'weight': recode names columns by their new",
    'missing-in = { wieght = ["0"] }': "missing-in: got no such column; did you mean 'weight'?",
    'exclude = ["age"]': "exclude: got no such column",
}


@pytest.mark.parametrize("line", UNMET)
def test_a_column_that_no_agents_file_has_is_refused(tmp_path: Path, line: str):
    """Of one agent, and of all; a key of all that one file meets is none."""
    (tmp_path / "north.csv").write_text("height;weight\n1,5;2\n2,5;4\n")
    (tmp_path / "south.csv").write_text("# by hand\nWeight,height\n7,0.5\n8,0.25\n")
    (tmp_path / "SHARE.toml").write_text(f"{SHARE}{line}\n")
    with pytest.raises(InputError) as refused:
        read_submissions(read_share_file(tmp_path / "SHARE.toml"), unwatched)
    assert UNMET[line] in str(refused.value)
    (tmp_path / "SHARE.toml").write_text(SHARE.replace("[data]", '[data]\nexclude = ["age"]'))
    with pytest.raises(InputError, match=r"SHARE.toml, column 'age': exclude: got no such column"):
        read_submissions(read_share_file(tmp_path / "SHARE.toml"), unwatched)
    (tmp_path / "north.csv").write_text("height;weight;age\n1,5;2;3\n2,5;4;3\n")
    assert read_submissions(read_share_file(tmp_path / "SHARE.toml"), unwatched).columns == (
        "height",
        "weight",
    )


def test_a_column_that_the_valuations_lack_is_refused(tmp_path: Path):
    """As everywhere."""
    (tmp_path / "PRICE.toml").write_text(
        '[price]\nrounds = 10\nvaluations = "v.csv"\nprobabilities = [1.0]\n'
        '[data]\nrename = { Anzahl = "n" }\nrecode = { Anzahl = { one = "1" } }\n'
    )
    (tmp_path / "v.csv").write_text("Anzahl,buyer\none,1.5\n2,2.25\n")
    with pytest.raises(InputError, match="'Anzahl' was renamed to 'n': recode names columns by their new"):
        read_price_file(tmp_path / "PRICE.toml")

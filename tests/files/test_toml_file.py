"""TOML by its model: one line that says where, what was got and what was expected."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from fairpool.files.toml_file import FromOne, Keys, Names, Positive, Text, read_toml
from fairpool.ground.errors import InputError


class Round(Keys):
    curve: Literal["round"]
    radius: Positive


class Flat(Keys):
    curve: Literal["flat"]
    edge_length: Positive = 1.0


class Box(Keys):
    name: Text
    label_names: Names | None = None
    size: FromOne | None = None
    shape: Round | Flat = Field(discriminator="curve", description="a table such as { curve = .. }")


class Shelf(Keys):
    box: list[Box] = Field(min_length=1)


RIGHT = 'name = "A"\nsize = 2\nshape = { curve = "round", radius = 1.0 }'
WRONG = {
    "unknown": ("size = 2", "sizes = 2", "box 1: got the unknown key 'sizes'; did you mean 'size'?"),
    "unlike any": ("size = 2", "zzz = 2", "'zzz'; expected name, label-names, size, shape"),
    "missing": ('name = "A"', "", "box 1.name is missing: expected a text in quotes"),
    "type": ("size = 2", "size = 2.0", "box 1.size: got 2.0, expected a whole number from 1 up"),
    "long": ("size = 2", f'size = "{99 * "x"}"', "x…, expected a whole number from 1 up"),
    "names": ("size = 2", 'label-names = ["a", "a "]', "box 1.label-names: got 'a' twice, expected it once"),
    "other table": (
        '"round"',
        '"flat"',
        "box 1.shape: got the unknown key 'radius'; expected curve, edge-length",
    ),
    "no such table": ('"round"', '"bent"', 'box 1.shape.curve: got \'bent\', expected "round" or "flat"'),
    "no kind": ('curve = "round", ', "", "box 1.shape.curve is missing: expected one of round, flat"),
    "typo in the kind": ("curve", "curv", "box 1.shape: got the unknown key 'curv'; did you mean 'curve'?"),
    "within": ("1.0", "-1.0", "box 1.shape.radius: got -1.0, expected a positive number"),
    "no table": ("{ curve", '"x" # ', "box 1.shape: got 'x', expected a table such as { curve = .. }"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_one_line(case: str, tmp_path: Path):
    """The file, the place, what was got, what was expected."""
    old, new, message = WRONG[case]
    file = tmp_path / "SHELF.toml"
    file.write_text(f"[[box]]\n{RIGHT.replace(old, new, 1)}\n", encoding="utf-8")
    with pytest.raises(InputError) as problem:
        read_toml(file, Shelf, called="SHELF.toml")
    assert str(problem.value).startswith(f"{file}: ")
    assert str(problem.value).endswith(message)
    assert "\n" not in str(problem.value)


def test_spaces_around_a_text_are_nobodys(tmp_path: Path):
    """In quotes, too."""
    file = tmp_path / "SHELF.toml"
    file.write_text(f"[[box]]\n{RIGHT.replace('A', ' A ')}\n")
    assert read_toml(file, Shelf, called="SHELF.toml").box[0].name == "A"

"""How files are to be read, as options of a command: the keys of MARKET.toml, lists separated by commas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from fairpool.ground.errors import InputError

_PANEL = "How the files are to be read"


def _option(words: str, metavar: str = "TEXT") -> Any:
    return typer.Option(help=words, metavar=metavar, rich_help_panel=_PANEL)


Missing = Annotated[str | None, _option('Cells that mean missing: "?,-9".')]
MissingIn = Annotated[str | None, _option('The same for single columns: "chol=0,bmi=999".')]
Separator = Annotated[str | None, _option("What separates columns.", "CHARACTER")]
Decimal = Annotated[str | None, _option("The decimal mark.", "CHARACTER")]
Thousands = Annotated[str | None, _option("What groups digits.", "CHARACTER")]
Encoding = Annotated[str | None, _option("latin-1, cp1252, utf-16 ..")]
Columns = Annotated[str | None, _option("Names of the columns, of files without a header.", "NAME,NAME,..")]
SkipLines = Annotated[int, typer.Option(min=0, help="Lines above the header.", rich_help_panel=_PANEL)]
Comment = Annotated[str | None, _option("Lines that begin with it are left out.", "CHARACTER")]
Rename = Annotated[str | None, _option("New names: OLD=NEW,OLD=NEW.", "OLD=NEW,..")]
Categorical = Annotated[str | None, _option("Columns whose numbers are codes.", "NAME,..")]
Exclude = Annotated[str | None, _option("Columns that are left out.", "NAME,..")]
PositiveIf = Annotated[str | None, _option('A condition on the label: "num > 0".', "CONDITION")]
Labels = Annotated[str | None, _option("New labels: 0=no,1=yes.", "OLD=NEW,..")]


def conventions_given(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, as `fairpool.tables.conventions.Conventions` takes it; InputError where a list does not read."""
    kinds: Mapping[str, Callable[[str, str], Any]] = {
        **dict.fromkeys(("missing", "columns", "categorical", "exclude"), _names),
        **dict.fromkeys(("rename", "labels"), _pairs),
        "missing_in": lambda option, text: _marks(option, text),
    }
    return {
        name: kinds[name](name, value) if name in kinds else value
        for name, value in given.items()
        if value not in (None, 0)
    }


def _names(_: str, text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _pairs(option: str, text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    for old, sign, _new in pairs:
        if not sign:
            raise InputError(f"--{option.replace('_', '-')}: got {old!r}, expected OLD=NEW")
    return {old.strip(): new.strip() for old, _, new in pairs}


def _marks(option: str, text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for pair in text.split(","):
        for column, mark in _pairs(option, pair).items():
            found[column] = (*found.get(column, ()), mark)
    return found

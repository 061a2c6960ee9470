"""How files are to be read, as options of a command: the keys of MARKET.toml, lists separated by commas.

What reads a file advises keys (``set separator = ";"``); `advised_as_options` says the same in options.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer

from fairpool.ground.errors import InputError
from fairpool.ground.spelling import guess

_PANEL = "How the files are to be read"
_LISTS = ("missing", "columns", "categorical", "exclude")
_TABLES = ("rename", "labels")
_BY_COLUMN = ("missing_in", "recode")
_KEYS = (
    *("missing_in", "missing", "separator", "decimal", "thousands", "encoding", "columns", "skip_lines"),
    *("comment", "rename", "recode", "categorical", "exclude", "positive", "labels"),
)
_FORMS = MappingProxyType(
    {
        **dict.fromkeys(("columns", "categorical", "exclude"), "NAME,NAME,.."),
        **dict.fromkeys(("rename", "labels"), "OLD=NEW,OLD=NEW"),
    }
)


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
Recode = Annotated[str | None, _option("New texts of single columns: sex:m=1,sex:w=0.", "COLUMN:OLD=NEW,..")]
Categorical = Annotated[str | None, _option("Columns whose numbers are codes.", "NAME,..")]
Exclude = Annotated[str | None, _option("Columns that are left out.", "NAME,..")]
PositiveIf = Annotated[str | None, _option('A condition on the label: "num > 0".', "CONDITION")]
Labels = Annotated[str | None, _option("New labels: 0=no,1=yes.", "OLD=NEW,..")]
TaskOption = Annotated[
    list[str] | None,
    _option("One of these for the task file alone, again for each: separator=;", "OPTION=VALUE"),
]


def conventions_given(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, as `fairpool.tables.conventions.Conventions` takes it; InputError where a list does not read."""
    kinds: Mapping[str, Callable[[str, str], Any]] = {
        **dict.fromkeys(_LISTS, _names),
        **dict.fromkeys(_TABLES, _pairs),
        "missing_in": _marks,
        "recode": _new_texts,
    }
    return {
        name: kinds[name](name, value) if name in kinds else value
        for name, value in given.items()
        if value not in (None, 0)
    }


def for_task(given: Sequence[str] | None) -> dict[str, Any]:
    """The ``--task-option OPTION=VALUE`` as `conventions_given`; an empty VALUE takes back what is said of both."""
    said: dict[str, Any] = {}
    for one in given or ():
        key, sign, value = one.partition("=")
        name = key.strip().removeprefix("--").replace("-", "_")
        if not sign or name not in _KEYS:
            known = [key.replace("_", "-") for key in _KEYS]
            expected = f"expected OPTION=VALUE with one of {', '.join(sorted(known))}"
            raise InputError(f"--task-option: got {one!r}, {expected}{guess(name.replace('_', '-'), known)}")
        said[name] = value
    try:
        found = conventions_given({name: value for name, value in said.items() if value})
        if "skip_lines" in found:
            found["skip_lines"] = _whole(found["skip_lines"])
    except InputError as problem:
        raise InputError(f"--task-option {problem.problem.removeprefix('--')}") from None
    return {name: found.get(name, _nothing(name)) for name in said}


def _nothing(name: str) -> Any:
    if name in _LISTS:
        return ()
    return {} if name in (*_TABLES, *_BY_COLUMN) else 0 if name == "skip_lines" else None


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise InputError(f"skip-lines: got {text!r}, expected a whole number from 0 up")
    return int(text)


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


def _new_texts(option: str, text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for pair in text.split(","):
        column, sign, texts = pair.partition(":")
        if not sign or "=" not in texts:
            raise InputError(f"--{option}: got {pair!r}, expected COLUMN:OLD=NEW")
        found.setdefault(column.strip(), {}).update(_pairs(option, texts))
    return found


# ---- advice


_ADVICE = re.compile(
    rf"\b(?P<key>{'|'.join(key.replace('_', '-') for key in _KEYS)}) = "
    r'(?P<value>"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\{(?:[^{}]|\{[^{}]*\})*\}|\d+)'
)
_ENTRY = re.compile(
    r'\b(?P<key>recode|labels|rename)(\.(?P<column>[\w-]+|"(?:[^"\\]|\\.)*"))? '
    r"(?P<said>has no entry for .*?: add (?P<entries>.*) there|makes .* of another text: correct it there)"
)


@contextmanager
def advised_as_options(*, task: Path | None = None) -> Iterator[None]:
    """An InputError that advises a key advises the option of that name; of the file ``task`` ``--task-option``."""
    try:
        yield
    except InputError as problem:
        raise _advised(problem, task) from problem


def _advised(problem: InputError, task: Path | None) -> InputError:
    of_task = task is not None and problem.file == str(task)
    words = _ADVICE.sub(lambda found: _as_option(found["key"], found["value"], of_task), problem.problem)
    words = _ENTRY.sub(lambda found: _as_entry(found, of_task), words)
    also = [_advised(one, task) for one in problem.also]
    return InputError(words, file=problem.file, row=problem.row, column=problem.column, also=also)


def _as_option(key: str, value: str, of_task: bool) -> str:
    try:
        text = _listed(tomllib.loads(f"{key} = {value}")[key])
    except tomllib.TOMLDecodeError:
        text = _FORMS.get(key, "VALUE")
    return f"--task-option {shlex.quote(f'{key}={text}')}" if of_task else f"--{key} {shlex.quote(text)}"


def _as_entry(found: re.Match[str], of_task: bool) -> str:
    """What an option that is given already has no entry for, or a wrong one."""
    key, said = found["key"], found["said"]
    if found["entries"]:
        table = f"{found['column']} = {{ {found['entries']} }}" if found["column"] else found["entries"]
        text = _listed(tomllib.loads(f"{key} = {{ {table} }}")[key])
        said = said.replace(f"add {found['entries']} there", f"add {shlex.quote(text)} there")
    of = f" for {found['column']}" if found["column"] else ""
    return f"{'--task-option ' if of_task else '--'}{key}{of} {said}"


def _listed(value: Any) -> str:
    """A value of TOML as an option has it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    if not isinstance(value, dict):
        return str(value)
    parts = []
    for column, inner in value.items():
        if isinstance(inner, dict):
            parts += [f"{column}:{old}={new}" for old, new in inner.items()]
        else:
            parts += [f"{column}={one}" for one in (inner if isinstance(inner, list) else [inner])]
    return ",".join(parts)

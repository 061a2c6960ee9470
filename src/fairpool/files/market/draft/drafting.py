"""A MARKET.toml for the files of a folder, every line with the reason for it where it was guessed.

What the files cannot tell, the price, and which file holds the validation rows where no name says so, is asked of
whoever calls (`Answers`).  `draft` reads the files and writes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from fairpool.files.faults import Faults
from fairpool.files.market.draft.folder import files_seen, likely_validation, same_contents
from fairpool.files.market.draft.layout_guess import LayoutGuess, guess_layout
from fairpool.files.market.draft.renaming import (
    LikelyName,
    NamedColumns,
    alike_names,
    common_names,
    known_names,
    likely_names,
)
from fairpool.files.reading_keys import is_parquet
from fairpool.files.table_file import read_table
from fairpool.ground.errors import InputError
from fairpool.tables.cells import all_numbers, is_number, meaning_hint, numbers, present
from fairpool.tables.conventions import Conventions, key_of
from fairpool.tables.table import Table

_LABELS = ("label", "target", "outcome", "class", "y", "num", "diagnosis", "response")
_MOST_CLASSES = 20
_MOST_MARKS = 5


class Answers(Protocol):
    """Whoever knows what files cannot tell; ``guess`` is what they make likely, None where nothing does."""

    def validation(self, files: Sequence[str], guess: str | None, reason: str) -> str: ...
    def label(self, columns: Sequence[str], guess: str, reason: str) -> str: ...
    def same(self, likely: LikelyName) -> bool: ...
    def unit_price(self) -> str: ...


@dataclass(slots=True)
class _File:
    """A file as it was guessed to be written.

    own     what it needs beyond plain CSV
    likely  columns that may be others' under another name, which nobody said
    """

    path: Path
    own: dict[str, Any]
    reasons: dict[str, str]
    table: Table | None = None
    names: tuple[str, ...] = ()
    likely: tuple[LikelyName, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """text: of the market file; reasons: what was guessed, and why; seen: those that stand on no line of the text."""

    text: str
    reasons: tuple[str, ...] = field(default=())
    seen: tuple[str, ...] = field(default=())


def draft(folder: Path, answers: Answers) -> Draft | list[InputError]:
    """Read the files of a folder and write what they say, or what is wrong with each that does not read.

    InputError where there are not two, or an answer fits none of them.
    """
    seen = files_seen(folder)
    names = [path.name for path in seen.rows]
    chosen = answers.validation(names, *likely_validation(names))
    if chosen not in names:
        raise InputError(f"validation: got {chosen!r}, expected one of {', '.join(names)}", file=folder)
    faults = Faults()
    files = _laid_out(sorted(seen.rows, key=lambda path: path.name != chosen), faults)
    for file in files:
        with faults.noted():
            _read(file)
    if faults.met:
        return sorted(faults.met, key=lambda fault: fault.file or "")
    told = (*seen.reasons, *same_contents([file.path for file in files]))
    _rename(files, answers)
    label = _label(files, answers, folder)
    drafted = _written(folder.resolve().name, answers.unit_price(), label, files[0], files[1:])
    return replace(drafted, reasons=(*told, *drafted.reasons), seen=told)


def _label(files: Sequence[_File], answers: Answers, folder: Path) -> str:
    """The column that is predicted, of those that all files have."""
    columns = [name for name in files[0].names if all(name in file.names for file in files)]
    if not columns:
        problem = "the files share no column, expected the label and at least one more"
        raise InputError(problem + _unsaid(files), file=folder)
    label = answers.label(columns, *_likely_label(columns))
    if label not in columns:
        problem = f"label: got {label!r}, expected one of {', '.join(columns)}"
        raise InputError(problem + _unsaid(files, label), file=folder)
    return label


def _laid_out(paths: Sequence[Path], faults: Faults) -> list[_File]:
    """Each file's layout; those without a header get the names of the first that has as many columns, or numbers."""
    guesses: dict[Path, LayoutGuess | None] = {}
    for path in paths:
        with faults.noted():
            guesses[path] = None if path.name.lower().endswith((".parquet", ".gz")) else guess_layout(path)
    headers = [one.header for one in guesses.values() if one is not None and one.header is not None]
    found = []
    for path, one in guesses.items():
        own, reasons = (dict(one.given), dict(one.reasons)) if one else ({}, {})
        if one is not None and one.header is None:
            like = next((header for header in headers if len(header) == one.width), None)
            own["columns"] = like or tuple(f"x{place}" for place in range(1, one.width + 1))
            source = "names from a file of as many columns" if like else "call them as they should be"
            reasons["columns"] = f"the first line holds data; {source}"
        found.append(_File(path, own, reasons))
    return found


def _read(file: _File) -> None:
    """Its rows, and the texts among numbers that seem to mean missing."""
    table = read_table(file.path, Conventions(**file.own))
    marks: Counter[str] = Counter()
    for name in table.names:
        cells = table.frame[name]
        distinct = present(cells) if pd.api.types.is_string_dtype(cells) else pd.Series(dtype=str)
        stray = [str(text).strip() for text in distinct if not is_number(str(text))]
        signs = not any(
            map(str.isalnum, "".join(stray))
        )  # a word means missing only where numbers stand beside it
        if (signs or len(distinct) > len(stray)) and all("missing" in meaning_hint(text) for text in stray):
            marks.update(stray)
    if marks:
        file.own["missing"] = tuple(mark for mark, _ in marks.most_common(_MOST_MARKS))
        file.reasons["missing"] = "stands among numbers"
        table = read_table(file.path, Conventions(**file.own))
    file.table, file.names = table, table.names


def _rename(files: Sequence[_File], answers: Answers) -> None:
    """Names of one column are made one: where they are written otherwise at once, where it is likely if it is said."""
    columns = [NamedColumns(file.path.name, _columns_of(file)) for file in files]
    known = known_names(columns)
    for file, own in zip(files, columns, strict=True):
        if "columns" not in file.own:
            _renamed(file, alike_names(own, known), "written otherwise in the other files")
    columns = [NamedColumns(file.path.name, _columns_of(file)) for file in files]
    for file, own in zip(files, columns, strict=True):
        others = [one for one in columns if one is not own]
        for one in likely_names(own, others, common_names(columns)):
            if answers.same(one):
                _renamed(file, {one.old: one.new}, one.reason)
            else:
                file.likely += (one,)


def _columns_of(file: _File) -> dict[str, pd.Series]:
    assert file.table is not None
    return {new: file.table.frame[old] for old, new in zip(file.table.names, file.names, strict=True)}


def _renamed(file: _File, new: Mapping[str, str], reason: str) -> None:
    if new:
        file.own["rename"] = {**file.own.get("rename", {}), **new}
        before = file.reasons.get("rename")
        file.reasons["rename"] = f"{before}; {reason}" if before not in (None, reason) else reason
        file.names = tuple(new.get(name, name) for name in file.names)


def _unsaid(files: Sequence[_File], name: str | None = None) -> str:
    """Where a column is likely there under another name, and what says so."""
    found = [one for file in files for one in file.likely if name in (None, one.new)]
    said = ", ".join(f"{one.old!r} of {one.file} is likely {one.new!r} ({one.reason})" for one in found)
    return f"; {said}: --likely-renames says so" if said else ""


def _likely_label(columns: Sequence[str]) -> tuple[str, str]:
    for name in columns:
        if name.lower() in _LABELS:
            return name, "by its name"
    return columns[-1], "the last column that all files have"


# ---- in writing


def _written(name: str, unit_price: str, label: str, validation: _File, parties: Sequence[_File]) -> Draft:
    learner, score, why = _learner(label, [validation, *parties])
    reasons: list[str] = []
    lines = [
        "[market]",
        f"name = {_toml(name)}",
        f"learner = {_toml(learner)}",
        f"score = {_toml(score)}  # {why}",
        f"unit-price = {_toml(unit_price)}",
        "",
        "[data]",
        f"label = {_toml(label)}",
        f"validation = {_toml(validation.path.name)}",
        *_keys(validation.own, validation.reasons, validation.path.name, reasons),
        *_questions(validation, reasons),
    ]
    for party, title in zip(parties, _titles([party.path for party in parties]), strict=True):
        own, why_own = _differences(validation, party)
        lines += ["", "[[party]]", f"name = {_toml(title)}", f"train = {_toml(party.path.name)}"]
        lines += _keys(own, why_own, party.path.name, reasons)
        lines += _questions(party, reasons)
    reasons.append(f"score {score}, learner {learner}: {why}")
    return Draft("\n".join(lines) + "\n", tuple(reasons))


def _differences(validation: _File, party: _File) -> tuple[dict[str, Any], dict[str, str]]:
    """What a party's file needs in place of what [data] says of all; nothing of CSV for Parquet."""
    plain, own, reasons = Conventions(), dict(party.own), dict(party.reasons)
    parquet = is_parquet(party.path)
    for key in validation.own:
        if key in ("missing", "rename") or parquet:
            continue
        if own.get(key) == validation.own[key]:
            own.pop(key)
        elif key not in own:
            usual: dict[str, Any] = {"separator": ",", "decimal": ".", "encoding": "utf-8", "columns": ()}
            own[key] = usual.get(key, getattr(plain, key))
            reasons[key] = "other than the validation file"
    if set(own.get("missing", ())) <= set(validation.own.get("missing", ())):
        own.pop("missing", None)
    elif "missing" in validation.own:
        own["missing"] = tuple(dict.fromkeys((*own["missing"], *validation.own["missing"])))
    return {key: value for key, value in own.items() if value is not None}, reasons


def _keys(own: Mapping[str, Any], why: Mapping[str, str], file: str, reasons: list[str]) -> list[str]:
    lines = []
    for key, value in own.items():
        reason = why.get(key, "")
        lines.append(f"{key_of(key)} = {_toml(value)}" + (f"  # {reason}" if reason else ""))
        reasons.append(f"{file}: {key_of(key)} = {_toml(value)}: {reason}")
    return lines


def _questions(file: _File, reasons: list[str]) -> list[str]:
    """Renames that are likely only: lines to be taken in by hand, which stand in place of the one above."""
    if not file.likely:
        return []
    why = "; ".join(f"{_toml(one.old)} and {_toml(one.new)} are {one.reason}" for one in file.likely)
    said = {**file.own.get("rename", {}), **{one.old: one.new for one in file.likely}}
    line = f"rename = {_toml(said)}"
    reasons.append(f"{file.path.name}: {line} is likely: {why}")
    instead = ", in place of the line above" if "rename" in file.own else ""
    return [f"# Likely, as {why}; if so{instead}:", f"# {line}"]


def _learner(label: str, files: Sequence[_File]) -> tuple[str, str, str]:
    """A learner and a score that fit the label: classes, or amounts."""
    tables = [file.table for file in files if file.table is not None]
    columns = [_cells(file, label) for file in files]
    distinct = [present(cells) for cells in columns]
    if tables and all(map(all_numbers, distinct)):
        values = np.unique(np.concatenate([numbers(cells) for cells in distinct]))
        if len(values) > _MOST_CLASSES or (values != np.round(values)).any():
            return "ridge", "r2", f"{label} has {len(values)} different numbers: an amount"
    return "naive-bayes", "accuracy", f"{label} has few different values: classes"


def _cells(file: _File, label: str) -> pd.Series:
    assert file.table is not None
    old = {new: old for old, new in file.own.get("rename", {}).items()}.get(label, label)
    return file.table.frame[old if old in file.table.frame else label]


def _titles(paths: Sequence[Path]) -> list[str]:
    """Names of parties by their files: up to the first dot, or to the last where that leaves two alike."""
    short = [_title(path.name.partition(".")[0]) for path in paths]
    long = [_title(path.name.removesuffix(".gz").rpartition(".")[0].replace(".", " ")) for path in paths]
    for titles in (short, long):
        if len(set(titles)) == len(paths) and all(titles):
            return titles
    return [path.name for path in paths]


def _title(stem: str) -> str:
    words = stem.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)

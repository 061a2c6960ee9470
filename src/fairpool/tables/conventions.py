"""How a file is to be read: what its owner takes for granted and the file does not say.

A `Conventions` is one frozen value that goes with a file wherever it is read (`fairpool.tables.reading`,
`Dataset.from_frame`).  Its keys have the names that MARKET.toml has for them.

    of a CSV file      separator, decimal, thousands, encoding, columns, skip_lines, comment
    of any table       rename, exclude, missing, missing_in, recode, categorical
    of the label       positive or labels

They are met in this order: bytes become columns, columns are renamed, those excluded are left out, cells that mean
missing become blank, texts are recoded, and so is the label.  Every key but ``rename`` calls columns by their new
names.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from fairpool.ground.errors import InputError
from fairpool.ground.handed_in import mapping, one_text
from fairpool.ground.quantities import whole_number
from fairpool.tables.cells import canonical, is_number, toml_key

CSV_KEYS = ("separator", "decimal", "thousands", "encoding", "columns", "skip_lines", "comment")
LABEL_KEYS = ("positive", "labels")
_CONDITION = re.compile(r"(?P<column>.*?)\s*(?P<sign>>=|<=|==|!=|>|<|=)\s*(?P<value>[^<>=!].*)")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Condition:
    """``num > 0``: what cells of a column are ``yes``; signs are > >= < <= = !=, numbers compare as numbers.

    Examples
    --------
    >>> Condition.parse("num > 0")
    Condition(column='num', sign='>', value='0')
    """

    column: str
    sign: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """The condition in a text; InputError where it is none, or asks whether a word is larger than another."""
        found = _CONDITION.fullmatch(text.strip())
        value = found["value"].strip().strip("'\"") if found else ""
        if found is None or not found["column"] or not value:
            raise InputError(f'positive: got {text!r}, expected a condition such as "num > 0"')
        sign = "=" if found["sign"] == "==" else found["sign"]
        if sign not in ("=", "!=") and not is_number(value):
            raise InputError(f"positive: got {text!r}, expected a number behind {sign}")
        return cls(found["column"].strip("'\""), sign, value)

    @property
    def compares_numbers(self) -> bool:
        """Whether every cell has to be a number."""
        return self.sign not in ("=", "!=") or is_number(self.value)


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a file is to be read; what is not given is as `fairpool.tables.delimited.rows` has it.

    Parameters
    ----------
    missing : sequence of str
        Cells that mean missing, in any column: ``"?"``, ``"-9"``.  Numbers compare as numbers.
    missing_in : mapping of str to sequence of str
        The same for single columns: ``{"chol": ["0"]}``.
    separator, decimal, thousands : str or None
        One character each: what separates columns (None for a comma), the decimal mark (a point), what groups digits.
    encoding : str or None
        Of the text, by a name that Python knows; None for UTF-8.
    columns : sequence of str or None
        Names of the columns of a file without a header line; None where the file has one.
    skip_lines : int
        Lines above the header (or above the rows) that are no part of the table.
    comment : str or None
        Lines that begin with it are left out.
    rename : mapping of str to str
        Names in the file to names in the round.
    recode : mapping of str to mapping of str to str
        For single columns, texts as the file has them to texts in the round: ``{"sex": {"m": "1", "w": "0"}}``; those
        not named stay as they are.
    categorical : sequence of str
        Columns whose numbers are codes and not amounts.
    exclude : sequence of str
        Columns that are left out.
    positive : str or None
        A condition on the label, ``"num > 0"``: the classes are ``yes`` and ``no``.
    labels : mapping of str to str
        Labels as the file has them to labels in the round; those not named stay as they are.

    Raises
    ------
    InputError
        For marks that contradict each other, an unknown encoding, and both ``positive`` and ``labels``.

    Examples
    --------
    >>> import io
    >>> from fairpool.tables import Conventions, read_table
    >>> german = Conventions(separator=";", decimal=",", missing=["?"])
    >>> read_table(io.BytesIO(b"age;bmi\\n41;23,5\\n52;?\\n"), name="ward.csv", conventions=german).frame
       age   bmi
    0   41  23.5
    1   52   NaN
    """

    missing: tuple[str, ...] = ()
    missing_in: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    columns: tuple[str, ...] | None = None
    skip_lines: int = 0
    comment: str | None = None
    rename: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    recode: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NOTHING)
    categorical: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    positive: str | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    def __post_init__(self) -> None:
        _check_kinds(self)
        for name in ("missing", "categorical", "exclude", "columns"):
            given = getattr(self, name)
            object.__setattr__(self, name, None if given is None else _texts(name, given))
        if self.columns == ():
            object.__setattr__(self, "columns", None)  # an empty list takes back what [data] says
        by_column = {column: _texts("missing_in", marks) for column, marks in self.missing_in.items()}
        object.__setattr__(self, "missing_in", by_column)
        for name in ("rename", "labels"):
            object.__setattr__(self, name, {str(a): str(b) for a, b in getattr(self, name).items()})
        new = {column: _new_texts(column, texts) for column, texts in self.recode.items()}
        object.__setattr__(self, "recode", new)
        _check_marks(self)
        _check_names(self)
        if self.positive is not None:
            Condition.parse(self.positive)
            if self.labels:
                raise InputError("positive: got it beside labels, expected one of the two")

    @property
    def condition(self) -> Condition | None:
        """``positive``, parsed."""
        return None if self.positive is None else Condition.parse(self.positive)

    def given(self) -> dict[str, Any]:
        """What is not as it is without conventions, by name."""
        plain = type(self)()
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value != getattr(plain, name)}

    def but(self, other: Mapping[str, Any]) -> Conventions:
        """These, with what is given by name in ``other`` in place of what stands here.

        ``positive`` and ``labels`` are two ways to say one thing: either takes the place of both.
        """
        both: dict[str, Any] = {"positive": None, "labels": {}} if set(LABEL_KEYS) & set(other) else {}
        return replace(self, **{**both, **other})

    def marks_of(self, column: str) -> tuple[str, ...]:
        """The cells that mean missing in one column."""
        return (*self.missing, *self.missing_in.get(column, ()))

    def refuse_of_text(self, what: str, *, file: str | None = None) -> None:
        """InputError for a key that only a CSV file can need; ``what`` the rows come in has none of it."""
        refuse_of_csv(self.given(), what, file=file)


def refuse_of_csv(given: Iterable[str], what: str, *, file: str | None = None) -> None:
    """InputError where one of these names, of conventions, is of those that only a CSV file can need."""
    for key in CSV_KEYS:
        if key in given:
            raise InputError(f"got {key_of(key)}, which is for CSV files; {what} needs none", file=file)


def key_of(name: str) -> str:
    """A name as MARKET.toml writes it."""
    return name.replace("_", "-")


def is_mark(cell: str, marks: Iterable[str]) -> str | None:
    """The first of ``marks`` that a trimmed cell is, as a text or as a number; None where it is none.

    >>> is_mark("-9.0", ["?", "-9"]), is_mark("x", ["?"])
    ('-9', None)
    """
    value = float(cell) if is_number(cell) else None
    for mark in marks:
        if cell == mark or (value is not None and is_number(mark) and float(mark) == value):
            return mark
    return None


def _texts(name: str, given: object) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(f"{key_of(name)}: got {given!r}, expected a list of texts")
    return tuple(one.strip() if isinstance(one, str) else canonical(one) for one in given)


def _new_texts(column: str, given: object) -> dict[str, str]:
    """One column's texts to others; InputError where two are one text, or one is a blank."""
    if not isinstance(given, Mapping):
        raise InputError(f"recode: got {given!r} for {column!r}, expected a table of texts")
    new = {canonical(old): canonical(text) for old, text in given.items()}
    for old, text in new.items():
        if not old:
            raise InputError(f"recode: got a blank as a text of {column!r}; a blank means missing")
        if not text:
            hint = f'missing-in = {{ {toml_key(column)} = ["{old}"] }} says that it means missing'
            raise InputError(f"recode: got no new text for {old!r} of {column!r}; {hint}")
    if len(new) < len(given):
        olds = [canonical(old) for old in given]
        twice = next(old for place, old in enumerate(olds) if old in olds[:place])
        raise InputError(f"recode: got {twice!r} of {column!r} twice, expected it once")
    return new


def _check_kinds(given: Conventions) -> None:
    """InputError for what is no text, mapping or whole number where one is expected."""
    for name in ("separator", "decimal", "thousands", "encoding", "comment", "positive"):
        if getattr(given, name) is not None:
            one_text(getattr(given, name), what=name)
    mapping(given.missing_in, what="missing-in", expected="a mapping of columns to lists of texts")
    mapping(given.recode, what="recode", expected="a mapping of columns to mappings of texts")
    for name in ("rename", "labels"):
        mapping(getattr(given, name), what=name, expected="a mapping of texts to texts")
    whole_number(given.skip_lines, what="skip-lines", expected="a whole number from 0 up")


def _check_marks(given: Conventions) -> None:
    for name in ("separator", "decimal", "thousands", "comment"):
        mark = getattr(given, name)
        if mark is not None and (len(mark) != 1 or mark in '\r\n"' or mark.isalnum()):
            raise InputError(
                f"{name}: got {mark!r}, expected one character that is no letter, digit or quote"
            )
    if given.separator is not None and not given.separator.isascii():
        raise InputError(f"separator: got {given.separator!r}, expected a character of ASCII")
    separator, decimal = given.separator or ",", given.decimal or "."
    if decimal == separator:
        other = 'set separator = ";" or whatever separates the columns'
        raise InputError(
            f"decimal: got {decimal!r}, which separates the columns; expected another, or {other}"
        )
    if given.thousands is not None and given.thousands == decimal:
        raise InputError(f"thousands: got {given.thousands!r}, which is the decimal mark; expected another")
    if given.thousands in ("+", "-") or decimal in ("+", "-", " "):
        raise InputError("decimal and thousands: got a sign, expected a mark such as . or ,")
    if given.skip_lines < 0:
        raise InputError(f"skip-lines: got {given.skip_lines}, expected a whole number from 0 up")
    if given.encoding is not None:
        try:
            "a".encode(codecs.lookup(given.encoding).name)
        except (LookupError, UnicodeError):
            problem = f"encoding: got {given.encoding!r}"
            raise InputError(f'{problem}, expected a name such as "latin-1", "cp1252" or "utf-16"') from None


def _check_names(given: Conventions) -> None:
    taken: dict[str, str] = {}
    for old, new in given.rename.items():
        if not new.strip():
            raise InputError(f"rename: got no new name for {old!r}")
        if new in taken:
            raise InputError(f"rename: got {new!r} for both {taken[new]!r} and {old!r}, expected two names")
        taken[new] = old
    both = [name for name in given.categorical if name in given.exclude]
    if both:
        raise InputError(f"exclude: got {both[0]!r}, which is among the categorical columns, too")

"""A table of a TOML file, read with care: every key known, every value of the type that was asked for.

What is wrong is an InputError that names the file, the table and the key, says what was got and what was expected,
and, for a key that nobody knows, which one may have been meant.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from fairpool.ground.errors import InputError

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class TomlTable:
    """One table; ``name`` is "" for the file itself, and ``keys`` are all that it may hold."""

    content: Mapping[str, Any]
    name: str
    path: Path
    keys: Sequence[str]

    def __post_init__(self) -> None:
        for key in self.content:
            if key not in self.keys:
                near = get_close_matches(key.lower().replace("_", "-"), self.keys, n=1)
                known = f"did you mean {near[0]!r}?" if near else f"expected {', '.join(self.keys)}"
                where = f"{self.name}: " if self.name else ""
                raise InputError(f"{where}got the unknown key {key!r}; {known}", file=self.path)

    def text(self, key: str, default: str | None = None, *, expected: str = "a text in quotes") -> str:
        """A text on one line, without the spaces around it; empty only if the default is."""
        value: str | None = self._optional(key, str, expected)
        if value is None:
            return self._default(key, default, expected)
        if not value.isprintable():
            raise self._wrong(key, value, "one line of plain text (in paths write / and not a backslash)")
        if not value.strip():
            raise self._wrong(key, value, "a text that is not empty")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of different names, or None where there is none."""
        found: list[Any] | None = self._optional(key, list, "a list of names in quotes")
        if found is None:
            return None
        if not (found and all(isinstance(name, str) for name in found)):
            raise self._wrong(key, found, "a list of names in quotes")
        names = tuple(name.strip() for name in found)
        for place, name in enumerate(names):
            if name in names[:place]:
                raise InputError(f"{self._called(key)}: got {name!r} twice, expected it once", file=self.path)
        return names

    def mapping(self, key: str) -> Mapping[str, Any]:
        return self._optional(key, dict, "a table such as { alpha = 10.0 }") or {}

    def whole(self, key: str, default: T, *, least: int) -> int | T:
        expected = f"a whole number from {least} up"
        value: int | None = self._optional(key, int, expected)
        if value is not None and value < least:
            raise self._wrong(key, value, expected)
        return default if value is None else value

    def number(self, key: str, default: T) -> float | T:
        value: float | None = self._optional(key, (int, float), "a number")
        if value is None:
            return default
        try:
            number = float(value)
        except OverflowError:  # a whole number of more than 308 digits
            number = math.inf
        if not math.isfinite(number):
            raise self._wrong(key, value, "a finite number")
        return number

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        expected = " or ".join(f'"{choice}"' for choice in choices)
        value = self.text(key, default, expected=expected)
        if value not in choices:
            raise self._wrong(key, value, expected)
        return value

    def one_of(self, key: str, kind: type[E], default: E) -> E:
        return kind(self.choice(key, [str(member.value) for member in kind], str(default.value)))

    def table(self, key: str, keys: Sequence[str]) -> TomlTable:
        found: Mapping[str, Any] = self._optional(key, dict, f"one table [{key}]")
        if found is None:
            raise InputError(f"the table [{key}] is missing", file=self.path)
        return TomlTable(found, key, self.path, keys)

    def tables(self, key: str, keys: Sequence[str]) -> list[TomlTable]:
        expected = f"a table [[{key}]], in double brackets, for each {key}"
        found: list[Any] | None = self._optional(key, list, expected)
        if not found:
            raise InputError(f"[[{key}]] is missing: expected {expected}", file=self.path)
        for entry in found:
            if not isinstance(entry, dict):
                raise self._wrong(key, entry, expected)
        return [TomlTable(entry, f"{key} {place}", self.path, keys) for place, entry in enumerate(found, 1)]

    def _default(self, key: str, default: str | None, expected: str) -> str:
        if default is None:
            raise InputError(f"{self._called(key)} is missing: expected {expected}", file=self.path)
        return default

    def _optional(self, key: str, kind: type | tuple[type, ...], expected: str) -> Any:
        value = self.content.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
            raise self._wrong(key, value, expected)
        return value

    def _wrong(self, key: str, value: object, expected: str) -> InputError:
        shown = repr(value)
        shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"
        return InputError(f"{self._called(key)}: got {shown}, expected {expected}", file=self.path)

    def _called(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def read_toml(path: Path, keys: Sequence[str]) -> TomlTable:
    """The file as a table; InputError where it cannot be read or is not TOML in UTF-8."""
    try:
        return TomlTable(tomllib.loads(path.read_bytes().decode("utf-8-sig")), "", path, keys)
    except FileNotFoundError:
        raise InputError("there is no such file", file=path) from None
    except IsADirectoryError:
        raise InputError("is a folder, expected a file such as MARKET.toml", file=path) from None
    except UnicodeDecodeError:
        raise InputError("is not text in UTF-8, as TOML has to be", file=path) from None
    except tomllib.TOMLDecodeError as problem:
        raise InputError(f"is not TOML: {problem}{_hint(str(problem))}", file=path) from None
    except RecursionError:
        raise InputError("is not TOML that can be read: it is nested too deep", file=path) from None
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=path) from None


def _hint(problem: str) -> str:
    escaped = any(word in problem for word in ("\\", "hex value", "escape"))
    return "; in paths write / and not a backslash" if escaped else ""

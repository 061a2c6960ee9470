"""TOML files by their models: every key known, every value of the type that was asked for.

A model derives from `Keys`; a field ``unit_price`` is the key ``unit-price``, and its description says what is expected
there.  What is wrong is an InputError of one line that names the file, the table and the key, says what was got and
what was expected, and, for a key that nobody knows, which one may have been meant.  `_said` is the one place that
turns pydantic's errors into these lines:

    market.seed: got '7', expected a whole number from 0 up
    party 2: got the unknown key 'trian'; did you mean 'train'?
    type 1.valuation (power): exponent is missing: expected a number above 0
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from fairpool.ground.errors import InputError

_LONGEST_SHOWN = 60
_SAID = "said"  # type of an error whose words say what was got, too


class Keys(BaseModel):
    """The keys that one table may hold; what is not there has the field's default."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=lambda name: name.replace("_", "-")
    )

    @classmethod
    def named(cls) -> dict[str, FieldInfo]:
        """The fields by their keys in the file, in order."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}

    def given(self) -> list[str]:
        """The keys that the file holds, in the order of the fields."""
        return [key for key in self.named() if key.replace("-", "_") in self.model_fields_set]

    def needed(self, key: str, *, table: str) -> Any:
        """The value of a key that other keys make necessary; InputError where it is not there."""
        value = getattr(self, key.replace("-", "_"))
        if not value:
            raise InputError(f"{table}.{key} is missing: expected {self.named()[key].description}")
        return value


K = TypeVar("K", bound=Keys)


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("one line of plain text (in paths write / and not a backslash)")
    if not text.strip():
        raise ValueError("a text that is not empty")
    return text


def _different_names(given: object) -> tuple[str, ...]:
    if not (isinstance(given, list) and given and all(isinstance(name, str) for name in given)):
        raise ValueError("a list of names in quotes")
    for place, name in enumerate(given):
        if name in given[:place]:
            raise PydanticCustomError(_SAID, "got {name} twice, expected it once", {"name": repr(name)})
    return tuple(given)


Text = Annotated[str, AfterValidator(_one_line), Field(description="a text in quotes")]
Names = Annotated[tuple[str, ...], BeforeValidator(_different_names)]
Number = Annotated[float, Field(allow_inf_nan=False, description="a number")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, description="a positive number")]
FromZero = Annotated[int, Field(ge=0, description="a whole number from 0 up")]
FromOne = Annotated[int, Field(ge=1, description="a whole number from 1 up")]


def read_toml(path: Path, kind: type[K], *, called: str) -> K:
    """The file as its model; InputError where it cannot be read, is not TOML in UTF-8, or does not fit.

    called: such files, to whoever names a folder instead ("MARKET.toml").
    """
    content = _parsed(path, called)
    try:
        return kind.model_validate(content)
    except ValidationError as problem:
        raise InputError(_said(kind, _first(problem.errors())), file=path) from None


def refuse_same_name(names: Sequence[str], *, table: str) -> None:
    """InputError for the first ``[[table]]`` whose name another one has already."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(
                f"{table} {place + 1}: got the name {name!r}, which {table} {names.index(name) + 1} has already; "
                "expected a name of its own"
            )


def _parsed(path: Path, called: str) -> Any:
    try:
        return _without_spaces(tomllib.loads(path.read_bytes().decode("utf-8-sig")))
    except FileNotFoundError:
        raise InputError("there is no such file", file=path) from None
    except IsADirectoryError:
        raise InputError(f"is a folder, expected a file such as {called}", file=path) from None
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


def _without_spaces(content: Any) -> Any:
    """Spaces around a text are nobody's; a text of nothing else stays, to be shown."""
    match content:
        case str():
            return content.strip() or content
        case list():
            return [_without_spaces(one) for one in content]
        case dict():
            return {key: _without_spaces(one) for key, one in content.items()}
        case _:
            return content


# ---- what is wrong, in words


def _first(errors: list[ErrorDetails]) -> ErrorDetails:
    """The one to tell: an unknown key explains why another is missing."""
    unknown = [error for error in errors if error["type"] == "extra_forbidden"]
    return min(unknown, key=lambda error: len(error["loc"])) if unknown else errors[0]


def _said(kind: type[Keys], error: ErrorDetails) -> str:
    place, got, context = _Place("", None, (kind,)), error["input"], error.get("ctx", {})
    *outer, last = error["loc"]
    for part in outer:
        place = place.step(part)
    if error["type"] == "extra_forbidden":
        return _unknown(place, str(last))
    place, expected = place.step(last), place.step(last).expected(str(last))
    match error["type"]:
        case "missing" | "too_short":
            return place.missing(str(last), expected)
        case "union_tag_not_found" | "union_tag_invalid":
            return _untold(place, got)
        case "value_error":
            expected = str(context["error"])
        case str(type_) if type_ == _SAID:
            return f"{place.name}: {error['msg']}"
        case "finite_number":
            expected = "a finite number"
        case "float_type" if isinstance(got, int) and not isinstance(got, bool):
            expected = "a finite number"  # a whole number of more than 308 digits
        case "less_than_equal" if expected.endswith(" up"):
            return f"{place.name}: got {got:,}, expected at most {context['le']:,}"
    return f"{place.name}: got {_shown(got)}, expected {expected}"


def _unknown(place: _Place, key: str) -> str:
    known = list(place.tables[0].named())
    near = get_close_matches(key.lower().replace("_", "-"), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected {', '.join(known)}"
    return (
        f"{place.name}: got the unknown key {key!r}; {hint}"
        if place.name
        else f"got the unknown key {key!r}; {hint}"
    )


def _untold(place: _Place, given: Mapping[str, object]) -> str:
    """Which of several tables it is cannot be told: the key that says so is missing or says something else."""
    key, tags = place.tag, [place.tag_of(table) for table in place.tables]
    if key not in given:
        return f"{place.name}.{key} is missing: expected one of {', '.join(tags)}"
    return f"{place.name}.{key}: got {_shown(given[key])}, expected {_quoted(tags)}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a file: what messages call it, its field, and the tables that may stand there."""

    name: str
    field: FieldInfo | None
    tables: tuple[type[Keys], ...]

    def step(self, part: str | int) -> _Place:
        """One step of the location that pydantic gives: the place in a list, a kind of table, or a key."""
        if isinstance(part, int):
            return replace(self, name=f"{self.name} {part + 1}")
        if len(self.tables) > 1:
            chosen = next(table for table in self.tables if self.tag_of(table) == part)
            title = chosen.model_config.get("title")
            return _Place(f"{self.name} ({title})" if title else self.name, self.field, (chosen,))
        field = self.tables[0].named()[part]
        between = "" if not self.name else ": " if self.name.endswith(")") else "."
        return _Place(f"{self.name}{between}{part}", field, _tables(field.annotation))

    @property
    def tag(self) -> str:
        """The key that says which of the tables it is."""
        return str(self.field.discriminator) if self.field else ""

    def tag_of(self, table: type[Keys]) -> str:
        return str(get_args(table.model_fields[self.tag].annotation)[0])

    def expected(self, key: str) -> str:
        """What should be there: the words of the field, else of its type."""
        kind = self.field.annotation if self.field else None
        described = (self.field.description if self.field else None) or _described(kind)
        if described or not self.tables:
            return described or _quoted(_choices(kind))
        return (
            f"a table [[{key}]], in double brackets, for each {key}"
            if _is_list(kind)
            else f"one table [{key}]"
        )

    def missing(self, key: str, expected: str) -> str:
        if not self.tables or (self.field and self.field.description):
            return f"{self.name} is missing: expected {expected}"
        kind = self.field.annotation if self.field else None
        return (
            f"[[{key}]] is missing: expected {expected}"
            if _is_list(kind)
            else f"the table [{key}] is missing"
        )


def _tables(kind: Any) -> tuple[type[Keys], ...]:
    """The models in a type such as ``list[PartyKeys]`` or ``PowerLawKeys | LogarithmicKeys | None``."""
    if isinstance(kind, type) and issubclass(kind, Keys):
        return (kind,)
    return tuple(table for inner in get_args(kind) for table in _tables(inner))


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list or any(get_origin(inner) is list for inner in get_args(kind))


def _described(kind: Any) -> str | None:
    """The words in a type such as ``FromOne | None``."""
    found = (
        getattr(note, "description", None)
        for inner in get_args(kind)
        for note in getattr(inner, "__metadata__", ())
    )
    return next((words for words in found if words), None)


def _choices(kind: Any) -> list[str]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(member.value) for member in kind]
    if get_origin(kind) is Literal:
        return [str(choice) for choice in get_args(kind)]
    return [choice for inner in get_args(kind) for choice in _choices(inner)]


def _quoted(choices: list[str]) -> str:
    return " or ".join(f'"{choice}"' for choice in choices)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"

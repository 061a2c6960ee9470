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
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from fairpool.ground.errors import InputError
from fairpool.ground.spelling import nearest

_LONGEST_SHOWN = 60
SAID = "said"  # type of an error whose words say what was got, too


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
            raise PydanticCustomError(SAID, "got {name} twice, expected it once", {"name": repr(name)})
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
    found = read_keys(path, kind, called=called)
    if isinstance(found, list):
        raise found[0]
    return found


def read_keys(path: Path, kind: type[K], *, called: str) -> K | list[InputError]:
    """The file as its model, or all that does not fit; raises InputError where it cannot be read at all."""
    content = _parsed(path, called)
    try:
        return kind.model_validate(content)
    except ValidationError as problem:
        return [InputError(_said(kind, error), file=path) for error in _telling(problem.errors())]


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


def _telling(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Unknown keys first, the outer before the inner; a missing key that one of them explains is left out."""
    unknown = [error for error in errors if error["type"] == "extra_forbidden"]
    explained = {(*error["loc"][:-1], near) for error in unknown for near in _likely(error, errors)}
    others = [error for error in errors if error not in unknown and tuple(error["loc"]) not in explained]
    return [*sorted(unknown, key=lambda error: len(error["loc"])), *others]


def _likely(error: ErrorDetails, errors: list[ErrorDetails]) -> list[str]:
    """Which missing key of the same table an unknown one was meant for."""
    *table, key = error["loc"]
    missing = [
        other["loc"][-1]
        for other in errors
        if other["type"] == "missing" and other["loc"][:-1] == tuple(table)
    ]
    return nearest(str(key).replace("_", "-"), map(str, missing))


def _said(kind: type[Keys], error: ErrorDetails) -> str:
    *outer, key = error["loc"]
    if error["type"] == "extra_forbidden":
        name, _, tables = _place(kind, outer)
        return _unknown(name, str(key), list(tables[0].named()))
    name, field, tables = _place(kind, error["loc"])
    got, expected = error["input"], _expected(field, tables, str(key))
    match error["type"]:
        case "missing" | "too_short" if tables and not field.description:
            return (
                f"[[{key}]] is missing: expected {expected}"
                if _is_list(field)
                else f"the table [{key}] is missing"
            )
        case "missing":
            return f"{name} is missing: expected {expected}"
        case "union_tag_not_found" | "union_tag_invalid":
            return _untold(name, str(field.discriminator), list(_by_tag(field, tables)), got)
        case "value_error":
            expected = str(error["ctx"]["error"])
        case str(type_) if type_ == SAID:
            return f"{name}: {error['msg']}"
        case "finite_number":
            expected = "a finite number"
        case "float_type" if isinstance(got, int) and not isinstance(got, bool):
            expected = "a finite number"  # a whole number of more than 308 digits
        case "less_than_equal" if expected.endswith(" up"):
            return f"{name}: got {got:,}, expected at most {error['ctx']['le']:,}"
    return f"{name}: got {_shown(got)}, expected {expected}"


def _unknown(name: str, key: str, known: Sequence[str]) -> str:
    near = nearest(key.replace("_", "-"), known)
    hint = f"did you mean {near[0]!r}?" if near else f"expected {', '.join(known)}"
    return f"{name}: got the unknown key {key!r}; {hint}" if name else f"got the unknown key {key!r}; {hint}"


def _untold(name: str, key: str, tags: list[str], given: Mapping[str, object]) -> str:
    """Which of several tables it is cannot be told: the key that says so is missing or says something else."""
    if key in given:
        return f"{name}.{key}: got {_shown(given[key])}, expected {_quoted(tags)}"
    near = nearest(key, given)
    return (
        _unknown(name, near[0], [key])
        if near
        else f"{name}.{key} is missing: expected one of {', '.join(tags)}"
    )


def _place(kind: type[Keys], location: Sequence[str | int]) -> tuple[str, FieldInfo, tuple[type[Keys], ...]]:
    """What messages call a location that pydantic gives, its field, and the tables that may stand there."""
    name, field = "", FieldInfo()
    tables: tuple[type[Keys], ...] = (kind,)
    for part in location:
        if isinstance(part, int):
            name += f" {part + 1}"
        elif len(tables) > 1:  # pydantic says next which of them it is
            tables = (_by_tag(field, tables)[part],)
            title = tables[0].model_config.get("title")
            name += f" ({title})" if title else ""
        else:
            name += f"{': ' if name.endswith(')') else '.' if name else ''}{part}"
            field = tables[0].named()[part]
            tables = _tables(field.annotation)
    return name, field, tables


def _by_tag(field: FieldInfo, tables: Sequence[type[Keys]]) -> dict[str, type[Keys]]:
    return {get_args(table.model_fields[str(field.discriminator)].annotation)[0]: table for table in tables}


def _expected(field: FieldInfo, tables: Sequence[type[Keys]], key: str) -> str:
    """What should be there: the words of the field, else of its type."""
    if words := field.description or _described(field.annotation):
        return words
    if not tables:
        return _quoted(_choices(field.annotation))
    return (
        f"a table [[{key}]], in double brackets, for each {key}" if _is_list(field) else f"one table [{key}]"
    )


def _tables(kind: Any) -> tuple[type[Keys], ...]:
    """The models in a type such as ``list[PartyKeys]`` or ``PowerLawKeys | LogarithmicKeys | None``."""
    if isinstance(kind, type) and issubclass(kind, Keys):
        return (kind,)
    return tuple(table for inner in get_args(kind) for table in _tables(inner))


def _is_list(field: FieldInfo) -> bool:
    return list in (get_origin(field.annotation), *map(get_origin, get_args(field.annotation)))


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

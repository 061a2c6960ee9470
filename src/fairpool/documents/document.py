"""What every document of the program is: a frozen record of texts, numbers and records, written as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from fairpool.ground.errors import InputError

CHANGED = ": no document that fairpool wrote, or one changed since"
_LONGEST_SHOWN = 40


class Document(BaseModel):
    """Keys in the order of the fields; what cannot be known is null, and there is no nan and no infinity."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    def json_text(self, *, indent: int | None = None) -> str:
        """The document as JSON."""
        return json.dumps(
            self.model_dump(by_alias=True), indent=indent, ensure_ascii=indent is None, allow_nan=False
        )


def no_document(problem: ValidationError, file: object) -> InputError:
    """What is wrong with the content of a file that should be a document: the place, what is there, what should be.

    >>> from pydantic import TypeAdapter
    >>> try:
    ...     TypeAdapter(dict[str, int]).validate_python({"net": "5 EUR"})
    ... except ValidationError as problem:
    ...     print(no_document(problem, "settlement.json"))
    settlement.json: net: got '5 EUR', expected a valid integer: no document that fairpool wrote, or one changed since
    """
    first, *others = problem.errors()
    kind, place = first["type"], place_of(first["loc"])
    if kind == "json_invalid":
        reason = str(first["ctx"]["error"])
        return InputError(
            f"is not JSON: {reason}: no document that fairpool wrote, or one cut short", file=file
        )
    if place == "format" and kind != "missing":
        return InputError(f"got format {first['input']!r}, expected 1", file=file)
    if kind == "missing":
        said = f"{place} is missing"
    else:
        expected = (
            first["msg"].partition("should be ")[2] or first["msg"].partition("should ")[2] or first["msg"]
        )
        expected = expected.partition(", unable")[0]
        said = f"{place + ': ' if place else ''}got {_shown(first['input'])}, expected {expected}"
    more = f" ({len(others)} more like it)" if others else ""
    return InputError(f"{said}{more}{CHANGED}", file=file)


def place_of(steps: Sequence[str | int]) -> str:
    """Where something stands in a document: ``parties[2].net``, counted from 0.

    >>> place_of(["parties", 2, "net"])
    'parties[2].net'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"

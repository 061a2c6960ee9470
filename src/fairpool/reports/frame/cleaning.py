"""Names are hostile input: what no document may contain is replaced before anything is drawn or written.

Escaping of ``<``, ``&`` and quotes is the template's and the chart writer's work.  Here go only the
characters that XML forbids (control characters, lone surrogates, noncharacters) and those that turn the
direction of the text around them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import Any

from pydantic import BaseModel

_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_REPLACEMENT = "\ufffd"


def cleaned(value: Any) -> Any:
    """The same document or JSON value with every text in it (keys, too) made safe to show."""
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: cleaned(inner) for name, inner in value})
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: cleaned(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, str):
        return _shown(value)
    if isinstance(value, dict):
        return {cleaned(key): cleaned(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(cleaned(inner) for inner in value)
    return value


def _shown(text: str) -> str:
    spaced = "".join(" " if character.isspace() else character for character in text)
    return "".join(_REPLACEMENT if _is_unfit(character) else character for character in spaced)


def _is_unfit(character: str) -> bool:
    point = ord(character)
    noncharacter = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return noncharacter or point in _TURNING or unicodedata.category(character) in {"Cc", "Cs"}

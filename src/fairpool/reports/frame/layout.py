"""What all reports have in common: one file that opens offline, with its style in it and nothing from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from fairpool.reports.frame.palette import scheme_rules

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline number and what it is."""

    number: str
    words: str
    tone: str = ""


def rendered(template: str, formats: Mapping[str, Any], **values: Any) -> str:
    """A template, ``frame/NAME`` or ``ROOM/NAME``, as HTML; ``formats`` are its ways to write numbers."""
    environment = Environment(
        loader=FunctionLoader(text_of),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= formats
    style = Markup(scheme_rules() + text_of("frame/style.css"))
    return environment.get_template(template).render(style=style, **values)


def by_name(document: T, *parts: Callable[[T], Any]) -> dict[str, Any]:
    """What each function makes of a document, under the function's own name."""
    return {part.__name__: part(document) for part in parts}


def text_of(name: str) -> str:
    """A template, a style sheet or words, by their place in this package."""
    return files("fairpool.reports").joinpath(name).read_text(encoding="utf-8")

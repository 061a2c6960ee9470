"""What all reports have in common: one file that opens offline, with its style in it and nothing from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from fairpool.reports.frame.palette import scheme_rules


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


def text_of(name: str) -> str:
    """A template, a style sheet or words, by their place in this package."""
    return files("fairpool.reports").joinpath(name).read_text(encoding="utf-8")

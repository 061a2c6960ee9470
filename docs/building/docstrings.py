"""Docstrings of this package are plain text; this is how the site reads them.

Their numpydoc sections are numpydoc's.  Outside of these

- a paragraph that is indented, or whose lines are set in columns, is a table or a formula: it stays as it was typed;
- lines that each begin ``name: `` stay lines;
- the letters of the papers, v_i(S*) or |S|, are letters and no mark-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

from sphinx.application import Sphinx

COLUMNS = re.compile(r"\S {2,}\S")
SENTENCE_END = re.compile(r"(?<=[.:?!)\]]) {2,}(?=\S)")
NAMED = re.compile(r"^[\w, `]+: ")
MARKS = re.compile(r"(?P<marked>``.+?``|:\w+:`[^`]+`)|`(?P<code>[^`]+)`|(?P<letter>[*|`\\]|_(?!\w))")
AS_TYPED = ("Examples", "References")
EARLIER_THAN_NUMPYDOC = 400


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", read_plainly, priority=EARLIER_THAN_NUMPYDOC)
    return {"parallel_read_safe": True}


def read_plainly(
    _app: Sphinx, _what: str, _name: str, _thing: object, _options: object, lines: list[str]
) -> None:
    lines[:] = [line for title, body in sections(lines) for line in section(title, body)]


def sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The text before the first numpydoc section, under the title "", and then each section."""
    title, body = "", list[str]()
    for here, below in pairwise([*lines, ""]):
        if here.strip() and re.fullmatch(r"-{3,}", below.strip()) and len(below) == len(here):
            yield title, body
            title, body = here.strip(), []
        elif not (title and not body and re.fullmatch(r"-{3,}", here.strip())):
            body.append(here)
    yield title, body


def section(title: str, body: list[str]) -> Iterator[str]:
    if title:
        yield from (title, "-" * len(title))
    if title in AS_TYPED:
        yield from body
    elif title in ("", "Notes", "Cost"):
        yield from prose(body)
    else:
        yield from map(plain, body)


def prose(lines: list[str]) -> Iterator[str]:
    """Paragraphs, each as what it is."""
    paragraphs = [list(group) for full, group in groupby(lines, key=lambda line: bool(line.strip())) if full]
    if paragraphs and in_columns(paragraphs[0]):
        yield from ("..", "")  # numpydoc reads the first paragraph as the summary
    for paragraph in paragraphs:
        if in_columns(paragraph):
            yield from ("::", "", *(f"    {line}" for line in paragraph), "")
        elif len(paragraph) > 1 and NAMED.match(paragraph[0]) and NAMED.match(paragraph[1]):
            yield from (*named(paragraph), "")
        else:
            yield from (*map(plain, paragraph), "")


def in_columns(paragraph: list[str]) -> bool:
    spaced = [line for line in paragraph if COLUMNS.search(SENTENCE_END.sub(" ", line.strip()))]
    return any(line.startswith(" ") for line in paragraph) or bool(spaced)


def named(paragraph: list[str]) -> Iterator[str]:
    """``name: text`` as a line of its own, with what runs on below it."""
    for line in paragraph:
        yield f"| {plain(line)}" if NAMED.match(line) else f"  {plain(line)}"


def plain(line: str) -> str:
    return MARKS.sub(as_meant, line)


def as_meant(found: re.Match[str]) -> str:
    if found["code"]:
        return f"``{found['code']}``"
    return found["marked"] or f"\\{found['letter']}"

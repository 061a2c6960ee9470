"""A CSV file's bytes as text in UTF-8 that has the rows and nothing else, every line where it stood.

Lines that are no part of the table (those above it, remarks, Excel's ``sep=;``) become blank, so that the lines of
the text are those that an editor shows.  What cannot be settled without its owner is an InputError that names the key
of `fairpool.tables.conventions` that settles it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fairpool.ground.errors import InputError
from fairpool.tables.conventions import Conventions

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ENDS = re.compile(rb"\r+\n")
_SPACES_ALONE = re.compile(rb"^ +$", re.MULTILINE)
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_EXCEL = re.compile(rb'\A\s*"?sep=(?P<separator>[^\r\n])"?[ \t]*$', re.IGNORECASE | re.MULTILINE)
_DECIMAL_COMMA = re.compile(rb"(?<![\d,])\d+,\d+(?![\d,])")
_C1 = re.compile(rb"[\x80-\x9f]")  # letters of Windows' code page 1252, control characters of Latin-1
_LOOKED_AT = 2**14  # bytes, for a hint


def text_of(raw: bytes, *, name: str, conventions: Conventions) -> bytes:
    """The text of a file's bytes; raises InputError where they are not in the encoding that was said."""
    text = _without_spaces_alone(_unix_lines(_decoded(raw, name, conventions.encoding)))
    if conventions.skip_lines:
        text = _blanked(text, range(conventions.skip_lines))
    text = _without_excels_line(text, name, conventions)
    if conventions.comment is not None:
        text = _blanked(text, _remarks(text, conventions.comment.encode()))
    return text


def has_lone_returns(text: bytes) -> bool:
    """Whether a carriage return stands within a line: nobody can say whether it ends one."""
    return b"\r" in text and _LONE_RETURN.search(text) is not None


def encoding_hint(line: bytes, number: int) -> str:
    """The encoding that a line is likely in which is not UTF-8, as the key that says so."""
    if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return 'encoding = "utf-16"'
    return 'encoding = "cp1252"' if _C1.search(line) else 'encoding = "latin-1"'


def separator_hint(text: bytes, separator: str) -> str:
    """What to set where columns are separated otherwise: also the decimal mark, where numbers have commas."""
    shown = "\\t" if separator == "\t" else separator
    commas = separator != "," and _DECIMAL_COMMA.search(text[:_LOOKED_AT])
    return f'set separator = "{shown}"' + (' and decimal = ","' if commas else "")


def _decoded(raw: bytes, name: str, encoding: str | None) -> bytes:
    if encoding is None:
        return raw.removeprefix(_BYTE_ORDER_MARK)
    try:
        return raw.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeDecodeError as problem:
        row = raw.count(b"\n", 0, problem.start) + 1
        got = (
            f"got the byte 0x{raw[problem.start]:02x}" if problem.start < len(raw) else "got half a character"
        )
        raise InputError(f"{got}, expected text in {encoding} as encoding says", file=name, row=row) from None
    except UnicodeError as problem:
        raise InputError(f"got something that is not text in {encoding}: {problem}", file=name) from None


def _unix_lines(text: bytes) -> bytes:
    if b"\r" not in text:
        return text
    return _ENDS.sub(b"\n", text) if b"\n" in text else text.replace(b"\r", b"\n")


def _without_spaces_alone(text: bytes) -> bytes:
    """Lines of nothing but spaces as empty ones; as they are where a cell in quotes may go over several lines."""
    return text if b'"' in text or b"\n " not in text else _SPACES_ALONE.sub(b"", text)


def _without_excels_line(text: bytes, name: str, conventions: Conventions) -> bytes:
    found = _EXCEL.match(text)
    if found is None:
        return text
    said, meant = found["separator"].decode("latin-1"), conventions.separator
    if said != (meant or ","):
        line = text.count(b"\n", 0, found.start("separator")) + 1
        got = f"got Excel's line 'sep={said}'"
        expected = (
            f"expected columns separated by commas; {separator_hint(text, said)}"
            if meant is None
            else f"expected the separator {meant!r} as separator says"
        )
        raise InputError(f"{got}, {expected}", file=name, row=line)
    return _blanked(text, [text.count(b"\n", 0, found.start("separator"))])


def _remarks(text: bytes, sign: bytes) -> Iterator[int]:
    """Lines that begin with ``sign``, not those within a quoted cell; counted from 0."""
    quoted = False
    for number, line in enumerate(text.split(b"\n")):
        if not quoted and line.lstrip().startswith(sign):
            yield number
        elif line.count(b'"') % 2:
            quoted = not quoted


def _blanked(text: bytes, numbers: range | list[int] | Iterator[int]) -> bytes:
    """The text with these lines, counted from 0, made blank."""
    lines = text.split(b"\n")
    for number in numbers:
        if number < len(lines):
            lines[number] = b""
    return b"\n".join(lines)

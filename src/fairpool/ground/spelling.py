"""Which known word was meant where an unknown one was written."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], *, most: int = 1) -> list[str]:
    """Up to ``most`` of the ``known`` words that are like ``word``, the likest first; capital letters do not count.

    >>> nearest("Ridg", ["nearest", "ridge", "logistic"])
    ['ridge']
    """
    by_lower = {one.lower(): one for one in known}
    return [by_lower[match] for match in get_close_matches(word.lower(), list(by_lower), n=most)]


def guess(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'ridge'?``, or nothing where no known word is like it.

    >>> guess("ridg", ["nearest", "ridge"]), guess("zzz", ["nearest", "ridge"])
    ("; did you mean 'ridge'?", '')
    """
    near = nearest(word, known)
    return f"; did you mean {near[0]!r}?" if near else ""

"""The claims of fairpool's own mechanisms, from claims.toml, with the sentences that they share written out."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from fairpool.reports.frame.layout import text_of
from fairpool.sharing.mechanisms.claims import Claims


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(text_of("sharing/prose/claims.toml"))


def claims_named(name: str) -> Claims:
    """Those under a name in claims.toml."""
    told = _told()[name]
    parts = (tuple(told.get(part, ())) for part in ("proved", "tested", "assumed"))
    return in_full(Claims(told["title"], told["works"], *parts))


def in_full(claims: Claims) -> Claims:
    """With the shared sentences in the place of their names."""
    parts = (tuple(map(_in_full, part)) for part in (claims.proved, claims.tested, claims.assumed))
    return Claims(claims.title, _in_full(claims.works), *parts)


def _in_full(sentence: str) -> str:
    for name, words in _told()["shared"].items():
        sentence = sentence.replace(f"{{{name}}}", words)
    return sentence

"""The words that reports explain, one meaning each: glossary.toml, which docs/glossary.md lists, too."""

from __future__ import annotations

import tomllib
from typing import Literal

from fairpool.reports.frame.layout import text_of

Report = Literal["settlement", "sharing", "comparison", "pricing"]


def glossary_of(report: Report) -> list[tuple[str, str]]:
    """Words and meanings, in the order in which the report explains them."""
    entries = tomllib.loads(text_of("frame/glossary.toml"))["word"]
    return [(entry["word"], entry["meaning"]) for entry in entries if report in entry["reports"]]

"""One glossary for the reports and the docs."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from fairpool.reports.frame.glossary import Report, glossary_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("report", ["settlement", "sharing", "comparison", "pricing"])
def test_a_report_explains_a_word_once(report: Report):
    """And says something about it."""
    words = [word for word, _ in glossary_of(report)]
    assert len(set(words)) == len(words) >= 9
    assert all(meaning.strip().endswith(".") for _, meaning in glossary_of(report))


def test_the_docs_have_the_words_of_the_reports():
    """`python scripts/write_glossary.py` writes them."""
    written = runpy.run_path(str(ROOT / "scripts/write_glossary.py"))
    page = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    assert written["with_words_of_reports"](page) == page

"""The picture of the floors in the docs is the one that the imports give today."""

from __future__ import annotations

import importlib

import pytest

from builders.source_files import ROOT


def test_the_picture_is_of_today(monkeypatch):
    pytest.importorskip("grimp", reason="comes with import-linter, in the extra `check`")
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    drawing = importlib.import_module("draw_floors")
    committed = (ROOT / "docs" / "floors.svg").read_text(encoding="utf-8")
    assert committed == drawing.picture(), (
        "rooms changed: run `python scripts/draw_floors.py` and commit docs/floors.svg"
    )

"""The picture of the floors in the docs is the one that the imports give today."""

from __future__ import annotations

import importlib.util

import pytest

from builders.source_files import ROOT

DRAWING = ROOT / "scripts" / "draw_floors.py"


def test_the_picture_is_of_today():
    pytest.importorskip("grimp", reason="comes with import-linter, in the extra `check`")
    loader = importlib.util.spec_from_file_location("draw_floors", DRAWING)
    drawing = importlib.util.module_from_spec(loader)
    loader.loader.exec_module(drawing)
    committed = (ROOT / "docs" / "floors.svg").read_text(encoding="utf-8")
    assert committed == drawing.picture(), (
        "rooms changed: run `python scripts/draw_floors.py` and commit docs/floors.svg"
    )

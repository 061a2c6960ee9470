"""`import fairpool` opens the door and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fairpool

HEAVY = ("numpy", "pandas", "pydantic", "sklearn", "pyarrow", "altair", "onnx", "sqlite3")


@pytest.mark.parametrize("module", ["fairpool", "fairpool.cli.app"])
def test_opening_brings_in_nothing_heavy(module):
    """A command that needs a library imports it when it is called."""
    asked = f"*sorted(set(sys.modules) & set({HEAVY!r})), threading.active_count()"
    code = f"import sys, threading, {module}; print({asked})"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert printed == ["1"], (
        f"import {module} brings in {', '.join(printed[:-1])} and runs {printed[-1]} threads"
    )


def test_every_name_offered_is_there():
    for name in fairpool.__all__:
        assert getattr(fairpool, name) is not None
    assert set(fairpool.__all__) <= set(dir(fairpool))


def test_the_first_calls_are_those_of_the_rooms():
    from fairpool.market.settling import settle

    assert fairpool.settle is settle
    assert fairpool.games.__name__ == "fairpool.games"


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        fairpool.nothing  # noqa: B018

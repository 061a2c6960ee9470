"""`import fairpool` is enough: rooms and first calls are there when they are asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fairpool
import fairpool.learning


@pytest.mark.long
def test_rooms_are_there_without_importing_each():
    """In a fresh process, where nothing else has imported them."""
    rooms = [name for name in fairpool.__all__ if name.islower() and name not in ("settle", "example_path")]
    script = f"import fairpool; print(all(getattr(fairpool, name) for name in {rooms}))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout == "True\n"


def test_what_a_room_hands_out_is_what_its_name_says():
    """A function is no module of that name, and a name that is not there is said to be none."""
    assert callable(fairpool.learning.row_values)
    assert callable(fairpool.learning.value_rows)
    assert not hasattr(fairpool, "no_such_room")

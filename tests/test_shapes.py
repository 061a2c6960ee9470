"""The shapes that signatures state hold wherever the tests of games, comparing and learning go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

WRONG = """
import shapes
shapes.check_shapes()
import numpy as np
from fairpool.games.textbook.classical import GloveGame
glove = GloveGame(1, 2)
print(glove.worth(np.ones((2, 3), dtype=bool)).tolist())
glove.worth(np.ones(3, dtype=bool))
"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=HERE, capture_output=True, text=True)


@pytest.mark.long
def test_a_wrong_shape_is_caught():
    """A batch of coalitions is two-dimensional; one coalition alone is refused by its shape."""
    done = run("-c", WRONG)
    assert done.stdout == "[1.0, 1.0]\n"
    assert "TypeCheckError" in done.stderr
    assert "batch players" in done.stderr


@pytest.mark.long
@pytest.mark.parametrize("room", ["games", "comparing", "learning"])
def test_stated_shapes_hold_in_the_tests_of(room):
    """Every call that these tests make, with shapes and types of numbers checked."""
    done = run("-m", "shapes", room, "-q", "-m", "not long", "-p", "no:cacheprovider", "-p", "no:randomly")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]

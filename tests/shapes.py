"""Runs tests with the shapes that signatures state checked: ``python -m shapes tests/games ...`` in ``tests``.

`fairpool.ground.arrays` states shapes in the notation of jaxtyping and costs nothing.  Here the real jaxtyping takes
its place before anything of fairpool is imported, and its import hook has beartype check every call.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import beartype
import jaxtyping
import pytest

ROOMS = ["fairpool.games", "fairpool.comparing", "fairpool.learning"]
ARRAYS = Path(__file__).parents[1] / "src" / "fairpool" / "ground" / "arrays.py"


def checked(function: Any) -> Any:
    """beartype, of those annotations only that state a shape."""
    stated = {name: hint for name, hint in function.__annotations__.items() if _states_a_shape(hint)}
    if not stated:
        return function
    function.__annotations__ = stated
    return beartype.beartype(function)


def _states_a_shape(hint: object) -> bool:
    return any(word in str(hint) for word in ("Float[", "Int[", "Bool["))


def check_shapes() -> None:
    """From now on; to be called before the first import of fairpool."""
    spec = importlib.util.spec_from_file_location("fairpool.ground.arrays", ARRAYS)
    arrays = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(arrays)
    arrays.Float, arrays.Int, arrays.Bool = jaxtyping.Float, jaxtyping.Int, jaxtyping.Bool
    sys.modules[spec.name] = arrays
    jaxtyping.install_import_hook(ROOMS, "shapes.checked")


if __name__ == "__main__":
    check_shapes()
    sys.exit(pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", *sys.argv[1:]]))

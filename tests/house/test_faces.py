"""A room is entered by its face: few names, each explained where it stands, with an example that runs.

The examples themselves run in `make test` (pytest --doctest-modules).
"""

from __future__ import annotations

import enum
import importlib
import inspect
import re
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from builders.source_files import ROOMS
from fairpool.games import TableGame
from fairpool.ground.errors import InputError

MOST_NAMES = 15
FACES = {room: importlib.import_module(f"fairpool.{room}") for room in ROOMS}
NAMES = [(room, name) for room, face in FACES.items() for name in getattr(face, "__all__", ())]


@pytest.fixture(params=ROOMS)
def face(request) -> ModuleType:
    return FACES[request.param]


def test_a_face_says_what_the_room_is_for(face):
    assert (face.__doc__ or "").strip(), f"{face.__name__}/__init__.py needs a docstring of one sentence"


def test_a_face_has_few_names(face):
    count = len(getattr(face, "__all__", ()))
    assert 1 <= count <= MOST_NAMES, (
        f"{face.__name__}.__all__ has {count} names, expected 1 to {MOST_NAMES}: "
        + ("leave in it what a user needs; the rest is imported from its file")
    )


@pytest.mark.parametrize(("room", "name"), NAMES)
def test_a_name_on_a_face_explains_itself(room, name):
    thing = getattr(FACES[room], name)
    assert callable(thing), f"fairpool.{room}.{name} is {thing!r}: faces hold functions and classes"
    missing = missing_sections(thing)
    assert not missing, f"the docstring of fairpool.{room}.{name} lacks: {', '.join(missing)}"


def missing_sections(thing: object) -> list[str]:
    """Sections of numpydoc that the docstring should have and has not, and parameters that are not in theirs."""
    said = sections(inspect.getdoc(thing) or "")
    parameters = parameters_of(thing)
    wanted = ["Parameters"] if parameters else []
    if inspect.isroutine(thing) and inspect.signature(thing).return_annotation not in (None, "None"):
        wanted.append("Returns")
    lacking = [title for title in [*wanted, "Examples"] if title not in said]
    explained = said.get("Parameters", said.get("Attributes", ""))
    if "Parameters" in lacking and inspect.isclass(thing) and "Attributes" in said:
        lacking.remove("Parameters")
    if ">>>" not in said.get("Examples", ">>>"):
        lacking.append("a >>> line in Examples")
    unexplained = [
        each
        for each in parameters
        if explained and not re.search(rf"^\W*([\w*]+, )*\*{{0,2}}{each}\b", explained, re.M)
    ]
    return lacking + [f"parameter {each}" for each in unexplained]


def parameters_of(thing: object) -> list[str]:
    """What a caller hands in; a protocol, an enumeration and an error are not called with anything of their own."""
    if inspect.isclass(thing) and (
        getattr(thing, "_is_protocol", False)
        or inspect.isabstract(thing)
        or issubclass(thing, enum.Enum | Exception)
    ):
        return []
    return [name for name in inspect.signature(thing).parameters if not name.startswith("_")]


def sections(docstring: str) -> dict[str, str]:
    parts = re.split(r"^(\w[\w ]*)\n-{3,}$", docstring, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_one_public_name_for_one_thing():
    """A thing on two faces has one name there, and a name on two faces is one thing."""
    things: dict[str, set[int]] = {}
    names: dict[int, set[str]] = {}
    for room, name in NAMES:
        thing = id(getattr(FACES[room], name))
        things.setdefault(name, set()).add(thing)
        names.setdefault(thing, set()).add(name)
    two_things = sorted(name for name, found in things.items() if len(found) > 1)
    two_names = sorted(", ".join(sorted(found)) for found in names.values() if len(found) > 1)
    assert not two_things, f"these names mean different things on different faces: {', '.join(two_things)}"
    assert not two_names, f"these are names for one thing: {'; '.join(two_names)}"


def test_what_lacks_is_said():
    """The reader of docstrings itself: a section, an example and a parameter that are missing are found."""

    def half(a: int, b: int) -> int:
        """Half of it.

        Parameters
        ----------
        a : int
            a number
        """
        return a + b

    assert missing_sections(half) == ["Returns", "Examples", "parameter b"]


def with_chance() -> list[tuple[str, Callable[..., object]]]:
    """What a face offers that draws at random: functions, and methods of its classes."""
    found = []
    for room, name in NAMES:
        thing = getattr(FACES[room], name)
        methods = inspect.getmembers(thing, inspect.isfunction) if inspect.isclass(thing) else [("", thing)]
        for method, function in methods:
            public = not method.startswith("_") and inspect.isfunction(function)
            if public and "rng" in inspect.signature(function).parameters:
                found.append((f"{room}.{name} {method}".strip(), function))
    return found


@pytest.mark.parametrize("function", [pytest.param(f, id=name) for name, f in with_chance()])
def test_chance_is_a_seed_or_a_generator(function):
    """One word for it everywhere, and anything else is refused before any work is done."""
    assert inspect.signature(function).parameters["rng"].annotation in ("Chance", "Chance | ReleaseBook")
    draws = "chance(rng)" in inspect.getsource(function)  # else it takes one for the protocol's sake
    if draws:
        needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        given = {p.name: None for p in needed} | {"rng": "seven"}
        if "weights" in given:
            given["weights"] = np.ones(1)
        if "game" in given:
            given |= {"game": TableGame([0.0, 1.0]), "evaluations": 4}
        with pytest.raises(InputError, match=r"rng: got 'seven', expected a seed"):
            function(**given)
    else:
        assert not re.search(r"rng\.|\(rng", inspect.getsource(function).split('"""')[-1])

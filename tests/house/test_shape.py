"""A folder is taken in at a glance, a file is one idea, a function is a paragraph."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.source_files import PACKAGE, ROOT, Function, SourceFile, source_files

MOST_FILES = 12
MOST_LINES = 400
LONGEST_BODY = 40
FOLDERS = sorted({file.path.parent for file in source_files()})


def stems(folder: Path) -> list[str]:
    return [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]


def as_name(folder: Path) -> str:
    return str(folder.relative_to(ROOT))


@pytest.mark.parametrize("folder", FOLDERS, ids=as_name)
def test_a_folder_is_small(folder):
    count = len(stems(folder))
    assert count <= MOST_FILES, (
        f"{as_name(folder)} has {count} files: find the ideas in it, a folder for each"
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=as_name)
def test_no_prefix_stands_for_a_folder(folder):
    prefixes = Counter(stem.partition("_")[0] for stem in stems(folder) if "_" in stem)
    often = {prefix: times for prefix, times in prefixes.items() if times >= 3}
    assert not often, f"{as_name(folder)}: {often}: what files share is the name of their folder"


def test_every_folder_says_what_it_is():
    """An __init__ that holds a sentence: the tree can be read from its folders alone."""
    silent = [
        as_name(folder)
        for folder in FOLDERS
        if not ast.get_docstring(SourceFile(folder / "__init__.py").tree)
    ]
    assert not silent, f"write a docstring of one sentence in the __init__.py of {', '.join(silent)}"


def test_a_file_is_one_idea():
    long = [f"{file}: {lines}" for file in source_files() if (lines := file.text.count("\n")) > MOST_LINES]
    assert not long, f"more than {MOST_LINES} lines, so more than one idea:\n" + "\n".join(long)


def long_bodies(file: SourceFile) -> Iterator[str]:
    for function in file.functions():
        lines = body_lines(function)
        if lines > LONGEST_BODY:
            yield f"{file}:{function.lineno}: {function.name} has {lines} lines"


def body_lines(function: Function) -> int:
    """Lines from the first statement after the docstring to the end."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_a_function_is_a_paragraph():
    found = [line for file in source_files() for line in long_bodies(file)]
    assert not found, f"longer than {LONGEST_BODY} lines; name the steps and call them:\n" + "\n".join(found)


def test_a_module_and_what_it_holds_have_different_names():
    """``from fairpool.games import stability`` has to mean one thing."""
    found = [
        f"{file}:{node.lineno}"
        for file in source_files()
        for node in file.definitions()
        if node.name == file.path.stem
    ]
    assert not found, "the file and what it defines have one name; rename the file:\n" + "\n".join(found)


def test_no_public_class_name_stands_twice():
    places: dict[str, list[str]] = {}
    for file in source_files():
        for node in file.definitions():
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(f"{file}:{node.lineno}")
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert not twice, "one word, one thing; say in the name which one it is:\n" + "\n".join(
        f"{name}: {', '.join(where)}" for name, where in sorted(twice.items())
    )


def test_the_package_was_found():
    assert len(source_files()) > 100
    assert PACKAGE in FOLDERS

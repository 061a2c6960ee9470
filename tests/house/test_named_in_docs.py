"""Every path, module and command that a page names is there, or the page says that it comes later."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

from builders.source_files import ROOT, source_files
from fairpool.cli.app import app

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if "reference" not in page.parts),
]
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:src|tests|docs|benchmarks|scripts)/[\w./-]*\w")
MODULE = re.compile(r"\bfairpool(?:\.[A-Za-z]\w*)+")
COMMAND = re.compile(r"^(?:\$ )?(?:.*/)?fairpool ((?:[a-z]+ ?)+)")
MOVED = re.compile(r"^\| `fairpool[.\w]*` \| (?P<names>.+) \| `(?P<module>fairpool[.\w]*)` \|$", re.MULTILINE)
IN_SOURCE = re.compile(r"\b(?:docs|tests|benchmarks|scripts)/[\w/-]+\.(?:md|py)\b")


def code_of(page: Path) -> Iterator[tuple[int, str]]:
    """Line and text of what is set as code: inline, or a line of a console block; not where it says later."""
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced:
            if line.lstrip().startswith(("$ ", "fairpool ")):
                yield number, line.strip()
        elif not re.search(r"\blater\b", line):
            yield from ((number, code) for code in CODE.findall(line))


def missing_path(code: str) -> bool:
    return bool(PATH.fullmatch(code.rstrip("/"))) and not (ROOT / code).exists() and not list(ROOT.glob(code))


def missing_module(code: str) -> bool:
    return bool(MODULE.fullmatch(code)) and not importable(code)


def importable(name: str) -> bool:
    """Whether ``name`` is a module, or found by its attributes from one."""
    module, rest = name, list[str]()
    while module:
        try:
            thing = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            rest.insert(0, last)
        else:
            return not rest or hasattr(thing, rest[0])
    return False


@cache
def commands_of_the_program():
    return typer.main.get_command(app)


def missing_command(code: str) -> bool:
    """Whether ``fairpool a b`` names a command that is not there; other words are arguments of those before them."""
    found = COMMAND.match(code)
    if found is None:
        return False
    node, arguments = commands_of_the_program(), 0
    for word in found[1].split():
        commands = getattr(node, "commands", None)
        if commands is None:
            return False
        if arguments:
            arguments -= 1
        elif word not in commands:
            return True
        else:
            node = commands[word]
            arguments = sum(each.param_type_name == "argument" for each in node.params)
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page):
    found = [
        f"{page.name}:{line}: {code}"
        for line, code in code_of(page)
        if missing_path(code) or missing_module(code) or missing_command(code)
    ]
    assert not found, "name what is there, or say on the same line that it comes later:\n" + "\n".join(found)


def test_what_a_docstring_refers_to_is_there():
    found = [
        f"{file}: {path}"
        for file in source_files()
        for path in IN_SOURCE.findall(file.text)
        if not (ROOT / path).exists()
    ]
    assert not found, "these pages and files are gone:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "code", ["fairpool sing", "fairpool price sell shop sing", "$ fairpool share sing --loud"]
)
def test_a_command_that_is_not_there_is_noticed(code):
    assert missing_command(code)


@pytest.mark.parametrize(
    "code", ["fairpool run MARKET.toml", "fairpool price fit worths.csv", "fairpool --help", "make"]
)
def test_a_command_that_is_there_passes(code):
    assert not missing_command(code)


def test_a_path_or_a_module_that_is_not_there_is_noticed():
    assert missing_path("src/fairpool/nothing.py")
    assert not missing_path("tests/papers/")
    assert missing_module("fairpool.market.nothing")
    assert not missing_module("fairpool.market.settle")

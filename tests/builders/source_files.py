"""The package as text and syntax trees, for the rules of the house."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "fairpool"
ROOMS = ("games", "comparing", "tables", "learning", "market", "sharing", "pricing", "marketplace", "audits")
MECHANISMS_AND_BELOW = ("ground", *(room for room in ROOMS if room != "marketplace"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class SourceFile:
    """A file of the package: where it lies, what it says, and what can be imported under which name."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def module(self) -> str:
        parts = self.path.relative_to(PACKAGE.parent).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")

    @property
    def is_package(self) -> bool:
        return self.path.stem == "__init__"

    def functions(self) -> Iterator[Function]:
        yield from (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def definitions(self) -> Iterator[Function | ast.ClassDef]:
        """Functions and classes at the top of the file."""
        yield from (node for node in self.tree.body if isinstance(node, Function | ast.ClassDef))


@cache  # a file is parsed once for all rules
def whole_package() -> tuple[SourceFile, ...]:
    return tuple(SourceFile(path) for path in sorted(PACKAGE.rglob("*.py")))


def source_files(*floors: str) -> list[SourceFile]:
    """The files of these floors, or of the whole package."""
    folders = [PACKAGE / floor for floor in floors] or [PACKAGE]
    return [file for folder in folders for file in whole_package() if file.path.is_relative_to(folder)]


def dotted(node: ast.AST) -> str:
    """``np.random.seed`` for the attribute that is written so; parts that are no names are left empty."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""

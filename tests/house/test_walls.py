"""The walls that import-linter cannot see: what is built in needs no import."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from builders.source_files import MECHANISMS_AND_BELOW, PACKAGE, SourceFile, dotted, source_files

BUILT_IN = {"open", "print", "input", "breakpoint", "exec", "eval"}
DISK = {
    *("read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "rmdir", "unlink", "touch"),
    *("exists", "is_file", "is_dir", "iterdir", "rglob", "stat", "expanduser"),
    *("tofile", "to_csv", "to_parquet", "to_json", "to_pickle", "savefig"),
}
ON_DISK_OF_NUMPY = {
    "load",
    "save",
    "savez",
    "savez_compressed",
    "loadtxt",
    "savetxt",
    "genfromtxt",
    "fromfile",
    "memmap",
}
WORLD = {"sys.stdout", "sys.stderr", "sys.stdin", "sys.argv", "os.environ", "time.time", "datetime.now"}
CHANCE_HANDED_IN = {"Generator", "SeedSequence", "BitGenerator", "PCG64", "Philox", "default_rng"}


def leaks(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of everything that reads or changes the world outside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            last = name.rpartition(".")[2]
            unseeded = last == "default_rng" and not node.args and not node.keywords
            if name in BUILT_IN or (isinstance(node.func, ast.Attribute) and last in DISK) or unseeded:
                yield node.lineno, f"{name}()"
        elif isinstance(node, ast.Attribute):
            name = dotted(node)
            owner, _, last = name.rpartition(".")
            hidden_chance = owner in ("np.random", "numpy.random") and last not in CHANCE_HANDED_IN
            on_disk = owner in ("np", "numpy") and last in ON_DISK_OF_NUMPY
            if name in WORLD or hidden_chance or on_disk:
                yield node.lineno, name


@pytest.mark.parametrize("floor", MECHANISMS_AND_BELOW)
def test_mechanisms_and_below_leave_the_world_alone(floor):
    """No disk, terminal, clock, environment or chance of their own: hand in bytes, a store, a number or ``rng``."""
    found = [f"{file}:{line}: {what}" for file in source_files(floor) for line, what in leaks(file.tree)]
    assert not found, "move this to files, runs or a door, and hand in what it gives:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    ["open(p)", "p.read_text()", "np.random.rand(3)", "np.random.default_rng()", "sys.stdout", "np.load(p)"],
)
def test_a_leak_is_noticed(line):
    assert len(list(leaks(ast.parse(line)))) == 1


def test_what_is_handed_in_is_no_leak():
    harmless = "def f(rng: np.random.Generator): return np.random.default_rng(seed).spawn(rng.integers(3))"
    assert not list(leaks(ast.parse(harmless)))


def borrowed_from_faces(file: SourceFile) -> Iterator[str]:
    """Names that ``file`` imports from a package that has them from somewhere else itself."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fairpool"):
            face = PACKAGE.parent.joinpath(*node.module.split("."), "__init__.py")
            if face.exists():
                passed_on = {
                    alias.asname or alias.name: each.module
                    for each in ast.walk(SourceFile(face).tree)
                    if isinstance(each, ast.ImportFrom)
                    for alias in each.names
                }
                yield from (
                    f"{file}:{node.lineno}: {alias.name} stands in {passed_on[alias.name]}"
                    for alias in node.names
                    if alias.name in passed_on and not face.with_name(alias.name).is_dir()
                )


def test_nobody_inside_imports_from_a_face():
    """Every import circle seen elsewhere came from importing from a package's __init__."""
    found = [line for file in source_files() for line in borrowed_from_faces(file)]
    assert not found, "import from the file that defines the name:\n" + "\n".join(found)

"""README and docs run as tests: every example, every command, every link.

Each document gets a folder of its own, in which its fenced blocks are met in the order a reader meets them:

    ```python        lines with >>> run as doctests; a block without a prompt is executed
    ```console       ``$ command`` runs in a shell with this environment's programs first on the path; the lines below
                     it are what it prints (``...`` stands for anything).  A command that fails must be shown failing:
                     what it says on stderr then counts as printed
    ```toml, ```csv  with ``title=NAME`` after the language, or a first line ``# NAME``, are written to that file

All Python of a document shares one set of names.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
WRITTEN = [
    page for page in (ROOT / "docs").rglob("*.md") if "reference" not in page.parts
]  # that is generated
EXECUTED = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(WRITTEN)]
LINKED = [*EXECUTED, ROOT / "CHANGELOG.md", ROOT / "SECURITY.md"]

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=indent)``` *$", re.MULTILINE | re.DOTALL
)
TITLE = re.compile(r"\btitle=\"?(?P<name>[\w./-]+)")
FIRST_LINE = re.compile(r"# (?P<name>[\w./-]+\.(?:toml|csv))\b")
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^()\s]+)\)")
HEADING = re.compile(r"^#+ +(?P<text>.+?) *$", re.MULTILINE)
FLAGS = doctest.ELLIPSIS
SECONDS = 300


class Checker(doctest.OutputChecker):
    """Compares line by line; spaces at the end of a line, which editors take away, do not count."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(without_trailing(want), without_trailing(got), optionflags)


def without_trailing(text: str) -> str:
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, what else stands beside that, its text, and the line it begins at."""

    language: str
    info: str
    text: str
    line: int


def blocks_of(text: str) -> Iterator[Block]:
    """The fenced blocks of a document, in order."""
    for found in FENCE.finditer(text):
        language, _, info = found["info"].strip().partition(" ")
        indent = len(found["indent"])
        body = "".join(line[indent:] or "\n" for line in found["body"].splitlines(keepends=True))
        yield Block(language, info, body, text.count("\n", 0, found.start()) + 2)


def run_document(path: Path, folder: Path) -> int:
    """Run all blocks of a document in ``folder``; how many >>> examples ran.  AssertionError where one is wrong."""
    names: dict[str, object] = {"__name__": "__main__"}
    ran = 0
    for block in blocks_of(path.read_text(encoding="utf-8")):
        where = f"{path.name}, line {block.line}"
        if block.language in ("python", "pycon"):
            ran += run_python(block, names, where)
        elif block.language == "console":
            run_console(block, folder, where)
        elif (name := file_name(block)) is not None:
            write_file(block, folder / name)
    return ran


def run_python(block: Block, names: dict[str, object], where: str) -> int:
    if ">>>" not in block.text:
        exec(compile(block.text, where, "exec"), names)
        return 0
    test = doctest.DocTestParser().get_doctest(block.text, {}, where, where, block.line)
    test.globs = names
    said: list[str] = []
    runner = doctest.DocTestRunner(Checker(), optionflags=FLAGS)
    found = runner.run(test, out=said.append, clear_globs=False)
    assert not found.failed, "".join(said)
    return found.attempted


def run_console(block: Block, folder: Path, where: str) -> None:
    for command, expected in commands_of(block.text):
        printed = printed_by(command, folder)
        same = Checker().check_output(f"{expected}\n", f"{printed}\n", FLAGS)
        assert same, f"{where}\n$ {command}\n--- shown:\n{expected}\n--- printed:\n{printed}"


def commands_of(text: str) -> Iterator[tuple[str, str]]:
    """Commands and what is shown below each; a backslash at the end of a line continues it."""
    joined = text.replace("\\\n", "")
    for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected.rstrip("\n")


def printed_by(command: str, folder: Path) -> str:
    """What a reader sees of a command: stdout, and stderr where it fails."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": programs, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0 or done.stderr, f"$ {command}\nfails ({done.returncode}) and says nothing"
    return (done.stdout + (done.stderr if done.returncode else "")).rstrip("\n")


def file_name(block: Block) -> str | None:
    """The name under which a block is written, if it says one."""
    found = TITLE.search(block.info) or (
        FIRST_LINE.match(block.text) if block.language in ("toml", "csv") else None
    )
    return None if found is None else found["name"]


def write_file(block: Block, path: Path) -> None:
    """Write a block; a CSV file goes without the comment that names it."""
    text = block.text
    if block.language == "csv" and FIRST_LINE.match(text):
        text = text.partition("\n")[2]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def as_case(path: Path) -> object:
    """A document that starts programs takes a while, and so does the simulation of markets for prices."""
    slow = "```console" in path.read_text(encoding="utf-8") or path.name == "learning-prices.md"
    return pytest.param(path, id=str(path.relative_to(ROOT)), marks=[pytest.mark.long] if slow else [])


@pytest.mark.parametrize("document", [as_case(path) for path in EXECUTED])
def test_a_document_says_what_happens(document, tmp_path, monkeypatch):
    """Every example gives what is shown below it, and none stands outside a block that is run."""
    monkeypatch.chdir(tmp_path)
    with np.printoptions():
        ran = run_document(document, tmp_path)
    shown = re.findall(r"^ *>>> ", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert ran == len(shown)


# ---------------------------------------------------------------- links


def broken_links(path: Path) -> list[str]:
    """Relative links of a document to files, or to headings of Markdown files, that are not there."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    targets = [found["target"] for found in LINK.finditer(re.sub(r"`[^`\n]*`", "", text))]
    return [target for target in targets if "://" not in target and not target_exists(path, target)]


def target_exists(path: Path, target: str) -> bool:
    name, _, heading = target.partition("#")
    there = (path.parent / name).resolve() if name else path
    if not there.exists():
        return False
    return not heading or there.suffix != ".md" or heading in anchors_of(there)


def anchors_of(path: Path) -> set[str]:
    """Headings as links name them: lower case, spaces as hyphens, no other signs."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", found["text"].lower()).replace(" ", "-") for found in HEADING.finditer(text)
    }


@pytest.mark.parametrize("document", LINKED, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    """Every relative link of a document points to a file, and to a heading of it where it names one."""
    assert broken_links(document) == []


# ---------------------------------------------------------------- the readers of documents themselves


def written(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "```python\n>>> 1 + 1\n3\n```\n",
        "```python\nassert 1 + 1 == 3\n```\n",
        "```console\n$ echo one\ntwo\n```\n",
        "```console\n$ echo no >&2; exit 2\n```\n",
        "```console\n$ exit 2\n```\n",
    ],
)
def test_a_wrong_example_is_noticed(text, tmp_path):
    """Another result, another line printed, and a failure that is not shown are errors of the document."""
    with pytest.raises(AssertionError):
        run_document(written(tmp_path, text), tmp_path)


def test_a_document_may_show_files_and_use_them(tmp_path):
    """Files with a title or a first line that names them are there for the commands below, and names are kept."""
    text = (
        "```toml title=deep/a.toml\nx = 1\n```\n```csv\n# b.csv: rows\nage\n7\n```\n"
        "```console\n$ cat deep/a.toml \\\n    b.csv\nx = 1\nage\n7\n$ echo wrong >&2; exit 2\nwrong\n```\n"
        "```python\nx = 1\n```\n  ```python\n  >>> x\n  1\n\n  >>> x + 1\n  2\n  ```\n"
    )
    assert run_document(written(tmp_path, text), tmp_path) == 2


def test_a_link_to_nowhere_is_noticed(tmp_path):
    """Files and headings that are not there are found; links inside code are not links."""
    text = (
        "# One Thing, here\n[a](gone.md) [b](page.md#one-thing-here) [c](#two) `[d](e)` [f](https://x.y/z)\n"
    )
    assert broken_links(written(tmp_path, text)) == ["gone.md", "#two"]

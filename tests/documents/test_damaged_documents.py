"""A document that was damaged or forged is answered with the place in it, and never with a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders.consortium import fairpool
from fairpool.documents.settlement import read_settlement
from fairpool.ground.errors import InputError
from fairpool.runs.rounds.verifying.verification import statement_of, verify

HERE = Path(__file__).parent
Steps = tuple[str | int, ...]


def written(name: str) -> dict[str, Any]:
    return json.loads((HERE / f"settlement_{name}.json").read_text(encoding="utf-8"))


def changed(document: dict[str, Any], steps: Steps, value: object) -> dict[str, Any]:
    """A copy with one value in place of another; the key is left out for ``...``."""
    found = copy.deepcopy(document)
    inner: Any = found
    for step in steps[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[steps[-1]]
    else:
        inner[steps[-1]] = value
    return found


def folder_of(place: Path, content: str | bytes) -> Path:
    """A round's folder with this settlement.json."""
    place.mkdir(exist_ok=True)
    (place / "settlement.json").write_bytes(content.encode() if isinstance(content, str) else content)
    statement = statement_of(read_settlement(json.dumps(written("common"))))
    (place / "statement.csv").write_text(statement, encoding="utf-8")
    return place


@pytest.mark.parametrize(
    ("steps", "value", "said"),
    [
        (("parties", 1, "net"), "5 EUR", "parties[1].net: got '5 EUR', expected a valid integer"),
        (("parties", 1, "net"), ..., "parties[1].net is missing"),
        (("name",), ..., "name is missing"),
        (("parties",), [], "parties: got [], expected"),
        (("parties",), "all", "parties: got 'all', expected a valid array"),
        (("parties", 0, "share"), -1, "parties[0].share: got -1.0, expected 0 or more"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, steps: Steps, value: object, said: str):
    """File, place, what is there, what was expected, and that fairpool did not write it so; exit code 2."""
    folder = folder_of(tmp_path / "round", json.dumps(changed(written("common"), steps, value)))
    result = fairpool("verify", str(folder))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert f"{folder / 'settlement.json'}: {said}" in result.stderr
    assert "no document that fairpool wrote, or one changed since" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "name is missing (18 more like it)"),
        ("[]", "got [], expected an object"),
        ("", "is not JSON"),
        ('{"format": 1, "name": "x', "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
    ],
)
def test_what_is_no_document_at_all_is_said(tmp_path: Path, content: str | bytes, said: str):
    """Another program's file, half a file, no text."""
    folder = folder_of(tmp_path / "round", content)
    result = fairpool("verify", str(folder))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr
    assert "no document that fairpool wrote" in result.stderr


def test_a_statement_that_is_no_text_does_not_hold(tmp_path: Path):
    """Exit code 1: the document stands, the statement is not its."""
    folder = folder_of(tmp_path / "round", json.dumps(written("common")))
    (folder / "statement.csv").write_bytes(b"\xff\xfe\x00")
    result = fairpool("verify", str(folder))
    assert result.exit_code == 1
    assert "statement.csv, line 1" in result.stdout


def places(value: object, at: Steps = ()) -> Iterator[Steps]:
    """Every place of a document, of lists the first two."""
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    )
    for step, one in inner:
        yield (*at, step)
        yield from places(one, (*at, step))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["common", "own"])
def test_whatever_is_changed_is_verified_or_refused(tmp_path: Path, name: str):
    """Each value left out, or another in its place: what comes is a finding or an InputError with the file."""
    document, refused = written(name), []
    for steps in places(document):
        for value in (..., None, "x", -1, 10**30, {}, []):
            folder = folder_of(tmp_path / "round", json.dumps(changed(document, steps, value)))
            try:
                verify(folder)
            except InputError as problem:
                refused.append((problem.file, steps, value))
    assert {file for file, *_ in refused} == {str(tmp_path / "round" / "settlement.json")}

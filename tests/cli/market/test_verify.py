"""`fairpool verify`, and what a document gives to somebody who computes it again without fairpool."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import json
from fractions import Fraction
from math import factorial
from pathlib import Path

import pytest

from builders.consortium import MARKET, Consortium, consortium, fairpool


@pytest.fixture
def settled(tmp_path: Path) -> Consortium:
    naive_bayes = MARKET.replace('"nearest"', '"naive-bayes"').replace("neighbours = 3", "smoothing = 0.1")
    files = consortium(tmp_path, market=naive_bayes, rows=20)
    files.run("--json")
    return files


def document(files: Consortium) -> dict:
    return json.loads((files.out / "settlement.json").read_text())


def test_what_run_wrote_holds(settled: Consortium):
    """Exit code 0, a count, and what the document alone cannot give."""
    told = fairpool("verify", str(settled.out))
    assert (told.exit_code, told.stderr) == (0, "")
    assert "numbers that the document determines hold" in told.stdout
    assert "Not recomputed" in told.stdout
    found = json.loads(fairpool("verify", str(settled.out), "--json").stdout)
    assert found["holds"]
    assert found["differences"] == []
    assert found["checked"] > 50


def test_an_amount_that_was_changed_is_named(settled: Consortium):
    """In either file: exit code 1, the place, what stands there and what it should be."""
    written = settled.out / "settlement.json"
    said = document(settled)
    net = said["parties"][1]["net"]
    said["parties"][1]["net"] = net + 1
    written.write_text(json.dumps(said))
    told = fairpool("verify", str(settled.out))
    assert told.exit_code == 1
    assert f"parties.South.net: got {net + 1}, recomputed {net}" in told.stdout
    assert "statement.csv, line 3" in told.stdout
    assert "the check failed" in told.stderr


def test_a_coalition_that_was_taken_out_is_missed(settled: Consortium):
    """Without it the shares could not be computed again, and any shares would pass."""
    said = document(settled)
    coalitions = said["coalitions"]
    said["coalitions"] = coalitions[:3] + coalitions[4:]
    (settled.out / "settlement.json").write_text(json.dumps(said))
    told = fairpool("verify", str(settled.out))
    assert told.exit_code == 1
    assert f"coalitions: got {len(coalitions) - 1} of them, recomputed all {len(coalitions)}" in told.stdout
    assert "not all coalitions have a gain in the document" in told.stdout


def test_what_is_no_number_is_refused_with_its_place(settled: Consortium):
    said = document(settled)
    said["parties"][0]["share"] = float("nan")
    (settled.out / "settlement.json").write_text(json.dumps(said))
    told = fairpool("verify", str(settled.out))
    assert (told.exit_code, told.stdout) == (2, "")
    assert "parties[0].share: got nan, expected 0 or more" in told.stderr


def test_a_folder_that_holds_no_round_is_refused(tmp_path: Path):
    told = fairpool("verify", str(tmp_path))
    assert (told.exit_code, told.stdout) == (2, "")
    assert "settlement.json: cannot be read" in told.stderr


def test_shares_follow_from_the_gains_of_coalitions(settled: Consortium):
    """By hand, from settlement.json alone: v(S) = G(S) + sum over its members i of G(S) - G({i}), over all orders."""
    said = document(settled)
    gain = {frozenset(group["members"]): Fraction(group["gain"]) for group in said["coalitions"]}
    names = [party["name"] for party in said["parties"]]
    assert len(gain) == len(said["coalitions"]) == 2 ** len(names)

    def v(S):
        return gain[S] + sum(gain[S] - gain[frozenset([i])] for i in S)

    psi = dict.fromkeys(names, Fraction(0))
    for order in itertools.permutations(names):
        for place, name in enumerate(order):
            before = frozenset(order[:place])
            psi[name] += (v(before | {name}) - v(before)) / factorial(len(names))
    kept = {name: max(value, Fraction(0)) for name, value in psi.items()}
    assert sum(value > Fraction(1, 100) for value in kept.values()) > 1
    for party in said["parties"]:
        assert party["share"] == pytest.approx(float(kept[party["name"]] / sum(kept.values())), abs=1e-12)


def test_the_files_and_the_day_are_in_the_document(settled: Consortium):
    """Whose they are, how many rows were used, and the SHA-256 that `sha256sum` prints."""
    said = document(settled)
    inputs = {one["file"]: one for one in said["inputs"]}
    assert set(inputs) == {"MARKET.toml", "north.csv", "south.csv", "west.csv", "validation.csv"}
    for name, one in inputs.items():
        assert one["sha256"] == hashlib.sha256(settled.file(name).read_bytes()).hexdigest()
    assert [inputs["south.csv"][key] for key in ("party", "role", "rows")] == ["South", "train", 20]
    assert [inputs["validation.csv"][key] for key in ("role", "rows")] == ["validation", 20]
    assert abs((datetime.date.today() - datetime.date.fromisoformat(said["date"])).days) <= 1

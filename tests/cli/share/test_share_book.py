"""The mediator's book beside a share file: what was handed out once is not handed out otherwise."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from builders.sharers import COMPARED, Sharers, fairpool, sharers


@pytest.fixture
def shared(tmp_path: Path) -> Sharers:
    """A round that was run once, with a secret of chance."""
    files = sharers(tmp_path)
    files.change("SHARE.toml", "seed = 7\n", "")
    assert files.run().exit_code == 0
    return files


def book(files: Sharers) -> Path:
    return files.file("SHARE.book.json")


def refused(files: Sharers) -> str:
    """The one message of a run that is refused and changes nothing."""
    before, kept = files.results(), book(files).read_bytes()
    result = files.run()
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert (files.results(), book(files).read_bytes()) == (before, kept)
    return result.stderr


def test_the_secret_is_the_mediators_alone(shared: Sharers):
    """In a file that nobody else can read, and in nothing that is handed out; another round has another."""
    secret = json.loads(book(shared).read_text())["secret"]
    assert stat.S_IMODE(book(shared).stat().st_mode) == 0o600
    assert len(bytes.fromhex(secret)) == 32
    assert all(secret.encode() not in content for content in shared.results().values())


@pytest.mark.long
def test_running_again_hands_out_the_same(shared: Sharers):
    """Whatever the order of the agents, and without one that brought nothing new."""
    first = shared.results()
    assert shared.run().exit_code == 0
    assert shared.results() == first


@pytest.mark.long
def test_rounds_of_chance_differ(tmp_path: Path):
    given = []
    for name in ("one", "other"):
        files = sharers(tmp_path / name)
        files.change("SHARE.toml", "seed = 7\n", "")
        files.run()
        given.append(files.results()["agents/North/release.csv"])
    assert given[0] != given[1]


def test_a_seed_is_warned_of(tmp_path: Path):
    """With what it costs, on the terminal and in the mediator's summary."""
    files = sharers(tmp_path)
    assert "takes the noise off" in " ".join(files.run().stdout.split())
    files.change("SHARE.toml", "seed = 7", "seed = 8")
    assert "sharing.seed: got 8, but the releases before" in refused(files)
    files.change("SHARE.toml", "seed = 8\n", "")
    assert "sharing.seed: got none, but the releases before were made with one" in refused(files)


def test_an_agent_that_hands_in_anew_is_told_of_and_keeps_what_it_was_given(shared: Sharers):
    """Its clean rows, the noise on the others, and its variance: another mean in its file changes none of them."""
    before = shared.results()["agents/North/release.csv"]
    for row in range(2, 10):
        shared.cell("north.csv", row, "iron", "40")
    said = " ".join(shared.run().stdout.split())
    assert "North: handed in something else than before" in said
    assert shared.results()["agents/North/release.csv"] == before


def test_other_terms_names_and_columns_are_another_round(shared: Sharers):
    """Each would draw new noise for rows that were handed out; the message says what to do."""
    shared.change("SHARE.toml", "sigma = 2.0", "sigma = 2.5")
    assert "got terms other than those" in refused(shared)
    shared.change("SHARE.toml", "sigma = 2.5", "sigma = 2.0")
    shared.change("SHARE.toml", 'name = "North"', 'name = "Nord"')
    assert "'Nord', which is new, but no 'North'" in refused(shared)
    shared.change("SHARE.toml", 'name = "Nord"', 'name = "North"')
    for file in shared.folder.glob("*.csv"):
        lines = file.read_text().splitlines()
        file.write_text("\n".join([f"{lines[0]},zinc", *(f"{line},{line}" for line in lines[1:])]) + "\n")
    assert "other columns are a new round" in refused(shared)


def test_a_damaged_book_is_refused(shared: Sharers):
    book(shared).write_text(book(shared).read_text()[:-40])
    assert "SHARE.book.json: is not JSON" in refused(shared)


@pytest.mark.long
def test_a_book_may_be_kept_elsewhere(shared: Sharers, tmp_path: Path):
    elsewhere = tmp_path / "safe.json"
    book(shared).rename(elsewhere)
    first = shared.results()
    assert shared.run("--book", str(elsewhere)).exit_code == 0
    assert shared.results() == first
    assert not book(shared).exists()
    assert fairpool("share", "run", str(shared.share), "--out", str(tmp_path / "other")).exit_code == 0


def test_rows_that_come_again_under_another_name_are_refused(shared: Sharers):
    """They would be handed out again under other noise: added under a new name, or changed for another agent's."""
    file = shared.share
    file.write_text(file.read_text() + '\n[[agent]]\nname = "Nord"\nsamples = "nord.csv"\n')
    shared.file("nord.csv").write_text(shared.file("north.csv").read_text())
    assert "'Nord': got 8 of 8 rows that 'North' handed in before" in refused(shared)


@pytest.mark.parametrize(
    ("entry", "value", "said"),
    [("secret", "zz", "secret: got 'zz'"), ("secret", "", "secret: got ''"), ("parts", 3, "parts: got 3")],
)
def test_a_book_with_something_else_in_it_is_refused(shared: Sharers, entry: str, value: object, said: str):
    book(shared).write_text(json.dumps(json.loads(book(shared).read_text()) | {entry: value}))
    assert f"SHARE.book.json: {said}" in refused(shared)


@pytest.mark.long
def test_a_book_that_is_gone_is_told_of(shared: Sharers):
    """And what an older version left in the folder."""
    book(shared).unlink()
    (shared.out / "summary.json").write_text("{}")
    said = " ".join(shared.run().stdout.split())
    assert "held releases, but their book is gone" in said
    assert "summary.json and folders of an older version" in said


@pytest.mark.long
def test_a_comparison_is_run_again_as_it_was(tmp_path: Path):
    """Its terms are what the file says, in this process and in another."""
    files = sharers(tmp_path, COMPARED)
    assert files.run().exit_code == 0
    first = files.results()
    assert files.run().exit_code == 0
    assert files.results() == first
    assert "0x" not in book(files).read_text()


def test_two_runs_at_once_leave_one_book(shared: Sharers, monkeypatch: pytest.MonkeyPatch):
    """The one that comes second hands out nothing: its releases would not be in the book."""
    found = iter(["as it was", "as another run left it"])
    monkeypatch.setattr("fairpool.runs.sharings.running.digest_of", lambda _: next(found))
    assert "another run wrote this book meanwhile" in refused(shared)

"""Results are there whole or not at all; what was there before stays until they are."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.consortium import consortium, fairpool
from builders.rights import nobody
from fairpool.files.output import output_folder, refuse_unwritable_file, written_whole
from fairpool.files.safe_names import file_names
from fairpool.ground.errors import InputError

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(target: Path, **files: str) -> None:
    """Write some files as results."""
    with output_folder(target) as folder, folder.results() as place:
        for name, text in files.items():
            (place / name).write_text(text)


def test_a_new_folder_appears_complete(tmp_path: Path):
    """Nothing is to be seen of it while it is written."""
    target = tmp_path / "deep" / "results"
    with output_folder(target) as folder:
        with folder.results() as place:
            (place / "a").write_text("1")
            assert not target.exists()
        assert names(target) == ["a"]
    assert names(tmp_path / "deep") == ["results"]


def test_new_results_replace_old_ones_and_leave_other_files(tmp_path: Path):
    """A note that somebody keeps beside the results stays."""
    target = tmp_path / "results"
    write(target, a="old", b="old")
    (target / "note.txt").write_text("mine")
    write(target, a="new")
    assert {path.name: path.read_text() for path in target.iterdir()} == {
        "a": "new",
        "b": "old",
        "note.txt": "mine",
    }


@pytest.mark.parametrize("problem", [FULL, KeyboardInterrupt(), InputError("no")])
def test_what_goes_wrong_while_writing_leaves_the_old_results(tmp_path: Path, problem: BaseException):
    """A full disk, Ctrl-C or bad input."""
    target = tmp_path / "results"
    write(target, a="old")

    def fail() -> None:
        with output_folder(target) as folder, folder.results() as place:
            (place / "a").write_text("new")
            raise problem

    with pytest.raises((InputError, KeyboardInterrupt)):
        fail()
    assert names(tmp_path) == ["results"]
    assert (target / "a").read_text() == "old"


@pytest.mark.parametrize("event", range(6))
def test_ctrl_c_right_after_any_folder_is_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: int
):
    """A folder that was made just before the signal came is known, and removed."""
    made: list[str] = []
    mkdir = os.mkdir

    def stop_after(path: str, *arguments: Any, **options: Any) -> None:
        mkdir(path, *arguments, **options)
        made.append(path)
        if len(made) == event + 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(os, "mkdir", stop_after)
        write(tmp_path / "deep" / "results", a="new")
    assert len(made) == min(event + 1, 5)  # deep, .results.unfinished, results-xxxx, content, replaced
    assert (names(tmp_path), event < 5) in [([], True), (["deep"], False)]
    assert event < 5 or names(tmp_path / "deep") == ["results"]


def test_a_replacement_that_fails_half_way_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The second of two entries cannot be moved: the first is put back."""
    target = tmp_path / "results"
    write(target, a="old", b="old")
    rename = Path.rename

    def rename_but_b(self: Path, other: Path) -> Path:
        if self.name == "b" and self.parent.name == "content":
            raise FULL
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", rename_but_b)
    with pytest.raises(InputError, match="cannot write the results: No space left on device"):
        write(target, a="new", b="new")
    assert [(target / name).read_text() for name in "ab"] == ["old", "old"]
    assert names(target) == ["a", "b"]


def test_a_full_disk_costs_no_finished_work(tmp_path: Path):
    """The checkpoint stays, and goes when the next run is done."""
    target = tmp_path / "results"

    def run(full: bool) -> None:
        with output_folder(target) as folder:
            folder.checkpoint.mkdir(parents=True, exist_ok=True)
            (folder.checkpoint / "chunk").write_text("hours")
            with folder.results() as place:
                if full:
                    raise FULL
                (place / "a").write_text("1")

    with pytest.raises(InputError, match="No space left on device"):
        run(full=True)
    assert names(tmp_path) == [".results.unfinished"]
    assert names(tmp_path / ".results.unfinished") == ["checkpoint"]
    run(full=False)
    assert names(tmp_path) == ["results"]


def test_refused_input_leaves_no_finished_work_of_its_own(tmp_path: Path):
    """Nor the folders that were made on the way."""

    def refuse() -> None:
        with output_folder(tmp_path / "deep" / "results") as folder:
            folder.checkpoint.mkdir(parents=True)
            (folder.checkpoint / "chunk").write_text("seconds")
            raise InputError("no")

    with pytest.raises(InputError):
        refuse()
    assert names(tmp_path) == []


def test_a_file_is_no_folder_for_results(tmp_path: Path):
    """Nor is a folder inside one."""
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(InputError, match=r"taken: is a file, expected a folder"):
        write(tmp_path / "taken")
    with pytest.raises(InputError, match=r"cannot write there: .*taken is a file"):
        write(tmp_path / "taken" / "results")
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_that_may_not_be_written_to_is_refused_before_the_work(tmp_path: Path):
    """The message names the folder that stands in the way."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    with nobody(locked), pytest.raises(InputError, match=r"cannot write there: .*locked"):
        write(locked / "results")
    assert names(locked) == []


def test_a_name_too_long_for_the_disk_is_refused(tmp_path: Path):
    """And not left to the end of the work."""
    with pytest.raises(InputError, match="File name too long"):
        write(tmp_path / ("a" * 300))


def test_a_folder_alone_on_its_disk_or_alone_writable_keeps_the_work_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As a mounted /out is in a container."""
    target = tmp_path / "out"
    target.mkdir()
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode, **how: path != tmp_path and access(path, mode, **how)
    )
    with output_folder(target) as folder, folder.results() as place:
        (place / "a").write_text("1")
        assert names(tmp_path) == ["out"]
    assert names(target) == ["a"]


def test_the_command_refuses_a_file_as_folder_at_once(tmp_path: Path):
    """Exit code 2, the file as it was."""
    files = consortium(tmp_path)
    files.out.write_text("mine")
    before = files.tree()
    result = files.run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"fairpool: {files.out}: is a file, expected a folder for the results\n"
    assert files.tree() == before


@pytest.mark.long
def test_a_disk_that_fills_up_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """No results, no traceback; what was computed is kept."""
    files = consortium(tmp_path)
    write_text = Path.write_text

    def full(self: Path, content: str, **how: str) -> int:
        if self.name == "report.html":
            raise FULL
        return write_text(self, content, **how)

    monkeypatch.setattr(Path, "write_text", full)
    result = files.run("--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"fairpool: {files.out}: cannot write the results: No space left on device\n"
    assert not files.out.exists()
    assert names(tmp_path / ".results.unfinished") == ["checkpoint"]


# ---- single files


def test_a_file_is_written_whole_or_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A full disk leaves the old file and nothing else."""
    target = tmp_path / "worth.csv"
    written_whole(target, "old")

    write_text = Path.write_text

    def full(self: Path, content: str, **how: str) -> int:
        write_text(self, content[:2], **how)
        raise FULL

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InputError, match=r"worth\.csv: cannot write there: No space left"):
        written_whole(target, "new")
    assert target.read_text() == "old"
    assert names(tmp_path) == ["worth.csv"]


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path):
    """Renaming over /dev/null would put a file in its place."""
    (tmp_path / "link").symlink_to(tmp_path / "real")
    written_whole(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "text"
    written_whole(Path(os.devnull), "text")
    assert not Path(os.devnull).is_file()


def test_a_folder_is_no_file(tmp_path: Path):
    """Said before the rows are valued."""
    with pytest.raises(InputError, match="is a folder, expected a file"):
        refuse_unwritable_file(tmp_path)


# ---- names of files


@given(st.lists(st.text(min_size=1, max_size=300), unique=True, max_size=8))
def test_any_names_give_different_file_names_that_stay_in_their_folder(parties: list[str]):
    """Different also where case does not count; no separators, no leading dot, short enough for any file system."""
    files = list(file_names(parties).values())
    assert len({name.casefold() for name in files}) == len(parties)
    for name in files:
        assert "/" not in name
        assert "\\" not in name
        assert name.isprintable()
        assert name[0] not in ".-"
        assert 0 < len(name.encode()) <= 130


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("New York", "New York"),
        ("St. John's", "St. John_s"),
        ("../etc/passwd", "_._etc_passwd"),
        ("CON", "_CON"),
    ],
)
def test_names_are_kept_as_far_as_a_file_system_lets_us(name: str, file: str):
    """Spaces and full stops stay; what could be a path or a device of Windows does not."""
    assert file_names([name]) == {name: file}


def test_names_that_differ_only_in_case_give_two_files():
    """On some file systems they would be one."""
    assert file_names(["Mercy", "mercy"]) == {"Mercy": "Mercy", "mercy": "mercy-2"}


@pytest.mark.long
def test_a_party_with_slashes_in_its_name_writes_into_the_folder_only(tmp_path: Path):
    """And is called by its name in the settlement."""
    files = consortium(tmp_path)
    files.change("MARKET.toml", '"South"', '"../../South/West"')
    before = set(files.tree())
    assert files.run().exit_code == 0
    new = {name for name in set(files.tree()) - before if not name.startswith("results")}
    assert new == set()
    assert (files.out / "models" / "_._.._South_West.txt").is_file()
    assert '"../../South/West"' in (files.out / "settlement.json").read_text()


def test_value_refuses_a_folder_as_file_at_once(tmp_path: Path):
    """Exit code 2 before anything is read."""
    result = fairpool("value", "none.csv", "--task", "none.csv", "--label", "y", "--out", str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr == f"fairpool: {tmp_path}: is a folder, expected a file for the results\n"

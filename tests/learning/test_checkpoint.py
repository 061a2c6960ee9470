"""Finished chunks in a folder: what is believed, and what is done again."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from fairpool.ground.errors import InputError
from fairpool.learning.checkpoint import Checkpoint
from fairpool.runs.checkpoint_folder import CheckpointFolder

CHUNK = np.array([[1, 0, 1], [0, 1, 1]], dtype=np.int16)
GAINS = np.array([[0.1, 0.2], [0.3, np.nextafter(0.4, 1)]])


@pytest.fixture
def kept(tmp_path):
    checkpoint = Checkpoint(CheckpointFolder(tmp_path / "not" / "there yet"), "this round")
    checkpoint.write(CHUNK, GAINS)
    return checkpoint


def file_of(checkpoint):
    (file,) = checkpoint.store.folder.iterdir()
    return file


def test_what_was_written_is_read_to_the_last_bit(kept):
    found = kept.read(CHUNK)
    assert found.tobytes() == GAINS.tobytes()
    assert found.shape == GAINS.shape
    assert kept.read(CHUNK.astype(np.int64)) is not None


def test_nothing_else_is_found(kept):
    """Another round, other coalitions, the same numbers in another shape, an empty folder."""
    assert Checkpoint(CheckpointFolder(kept.store.folder), "another round").read(CHUNK) is None
    assert kept.read(CHUNK[::-1]) is None
    assert kept.read(CHUNK[:1]) is None
    assert kept.read(CHUNK.reshape(3, 2)) is None
    assert Checkpoint(CheckpointFolder(kept.store.folder / "nowhere"), "this round").read(CHUNK) is None


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 40, 63])
def test_a_file_that_was_cut_short_is_not_believed(kept, length):
    file = file_of(kept)
    file.write_bytes(file.read_bytes()[:length])
    assert kept.read(CHUNK) is None
    kept.write(CHUNK, GAINS)
    assert kept.read(CHUNK) is not None


@pytest.mark.parametrize("place", [0, 31, 32, 50, 63])
def test_a_file_with_one_changed_bit_is_not_believed(kept, place):
    file = file_of(kept)
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    assert kept.read(CHUNK) is None


def test_a_file_of_another_chunk_under_this_name_is_not_believed(kept):
    name = file_of(kept)
    other = Checkpoint(CheckpointFolder(kept.store.folder), "another round")
    other.write(CHUNK, GAINS)
    (file,) = set(kept.store.folder.iterdir()) - {name}
    file.replace(name)
    assert kept.read(CHUNK) is None


def test_a_folder_in_the_place_of_a_file_is_not_believed(kept):
    file = file_of(kept)
    file.unlink()
    file.mkdir()
    assert kept.read(CHUNK) is None


def test_a_file_in_the_place_of_the_folder_is_the_callers_to_mend(tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(InputError, match=r"taken: cannot write a checkpoint: (File exists|Not a directory)"):
        Checkpoint(CheckpointFolder(tmp_path / "taken"), "this round").write(CHUNK, GAINS)
    assert (tmp_path / "taken").read_text() == "mine"


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from fairpool.ground.errors import InputError
from fairpool.learning.checkpoint import Checkpoint
from fairpool.runs.checkpoint_folder import CheckpointFolder
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
checkpoint = Checkpoint(CheckpointFolder(Path(sys.argv[1])), "this round")
try:
    checkpoint.write(np.ones((1000, 3), dtype=np.int16), np.ones((1000, 1)))
except InputError as problem:
    print(problem)
"""


@pytest.mark.long
def test_a_full_disk_is_the_callers_to_mend_and_leaves_nothing_behind(tmp_path):
    """Files may not grow beyond 4 kB in that process, as on a disk that is full."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{tmp_path}: cannot write a checkpoint: File too large\n"
    assert list(tmp_path.iterdir()) == []

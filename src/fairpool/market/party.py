"""Who takes part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairpool.ground.errors import InputError
from fairpool.tables.dataset import Dataset


@dataclass(frozen=True, slots=True, eq=False)
class Party:
    """A party brings training data and, in a market of own tasks, the validation data that say what it wants.

    Parameters
    ----------
    name : str
        Its name in the statement; every party needs one of its own.
    train : Dataset
        The rows it brings.
    validation : Dataset or None
        The rows its model shall do well on; None where all parties have a common task.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairpool.market import Dataset, Party
    >>> rows = pd.DataFrame({"age": [34, 61], "ill": ["no", "yes"]})
    >>> len(Party("North", Dataset.from_frame(rows, label="ill")).train)
    2
    """

    name: str
    train: Dataset
    validation: Dataset | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise InputError(f"name: got {self.name!r}, expected a text")
        check_dataset(self.train, what=f"party {self.name!r}, train")
        if self.validation is not None:
            check_dataset(self.validation, what=f"party {self.name!r}, validation")


def check_dataset(given: object, *, what: str) -> None:
    """InputError for anything but a Dataset: a table says which of its columns is the label."""
    if not isinstance(given, Dataset):
        raise InputError(
            f"{what}: got {type(given).__name__}, expected a Dataset: Dataset.from_frame(frame, label=..)"
        )


def check_parties(parties: Sequence[Party]) -> None:
    """InputError unless there are parties, each with a name of its own."""
    if not isinstance(parties, Sequence) or not all(isinstance(party, Party) for party in parties):
        raise InputError(f"parties: got {_kinds(parties)}, expected a list of Party")
    if not parties:
        raise InputError("got no party, expected at least one")
    names = [party.name for party in parties]
    for name in names:
        if not name.strip():
            raise InputError("a party has an empty name")
        if names.count(name) > 1:
            raise InputError(f"two parties have the name {name!r}; expected every name once")


def _kinds(given: object) -> str:
    """``a list with DataFrame in it``, or what is no list."""
    kind = type(given).__name__
    if not isinstance(given, Sequence):
        return kind
    stray = next(type(one).__name__ for one in given if not isinstance(one, Party))
    return f"a {kind} with {stray} in it"

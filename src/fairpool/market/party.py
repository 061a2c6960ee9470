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


def check_parties(parties: Sequence[Party]) -> None:
    """InputError unless there are parties, each with a name of its own."""
    if not parties:
        raise InputError("got no party, expected at least one")
    names = [party.name for party in parties]
    for name in names:
        if not name.strip():
            raise InputError("a party has an empty name")
        if names.count(name) > 1:
            raise InputError(f"two parties have the name {name!r}; expected every name once")

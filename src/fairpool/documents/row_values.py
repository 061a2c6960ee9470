"""What `fairpool value` found: the worth of every row, and what stands out."""

from __future__ import annotations

from typing import Literal

from fairpool.documents.document import Document


class RowWorth(Document):
    """A row by its number in the file, and its worth."""

    row: int
    worth: float


class WorstRow(RowWorth):
    """A row that harms most, and its label as the file has it."""

    label: str


class RowValuesSummary(Document):
    """harmful: rows of a worth below 0; harm: their sum; most_helpful: the largest worth."""

    rows: int
    task_rows: int
    harmful: int
    harm: float
    median: float
    most_helpful: float


class RowValuesDocument(Document):
    """All of it; ``sum`` is the score of the K nearest neighbours of all rows."""

    format: Literal[1] = 1
    name: str
    task: str
    label: str
    kind: str
    neighbours: int
    sum: float
    summary: RowValuesSummary
    worst: tuple[WorstRow, ...]
    notes: tuple[str, ...]
    rows: tuple[RowWorth, ...]

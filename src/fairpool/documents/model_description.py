"""What a delivered model says of itself: it travels in the metadata of the ONNX file, as the entry ``fairpool``."""

from __future__ import annotations

from typing import Any, Literal

from fairpool.documents.document import Document
from fairpool.documents.settlement import SettlementDocument
from fairpool.ground.errors import InputError
from fairpool.learning.model import Model
from fairpool.tables.conventions import Conventions
from fairpool.tables.schema import Column, ColumnKind

ENTRY = "fairpool"


class ModelColumn(Document):
    """A column that the model wants; the categories it tells apart, where it is categorical."""

    name: str
    kind: str
    categories: tuple[str, ...] = ()

    def column(self) -> Column:
        return Column(self.name, ColumnKind(self.kind), self.categories)


class ModelDescription(Document):
    """What is needed to use a model, and where it comes from; ``conventions``: how the party's files are to be read."""

    format: Literal[1] = 1
    round: str
    party: str
    label: str
    classes: tuple[str, ...] | None
    columns: tuple[ModelColumn, ...]
    trained_on: tuple[str, ...]
    score: str
    gain: float
    conventions: dict[str, Any]

    def reading(self) -> Conventions:
        """How rows are read for it; InputError where the description is of another make."""
        known = {name: value for name, value in self.conventions.items() if name in Conventions.__slots__}
        return Conventions(**known)


def description_of_model(
    document: SettlementDocument, party: str, model: Model, conventions: Conventions
) -> ModelDescription:
    """Of the model that a settlement delivers to a party."""
    schema, statement = model.preprocessing.schema, next(one for one in document.parties if one.name == party)
    return ModelDescription(
        round=document.name,
        party=party,
        label=schema.label,
        classes=schema.classes,
        columns=tuple(
            ModelColumn(name=one.name, kind=one.kind.value, categories=_categories(model, one))
            for one in schema.columns
        ),
        trained_on=model.trained_on,
        score=document.score,
        gain=statement.gain,
        conventions=conventions.given(),
    )


def read_description(text: str, *, file: object) -> ModelDescription:
    """The description in a file's metadata; InputError for one of another format."""
    try:
        return ModelDescription.model_validate_json(text)
    except ValueError:
        raise InputError(
            "got a description of the model that this version does not read", file=file
        ) from None


def _categories(model: Model, column: Column) -> tuple[str, ...]:
    """The categories that the model's file holds anyway, one treated column each."""
    if column.kind is not ColumnKind.CATEGORICAL:
        return ()
    start = f"{column.name}="
    return tuple(name.removeprefix(start) for name in model.preprocessing.names if name.startswith(start))

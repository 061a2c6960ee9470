"""What MARKET.toml may hold."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from fairpool.files.reading_keys import ReadingKeys
from fairpool.files.toml_file import FromOne, FromZero, Keys, Names, Number, Text
from fairpool.learning.experiment import EmptyCoalition, SharedRowsRule
from fairpool.market.options import Customise, Method, Options, OverlapRule

_AMOUNT = 'an amount in quotes like "1000.00 EUR"'
_PLAIN = Options()


class MarketKeys(Keys):
    """[market]: the terms of the round."""

    name: Text = ""
    task: Literal["common", "own"] = "common"
    learner: Text = "nearest"
    learner_options: dict[str, Any] = Field({}, description="a table such as { alpha = 10.0 }")
    score: Text = "accuracy"
    division: Text = "normalised-shapley"
    unit_price: Text = Field(description=_AMOUNT)
    minimum_fee: Text = Field("", description=_AMOUNT)
    seed: FromZero = 0
    shared_rows: SharedRowsRule = Field(_PLAIN.shared_rows, strict=False)
    empty_coalition: EmptyCoalition = Field(_PLAIN.empty, strict=False)
    customise: Customise = Field(_PLAIN.customise, strict=False)
    tolerance: Number = _PLAIN.tolerance
    method: Method = Field(_PLAIN.method, strict=False)
    evaluations: FromOne | None = None
    target_error: Number | None = None

    def options(self, overlap: OverlapRule) -> Options:
        """The choices beside learner, score, division and price; the one about the data stands with the data."""
        return Options(
            shared_rows=self.shared_rows,
            empty=self.empty_coalition,
            customise=self.customise,
            tolerance=self.tolerance,
            method=self.method,
            evaluations=self.evaluations,
            target_error=self.target_error,
            overlap=overlap,
        )


class DataKeys(ReadingKeys):
    """[data]: the columns, the validation file of a common task, and how files are to be read."""

    label: Text
    features: Names | None = None
    validation: Text = ""
    overlap: OverlapRule = Field(OverlapRule.REFUSE, strict=False)


class PartyKeys(ReadingKeys):
    """[[party]]: one party's files, and how they are to be read where they differ."""

    name: Text
    train: Text
    validation: Text = ""
    queries: Text = ""


class MarketTables(Keys):
    """The tables of the file."""

    market: MarketKeys
    data: DataKeys
    party: list[PartyKeys] = Field(min_length=1)

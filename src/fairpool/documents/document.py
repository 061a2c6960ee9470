"""What every document of the program is: a frozen record of texts, numbers and records, written as JSON."""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """Keys in the order of the fields; what cannot be known is null, and there is no nan and no infinity."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    def json_text(self, *, indent: int | None = None) -> str:
        """The document as JSON."""
        return json.dumps(
            self.model_dump(by_alias=True), indent=indent, ensure_ascii=indent is None, allow_nan=False
        )

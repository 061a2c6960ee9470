"""Results that show themselves: a line on a terminal, a table in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20


class Tabular:
    """A result that is a table at heart.  Who inherits says `to_frame` and `headline`."""

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """The numbers of the result, under names."""
        raise NotImplementedError

    def headline(self) -> str:
        """The result in at most a line."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.headline()})"

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(max_rows=MOST_ROWS)
        return f"<p>{escape(self.headline())}</p>{table}"

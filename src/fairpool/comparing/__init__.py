"""How alike samples are: of one law, or even the same rows."""

from fairpool.comparing.cramer_von_mises import balanced, cramer_von_mises_check
from fairpool.comparing.permutation import permutation_p_value
from fairpool.comparing.rows_in_common import distinct_row_owners, shared_rows

__all__ = [  # noqa: RUF022 in the order a user needs them
    "cramer_von_mises_check",
    "permutation_p_value",
    "balanced",
    "shared_rows",
    "distinct_row_owners",
]

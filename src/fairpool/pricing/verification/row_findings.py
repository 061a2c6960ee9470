"""What is wrong with single rows, and with a deposit as a whole, in sentences."""

from __future__ import annotations

import numpy as np

from fairpool.ground.arrays import Booleans, Positions
from fairpool.pricing.verification.coded_rows import CodedColumn, CodedRows, Reading
from fairpool.pricing.verification.findings import DepositFinding, counted, remark, removal
from fairpool.pricing.verification.outliers import find_outliers
from fairpool.pricing.verification.quality import Quality

Found = list[tuple[DepositFinding, ...]]

EVERYTHING = np.empty(0, dtype=np.intp)  # a finding about all of a deposit names no rows
COMPONENTS = "a combination of columns"


def schema_findings(coded: CodedRows, i: int) -> tuple[DepositFinding, ...]:
    """Columns that are missing or not asked for, cells of a wrong kind, missing cells, rows without any cell."""
    rows = coded.rows_of(i)
    absent = [column.name for column in coded.columns if i in column.absent]
    if not rows.size:
        return (remark("schema", EVERYTHING, "The deposit has no rows."),)
    found = []
    if absent:
        words = f"The deposit lacks the column {_listed(absent)}; none of its rows is for sale."
        found.append(removal("schema", rows - rows[0], words))
    if coded.extra[i]:
        words = f"Nobody asked for the column {_listed(coded.extra[i])}; it was not looked at."
        found.append(remark("schema", EVERYTHING, words))
    present = [column for column in coded.columns if i not in column.absent]
    return (*found, *_cell_findings(present, rows))


def _cell_findings(columns: list[CodedColumn], rows: Positions) -> tuple[DepositFinding, ...]:
    found = [_wrong_cells(column, rows) for column in columns if column.wrong[rows].any()]
    if not columns:
        return ()
    blank = np.column_stack([np.isnan(column.codes[rows]) & ~column.wrong[rows] for column in columns])
    empty, partly = blank.all(axis=1), blank.any(axis=1) & ~blank.all(axis=1)
    if empty.any():
        words = f"{counted(int(empty.sum()))} without any cell filled: not for sale."
        found.append(removal("empty-row", np.flatnonzero(empty), words))
    if partly.any():
        words = (
            f"{counted(int(partly.sum()))} with missing cells; for sale, and compared with how often "
            "others miss cells."
        )
        found.append(remark("missing", np.flatnonzero(partly), words))
    return tuple(found)


def _wrong_cells(column: CodedColumn, rows: Positions) -> DepositFinding:
    wrong = np.flatnonzero(column.wrong[rows])
    expected = "finite numbers" if column.reading is Reading.NUMBER else "dates or times"
    words = (
        f"{counted(wrong.size)} with cells in column '{column.name}' that are not {expected}: not for sale."
    )
    return removal("wrong-cell", wrong, words)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def outlier_findings(coded: CodedRows, kept: Booleans, *, rng: np.random.Generator) -> Found:  # noqa: ARG001
    """Rows far from those of the others: `outliers`."""
    measured = [column for column in coded.compared if column.has_extremes]
    rows = [np.flatnonzero(kept & (coded.owner == i)) for i in range(coded.contributors)]
    if not measured:
        return [()] * coded.contributors
    tables = [np.column_stack([column.codes[mine] for column in measured]) for mine in rows]
    found: Found = []
    for i, own in enumerate(tables):
        far = find_outliers(own, [table for j, table in enumerate(tables) if j != i])
        if not far.rows.size:
            found.append(())
            continue
        worst = int(np.argmax(far.scores / far.limits))
        words = (
            f"{counted(far.rows.size)} much farther from the others' rows than theirs are, the farthest in column "
            f"'{measured[int(far.columns[worst])].name}', {far.scores[worst]:.2f} times as far as one in a hundred of "
            f"theirs, where {far.limits[worst]:.2f} times is the limit: not for sale."
        )
        start = int(np.searchsorted(coded.owner, i))
        found.append((removal("outlier", rows[i][far.rows] - start, words),))
    return found


def distribution_finding(coded: CodedRows, quality: Quality) -> tuple[DepositFinding, ...]:
    """A sentence where the loss is beyond what rows of one common distribution have by chance."""
    if quality.value == 1.0 and quality.ratio <= quality.chance_limit:
        return ()
    names = [f"column '{column.name}'" for column in coded.compared]
    where = names[quality.feature] if quality.feature < len(names) else COMPONENTS
    difference = (
        f"the Cramér-von Mises loss there is {_times(quality.ratio)} what rows of one common distribution have on "
        "average"
    )
    kind = "distribution"
    if quality.value < 1.0:
        words = (
            f"The rows are distributed differently from the others', by most in {where}: {difference}, and at most "
            f"{_times(quality.limit)} is explained by chance and by how the others differ from each other.  They stay "
            f"for sale and count {percent(quality.value)}."
        )
    elif np.isinf(quality.limit):
        words = (
            f"The rows are distributed differently from the other contributor's, by most in {where}: {difference} "
            f"(at most {_times(quality.chance_limit)} in 98 of 100 cases).  With two contributors nobody can tell "
            "whose rows are right; they count in full."
        )
    else:
        kind = "natural-difference"
        words = (
            f"The rows differ from the others', by most in {where}: {difference}.  The others differ from each other "
            f"there, too (at most {_times(quality.limit)} is explained by that and by chance); the rows count in full."
        )
    return (remark(kind, EVERYTHING, words),)


def _times(ratio: float) -> str:
    return f"{ratio:,.1f} times" if ratio < 100 else f"{ratio:,.0f} times"


def percent(share: float) -> str:
    """``12 percent``; never 0 or 100 for what lies between."""
    if 0 < share < 0.01:
        return "less than 1 percent"
    return f"{min(round(100 * share), 99) if share < 1 else 100} percent"


def not_compared_findings(coded: CodedRows, share: float) -> tuple[DepositFinding, ...]:
    """Why there was no comparison with others."""
    if share == 0:
        return ()
    if coded.contributors == 1:
        words = (
            "There is no other contributor: rows were checked for schema and equal rows, not against others."
        )
    elif not coded.compared:
        words = "No column has two different cells to compare, or only texts with too many different ones."
    else:
        words = "The others have too few verified rows to compare with."
    return (remark("not-compared", EVERYTHING, words),)

"""What is wrong with single rows, and with a deposit as a whole, in sentences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairpool.pricing.contributors.coded_rows import CodedColumn, CodedRows, Reading
from fairpool.pricing.contributors.findings import Finding, counted, remark, removal
from fairpool.pricing.contributors.outliers import find_outliers
from fairpool.pricing.contributors.quality import Quality

Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
Found = list[tuple[Finding, ...]]

EVERYTHING = np.empty(0, dtype=np.intp)  # a finding about all of a deposit names no rows
COMPONENTS = "a combination of columns"


def schema_findings(coded: CodedRows, i: int) -> tuple[Finding, ...]:
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


def _cell_findings(columns: list[CodedColumn], rows: Index) -> tuple[Finding, ...]:
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


def _wrong_cells(column: CodedColumn, rows: Index) -> Finding:
    wrong = np.flatnonzero(column.wrong[rows])
    expected = "finite numbers" if column.reading is Reading.NUMBER else "dates or times"
    words = (
        f"{counted(wrong.size)} with cells in column '{column.name}' that are not {expected}: not for sale."
    )
    return removal("wrong-cell", wrong, words)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def outlier_findings(coded: CodedRows, kept: Flags, *, rng: np.random.Generator) -> Found:  # noqa: ARG001
    """Rows far from those of the others: `outliers`."""
    measured = [column for column in coded.compared if column.is_measured]
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
        worst = measured[int(far.columns[np.argmax(far.scores)])].name
        words = (
            f"{counted(far.rows.size)} farther from the others' rows than {far.limit:.1f} times what one in a hundred "
            f"of theirs is, the farthest {far.scores.max():.1f} times, in column '{worst}': not for sale."
        )
        start = int(np.searchsorted(coded.owner, i))
        found.append((removal("outlier", rows[i][far.rows] - start, words),))
    return found


def distribution_finding(coded: CodedRows, quality: Quality) -> tuple[Finding, ...]:
    """A sentence where the loss is beyond what honest rows have by chance."""
    if quality.value == 1.0 and quality.ratio <= quality.limit:
        return ()
    names = [f"column '{column.name}'" for column in coded.compared]
    where = names[quality.feature] if quality.feature < len(names) else COMPONENTS
    doubt = ""
    if coded.contributors == 2:
        doubt = "  With two contributors nobody can tell whose rows are right."
    words = (
        f"The rows are distributed differently from the others', most clearly in {where}: the Cramér-von Mises "
        f"loss there is {quality.ratio:.1f} times what honest rows have on average (at most {quality.limit:.1f} times "
        f"in 98 of 100 cases).  They stay for sale and count {quality.value:.0%}.{doubt}"
    )
    return (remark("distribution", EVERYTHING, words),)


def not_compared_findings(coded: CodedRows, share: float) -> tuple[Finding, ...]:
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

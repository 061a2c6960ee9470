"""Are a contributor's rows what they should be?  Every doubt is told, with the rows and a sentence.

In order, each step looking only at rows that passed those before:

1.  schema      columns that are missing take all rows out; cells of a wrong kind and empty rows take those rows out
2.  copies      equal rows, within the contributor and of earlier deposits; then near ones (`copies`, `near_rows`)
3.  outliers    rows far from those of the others (`outliers`)
4.  distribution  the Cramér-von Mises check against the others (`quality`); takes no row out, but lowers quality

    quality = (rows verified / rows) * (effective rows / rows verified)

A contributor is never judged by its own rows, as far as there are others.  With two, distribution is compared (p-value
and quality) but nobody can tell who of the two is right, and no loss is given; a single contributor's rows are only
checked for schema and copies.  What that can and cannot see: docs/theory/contributors.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from fairpool.comparing.cramer_von_mises import FEWEST_AGENTS
from fairpool.ground.arrays import Booleans
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance, chance
from fairpool.ground.tabular import Tabular
from fairpool.pricing.verification.coded_rows import CodedRows, code_rows
from fairpool.pricing.verification.copy_findings import exact_copies, near_copies
from fairpool.pricing.verification.directions import with_directions
from fairpool.pricing.verification.findings import DepositFinding, kept_rows
from fairpool.pricing.verification.quality import FEWEST_PERMUTED, Quality, judge_all, learn_chance
from fairpool.pricing.verification.row_findings import (
    distribution_finding,
    not_compared_findings,
    outlier_findings,
    schema_findings,
)

PERMUTATIONS = 499


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class VerificationReport(Tabular):
    """What was found out about one contributor's deposit.

    contributor: its name; rows: how many it brought.
    verified: bool (rows,), which of them are for sale.
    quality, quality_error: between 0 and 1, and its standard error; see `fairpool.pricing.verification.quality`.
    findings: what was found, those that took rows out among them.
    loss, expected_loss: of the Cramér-von Mises check; None for fewer than three contributors with verified rows.
    p_value: chance, were all honest, of losses as large in the column that differs most; None where there is nobody
        to compare with.
    """

    contributor: str
    rows: int
    verified: Booleans
    quality: float
    quality_error: float
    findings: tuple[DepositFinding, ...]
    loss: float | None = None
    expected_loss: float | None = None
    p_value: float | None = None

    @property
    def verified_rows(self) -> int:
        return int(np.count_nonzero(self.verified))

    def to_frame(self) -> pd.DataFrame:
        """One row per finding."""
        return pd.DataFrame([asdict(finding) for finding in self.findings])

    def headline(self) -> str:
        """Who, how many rows are for sale, and their quality."""
        sold = f"{self.verified_rows} of {self.rows} rows verified"
        return f"{self.contributor}: {sold}, quality {self.quality:.3g} ± {self.quality_error:.2g}"


def verify(
    frames: Sequence[pd.DataFrame],
    names: Sequence[str],
    *,
    rng: Chance,
    columns: Sequence[str] | None = None,
    permutations: int = PERMUTATIONS,
) -> tuple[VerificationReport, ...]:
    """A report on each contributor's rows.

    Parameters
    ----------
    frames : sequence of DataFrame
        One table for each of m contributors, in the order of deposit: the earlier one keeps a row that both have.
    names : sequence of str
        Of the contributors.
    rng : numpy.random.Generator
    columns : sequence of str, optional
        Those to verify; if not given, those of the first table.
    permutations : int
        How often rows are handed out anew to learn what losses are by chance; at least 99.

    Returns
    -------
    tuple of VerificationReport
        One for each contributor, in the order of ``frames``.

    Raises
    ------
    InputError
        For no table, names that do not match or repeat, and fewer than 99 permutations; whatever else is wrong with
        rows is a finding.

    Notes
    -----
    Cost for N rows of d columns: sorts of each column, O(m d N log N) while contributors are set aside, and a
    neighbour search.  docs/theory/contributors.md has times for a million rows.

    References
    ----------
    [CCZ25] Clinton, Chen, Zeng, Zhu, Kandasamy, "A Cramér-von Mises approach to incentivizing truthful data sharing",
    NeurIPS 2025, Algorithm 3: the losses.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> north, south = (pd.DataFrame({"age": rng.normal(50, 12, 40)}) for _ in range(2))
    >>> south.loc[:9] = north.loc[:9]
    >>> reports = verify([north, south], ["North", "South"], rng=rng)
    >>> [report.verified_rows for report in reports]
    [40, 30]
    """
    rng = chance(rng)
    _refuse_names(frames, names)
    if permutations < 99:
        raise InputError(f"permutations: got {permutations}, expected at least 99")
    coded = code_rows(frames, columns)
    findings = [schema_findings(coded, i) for i in range(coded.contributors)]
    for step in (exact_copies, near_copies, outlier_findings):
        found = step(coded, _kept(coded, findings), rng=rng)
        findings = [before + after for before, after in zip(findings, found, strict=True)]
    qualities = _qualities(coded, _kept(coded, findings), permutations, rng)
    return tuple(_report(name, coded, i, findings[i], qualities[i]) for i, name in enumerate(names))


def _refuse_names(frames: Sequence[pd.DataFrame], names: Sequence[str]) -> None:
    if len(names) != len(frames):
        raise InputError(f"names: got {len(names)}, expected one for each of the {len(frames)} tables")
    repeated = sorted({name for name in names if list(names).count(name) > 1})
    if repeated:
        raise InputError(f"names: got {repeated[0]!r} more than once, expected a table for each contributor")


def _kept(coded: CodedRows, findings: Sequence[Sequence[DepositFinding]]) -> Booleans:
    """bool (N,): which of all rows are still for sale."""
    sizes = np.bincount(coded.owner, minlength=coded.contributors).tolist()
    return np.concatenate([kept_rows(rows, found) for rows, found in zip(sizes, findings, strict=True)])


def _qualities(
    coded: CodedRows, kept: Booleans, permutations: int, rng: np.random.Generator
) -> list[Quality | None]:
    """Of each contributor; None where it has no verified rows, or there are none to compare with."""
    qualities: list[Quality | None] = [None] * coded.contributors
    present = [i for i in range(coded.contributors) if kept[coded.owner == i].any()]
    if len(present) < 2 or int(kept.sum()) < FEWEST_PERMUTED or not coded.compared:
        return qualities
    codes, owner = coded.codes()[kept], coded.owner[kept]
    features = with_directions(codes)
    tables = [features[owner == i] for i in present]
    chance = learn_chance(tables, permutations=permutations, rng=rng)
    for i, judged in zip(present, judge_all(tables, chance), strict=True):
        qualities[i] = judged
    return qualities


def _report(
    name: str, coded: CodedRows, i: int, findings: tuple[DepositFinding, ...], quality: Quality | None
) -> VerificationReport:
    rows = coded.rows_of(i)
    verified = kept_rows(len(rows), findings)
    share = float(verified.mean()) if len(rows) else 0.0
    if quality is None:
        told = not_compared_findings(coded, share)
        return VerificationReport(name, len(rows), verified, share, 0.0, findings + told)
    told = distribution_finding(coded, quality)
    three = coded.contributors >= FEWEST_AGENTS
    return VerificationReport(
        name,
        len(rows),
        verified,
        share * quality.value,
        share * quality.error,
        findings + told,
        quality.loss if three else None,
        quality.expected_loss if three else None,
        quality.p_value,
    )

"""Where the parties stand out alike, it is the validation data that stand out: one note, in place of one per party.

Every party, or so many of three and more that at most one in ten (and always one) is left, has to stand out in the same
way: in the same column, on the same side and by the same factor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fairpool.market.data_sheets.standing_out import Remark, Way

SAME_FACTOR = 1.5  # from the smallest to the largest of the parties' ratios, where one unit explains all
_FEWEST = 3
_POWERS = {"10": ("tenth", "ten"), "100": ("hundredth", "hundred"), "1,000": ("thousandth", "thousand")}

_SAID = {
    Way.OTHER_TEXTS: "Column {what!r}: {whose}' texts are mostly none of those in {where}: {where} may be coded "
    "otherwise",
    Way.COLUMN_TURNED: "Column {what!r}: with {whose} it goes with the label the other way round than in {where}: "
    "{where} may have another sign or meaning there",
    Way.LABELS_TURNED: "The labels ({what}) of {whose} fall where those of {where} rise: {where} may have them "
    "reversed, or spelt the other way round",
    Way.NO_SUCH_LABEL: "No row of {whose} has the label {what}, which many rows of {where} have: is it spelt "
    "otherwise there?",
    Way.BLANK: "Column {what!r} is blank in most rows of {whose} and not in {where}: models can learn little from it",
    Way.CONSTANT: "Column {what!r} has one value in all rows of each of {whose} and more of them in {where}: does it "
    "say whose rows they are?",
}


@dataclass(frozen=True, slots=True)
class OddValidation:
    """One note on the validation data, and the findings of which it takes the place."""

    note: str
    told: tuple[Remark, ...]


def told_of_validation(found: Sequence[Sequence[Remark]], *, files: int) -> tuple[OddValidation, ...]:
    """What the findings of all parties, by party, say of the validation data in ``files`` files."""
    alike: dict[tuple[Way, str, int], list[Remark]] = {}
    for one in (one for of_party in found for one in of_party if one.way is not Way.OWN):
        alike.setdefault((one.way, one.what, one.side), []).append(one)
    where = "the validation file" if files == 1 else "the validation files"
    return tuple(
        OddValidation(_note(group, len(found), where), tuple(group))
        for group in alike.values()
        if _most(len(group), len(found)) and _one_factor(group)
    )


def _most(alike: int, parties: int) -> bool:
    if parties < 2 or alike == parties:
        return parties > 1
    return alike >= _FEWEST and parties - alike <= max(1, parties // 10)


def _one_factor(group: Sequence[Remark]) -> bool:
    """Whether one change of units explains all; also where none explains any."""
    units = {one.unit for one in group}
    if units == {None}:
        return True
    ratios = [one.ratio for one in group if one.ratio is not None]
    if len(ratios) < len(group):
        return len(units) == 1
    return max(ratios) <= SAME_FACTOR * min(ratios)


def _note(group: Sequence[Remark], parties: int, where: str) -> str:
    whose = f"all {parties} parties" if len(group) == parties else f"{len(group)} of {parties} parties"
    what, way = group[0].what, group[0].way
    if way is Way.ELSEWHERE:
        return f"Column {what!r}: {whose}' values {_elsewhere(group, where)}"
    return _SAID[way].format(what=what, whose=whose, where=where)


def _elsewhere(group: Sequence[Remark], where: str) -> str:
    units = Counter(one.unit for one in group if one.unit is not None)
    if not units:
        return (
            f"lie outside the range of {where} in most rows: {where} may be in another unit, or of "
            "another population"
        )
    unit, odd = units.most_common(1)[0][0], f"{where} may be in another unit"
    small, large = _POWERS.get(unit.removeprefix("a power of ten, "), ("", ""))
    if not small:
        return f"look as if they were in another unit than those of {where} ({unit}): {odd}"
    times = f"a {small} of" if group[0].side < 0 else f"{large} times"
    theirs = f"{where}'" if where.endswith("s") else f"{where}'s"
    return f"are about {times} {theirs}: {odd}"


def left_to_parties(
    found: Sequence[Sequence[Remark]], odd: Sequence[OddValidation]
) -> Iterator[list[Remark]]:
    """The findings of each party of which the validation data's notes do not take the place."""
    told = {id(one) for note in odd for one in note.told}
    yield from ([one for one in of_party if id(one) not in told] for of_party in found)

"""`fairpool verify`: whether the numbers of a settled round hold, computed again from its document."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from fairpool.cli.console import say, show
from fairpool.cli.table import wrapped
from fairpool.runs.rounds.verifying.verification import Verification, verify


def verify_round(folder: Path, *, as_json: bool) -> bool:
    """Tell what was computed again and what does not hold; returns whether all of it holds; raises InputError."""
    found = verify(folder)
    show(json.dumps({"holds": found.holds, **asdict(found)}) if as_json else _told(found))
    if not found.holds:
        say(f"fairpool: {folder}: the check failed")
    return found.holds


def _told(found: Verification) -> str:
    wrong = len(found.differences)
    head = (
        f"All {found.checked:,} numbers that the document determines hold; statement.csv is the document's."
        if found.holds
        else f"{wrong} of the document's and the statement's numbers {'does' if wrong == 1 else 'do'} not hold:"
    )
    lines = [head, *(f"  {one.place}: got {one.got}, recomputed {one.expected}" for one in found.differences)]
    lines += ["", "Not recomputed, as the document alone cannot give them:"]
    return "\n".join([*lines, *(line for what in found.not_recomputed for line in wrapped(f"- {what}", 2))])

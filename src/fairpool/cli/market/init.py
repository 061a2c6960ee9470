"""`fairpool init`: a MARKET.toml from the files of a folder, with questions on a terminal, by options elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import typer

from fairpool.cli.console import say, show
from fairpool.documents.draft import DraftDocument
from fairpool.files.market.checking import check_market
from fairpool.files.market.draft.drafting import draft
from fairpool.files.market.draft.renaming import LikelyName
from fairpool.files.output import written_whole
from fairpool.ground.errors import InputError
from fairpool.ground.money import parse_amount

NAME = "MARKET.toml"
_BAD_INPUT = 2


@dataclass(frozen=True, slots=True)
class Given:
    """Answers by options; what is not given is asked on a terminal, else guessed where the files make it likely."""

    given_validation: str | None
    given_label: str | None
    given_price: str | None
    likely_renames: bool = False

    def validation(self, files: Sequence[str], guess: str | None, reason: str) -> str:
        if self.given_validation is not None:
            return Path(self.given_validation).name
        if asks():
            return _asked(f"Which file holds the validation rows ({', '.join(files)})", guess)
        if guess is None:
            raise InputError(f"--validation is missing ({reason}): expected one of {', '.join(files)}")
        return guess

    def label(self, columns: Sequence[str], guess: str, reason: str) -> str:
        if self.given_label is not None:
            return self.given_label
        if asks():
            return _asked(f"Which column is predicted ({', '.join(columns)})", guess)
        say(f"fairpool: label = {guess!r}, {reason}; --label says otherwise")
        return guess

    def same(self, likely: LikelyName) -> bool:
        if self.likely_renames or not asks():
            return self.likely_renames
        question = f"{likely.file}: is {likely.old!r} the {likely.new!r} of the others ({likely.reason})"
        return bool(typer.confirm(question, default=False, err=True))

    def unit_price(self) -> str:
        price = self.given_price
        if price is None and asks():
            price = _asked("What is a score worth that rises from 0 to 1", "1000.00 EUR")
        if price is None:
            expected = 'what a score is worth that rises from 0 to 1, such as "1000.00 EUR"'
            raise InputError(f"--unit-price is missing: expected {expected}")
        return str(parse_amount(price, what="--unit-price"))


def asks() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def write_market(folder: Path, answers: Given, *, as_json: bool) -> None:
    """Write the market file, unless there is one; leaves with exit code 2 where what it would write does not run."""
    target = folder / NAME
    if target.exists():
        raise InputError("is there already, and is not overwritten", file=target)
    if not folder.is_dir():
        raise InputError("there is no such folder", file=folder)
    found = draft(folder, answers)
    if isinstance(found, list):
        _refuse(found)
    for sentence in found.seen:
        say(f"fairpool: {sentence}")
    trial = folder / f".{NAME}.unfinished.toml"
    try:
        written_whole(trial, found.text)
        check = check_market(trial)
    finally:
        trial.unlink(missing_ok=True)
    if check.faults.met:
        _refuse([str(fault).replace(str(trial), str(target)) for fault in check.faults.met])
    written_whole(target, found.text)
    if as_json:
        notes = tuple(check.notes)
        show(
            DraftDocument(
                written=str(target), toml=found.text, reasons=found.reasons, notes=notes
            ).json_text()
        )
        return
    show(
        "\n".join(
            [f"{target}:", "", found.text.rstrip("\n"), "", *check.notes, f"Next: fairpool run {target}"]
        )
    )


def _refuse(faults: Sequence[object]) -> NoReturn:
    for fault in faults:
        say(f"fairpool: {fault}")
    say("fairpool: nothing was written: mend these first, or write the market file by hand")
    raise typer.Exit(_BAD_INPUT)


def _asked(question: str, default: str | None) -> str:
    answer: str = typer.prompt(question, default=default, err=True)
    return answer.strip()

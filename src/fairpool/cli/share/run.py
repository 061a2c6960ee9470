"""`fairpool share run`: from a share file to a folder of releases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from fairpool.cli.console import Stages, show
from fairpool.cli.share.text import run_text
from fairpool.files.concerning import concerning
from fairpool.files.output_folder import OutputFolder, output_folder
from fairpool.files.sharing.share_file import CostTerms, EqualTerms, ShareFile, read_share_file
from fairpool.runs.sharings.compared import compared_round
from fairpool.runs.sharings.costly import costly_round
from fairpool.runs.sharings.equal import equal_round
from fairpool.runs.sharings.handouts import Handout, write_summary

Document = dict[str, Any]


class Round(Protocol):
    """A sharing whose submissions are read and checked."""

    def handouts(self) -> Iterator[Handout]:
        """What every agent is given, one after the other, in the order of the file."""
        ...

    def document(self, agents: Sequence[Document]) -> Document:
        """summary.json, from the entries of all handouts."""
        ...


def run_share(path: Path, out: Path, *, as_json: bool) -> None:
    """Share what a share file names into ``out`` and tell what came of it; raises InputError."""
    share = read_share_file(path)
    with output_folder(out) as folder, concerning(path):
        document = _shared(share, folder)
    show(json.dumps(document, allow_nan=False) if as_json else _told(document, out))


def _shared(share: ShareFile, folder: OutputFolder) -> Document:
    with Stages() as stages:
        found = _round(share, stages)
        stages.stage("writing releases")
        with folder.results() as place:
            entries = []
            for handout in found.handouts():
                handout.write(place)
                entries.append(handout.entry)
                stages.progress(len(entries), len(share.agents))
            stages.stage("writing the summary")
            document = found.document(entries)
            write_summary(place, document)
    return document


def _round(share: ShareFile, stages: Stages) -> Round:
    stages.stage("reading files")
    match share.terms:
        case EqualTerms():
            return equal_round(share, share.terms, stages)
        case CostTerms():
            return costly_round(share, share.terms, stages)
        case _:
            return compared_round(share, share.terms, stages)


def _told(document: Document, out: Path) -> str:
    where = [
        f"Report:   {out / 'report.html'}",
        f"Releases: {out / document['agents'][0]['folder'] / 'release.csv'}, .. one folder an agent",
        f"Numbers:  {out / 'summary.json'}",
    ]
    return "\n".join([run_text(document), "", *where])

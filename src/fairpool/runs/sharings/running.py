"""`fairpool share run`: from a share file to a folder of releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from fairpool.documents.sharing.mediator import AgentEntry, SharingDocument
from fairpool.files.output import OutputFolder
from fairpool.files.sharing.share_file import CostTerms, EqualTerms, ShareFile
from fairpool.ground.progress import Watch
from fairpool.runs.sharings.compared import compared_round
from fairpool.runs.sharings.costly import costly_round
from fairpool.runs.sharings.equal import equal_round
from fairpool.runs.sharings.handouts import Handout
from fairpool.runs.sharings.places import write_release, write_summary


class SharingRound(Protocol):
    """A sharing whose submissions are read and checked."""

    def handouts(self) -> Iterator[Handout]:
        """What every agent is given, one after the other, in the order of the file."""
        ...

    def document(self, agents: Sequence[AgentEntry]) -> SharingDocument:
        """The mediator's summary.json, from the entries of all handouts."""
        ...


def run_sharing(share: ShareFile, folder: OutputFolder, watch: Watch) -> SharingDocument:
    """Read what the agents submitted, write what each may see, and tell the mediator all; raises InputError."""
    watch.stage("reading files")
    found = sharing_round(share, watch)
    watch.stage("writing releases")
    with folder.results() as place:
        entries, explanations = [], []
        for handout in found.handouts():
            write_release(place, handout)
            entries.append(handout.entry)
            explanations.append(handout.explanation)
            watch.progress(len(entries), len(share.agents))
        watch.stage("writing the summary")
        document = found.document(entries)
        write_summary(place, document, explanations)
    return document


def sharing_round(share: ShareFile, watch: Watch) -> SharingRound:
    """By what the agents agreed on: one cost, costs of their own, or a reward for rows that agree."""
    match share.terms:
        case EqualTerms():
            return equal_round(share, share.terms, watch)
        case CostTerms():
            return costly_round(share, share.terms, watch)
        case _:
            return compared_round(share, share.terms, watch)

"""`fairpool share run`: from a share file to a folder of releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from fairpool.documents.sharing.mediator import AgentEntry, SharingDocument
from fairpool.files.output import OutputFolder, refuse_unwritable_file
from fairpool.files.sharing.share_file import CostTerms, EqualTerms, ShareFile
from fairpool.files.sharing.submissions import Submitted
from fairpool.ground.progress import Watch
from fairpool.runs.sharings.book_file import book_path, digest_of, open_book, refuse_other_columns, write_book
from fairpool.runs.sharings.compared import compared_round
from fairpool.runs.sharings.costly import costly_round
from fairpool.runs.sharings.equal import equal_round
from fairpool.runs.sharings.handouts import Handout
from fairpool.runs.sharings.places import write_release, write_summary
from fairpool.runs.sharings.words import listed
from fairpool.sharing.release_book import ReleaseBook

_SEED = (
    "sharing.seed is in SHARE.toml: an agent that sees or guesses it takes the noise off what it is given, and needs "
    "to collect nothing. Without it the secret is drawn by chance, and kept in the book of releases."
)


class SharingRound(Protocol):
    """A sharing whose submissions are read and checked."""

    @property
    def submitted(self) -> Submitted:
        """What the agents handed in."""
        ...

    def handouts(self) -> Iterator[Handout]:
        """What every agent is given, one after the other, in the order of the file."""
        ...

    def document(self, agents: Sequence[AgentEntry]) -> SharingDocument:
        """The mediator's summary.json, from the entries of all handouts."""
        ...


def run_sharing(
    share: ShareFile, folder: OutputFolder, watch: Watch, *, book_file: Path | None = None
) -> SharingDocument:
    """Read what the agents submitted, write what each may see, and tell the mediator all; raises InputError."""
    watch.stage("reading files")
    place_of_book = book_file or book_path(share.path)
    refuse_unwritable_file(place_of_book)
    opened, known = digest_of(place_of_book), place_of_book.exists()
    book = open_book(share, place_of_book)
    found = sharing_round(share, book, watch)
    columns = found.submitted.columns
    refuse_other_columns(share, place_of_book, columns)
    watch.stage("writing releases")
    with folder.results() as place:
        entries, explanations = [], []
        for handout in found.handouts():
            write_release(place, handout)
            entries.append(handout.entry)
            explanations.append(handout.explanation)
            watch.progress(len(entries), len(share.agents))
        watch.stage("writing the summary")
        document = with_notes(
            found.document(entries), tuple(_of_releases(share, book, folder.target, known=known))
        )
        write_summary(place, document, explanations)
        write_book(
            share, place_of_book, book, columns, before=opened
        )  # before anybody is handed anything: `results` ends with this block
    return document


def with_notes(document: SharingDocument, notes: Sequence[str]) -> SharingDocument:
    """The document with more notes, at the end."""
    return document.model_copy(update={"notes": (*document.notes, *notes)})


def _of_releases(share: ShareFile, book: ReleaseBook, out: Path, *, known: bool) -> Iterator[str]:
    """What the mediator has to know of the book, and of what stood in the folder before."""
    if not known and (out / "mediator").exists():
        yield (
            f"{out.name} held releases, but their book is gone: these have new noise, and whoever has both averages it "
            "away. If the files are the same, hand out none of them."
        )
    if (out / "summary.json").exists():
        yield (
            f"{out.name} holds summary.json and folders of an older version, which show everybody's mean: remove them."
        )
    if share.seed is not None:
        yield _SEED
    if book.anew:
        names = listed([name for name in share.names if name in book.anew])
        yield (
            f"{names}: handed in something else than before. An agent is judged once, by what it hands in first, so "
            "its clean rows and the noise on the others stay as they were; the others are given what it hands in now."
        )


def sharing_round(share: ShareFile, book: ReleaseBook, watch: Watch) -> SharingRound:
    """By what the agents agreed on: one cost, costs of their own, or a reward for rows that agree."""
    match share.terms:
        case EqualTerms():
            return equal_round(share, share.terms, book, watch)
        case CostTerms():
            return costly_round(share, share.terms, book, watch)
        case _:
            return compared_round(share, share.terms, book, watch)

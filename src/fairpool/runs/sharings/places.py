"""Three places, by who may look: ``mediator/``, ``agents/NAME/``, ``public/``.

The mediator's folder and every agent's can be entered by the account that ran the sharing and by nobody else; they are
made so, before anything is in them.  The public one is as open as new folders are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fairpool.documents.document import Document
from fairpool.documents.sharing.agent import agents_document
from fairpool.documents.sharing.mediator import SharingDocument
from fairpool.documents.sharing.public import public_document
from fairpool.reports.sharing.for_agent import agent_page
from fairpool.reports.sharing.for_all import public_page
from fairpool.reports.sharing.page import sharing_page
from fairpool.runs.sharings.handouts import Handout

MEDIATOR, AGENTS, PUBLIC = "mediator", "agents", "public"
CLOSED = 0o700


def write_release(place: Path, handout: Handout) -> None:
    """release.csv, into the agent's own place."""
    own = place / AGENTS / handout.entry.folder
    own.parent.mkdir(exist_ok=True)
    own.mkdir(CLOSED)
    handout.released.write(own / "release.csv")


def write_summary(place: Path, document: SharingDocument, explanations: Sequence[str]) -> None:
    """What else each may see: release.json and page.html, round.json and round.html, summary.json and report.html."""
    for i, explanation in enumerate(explanations):
        told, own = agents_document(document, i, explanation), place / AGENTS / document.agents[i].folder
        _write_json(own / "release.json", told)
        _write_text(own / "page.html", agent_page(told))
    public = public_document(document)
    (place / PUBLIC).mkdir()
    _write_json(place / PUBLIC / "round.json", public)
    _write_text(place / PUBLIC / "round.html", public_page(public))
    (place / MEDIATOR).mkdir(CLOSED)
    _write_json(place / MEDIATOR / "summary.json", document)
    _write_text(place / MEDIATOR / "report.html", sharing_page(document))


def _write_json(file: Path, document: Document) -> None:
    _write_text(file, document.json_text(indent=2) + "\n")


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")

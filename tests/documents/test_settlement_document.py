"""settlement.json: read and written as it always was."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from builders import documents
from builders.consortia import consortium, settled
from fairpool.documents.settlement import SettlementDocument, read_settlement
from fairpool.ground.errors import InputError

EARLIER = sorted(Path(__file__).parent.glob("settlement_*.json"))


@pytest.mark.parametrize("file", EARLIER, ids=lambda file: file.stem)
def test_a_document_of_an_earlier_release_reads_and_writes_to_the_same_bytes(file):
    """Both kinds of round, written before documents were typed: four clinics, and six with own tasks."""
    text = file.read_text(encoding="utf-8")
    document = SettlementDocument.model_validate_json(text)
    assert document.json_text(indent=2) + "\n" == text
    assert sum(party.net for party in document.parties) == 0


@pytest.mark.parametrize("own_tasks", [False, True])
def test_what_is_written_reads_back(own_tasks):
    """A settlement's own document, gains to the last bit."""
    members, validation = consortium(own_tasks=own_tasks)
    document = settled(members, validation, learner="ridge").document("round")
    assert read_settlement(document.json_text()) == document
    assert json.loads(document.json_text())["name"] == "round"


def test_json_is_strict():
    """A number that is none never leaves the program."""
    broken = documents.changed(documents.common(), parties__0__share=float("nan"))
    with pytest.raises(ValueError, match="not JSON compliant"):
        broken.json_text()


def test_what_is_no_settlement_is_refused_with_its_place():
    """A document of the future, and one with a hole."""
    plain = documents.common().model_dump(by_alias=True)
    with pytest.raises(InputError, match="got format 2, expected 1"):
        read_settlement(json.dumps(plain | {"format": 2}))
    plain["parties"][1].pop("net")
    with pytest.raises(InputError, match=r"settlement.json: parties\[1\]\.net is missing"):
        read_settlement(json.dumps(plain))


def test_a_document_cannot_be_changed():
    """Who wants another one makes another one."""
    with pytest.raises(ValueError, match="frozen"):
        documents.common().name = "another"


@pytest.mark.long
def test_the_market_works_without_the_library_of_documents():
    """Importing the market, and settling, imports no pydantic."""
    asked = "import sys, fairpool.market; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0

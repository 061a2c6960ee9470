"""Documents that were written before documents had types: what was written once is read for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairpool.documents.sharing.mediator import SharingDocument, read_sharing
from fairpool.documents.sharing.plans import CostsPlan, EqualPlan
from fairpool.ground.errors import InputError
from fairpool.reports.sharing.page import sharing_page

WRITTEN = Path(__file__).parent / "written"


def written(name: str) -> str:
    return (WRITTEN / f"sharing-{name}.json").read_text(encoding="utf-8")


def read(name: str) -> SharingDocument:
    return read_sharing(json.loads(written(name)))


@pytest.mark.long
@pytest.mark.parametrize("name", ["equal", "costs", "compared"])
def test_a_document_of_format_1_is_read_and_written_again_without_its_seed(name: str):
    """Every key in its place, every number with its digits; and its page can be drawn.

    The seed of the noise, which old documents told, is dropped; the costs, which they did not tell, are not known.
    """
    document = read(name)
    before = json.loads(written(name))
    del before["seed"]
    after = json.loads(document.json_text())
    assert after.pop("costs") is None
    assert json.dumps(after) == json.dumps(before)
    assert all(agent.name in sharing_page(document) for agent in document.agents)


def test_plans_are_told_apart_by_what_they_hold():
    """One cost, costs of their own, or no plan at all."""
    assert isinstance(read("equal").plan, EqualPlan)
    assert isinstance(read("costs").plan, CostsPlan)
    assert read("compared").plan is None


def test_what_is_no_such_document_is_refused_with_the_place():
    """The message names the key that a reader has to look at."""
    content = json.loads(written("equal"))
    content["agents"][1]["distance"] = "far"
    with pytest.raises(InputError, match=r"summary\.json: agents\[1\]\.distance: got 'far'"):
        read_sharing(content)

"""The pages of an agent and of the public: complete, harmless, readable on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

import pytest
from test_report import HOSTILE, Page, assert_usable_unseen, measured

from builders import sharing_documents as made
from builders.sharing_rounds import changed
from fairpool.documents.sharing.agent import agents_document
from fairpool.documents.sharing.mediator import SharingDocument
from fairpool.documents.sharing.public import public_document
from fairpool.reports.frame.magnitudes import significant, to_error
from fairpool.reports.sharing.for_agent import agent_page
from fairpool.reports.sharing.for_all import public_page

Make = Callable[[], SharingDocument]

NAMES = (*HOSTILE, "قائمة المستشفيات في المنطقة", "x" * 200)
SMALL = partial(made.two_agents, 1e-9)
KINDS: tuple[Make, ...] = (
    made.light,
    partial(made.light, "alone"),
    made.clinics,
    made.stations,
    made.one_liar,
    made.many_agents,
    SMALL,
    made.offset,
    made.cannot_alone,
    made.data_reward,
    made.nothing_known,
)


def hostile() -> SharingDocument:
    """Names of agents, columns and checks that try to be something else."""
    found = made.heterogeneous_of(NAMES, NAMES[:4])
    found = changed(found, "checks", 0, words=NAMES[0])
    found = changed(found, "agents", 0, notes=(NAMES[3],))
    return found.model_copy(update={"name": NAMES[0]})


@cache
def agents_html(make: Make) -> str:
    return agent_page(agents_document(make(), 0, NAMES[1]))


@cache
def public_html(make: Make) -> str:
    return public_page(public_document(make()))


def text_of(html: str) -> str:
    return " ".join("".join(Page(html).text).split())


@pytest.mark.parametrize("html_of", [agents_html, public_html])
@pytest.mark.parametrize("make", [*KINDS, hostile])
def test_a_page_can_be_used_by_anybody_and_asks_for_nothing(make, html_of):
    """Headings, tables and charts for those who do not see them; no number raw; no address, no script."""
    html = html_of(make)
    assert_usable_unseen(Page(html))
    assert not re.findall(r"https?:|url\(|@import|@font-face|<script|<link", html)
    text = text_of(html)
    for name in [*NAMES, *make().columns]:
        text = text.replace(name, "")
    assert not re.findall(r"\b(nan|inf|None|Undefined)\b", text)
    assert not re.findall(r"\d\.\d{11,}", re.sub(r"<svg.*?</svg>|<[^>]*>", " ", html, flags=re.DOTALL))


@pytest.mark.parametrize("html_of", [agents_html, public_html])
def test_hostile_names_are_text(html_of):
    """No name opens a tag, sets an attribute or is run as a template."""
    page = Page(html_of(hostile))
    assert not {"script", "img", "iframe", "object", "link", "form"} & {tag for tag, _ in page.tags}
    assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on")]
    assert NAMES[0] in "".join(page.text)


def test_an_agents_page_has_its_estimate_and_its_interval():
    """The numbers of its document, and in the first sentence, too."""
    told = agents_document(made.light(), 0, "")
    row = Page(agents_html(made.light)).row_of("speed")
    low, high = (to_error(end, told.standard_error[0]) for end in told.interval[0])
    estimate = to_error(told.estimate[0], told.standard_error[0])
    assert row[1:4] == [estimate, f"{low} to {high}", significant(told.standard_error[0])]
    assert f"is {estimate}, with a 95 % interval from {low} to {high}." in text_of(agents_html(made.light))


def test_where_the_noise_is_not_told_the_page_says_why():
    """The error is the plan's, and no noise is shown."""
    text = text_of(agents_html(made.two_agents))
    assert "is what the plan promises to honest agents" in text
    assert "Variance of the noise" not in text


def test_an_agents_page_names_nobody_else():
    """Of ten agents only its own name."""
    text = text_of(agents_html(made.clinics))
    assert "Minnesota" in text
    assert not [name for name in ("Kentucky", "Mississippi", "New York") if name in text]


def test_the_public_page_says_who_took_part_and_what_was_asked():
    """Every agent with its rows, every check of the plan with its words, and costs where they differ."""
    found, page = public_document(made.clinics()), Page(public_html(made.clinics))
    text = text_of(public_html(made.clinics))
    assert all(page.row_of(one.name) for one in found.agents)
    assert all(one.words in text for one in found.checks)
    assert "What a sample costs" in text
    assert page.row_of("Minnesota")[-2:] == ["0.207", "0.430"]


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("html_of", [agents_html, public_html])
@pytest.mark.parametrize("make", [made.light, made.clinics, made.stations, made.one_liar, hostile])
def test_nothing_runs_over_the_edge(make, html_of, width, tmp_path):
    """No page scrolls sideways, and no chart's text is cut off."""
    found = measured(html_of(make), width, tmp_path)
    assert found["scroll"] <= width
    assert found["clipped"] == []

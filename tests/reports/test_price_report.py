"""The report of a simulation of prices: complete, harmless, readable on a desk and on a phone."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from test_report import HOSTILE, Page, assert_usable_unseen, measured

from builders import price_documents as made
from fairpool.documents.pricing import SimulationDocument, read_simulation
from fairpool.ground.errors import InputError
from fairpool.reports.pricing.curve_charts import bundles
from fairpool.reports.pricing.page import price_page
from fairpool.reports.pricing.reproduction import price_toml
from fairpool.reports.pricing.sentences import best_learner, headline, regret_sentence
from fairpool.reports.pricing.tables import duration

Make = Callable[[], SimulationDocument]

NAMES = (*HOSTILE, "قائمة المستشفيات", "東京都立病院機構" * 4, "x" * 200)
KINDS: tuple[Make, ...] = (
    made.light,
    made.small_money,
    made.large_money,
    made.ten_learners,
    made.no_regret,
    made.better_than_best,
    made.worthless,
)


def hostile() -> SimulationDocument:
    """Names of the simulation, types, units and learners that try to be something else."""
    found = made.given(types=NAMES)
    found["name"], found["unit"], found["notes"] = NAMES[0], NAMES[1], [NAMES[2], NAMES[3]]
    found["settings"]["name"] = NAMES[3]
    found["learners"][0] |= {"title": NAMES[0], "words": NAMES[1]}
    return read_simulation(found)


@cache
def html_of(make: Make) -> str:
    """The page of an unchanged document, drawn once for all tests."""
    return price_page(make())


def text_of(html: str) -> str:
    return " ".join("".join(Page(html).text).split())


@pytest.mark.parametrize("make", KINDS)
def test_every_learner_and_every_type_is_in_the_report(make: Make):
    """Each has a row of its own, and each learner is explained."""
    found, page = make(), Page(html_of(make))
    text = text_of(html_of(make))
    assert all(page.row_of(one.title) for one in found.learners)
    assert all(page.row_of(one.name) for one in found.types)
    assert all(one.words in text for one in found.learners)
    assert "fairpool price simulate PRICE.toml" in text


@pytest.mark.parametrize("make", [*KINDS, hostile])
def test_no_number_is_printed_raw(make: Make):
    """No nan, no infinity, no None, and no number with more digits than anybody reads."""
    text = text_of(html_of(make)).partition("[price]")[0]
    for name in NAMES:
        text = text.replace(name, "")
    assert not re.findall(r"\b(nan|inf|None|Undefined)\b", text)
    assert not re.findall(r"\d\.\d{11,}", text)


def test_hostile_names_are_text_and_nothing_else():
    """No name opens a tag, sets an attribute or is run as a template; every name is shown as it is."""
    page = Page(html_of(hostile))
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "img", "iframe", "object", "link", "form"} & set(tags)
    assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on")]
    assert tags.count("style") == 1
    text = "".join(page.text)
    assert all(name in text for name in NAMES)


@pytest.mark.parametrize("make", KINDS)
def test_the_page_asks_for_nothing_from_outside(make: Make):
    """No address of another place, no script, and a policy that forbids them."""
    html, page = html_of(make), Page(html_of(make))
    links = page.attributes("href") + page.attributes("src") + page.attributes("xlink:href")
    assert all(link.startswith("#") for link in links)
    assert not re.findall(r"https?:|url\(|@import|@font-face|<script|<link", html)
    assert any("default-src 'none'" in policy for policy in page.attributes("content"))


@pytest.mark.long
@pytest.mark.parametrize("make", [*KINDS, hostile])
def test_the_page_can_be_used_without_seeing_it(make: Make):
    """Language, headings in order, header cells with a scope, charts with words, references that exist."""
    page = Page(html_of(make))
    assert any(tag == "svg" for tag, _ in page.tags)
    assert_usable_unseen(page)


def test_the_same_document_gives_the_same_page():
    """The report is a pure function of the document, also of one read from a file, and does not change it."""
    found = made.light()
    before = copy.deepcopy(found)
    assert price_page(found) == html_of(made.light)
    assert found == before
    assert price_page(read_simulation(json.loads(found.json_text()))) == html_of(made.light)


@pytest.mark.parametrize("change", [{"format": 2}, {"kind": "sharing"}])
def test_another_format_is_refused(change: dict[str, Any]):
    """A document of the future, or of something else, is not half understood."""
    with pytest.raises(InputError, match=r"summary\.json: got (format 2|kind 'sharing'), expected"):
        read_simulation(made.given() | change)


def test_headlines():
    """The first sentence names the learner of least regret, and how near it came to the best fixed curve.

    Regret is expected, the share is what happened: luck may give another learner the larger share.
    """
    assert headline(made.light()) == (
        "Of four learners, Upper confidence had the least regret: it earned 99.7\u00a0% of what the best fixed price"
        " curve earns from the same buyers, over 10,000 rounds."
    )
    assert headline(made.large_money()).startswith("The learner earned 99.7\u00a0% of what")
    assert headline(made.worthless()).endswith("with these buyers no price curve earns anything.")
    assert best_learner(made.better_than_best()).title == "Perturbed leader"


def test_no_regret_has_no_chart_of_it():
    """Nothing above 0 has a place on logarithmic axes; the text says that no slope could be fitted."""
    assert "Line chart, regret" not in html_of(made.no_regret)
    assert regret_sentence(made.no_regret()).endswith("No slope could be fitted here.")
    assert "Line chart, regret after 10,000 rounds: Upper confidence" in html_of(made.light)


def test_a_line_that_ends_is_explained():
    """Regret below zero is not drawn."""
    explained = "A line is missing where the learner earned at least as much as any fixed curve."
    assert explained in text_of(html_of(made.better_than_best))
    assert explained not in text_of(html_of(made.light))


def test_the_settings_are_a_price_file():
    """What stands under "how to reproduce it" is TOML with the settings and the types."""
    found = made.light()
    settings = tomllib.loads(price_toml(found))
    assert settings["price"] == found.settings
    assert [one["name"] for one in settings["type"]] == ["start-up", "laboratory", "insurer"]
    assert settings["type"][0]["valuation"]["shape"] == "exponential"
    assert "later-probability" not in settings["type"][0]


def test_the_settings_of_a_file_of_valuations_name_no_file():
    """Where the file is only its owner knows; probabilities stand as a list."""
    found = made.given()
    for one in found["types"]:
        one |= {"shape": None, "later_probability": 1 / 3}
    settings = tomllib.loads(price_toml(read_simulation(found)))
    assert settings["price"]["valuations"] == "…"
    assert settings["price"]["probabilities"] == pytest.approx([1 / 3] * 3)
    assert settings["price"]["later-probabilities"] == pytest.approx([1 / 3] * 3)


def test_times_and_bundles_are_short():
    """Units that fit, and of many bundles the first."""
    assert [duration(one) for one in (2.0, 1.2e-3, 3.5e-5, 4e-9, None)] == [
        "2.0\u00a0s", "1.2\u00a0ms", "35\u00a0µs", "4.0\u00a0ns", "–",
    ]  # fmt: skip
    assert bundles([[100, 5.0], [1000, 12.5]]) == "100 for 5.00 and 1,000 for 12.5"
    assert bundles([[k, float(k)] for k in range(1, 30)]).endswith("and 24 others")


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("make", [*KINDS, hostile])
def test_nothing_runs_over_the_edge(make: Make, width: int, tmp_path: Path):
    """No page scrolls sideways, no chart's text is cut off, and of a chart's two variants exactly one is shown."""
    found = measured(html_of(make), width, tmp_path)
    assert found["width"] == width
    assert found["scroll"] <= width
    assert found["clipped"] == []
    assert found["once"]

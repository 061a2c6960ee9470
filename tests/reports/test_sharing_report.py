"""The report of a sharing: whatever the mechanism, complete, harmless, readable on a desk and on a phone."""

from __future__ import annotations

import copy
import json
import math
import re
import tomllib
from collections.abc import Callable
from functools import cache, partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_report import HOSTILE, Page, assert_usable_unseen, measured

from builders import sharing_documents as made
from builders.sharing_rounds import changed
from fairpool.documents.sharing.mediator import SharingDocument, read_sharing
from fairpool.ground.errors import InputError
from fairpool.reports.frame.magnitudes import apart, gauge, plain, significant, to_error, with_error
from fairpool.reports.frame.numerals import MINUS
from fairpool.reports.sharing.agents import better_off, usual_distance
from fairpool.reports.sharing.charts.distance import distance_text
from fairpool.reports.sharing.kinds import claims_of
from fairpool.reports.sharing.page import sharing_page
from fairpool.reports.sharing.prose.advice import steps, worked_example
from fairpool.reports.sharing.prose.first_screen import headline
from fairpool.reports.sharing.prose.reproduction import share_toml
from fairpool.sharing.mechanisms.catalogue import SYMMETRIC

Make = Callable[[], SharingDocument]

NAMES = (*HOSTILE, "قائمة المستشفيات في المنطقة", "東京都立病院機構臨床研究推進センター" * 4, "x" * 200)
SMALL, LARGE = partial(made.two_agents, 1e-9), partial(made.two_agents, 1e9, "pool-and-share")
KINDS: tuple[Make, ...] = (
    made.light,
    made.clinics,
    made.stations,
    made.one_liar,
    made.many_agents,
    SMALL,
    LARGE,
    made.offset,
    made.cannot_alone,
    made.data_reward,
    made.nothing_known,
)


def hostile() -> SharingDocument:
    """Names of agents, columns, checks and notes that try to be something else."""
    found = made.heterogeneous_of(NAMES, NAMES[:6])
    found = changed(found, "checks", 0, name=NAMES[1], words=NAMES[0])
    found = changed(found, "agents", 0, notes=(NAMES[3],))
    return found.model_copy(update={"name": NAMES[0], "notes": (NAMES[1], NAMES[2])})


@cache
def html_of(make: Make) -> str:
    """The page of an unchanged document, drawn once for all tests."""
    return sharing_page(make())


def page_of(make: Make) -> Page:
    return Page(html_of(make))


def text_of(html: str) -> str:
    return " ".join("".join(Page(html).text).split())


@pytest.mark.parametrize("mechanism", SYMMETRIC)
def test_every_mechanism_for_equal_agents_has_its_report(mechanism):
    """What it is called, how it works, what is proved of it and what to do with the release: none is missing."""
    found = made.light(mechanism)
    text = text_of(sharing_page(found))
    claims = claims_of(found)
    assert claims.proved
    assert claims.assumed
    said = (claims.title, claims.works, *claims.proved, *claims.tested, *claims.assumed, *steps(found))
    assert all(" ".join(sentence.split()) in text for sentence in said)


@pytest.mark.parametrize("make", KINDS)
def test_every_agent_and_every_check_is_in_the_report(make):
    """Each agent has a row of its own; each check stands with its words."""
    found, page = make(), page_of(make)
    text = text_of(html_of(make))
    assert all(page.row_of(agent.name) for agent in found.agents)
    assert all(check.words in text for check in found.checks)
    assert "fairpool share run SHARE.toml" in text


@pytest.mark.parametrize("make", [*KINDS, hostile])
def test_no_number_is_printed_raw(make):
    """No nan, no infinity, no None, and no number with more digits than anybody reads."""
    text = text_of(html_of(make))
    names = [*NAMES, *make().columns]
    for name in names:
        text = text.replace(name, "")
    assert not re.findall(r"\b(nan|inf|None|Undefined)\b", text)
    assert not re.findall(r"\d\.\d{11,}", text)


def test_hostile_names_are_text_and_nothing_else():
    """No name opens a tag, sets an attribute or is run as a template; every name is shown as it is."""
    page = page_of(hostile)
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "img", "iframe", "object", "link", "form"} & set(tags)
    assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on")]
    assert tags.count("style") == 1
    text = "".join(page.text)
    assert all(name in text for name in NAMES)


def test_names_keep_nothing_that_turns_the_page():
    """Control characters, lone surrogates and direction overrides are replaced."""
    name = "a\x00b\x1b\ud800\u202egpj.exe\nline two"
    found = changed(made.light(), "agents", 0, name=name).model_copy(update={"columns": (name,)})
    html = sharing_page(found)
    assert html.encode("utf-8")
    assert not set(html) & set("\x00\x1b\u202e")


@pytest.mark.parametrize("make", KINDS)
def test_the_page_asks_for_nothing_from_outside(make):
    """No address of another place, no script, and a policy that forbids them."""
    html, page = html_of(make), page_of(make)
    links = page.attributes("href") + page.attributes("src") + page.attributes("xlink:href")
    assert all(link.startswith("#") for link in links)
    assert not re.findall(r"https?:|url\(|@import|@font-face|<script|<link", html)
    assert "default-src 'none'" in page.attributes("content")[-2]


@pytest.mark.parametrize("make", [*KINDS, hostile])
def test_the_page_can_be_used_without_seeing_it(make):
    """Language, headings in order, header cells with a scope, charts with words, references that exist."""
    page = page_of(make)
    assert_usable_unseen(page)


def test_the_same_document_gives_the_same_page():
    """The report is a pure function of the document, and does not change it."""
    found = made.light()
    before = copy.deepcopy(found)
    assert sharing_page(found) == html_of(made.light)
    assert found == before


def test_a_document_read_from_a_file_gives_the_same_page():
    """Nothing depends on what JSON does not keep."""
    assert sharing_page(read_sharing(json.loads(made.clinics().json_text()))) == html_of(made.clinics)


@pytest.mark.parametrize("change", [{"format": 2}, {"kind": "pricing"}])
def test_another_format_is_refused(change):
    """A document of the future, or of something else, is not half understood."""
    with pytest.raises(InputError, match=r"summary\.json: got (format 2|kind 'pricing'), expected"):
        sharing_page(read_sharing(made.light().model_dump() | change))


def test_headlines():
    """The first sentence says what was shared, and whether it paid off for everybody."""
    assert headline(made.light()) == (
        "Five agents shared 100 samples; the typical standard error shrank by 30\u00a0%."
        " It paid off for everybody."
    )
    assert (
        headline(made.light("alone")) == "Five agents kept their samples: in this round nothing was shared."
    )
    assert headline(made.stations()) == (
        "Three agents handed in 964 rows of five features, checked against each other:"
        " Kennedy stands out from the others by more than chance."
    )


def test_it_did_not_pay_off_for_everybody():
    """The headline names whom it did not pay off for."""
    found = made.light()
    found = changed(found, "agents", 2, penalty_realised=300.0)
    assert headline(found).endswith("It paid off for 4 of 5, not for Experiment 3.")
    for place in range(len(found.agents)):
        found = changed(found, "agents", place, penalty_realised=300.0)
    assert headline(found).endswith("It paid off for nobody.")


def test_an_agent_that_handed_in_nothing_is_not_said_to_gain():
    """Its penalty is not known, whatever the plan expects of those who follow it."""
    found = made.one_liar()
    assert better_off(found.agents[8]) is None
    assert "It paid off for all 9 of whom that is known." in text_of(html_of(made.one_liar))


def test_an_agent_that_cannot_work_alone_is_better_off_with_any_penalty():
    """A penalty alone of null is infinite."""
    found = made.cannot_alone()
    unable = [agent for agent in found.agents if agent.penalty_alone is None]
    assert unable
    assert all(better_off(agent) for agent in unable)
    assert "only together" in text_of(html_of(made.cannot_alone))


def test_the_statement_has_what_was_asked_handed_in_and_given():
    """The numbers of the document, one row per agent; what is the same for all stands once above."""
    found, page = made.light(), page_of(made.light)
    agent = found.agents[0]
    row = page.row_of(agent.name)
    assert row[1] == "20"
    assert row[2] == distance_text(agent.distance[0])
    text = text_of(html_of(made.light))
    assert "The same for all: asked for 20; got clean 20; got corrupted 60;" in text


def test_a_far_submission_is_named():
    """The farthest agent is named with its distance, and its influence on the others' distances is said."""
    text = text_of(html_of(made.one_liar))
    assert "Look at Practice 4 first" in text
    assert "▲ +64" in text


def test_what_stands_out_by_chance_among_many_columns():
    """The band is wide enough that 95 in 100 honest agents are inside in all columns."""
    assert usual_distance(1) == pytest.approx(1.959964, abs=1e-6)
    for columns in (2, 5, 1000):
        inside = math.erf(usual_distance(columns) / math.sqrt(2)) ** columns
        assert inside == pytest.approx(0.95, abs=1e-9)


def test_the_worked_example_adds_up():
    """Own rows, clean rows and weighted corrupted rows give the standard error of the document."""
    found = made.light()
    agent = next(a for a in found.agents if a.corrupted[0])
    total = agent.collected[0] + agent.clean[0] + agent.weight[0] * agent.corrupted[0]
    assert agent.standard_error[0] == pytest.approx(75 / math.sqrt(total))
    said = worked_example(found)[-1]
    assert f"= 75/√{significant(total)}" in said
    assert worked_example(made.clinics()) == []


def test_the_fixed_weight_has_no_formula_of_the_best_weight():
    """With the weight 1/3 the standard error is larger than σ/√total, and the page does not claim otherwise."""
    assert "/√" not in worked_example(made.light("bounded-variance"))[-1]


def test_a_check_of_distributions_shows_losses_features_and_payments():
    """Loss, expectation, p-value and payment of each agent; the feature that tells most is marked."""
    page = page_of(made.stations)
    row = page.row_of("Kennedy")
    assert row[1] == "0.00280"
    assert row[-1] == "299.16\u00a0EUR"
    features = [row for row in page.rows if row and row[0] == "Kennedy"][1]
    assert any(cell.startswith("▲") for cell in features)
    assert "most of all by wind_speed" in text_of(html_of(made.stations))


def test_rewards_in_data():
    """Rows given in place of payments; of twenty features the eight that stand out most, the odd one among them."""
    page = page_of(made.data_reward)
    assert page.row_of("Archive 3")[-1] == "100"
    heads = next(row for row in page.rows if row[0] == "Agent" and len(row) == 9)
    assert "feature 8" in heads
    assert "8 of 20 columns" in text_of(html_of(made.data_reward))


@pytest.mark.long
def test_a_thousand_columns_and_a_thousand_agents_stay_readable():
    """Charts and tables show what stands out, say so, and the page can still be sent by mail."""
    wide = sharing_page(made.many_columns())
    assert "8 of 1,000 columns" in text_of(wide)
    assert len(wide.encode()) < 400_000
    long = sharing_page(made.many_agents("c3d", 1000))
    assert "Of 1,000 agents the 24 that lie farthest off; the statement has all." in text_of(long)
    assert "Histogram of the distances of 1000 agents" in long
    assert len(long.encode()) < 1_000_000


def test_small_and_large_units_are_readable():
    """Powers of ten where decimals would not fit; both pages show the same digits."""
    small, large = text_of(html_of(SMALL)), text_of(html_of(LARGE))
    assert "× 10⁻⁹" in small
    assert "× 10⁹" in large


def test_means_that_differ_in_the_ninth_digit_are_told_apart():
    """The axis takes off what all have in common."""
    assert "count minus 1,000,000,0" in html_of(made.offset)


def test_the_settings_can_be_read_back():
    """The TOML of the report holds the settings, hostile names included."""
    found = hostile()
    settings = tomllib.loads(share_toml(found))
    assert settings["sharing"]["name"] == NAMES[0]
    assert settings["sharing"]["mechanism"] == "heterogeneous"
    assert [agent["name"] for agent in settings["agent"]] == list(NAMES)
    budget = tomllib.loads(share_toml(made.stations()))["sharing"]
    assert (budget["reward"], budget["budget"]) == ("budget", "900.00 EUR")
    assert tomllib.loads(share_toml(made.light()))["sharing"]["sigma"] == 75.0
    assert tomllib.loads(share_toml(made.two_agents()))["sharing"]["power"] == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (74.2, "74.2"),
        (-0.0005314, f"{MINUS}0.000531"),
        (1240.0, "1,240"),
        (9.999, "10.0"),
        (3.1e-9, "3.10 × 10⁻⁹"),
        (-1.5e9, f"{MINUS}1.50 × 10⁹"),
        (1e-320, "1.00 × 10⁻³²⁰"),
    ],
)
def test_three_digits_of_any_size(value, text):
    """Plain where people read it plainly, powers of ten beyond."""
    assert significant(value) == text


def test_estimates_have_the_digits_their_errors_leave():
    """Two digits of the error decide."""
    assert with_error(852.43, 15.7) == "852 ± 16"
    assert with_error(-1.2345e-9, 1e-11) == f"({MINUS}1.234 ± 0.010) × 10⁻⁹"
    assert with_error(1e9, 3.3) == "1,000,000,000.0 ± 3.3"
    assert with_error(12.0, 0.0) == "12.00"
    assert to_error(852.43, 8.2) == "852.4"
    assert to_error(1e9, 3.2) == "1,000,000,000.0"
    assert to_error(None, 1.0) == "–"


def test_numbers_side_by_side_can_be_told_apart():
    """As many decimals as they need, the same for all."""
    assert apart([28.001, 28.002, None]) == ["28.001", "28.002", "–"]
    assert apart([9.457, 11.8]) == ["9.5", "11.8"]
    assert (plain(20.0), plain(0.0025), plain(44.7214)) == ("20", "0.0025", "44.7")


@given(st.floats(-1e12, 1e12, allow_subnormal=False), st.integers(2, 6))
def test_significant_digits_read_back(value, digits):
    """What is written is the number, rounded to that many digits."""
    text = significant(value, digits).replace(",", "").replace(MINUS, "-")
    mantissa, _, power = text.partition(" × 10")
    exponent = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    assert float(mantissa) * 10.0**exponent == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits))


GAUGED = st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-298)  # no power below 1e-300


@given(st.lists(GAUGED, min_size=1, max_size=6), st.booleans())
def test_a_gauge_keeps_order_and_size(values, from_zero):
    """What it shows is neither larger than a million nor, if there is anything to show, smaller than a hundredth."""
    scale = gauge(values, from_zero=from_zero)
    shown = [abs(scale(value)) for value in values]
    assert max(shown) <= 1.001e6
    assert [scale(value) for value in sorted(values)] == sorted(map(scale, values))
    if from_zero and any(values):
        assert max(shown) >= 0.009


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("make", [*KINDS, hostile])
def test_nothing_runs_over_the_edge(make, width, tmp_path):
    """No page scrolls sideways, no chart's text is cut off, and of a chart's two variants exactly one is shown."""
    found = measured(html_of(make), width, tmp_path)
    assert found["width"] == width
    assert found["scroll"] <= width
    assert found["clipped"] == []
    assert found["once"]

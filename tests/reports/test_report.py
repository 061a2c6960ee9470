"""The report: everything in it, nothing of it hostile, readable on a desk and on a phone."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import documents
from fairpool.documents.settlement import SettlementDocument, read_settlement
from fairpool.ground.errors import InputError
from fairpool.market.certificate import Monotone
from fairpool.market.data_sheets.shared import SharedCount
from fairpool.reports.frame.drawing import NARROW, WIDE, text_width, wrapped
from fairpool.reports.frame.numerals import (
    MINUS,
    amount,
    amount_of,
    decimals_apart,
    listed,
    signed_amount,
    signed_gain,
)
from fairpool.reports.frame.palette import DARK, LIGHT
from fairpool.reports.frame.rows import Axis, RowChart
from fairpool.reports.settlement.checks import checks_of, replication_advice
from fairpool.reports.settlement.page import report_page
from fairpool.reports.settlement.reproduction import market_toml
from fairpool.reports.settlement.usefulness import useful_models
from fairpool.reports.settlement.words import headline, money_sentence

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; --</style></svg><b>&amp;",
    "{{ 7 * 7 }}{% raw %}",
)
VOID = {"meta", "br", "img", "link", "input", "hr"}
AMOUNTS = ("fee", "refund", "improvement", "reward", "net")


class Page(HTMLParser):
    """What a browser would see: tags with attributes, text, the cells of tables."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data.strip()

    def attributes(self, name: str) -> list[str]:
        return [
            value or "" for _, attributes in self.tags for key, value in attributes.items() if key == name
        ]

    def row_of(self, name: str) -> list[str]:
        return next(row for row in self.rows if row and row[0] == name)


def assert_usable_unseen(page: Page) -> None:
    """Language, headings in order, header cells with a scope, charts with words, references that exist."""
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert all(attributes.get("scope") in {"row", "col"} for tag, attributes in page.tags if tag == "th")
    charts = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in charts)
    identities = page.attributes("id")
    assert len(set(identities)) == len(identities)
    targets = page.attributes("aria-labelledby") + [link[1:] for link in page.attributes("href")]
    assert set(targets) <= set(identities)


def page_of(document: SettlementDocument) -> Page:
    return Page(report_page(document))


@cache
def html_of(make: Callable[[], SettlementDocument]) -> str:
    """The page of an unchanged document, drawn once for all tests."""
    return report_page(make())


@pytest.fixture
def common_html() -> str:
    return html_of(documents.common)


def hostile() -> SettlementDocument:
    made = documents.document(
        HOSTILE, alone=[0.1, 0.2, 0.3, 0.4], delivered=[0.5] * 4, shares=[0.4, 0.3, 0.2, 0.1]
    )
    return documents.changed(
        made,
        name=HOSTILE[0],
        learner=HOSTILE[1],
        data__label=HOSTILE[2],
        certificate__notes=(HOSTILE[0],),
        certificate__shared_rows__exact=(SharedCount(parties=HOSTILE[:2], rows=2),),
        learner_options={HOSTILE[0]: HOSTILE[1]},
    )


def test_hostile_names_are_text_and_nothing_else():
    """No name opens a tag, closes one, sets an attribute or is run as a template; every name is shown as it is."""
    page = Page(html_of(hostile))
    names = Counter(tag for tag, _ in page.tags)
    assert not {"script", "img", "iframe", "object", "link", "form", "b><img"} & set(names)
    assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on")]
    text = "".join(page.text)
    assert all(name in text for name in HOSTILE)
    assert names["style"] == 1


def test_names_keep_nothing_that_breaks_or_turns_the_page():
    """Control characters, lone surrogates, noncharacters and direction overrides are replaced."""
    name = "a\x00b\x1b\ud800\ufffe\u202egpj.exe\nline two"
    html = report_page(documents.changed(documents.common(), parties__0__name=name))
    assert html.encode("utf-8")
    assert not set(html) & set("\x00\x1b\ufffe\u202e")
    assert "gpj.exe line two" in html


def test_the_page_asks_for_nothing_from_outside(common_html):
    """No address of another place, no script, no import, and a policy that forbids them."""
    page = Page(common_html)
    links = page.attributes("href") + page.attributes("src") + page.attributes("xlink:href")
    assert all(link.startswith("#") for link in links)
    assert not re.findall(r"https?:|url\(|@import|@font-face|<script|<link", common_html)
    assert "default-src 'none'" in page.attributes("content")[-2]


@pytest.mark.parametrize(
    "make", [documents.common, documents.own, documents.failing, documents.zero_pot, hostile]
)
def test_every_party_and_every_amount_is_in_the_statement(make):
    """One row per party, amounts to the minor unit, and the sums below."""
    made = make()
    page, currency = Page(html_of(make)), made.currency
    for party in made.parties:
        row = page.row_of(party.name)
        assert row[4:7] == [amount(getattr(party, key), currency) for key in ("fee", "refund", "improvement")]
        assert row[-2:] == [amount(party.reward, currency), signed_amount(party.net, currency)]
    sums = [amount(sum(getattr(party, key) for party in made.parties), currency) for key in AMOUNTS]
    last = page.row_of("Sum")
    assert [*last[4:7], last[-2], last[-1]] == sums
    assert last[-1] == amount(0, currency)


def test_the_same_document_gives_the_same_page(common_html):
    """The report is a pure function of the document, and does not change it."""
    made = documents.common()
    before = copy.deepcopy(made)
    assert report_page(made) == common_html
    assert made == before


def test_the_page_of_four_parties_is_small(common_html):
    """It travels by mail."""
    assert len(common_html.encode()) < 400_000


def test_currencies_without_and_with_three_decimals():
    """Yen have no decimals, Kuwaiti dinars three; thousands are separated."""
    yen = page_of(documents.common("JPY", 12_000_000)).row_of("Kentucky")
    assert yen[4] == "7,320,000"
    dinar = page_of(documents.common("KWD", 12_000_000)).row_of("Kentucky")
    assert dinar[4] == "7,320.000"


def test_one_cent():
    """A round about a single cent is drawn and written like any other."""
    made = documents.document(
        ("A", "B"), alone=[0.0, 0.9], delivered=[1.0, 1.0], shares=[0.4, 0.6], unit_price=1
    )
    page = page_of(made)
    assert page.row_of("A")[-1] == f"{MINUS}0.01"
    assert page.row_of("B")[-1] == "+0.01"


def test_very_large_amounts_are_drawn_in_millions():
    """Axes speak of millions where units would not fit; the statement stays exact."""
    made = documents.common(unit_price=123_456_789_000)
    page = page_of(made)
    assert page.row_of("Mississippi")[4] == amount(made.parties[3].fee, "EUR")
    assert "million EUR" in "".join(page.text)


def test_a_pot_of_nothing():
    """Nobody improves: the page says so instead of dividing by nothing."""
    page = Page(html_of(documents.zero_pot))
    assert "no party got a better model than its own" in "".join(page.text)


def test_what_is_returned_has_a_column_only_where_something_is():
    """Divisions that hand out less than the pot return the rest; the others do not mention it."""
    made = documents.common()
    assert "Returnedreturned" not in Page(html_of(documents.common)).row_of("Party")
    parties = tuple(documents.changed(party, returned=1234, net=party.net + 1234) for party in made.parties)
    page = page_of(documents.changed(made, parties=parties))
    assert "Returnedreturned" in page.row_of("Party")
    beside = "share of the pot and from what the shares leave over minus what it pays"
    assert beside in "".join(page.text)
    assert beside not in "".join(Page(html_of(documents.common)).text)
    assert page.row_of("Sum")[-2] == "49.36"


def test_headlines():
    """The first sentence says what pooling did; the second who earns and who pays."""
    made = documents.common()
    assert headline(made) == (
        "Together the four parties' model scores 0.54; the best party alone, Kentucky, has 0.39."
    )
    assert money_sentence(made) == (
        "Kentucky and Minnesota earn more by their share of the pot than the better model costs, "
        "most of all Kentucky with 267.60\u00a0EUR. Mississippi and New York pay "
        "for a better model than their own data give, most of all Mississippi with 372.40\u00a0EUR."
    )
    assert headline(documents.own()) == (
        "Four of five parties get a better model for their own task: on average 0.81 instead of 0.70 alone."
    )


def test_a_pooled_model_that_is_worse_than_the_best_party_is_called_so():
    """The best party keeps its own model; the headline does not claim a gain."""
    made = documents.document(("A", "B"), alone=[0.6, 0.1], delivered=[0.6, 0.5], shares=[0.5, 0.5])
    pooled = documents.changed(made.gain_by_size[-1], mean=0.5, lowest=0.5, highest=0.5)
    made = documents.changed(made, gain_by_size=(*made.gain_by_size[:-1], pooled))
    assert headline(made).startswith(
        "Pooling did not beat the best party: A alone scores 0.60, the model of all two 0.50"
    )


def test_own_tasks_show_the_matrix_and_what_is_also_useful_to_others():
    """The matrix has every score after and before the step; the one that another could use is marked."""
    made, page = documents.own(), Page(html_of(documents.own))
    assert [(one.model, one.task) for one in useful_models(made, made.customisation.after)] == [
        (made.parties[0].name, made.parties[3].name)
    ]
    after, before = made.customisation.after, made.customisation.before
    matrix = [row for row in page.rows if len(row) == 6 and row[0] == made.parties[0].name and "▲" in row[4]]
    assert matrix[0][1:] == [
        ("▲" if j == 3 else "") + f"{after[0][j]:.3f}{before[0][j]:.3f}" for j in range(5)
    ]
    text = "".join(page.text)
    assert "also useful to another party from 11 to 1" in text
    assert "leak" not in text


def test_a_common_task_has_no_matrix(common_html):
    """Nothing is said about customisation where there is none."""
    assert 'id="matrix"' not in common_html


def test_many_parties_with_error_bars():
    """A hundred parties: every one has its row, its standard error and an interval beside its share."""
    made, page = documents.sampled(), Page(html_of(documents.sampled))
    assert "Standard errorshare_se" in page.row_of("Party")
    assert sum(row[0].startswith("Sensor owner") for row in page.rows if row) == 2 * len(made.parties)
    intervals = re.findall(r"% \([−\d.]+ to [\d.]+\)", "".join(page.text).replace("\u00a0", " "))
    assert len(intervals) == 2 * len(made.parties)


def test_exact_shares_have_no_error_bars(common_html):
    """Nothing pretends to be uncertain."""
    assert "±" not in common_html
    assert "These shares are exact" in common_html


def test_checks_that_fail_are_counted_and_explained():
    """The first screen counts them, the section explains each, and the minimum fee is named."""
    made = documents.failing()
    text = "".join(Page(html_of(documents.failing)).text)
    assert "2 of 5 checks hold" in text
    assert [check.holds for check in checks_of(made)] == [True, True, False, False, False]
    assert all(check.meaning in text for check in checks_of(made))
    assert "More data did not always help: in some group the score fell by up to 0.034" in text
    assert "A minimum fee of 43.21\u00a0USD" in text
    assert documents.FAILING_NOTE in text


def test_a_check_with_nothing_to_test_does_not_hold():
    """It is not applicable, and not counted."""
    text = "".join(page_of(documents.common()).text)
    assert "All 3 checks hold" in text
    assert "of balance, refunds and copying" in text
    assert text.count("not applicable") == 2
    idle = documents.changed(documents.common(), certificate__zero_element__parties=("Kentucky",))
    assert "All 4 checks hold" in "".join(page_of(idle).text)


def test_whether_more_data_hurts_may_not_be_known():
    """Not every group was scored then."""
    unknown = Monotone(holds=None, largest_drop=None)
    made = documents.changed(documents.common(), certificate__monotone=unknown)
    assert "whether a party's data ever lowered a score is not known" in "".join(page_of(made).text)


def test_gains_of_copies_need_not_be_whole():
    """They are computed, not paid; less than a minor unit is said to be less, never nothing."""
    assert signed_gain(-10891.0883, "EUR") == f"{MINUS}108.91"
    assert signed_gain(0.3, "EUR") == "< +0.01"
    assert signed_gain(-0.3, "EUR") == f"> {MINUS}0.01"
    assert signed_gain(0.0, "JPY") == "0"


@pytest.mark.parametrize(
    ("least", "charged", "said"),
    [
        (0, 0, "No minimum fee is needed"),
        (125, 0, "A minimum fee of 1.25\u00a0EUR for every party would"),
        (125, 125, "this round charges 1.25\u00a0EUR"),
    ],
)
def test_advice_about_the_minimum_fee(least, charged, said):
    """None needed, one missing, one charged."""
    made = documents.changed(
        documents.common(), certificate__replication__smallest_minimum_fee=least, minimum_fee=charged
    )
    assert said in replication_advice(made)


def test_the_settings_can_be_read_back():
    """The TOML of the report holds the settings of the round, hostile names included."""
    made = hostile()
    settings = tomllib.loads(market_toml(made))
    assert settings["market"]["name"] == made.name
    assert settings["market"]["learner-options"] == made.learner_options
    assert settings["market"]["unit-price"] == "1000.00 EUR"
    assert [party["name"] for party in settings["party"]] == list(HOSTILE)


def test_another_format_is_refused():
    """A document of the future is not half understood."""
    with pytest.raises(InputError, match="got format 2, expected 1"):
        read_settlement(json.dumps(documents.common().model_dump(by_alias=True) | {"format": 2}))


@pytest.mark.parametrize("make", [documents.common, documents.own, documents.failing])
def test_the_page_can_be_used_without_seeing_it(make):
    """Language, title, headings in order, header cells with a scope, charts with words, references that exist."""
    page = Page(html_of(make))
    assert any(tag == "svg" for tag, _ in page.tags)
    assert_usable_unseen(page)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(shade: str) -> float:
    parts = [int(shade[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_stand_out(scheme):
    """AA of WCAG 2: text 4.5 to 1 on every ground it stands on, marks 3 to 1, in both schemes."""
    for ground in ("paper", "surface", "warm"):
        assert contrast(scheme["ink"], scheme[ground]) >= 4.5
        assert contrast(scheme["pay"], scheme[ground]) >= 4.5
    for ground in ("paper", "surface"):
        assert contrast(scheme["muted"], scheme[ground]) >= 4.5
        assert contrast(scheme["earn"], scheme[ground]) >= 4.5
    assert contrast(scheme["ink"], scheme["band"]) >= 4.5
    assert contrast(scheme["muted"], scheme["band"]) >= 4.5
    assert contrast(scheme["soft"], scheme["paper"]) >= 2.9


@given(st.integers(-(2**53), 2**53), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_amounts_read_back(minor, currency):
    """Nothing but separators and the sign's shape is changed."""
    digits = amount(minor, currency).replace(",", "").replace(MINUS, "-").replace(".", "")
    assert int(digits) == minor


@given(st.text(max_size=200), st.integers(60, 400))
def test_wrapped_names_fit(text, width):
    """No line is wider than the column, and what does not fit in four lines ends in an ellipsis."""
    lines = wrapped(text, width)
    assert 1 <= len(lines) <= 4
    assert all(text_width(line) <= width + text_width("…") for line in lines)
    if not lines[-1].endswith("…"):
        assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize("low", [-3e8, -0.37, 0.0, 12.5])
@pytest.mark.parametrize("length", [0.01, 1.0, 999.0, 7e8])
def test_ticks_are_few_round_and_inside(low, length):
    """No more than have room beside each other, evenly spaced, within the axis."""
    along = Axis(low, low + length, "", zero=False)
    chart = RowChart(["A"], ["B"], [], along, "an axis").drawn()
    for svg, width in ((chart.wide, WIDE), (chart.narrow, NARROW)):
        texts = [text for text in re.findall("<text[^>]*>([^<]*)</text>", svg) if text not in "AB"]
        values = [float(text.replace(",", "").replace(MINUS, "-")) for text in texts]
        assert 1 <= len(values) <= width / 60
        gaps = [later - earlier for earlier, later in pairwise(values)]
        slack = 1e-6 * (abs(low) + length)
        assert max(gaps, default=0) - min(gaps, default=0) <= slack
        assert all(low - slack <= value <= low + length + slack for value in values)


def test_lists_and_decimals():
    """Names are joined as people do; scores get as many decimals as tell them apart."""
    assert listed(["A"]) == "A"
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert listed(list("ABCDEFG")) == "A, B, C and 4 others"
    assert decimals_apart(0.39, 0.54) == 2
    assert decimals_apart(0.391, 0.392) == 3
    assert decimals_apart(0.5, 0.5) == 2


# In a browser -------------------------------------------------------------------------------------------------

MEASURE = """<script>addEventListener("load", () => {
  const clipped = [];
  for (const svg of document.querySelectorAll("svg")) {
    const box = svg.getBoundingClientRect();
    if (box.width === 0) continue;
    for (const text of svg.querySelectorAll("text")) {
      const inner = text.getBoundingClientRect();
      const aside = inner.left < box.left - 1 || inner.right > box.right + 1;
      if (aside || inner.top < box.top - 2 || inner.bottom > box.bottom + 2)
        clipped.push(text.textContent);
    }
  }
  const hidden = [...document.querySelectorAll(".stacks")].map(table => table.parentElement)
    .filter(box => box.scrollWidth > box.clientWidth + 1).length;
  const charts = [...document.querySelectorAll("figure")];
  const shown = svg => svg.getBoundingClientRect().width > 0;
  const visible = charts.map(chart => [...chart.querySelectorAll("svg")].filter(shown).length);
  parent.postMessage({width: innerWidth, scroll: document.documentElement.scrollWidth, clipped, hidden,
                      once: visible.every(count => count === 1), charts: charts.length}, "*");
});</script>"""
FRAME = """<!doctype html><body><iframe src="page.html" style="border:0;width:{width}px;height:900px"></iframe>
<script>addEventListener("message", event => {{
  document.body.innerHTML = ""; document.body.append("MEASURED" + JSON.stringify(event.data) + "END");
}});</script>"""
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--virtual-time-budget=3000", "--dump-dom",
)  # fmt: skip


def measured(html: str, width: int, folder: Path) -> dict[str, Any]:
    """Lay the page out in Chromium, in a frame ``width`` pixels wide (a window cannot be as narrow as a phone)."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("needs Debian's Chromium (apt install chromium)")
    policy = re.search(r"<meta http-equiv[^>]*>", html)
    assert policy
    (folder / "page.html").write_text(
        html.replace(policy[0], "").replace("</head>", MEASURE + "</head>"), encoding="utf-8"
    )
    (folder / "frame.html").write_text(FRAME.format(width=width), encoding="utf-8")
    command = [browser, *QUIET, f"--user-data-dir={folder / 'profile'}", "--window-size=1400,1000"]
    done = subprocess.run(
        [*command, (folder / "frame.html").as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    found = re.search("MEASURED(.*)END", done.stdout)
    assert found, done.stdout[-2000:]
    return json.loads(found[1])  # type: ignore[no-any-return]


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "make", [documents.common, documents.own, documents.sampled, documents.failing, hostile]
)
def test_nothing_runs_over_the_edge(make, width, tmp_path):
    """No page scrolls sideways, no chart's text is cut off, and of each chart's two variants exactly one is shown.

    On a phone the statement hides none of its columns: a party's amounts stand below each other.
    """
    found = measured(html_of(make), width, tmp_path)
    assert found["width"] == width
    assert found["scroll"] <= width
    assert found["clipped"] == []
    assert width > 390 or found["hidden"] == 0
    assert found["charts"] >= 5
    assert found["once"]


def test_what_the_operator_keeps_as_minimum_fee_is_shown():
    """A column and a sentence on the party's card; nothing of it without a minimum fee."""
    charged = documents.own()
    kept = next(party for party in charged.parties if party.retained)
    page = report_page(charged)
    assert "Kept as minimum fee <small>retained</small></th>" in page
    assert f"The operator keeps {amount_of(kept.retained, charged.currency)} as minimum fee" in page
    assert "Kept as minimum fee" not in report_page(documents.common())


def test_sizes_of_which_only_the_mean_is_known():
    """A closed form gives no lowest and highest score: the chart is a line without a band."""
    made = documents.common()
    sizes = (
        documents.changed(size, lowest=None, highest=None, coalitions=None) for size in made.gain_by_size
    )
    page = report_page(documents.changed(made, gain_by_size=tuple(sizes)))
    assert "shaded band" not in page
    assert "shaded band" in report_page(documents.common())

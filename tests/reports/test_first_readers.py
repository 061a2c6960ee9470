"""The page of a settlement for those who have never seen one: its day, its words, what leaves a house."""

from __future__ import annotations

import re
import tomllib

import pytest

from builders import documents
from fairpool.cli.market.statement import statement_text
from fairpool.documents.settlement import InputFile, TaskDescription
from fairpool.learning.catalogue import LEARNERS
from fairpool.market.data_sheets.column import ColumnSheet
from fairpool.market.data_sheets.sheet import DataSheet
from fairpool.reports.frame.drawing import WIDE
from fairpool.reports.settlement.leaving import what_leaves
from fairpool.reports.settlement.page import report_page
from fairpool.reports.settlement.reproduction import market_toml
from fairpool.reports.settlement.statement import statement_columns
from fairpool.reports.settlement.words import score_scale

A4_WIDTH = (210 - 2 * 12) / 25.4 * 96  # pixels between the margins of style.css


def with_intervals():
    made = documents.common()
    nets = [(party.net - 9000, party.net + 9000) for party in made.parties]
    ends = [{"net_interval": net, "share_interval": (0.1, 0.4), "gain_interval": (0.4, 0.6)} for net in nets]
    return documents.changed(
        made,
        parties=tuple(documents.changed(p, **e) for p, e in zip(made.parties, ends, strict=True)),
    )


def task(trivial: float, party: str | None = None) -> TaskDescription:
    return TaskDescription(
        party=party, rows=40, trivial=trivial, one_row=0.025, one_row_amount=2500, of_class=None, alike=40
    )


def first_chart(page: str) -> str:
    return page[page.index("<figure") : page.index("</figure>")]


def test_the_day_of_the_settlement_stands_on_the_page():
    """Nothing stands there where it is not known."""
    assert "Settlement report</p>" in report_page(documents.common())
    dated = documents.changed(documents.common(), date="2026-12-01")
    assert "Settlement report · 1 December 2026</p>" in report_page(dated)


def test_the_first_chart_shows_how_certain_a_net_is():
    """A line with two caps for each party, drawn for a wide and a narrow page."""
    plain, open_ = (first_chart(report_page(made)) for made in (documents.common(), with_intervals()))
    assert (plain.count("95 %"), open_.count("95 %")) == (0, 1)
    assert open_.count("<path") - plain.count("<path") == 4 * 2 * 2


def test_statement_page_and_csv_speak_of_the_same_columns():
    """The page has the terminal's words, and beside each what statement.csv calls it."""
    made = documents.changed(documents.own(), parties__0__returned=1, parties__1__share_se=0.01)
    columns = statement_columns(made, share_decimals=1)
    terminal = set(re.split(r"  +", statement_text(documents.own()).splitlines()[2]))
    titles = {column.title.lower() for column in columns} | {"party", "kept"}
    assert terminal <= titles
    written = {"gain_alone", "gain", "fee", "improvement", "refund", "reward", "returned", "retained"}
    assert {column.key for column in columns} == written | {"net", "share", "share_se"}
    page = report_page(made)
    assert all(f"{column.title} <small>{column.key}</small>" in page for column in columns)


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ((task(0.55),), "says the same of every row scores 0.550."),
        ((task(0.5, "A"), task(0.7, "B")), "scores 0.500 to 0.700, depending on the task."),
        ((task(0.5, "A"), task(0.5, "B")), "scores 0.500."),
        ((), "gets right."),
    ],
)
def test_a_score_starts_where_a_constant_is(tasks, said):
    """Accuracy 0 is not what a useless model has."""
    made = documents.changed(documents.common(), score="accuracy", tasks=tasks)
    assert score_scale(made).endswith(said)


def test_no_page_calls_a_score_of_nothing_useless():
    """The note below the first numbers says where the best constant is."""
    page = report_page(documents.changed(documents.common(), score="accuracy", tasks=(task(0.55),)))
    assert "says the same of every row scores 0.550.</p>" in page
    assert "useless" not in page


@pytest.mark.parametrize("learner", sorted(LEARNERS))
def test_what_a_model_tells_of_single_rows_is_known_of_every_learner(learner):
    """None is told to be safe."""
    rows, report, model = what_leaves(documents.changed(documents.common(), learner=learner))
    assert "whoever ran this round" in rows.seen_by
    assert "fewer than 10 rows" in report.tells
    assert "was not looked at" not in model.tells
    assert ("nobody" in model.seen_by) == (learner == "nearest")


def test_classes_are_shown_however_rare_and_the_page_says_so():
    """A model has to name them; with numbers as labels there are none."""
    report = [what_leaves(make())[1].tells for make in (documents.own, documents.common)]
    assert ["but for the classes of the label" in tells for tells in report] == [True, False]


def test_what_other_models_tell_is_said_to_be_unknown():
    """And a forest whose leaves hold one row tells that row's label."""
    other = documents.changed(documents.common(), learner="sklearn.svm.LinearSVC")
    assert "was not looked at" in what_leaves(other)[-1].tells
    forest = documents.changed(
        documents.common(), learner="random-forest", learner_options={"min_samples_leaf": 1}
    )
    assert "Labels of single training rows" in what_leaves(forest)[-1].tells


def test_a_sheet_without_ranges_says_why():
    """Rather than a table of dashes."""
    column = ColumnSheet(
        name="age", missing=0.0, low=None, high=None, constant=False, outside=0.0, far=0, unit=None
    )
    few = DataSheet(
        party="Kentucky", rows=90, repeated=0, classes=(), columns=(column,), label=None, notes=()
    )
    many = documents.changed(few, columns=(documents.changed(column, low=20.0, high=70.0),))
    pages = [
        report_page(documents.changed(documents.common(), data_sheets=(sheet,))) for sheet in (few, many)
    ]
    assert ["No ranges are shown" in page for page in pages] == [True, False]
    assert ['<th scope="col">95 %</th>' in page for page in pages] == [False, True]


def test_the_settings_name_the_files_and_no_folder_of_the_operator():
    """A file that lies elsewhere is named without its path."""
    files = [(None, "validation", "hold_out.csv"), ("Kentucky", "train", "/elsewhere/ky.csv")]
    inputs = tuple(
        InputFile(party=party, role=role, file=file, rows=1, sha256="0") for party, role, file in files
    )
    settings = tomllib.loads(market_toml(documents.changed(documents.common(), inputs=inputs)))
    assert settings["data"]["validation"] == "hold_out.csv"
    assert {party["name"]: party["train"] for party in settings["party"]}["Kentucky"] == "ky.csv"


def test_the_lines_of_copies_have_names_on_a_phone():
    """In both drawings of the chart."""
    page = report_page(documents.common())
    section = page[page.index('id="copies"') : page.index('id="checks"')]
    drawings = re.findall("<svg.*?</svg>", section, flags=re.DOTALL)
    assert len(drawings) == 2
    assert all(f">{name}<" in drawing for drawing in drawings for name in documents.CLINICS)


def test_on_paper_the_smallest_text_of_a_chart_can_be_read():
    """At least 8 points, after a wide chart has been made to fit between the margins."""
    smallest = min(
        float(size) for size in re.findall(r'font-size="?([0-9.]+)', report_page(documents.common()))
    )
    assert smallest * min(1.0, A4_WIDTH / WIDE) * 0.75 >= 8

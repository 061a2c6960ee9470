"""How a file is to be read where its owner says so; and what is said where a key would settle it."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairpool.ground.errors import InputError
from fairpool.tables.columns import recoded_in
from fairpool.tables.conventions import Condition, Conventions, is_mark
from fairpool.tables.dataset import LABELLED, Dataset, dataset_of
from fairpool.tables.reading import read_table
from fairpool.tables.schema import ColumnKind, Kind, agree_schema
from fairpool.tables.table import Table


def read(content: str | bytes, name: str = "rows.csv", **keys: object) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    return read_table(io.BytesIO(raw), name=name, conventions=Conventions(**keys))


def refusal(content: str | bytes, name: str = "rows.csv", **keys: object) -> InputError:
    with pytest.raises(InputError) as refused:
        read(content, name, **keys)
    return refused.value


def dataset(content: str, label: str, **keys: object) -> Dataset:
    conventions = Conventions(**keys)
    table = read_table(io.BytesIO(content.encode()), name="rows.csv", conventions=conventions)
    return dataset_of(table, label=label, conventions=conventions)


# ---- what a file is made of


def test_semicolons_and_decimal_commas():
    """As spreadsheets in half of Europe write; points may group digits."""
    table = read("a;b;c\n1,5;2;1.234,5\n-0,25;3;7\n", separator=";", decimal=",", thousands=".")
    assert table.frame["a"].tolist() == [1.5, -0.25]
    assert table.frame["b"].tolist() == [2, 3]
    assert table.frame["c"].tolist() == [1234.5, 7.0]


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=9), st.sampled_from([",", "·"]))
@settings(max_examples=40, deadline=None)
def test_a_decimal_mark_changes_no_bit(values, decimal):
    """A number reads to the very bits that were written, whatever stands for the point."""
    rows = "\n".join(repr(value).replace(".", decimal) for value in values)
    assert (
        read(
            f"x;y\n{rows}".replace("\n", ";1\n").replace("x;y;1", "x;y") + ";1\n",
            separator=";",
            decimal=decimal,
        )
        .frame["x"]
        .tolist()
        == values
    )


def test_a_decimal_point_where_commas_were_said_is_refused():
    """2.370 may be 2370 or 2.37: it is for the owner to say, by the key that is named."""
    refused = refusal("a;b\n1,5;x\n2.370;y\n", separator=";", decimal=",")
    assert (refused.row, refused.column) == (3, "a")
    assert "got '2.370'" in str(refused)
    assert 'thousands = "."' in str(refused)
    table = read("a;b\n1,5;x\n2.370;y\n", separator=";", decimal=",", thousands=".")
    assert table.frame["a"].tolist() == [1.5, 2370.0]


def test_digits_may_be_grouped_and_groups_have_three():
    """1,234 in quotes is a number; 1,23 is a text, which a column of numbers refuses later."""
    assert read('a,b\n"1,234",1\n"12,345,678.5",2\n', thousands=",").frame["a"].tolist() == [
        1234.0,
        12345678.5,
    ]
    assert read('a,b\n"1,23",1\n5,2\n', thousands=",").frame["a"].tolist() == ["1,23", "5"]


def test_a_file_without_a_header():
    """Its columns are named, and its first line is row 1."""
    table = read("63,?,0\n67,1.5,2\n", columns=("age", "old", "num"), missing=["?"])
    assert table.frame["age"].tolist() == [63, 67]
    assert table.frame["old"].isna().tolist() == [True, False]
    assert [table.row_of(place) for place in range(2)] == [1, 2]
    assert refusal("63,?\n67,1.5,2\n", columns=("age", "old")).row == 2


def test_lines_above_the_table_and_remarks_are_left_out():
    """And count as lines; a remark's sign within a quoted cell is none."""
    text = 'Export of 3 May\n\n# by hand\na,b\n1,x\n# half\n2,"y\n# z"\n3,w\n'
    table = read(text, skip_lines=1, comment="#")
    assert table.frame["a"].tolist() == [1, 2, 3]
    assert table.frame["b"].tolist()[1] == "y\n# z"
    assert [table.row_of(place) for place in range(3)] == [5, 7, 9]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig"])
def test_texts_in_another_encoding(encoding):
    """Umlauts arrive as umlauts."""
    assert read("ä,b\nMännlich,1\n".encode(encoding), encoding=encoding).frame["ä"].tolist() == ["Männlich"]


def test_excels_line_is_left_out_where_it_says_what_is_meant():
    """Before and after it is no row, and rows keep their lines."""
    table = read("sep=;\na;b\n1;2\n", separator=";")
    assert table.frame["a"].tolist() == [1]
    assert table.row_of(0) == 3
    assert read("sep=,\na,b\n1,2\n").frame["b"].tolist() == [2]


@pytest.mark.parametrize(
    ("content", "row", "said"),
    [
        (
            "sep=;\na;b\n1;2\n",
            1,
            "got Excel's line 'sep=;', expected columns separated by commas; set separator = \";\"",
        ),
        (
            "a;b\n1,5;2\n",
            None,
            'separated by semicolons, expected commas; set separator = ";" and decimal = ","',
        ),
        ("a;b\n1.5;2\n", None, 'expected commas; set separator = ";"'),
        ("a\tb\n1\t2\n", None, 'expected commas; set separator = "\\t"'),
        ("a|b\n1|2\n", None, 'separated by bars, expected commas; set separator = "|"'),
        (
            "Export of 3 May\na,b\n1,2\n",
            1,
            "above rows of 2 cells, expected the names of the columns; if it is a title, skip-lines = 1",
        ),
        ("Export,,\nid,age,ill\n1,2,3\n", 1, "skip-lines = 1"),
        ("# by hand\na,b\n1,2\n", 1, 'comment = "#"'),
        ("a,b\n1,2\n# half\n", 3, 'comment = "#"'),
        ("63.0,1.0,0\n67.0,1.0,2\n", 1, "the first line holds data; name the 3 columns with columns = [..]"),
        ("63,1,1\n67,1,2\n", 1, "the first line holds data"),
        ("é,b\n1,2\n".encode("latin-1"), 1, 'set encoding = "latin-1"'),
        ("a,b\n1,“x”\n".encode("cp1252"), 2, 'set encoding = "cp1252"'),
        ("a,b\n1,2\n".encode("utf-16"), 1, 'set encoding = "utf-16"'),
    ],
)
def test_what_a_key_would_settle_names_the_key(content, row, said):
    """One message says what was met, and what to set."""
    refused = refusal(content)
    assert refused.row == row
    assert said in str(refused)


def test_a_label_that_is_not_found_among_numbers_tells_of_the_first_line():
    """Where names could be numbers it is said only when one is looked for."""
    with pytest.raises(
        InputError, match=r"if the first line holds data, columns = \[..\] names the 3 columns"
    ):
        dataset("63,2,0\n67,1,2\n", "num")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"separator": ",", "decimal": ","}, "decimal: got ',', which separates the columns"),
        ({"decimal": ","}, "decimal: got ',', which separates the columns"),
        (
            {"separator": ";", "decimal": ",", "thousands": ","},
            "thousands: got ',', which is the decimal mark",
        ),
        ({"separator": ";;"}, "separator: got ';;', expected one character"),
        ({"separator": "a"}, "separator: got 'a', expected one character that is no letter"),
        ({"encoding": "klingon"}, "encoding: got 'klingon', expected a name such as"),
        ({"encoding": "base64"}, "encoding: got 'base64'"),
        ({"missing": "?"}, "missing: got '?', expected a list of texts"),
        ({"rename": {"a": "x", "b": "x"}}, "rename: got 'x' for both 'a' and 'b'"),
        ({"exclude": ["a"], "categorical": ["a"]}, "exclude: got 'a', which is among the categorical"),
        ({"positive": "num"}, "positive: got 'num', expected a condition"),
        ({"positive": "num > few"}, "expected a number behind >"),
        ({"positive": "num > 0", "labels": {"0": "no"}}, "positive: got it beside labels"),
        ({"skip_lines": -1}, "skip-lines: got -1"),
    ],
)
def test_conventions_that_contradict_each_other_are_refused(keys, said):
    """Before any file is read."""
    with pytest.raises(InputError) as refused:
        Conventions(**keys)
    assert said in str(refused.value)


def test_what_was_said_of_the_file_has_to_fit_it():
    """Another separator than the header has, another than Excel's line says, names where data was said."""
    assert "expected ';' as separator says" in str(refusal("a,b\n1,2\n", separator=";"))
    assert "expected the separator ',' as separator says" in str(refusal("sep=;\na;b\n1;2\n", separator=","))
    assert "names of the columns themselves" in str(refusal("a,b\n1,2\n", columns=("a", "b")))
    assert "got 2 cell(s), expected 3 as columns names" in str(refusal("1,2\n", columns=("a", "b", "c")))
    assert "expected text in ascii as encoding says" in str(refusal("a,b\n1,é\n", encoding="ascii"))


def test_parquet_and_frames_have_no_separator():
    """Keys for text are refused by name, those for columns hold."""
    frame, stream = pd.DataFrame({"a": [1, -9], "b": ["x", "?"]}), io.BytesIO()
    frame.to_parquet(stream)
    with pytest.raises(InputError, match="got separator, which is for CSV files; Parquet needs none"):
        read_table(stream, name="rows.parquet", conventions=Conventions(separator=";"))
    with pytest.raises(InputError, match="a DataFrame needs none"):
        Dataset.from_frame(frame, label="a", conventions=Conventions(decimal=",", separator=";"))


# ---- what columns and cells mean


FORMS = ["csv", "parquet", "frame"]


def in_form(frame: pd.DataFrame, form: str, label: str, **keys: object) -> Dataset:
    """One table as a CSV file, a Parquet file or a DataFrame."""
    conventions, stream = Conventions(**keys), io.BytesIO()
    if form == "frame":
        return Dataset.from_frame(frame, label=label, conventions=conventions)
    if form == "csv":
        frame.to_csv(stream, index=False)
    else:
        frame.to_parquet(stream)
    stream.seek(0)
    table = read_table(stream, name=f"rows.{form}", conventions=conventions)
    return dataset_of(table, label=label, conventions=conventions)


@pytest.mark.parametrize("form", FORMS)
def test_conventions_mean_the_same_in_every_form(form):
    """Marks for missing, new names, columns left out, codes, and a recoded label."""
    raw = pd.DataFrame(
        {
            "Alter": [41, -9, 63, 50],
            "chol": [0, 210, 0, 250],
            "cp": [1, 2, 1, 4],
            "note": list("abcd"),
            "num": [0, 3, 1, 0],
        }
    )
    rows = in_form(
        raw,
        form,
        "num",
        missing=["?", "-9"],
        missing_in={"chol": ["0"]},
        rename={"Alter": "age"},
        exclude=["note"],
        categorical=["cp"],
        positive="num > 0",
    )
    assert list(rows.features.columns) == ["age", "chol", "cp"]
    np.testing.assert_array_equal(rows.features["age"].to_numpy(float, na_value=np.nan), [41, np.nan, 63, 50])
    np.testing.assert_array_equal(
        rows.features["chol"].to_numpy(float, na_value=np.nan), [np.nan, 210, np.nan, 250]
    )
    schema = agree_schema([rows], [rows], task=Kind.CLASSIFICATION, features=None)
    assert [c.categories for c in schema.columns if c.kind is ColumnKind.CATEGORICAL] == [("1", "2", "4")]
    assert schema.classes == ("no", "yes")
    assert rows.label.tolist() == ["no", "yes", "yes", "no"]


@pytest.mark.parametrize("form", FORMS)
def test_labels_are_recoded_by_value_and_others_stay(form):
    """0, 0.0 and "0" are one label; one that is not named keeps its name."""
    raw = pd.DataFrame({"x": [1, 2, 3], "y": [0.0, 1.0, 2.0]})
    assert in_form(raw, form, "y", labels={"0": "no", "1": "yes"}).label.tolist() == ["no", "yes", "2"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("y > 0", ["no", "yes", "yes", None]),
        ("y >= 3", ["no", "no", "yes", None]),
        ("y <= 1", ["yes", "yes", "no", None]),
        ("y < 1", ["yes", "no", "no", None]),
        ("y = 1.0", ["no", "yes", "no", None]),
        ("y != 1", ["yes", "no", "yes", None]),
    ],
)
def test_a_condition_on_the_label(condition, expected):
    """A row without a label has none afterwards either."""
    assert dataset("x,y\n1,0\n2,1\n3,3\n4,\n", "y", positive=condition).label.tolist() == expected


def test_a_condition_on_words():
    """Equal or not."""
    assert dataset("x,y\n1,sick\n2,well\n", "y", positive="y = sick").label.tolist() == ["yes", "no"]
    assert dataset("x,y\n1,sick\n2,well\n", "y", positive='y != "sick"').label.tolist() == ["no", "yes"]


def test_a_word_that_is_compared_with_a_number_is_refused():
    """With its row; a condition on another column than the label, too."""
    with pytest.raises(InputError) as refused:
        dataset("x,y\n1,0\n2,ill\n", "y", positive="y > 0")
    assert (refused.value.row, refused.value.column) == (3, "y")
    assert "labels = {..} for this file" in str(refused.value)
    with pytest.raises(InputError, match="expected one on the label 'y'"):
        dataset("x,y\n1,0\n2,1\n", "y", positive="x > 0")


def test_a_condition_is_read_as_it_is_written():
    """Spaces and quotes are free; == is =."""
    assert Condition.parse("num>0") == Condition("num", ">", "0")
    assert Condition.parse("'pocket depth' >= 2.5") == Condition("pocket depth", ">=", "2.5")
    assert Condition.parse('ill == "yes"') == Condition("ill", "=", "yes")


def test_marks_compare_as_numbers_where_they_are():
    """-9 is met by -9.0, and ? by nothing else."""
    assert [is_mark(cell, ("?", "-9")) for cell in ("-9", "-9.0", "?", "9", "x?")] == [
        "-9",
        "-9",
        "?",
        None,
        None,
    ]


def test_what_a_key_met_is_kept():
    """So that a key that meets nothing in any file can be told."""
    rows = dataset(
        "a,b,y\n?,1,0\n2,1,1\n", "y", missing=["?", "-9"], exclude=["b", "c"], labels={"0": "no", "7": "x"}
    )
    of_the_label = {("labels", "0"), ("labels to", "no"), LABELLED}
    assert rows.met == {("missing", "?"), ("exclude", "b"), *of_the_label}


def test_a_frame_without_the_column_that_is_renamed_is_refused():
    """There is no other file that could have it."""
    with pytest.raises(InputError, match="rename: got no such column"):
        Dataset.from_frame(
            pd.DataFrame({"a": [1], "y": [2]}), label="y", conventions=Conventions(rename={"b": "c"})
        )


def test_labels_of_one_party_take_the_place_of_a_condition():
    """Either says what the label means, and an empty table that it is as it should be."""
    first = Conventions(positive="num > 0", missing=["?"])
    assert first.but({"labels": {"0": "no"}}).positive is None
    assert first.but({"labels": {}}) == Conventions(missing=["?"])
    assert first.but({"missing": ("-9",)}).positive == "num > 0"


# ---- dates


DATES = ["2021-03-04", "4.3.2021", "04/03/2021", "2021-03-04T10:30:00Z", "4-Mar-2021", "March 4, 2021"]


@pytest.mark.parametrize("date", DATES)
def test_dates_are_recognised_and_left_out(date):
    """As texts, so that two hundred days do not become two hundred categories."""
    rows = Dataset.from_frame(pd.DataFrame({"x": [1, 2], "day": [date, None], "y": [1, 2]}), label="y")
    schema = agree_schema([rows], [rows], task=Kind.REGRESSION, features=None)
    assert [column.name for column in schema.columns] == ["x"]
    assert schema.dates == ("day",)


def test_what_only_looks_like_dates_stays():
    """Versions, sizes and phone numbers; and dates that somebody said are categories."""
    for cells in (["1.2.3", "1.2.4"], ["10-20", "20-30"], ["2021-03-04", "never"]):
        rows = Dataset.from_frame(pd.DataFrame({"x": cells, "y": [1, 2]}), label="y")
        assert agree_schema([rows], [rows], task=Kind.REGRESSION, features=None).dates == ()
    frame = pd.DataFrame({"wave": ["2021-03-04", "2022-03-04"], "y": [1, 2]})
    rows = Dataset.from_frame(frame, label="y", conventions=Conventions(categorical=["wave"]))
    assert agree_schema([rows], [rows], task=Kind.REGRESSION, features=None).columns[0].categories == tuple(
        frame["wave"]
    )


def test_dates_that_are_asked_for_as_a_feature_are_refused():
    """With the key that makes categories of them."""
    rows = Dataset.from_frame(pd.DataFrame({"day": ["2021-03-04", "2022-03-04"], "y": [1, 2]}), label="y")
    with pytest.raises(InputError, match=r'got dates, .* categorical = \["day"\]'):
        agree_schema([rows], [rows], task=Kind.REGRESSION, features=["day"])
    with pytest.raises(InputError, match="every column that the files share holds dates"):
        agree_schema([rows], [rows], task=Kind.REGRESSION, features=None)


def test_the_separator_that_is_named_is_the_one_between_cells():
    """Decimal commas are no separators: they came first, and the advice was wrong."""
    said = refusal("63,0;1;145,0\n", columns=["a", "b", "c"], separator="|")
    assert 'set separator = ";" and decimal = ","' in str(said)


def test_no_names_are_a_header_again():
    """``columns = []`` of a party takes back the names that [data] has for files without a header."""
    names = Conventions(columns=["a", "b"])
    assert names.but({"columns": []}).columns is None


# ---- recode


RECODE = {"sex": {"männlich": "1", "weiblich": 0}, "ward": {"1.0": "surgery"}}


def test_texts_of_a_column_become_the_rounds():
    """Before it is known what the column is: codes in place of words are numbers; what is not named stays."""
    rows = dataset("sex,ward,y\nmännlich,1,0\nweiblich,2,1\n,1.0,1\n", "y", recode=RECODE)
    assert rows.features["sex"].tolist()[:2] == [1, 0]
    assert rows.features["sex"].isna().tolist() == [False, False, True]
    assert rows.features["ward"].tolist() == ["surgery", "2", "surgery"]
    assert ("recode", "sex") in rows.met
    assert (recoded_in("sex"), "weiblich") in rows.met


def test_codes_and_what_was_measured_are_read_in_their_own_notation():
    """The new text is the round's, so its mark is a point; the file's numbers have commas, and a code may stay one."""
    rows = dataset(
        "bmi;c;y\nhoch;1;0\n23,5;2;1\n",
        "y",
        separator=";",
        decimal=",",
        recode={"bmi": {"hoch": "30.5"}, "c": {"1": "a"}},
        categorical=["c"],
    )
    assert rows.features["bmi"].tolist() == [30.5, 23.5]
    assert rows.features["c"].tolist() == ["a", "2"]


def test_a_frame_is_recoded_as_a_file_is():
    """Texts, truth values and whole numbers, each by its one spelling; other columns keep their kinds."""
    frame = pd.DataFrame({"sex": ["m", None], "smoker": [True, False], "n": [1, 2], "y": [1, 2]})
    meant = Conventions(recode={"sex": {"m": "1"}, "smoker": {"true": "5", "false": "4"}})
    rows = Dataset.from_frame(frame, label="y", conventions=meant)
    assert rows.features["sex"].iloc[0] == "1"
    assert pd.isna(rows.features["sex"].iloc[1])
    assert rows.features["smoker"].tolist() == ["5", "4"]
    assert rows.features["n"].dtype.kind == "i"


def test_a_text_may_mean_missing_and_another_be_recoded():
    """Marks come first; a recoded cell is no mark any more."""
    rows = dataset("a,y\n?,0\nja,1\nnein,1\n", "y", missing=["?", "yes"], recode={"a": {"ja": "yes"}})
    assert rows.features["a"].iloc[1:].tolist() == ["yes", "nein"]
    assert pd.isna(rows.features["a"].iloc[0])


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"1": "a", "1.0": "b"}, "got '1' of 'sex' twice, expected it once"),
        ({" ": "a"}, "got a blank as a text of 'sex'"),
        ({"k.A.": ""}, 'missing-in = { sex = ["k.A."] } says that it means missing'),
        ("m", "got 'm' for 'sex', expected a table of texts"),
    ],
)
def test_texts_that_cannot_be_recoded_are_refused(texts, said: str):
    """One text twice, a blank, no new text, no table."""
    with pytest.raises(InputError) as refused:
        Conventions(recode={"sex": texts})
    assert said in str(refused.value)


def test_the_label_has_a_key_of_its_own():
    """``labels`` recodes it."""
    with pytest.raises(InputError, match="got the label"):
        dataset("x,y\n1,ja\n2,nein\n", "y", recode={"y": {"ja": "yes"}})


def test_a_column_of_nothing_but_texts_is_told_how_it_becomes_numbers():
    """And one that has numbers, too, is not: there it is a typing error."""
    said = []
    for cells in ("m\nw", "1\nw"):
        rows = dataset("sex,y\n" + "\n".join(f"{cell},0" for cell in cells.split()) + "\n", "y")
        with pytest.raises(InputError) as refused:
            rows.finite_numbers(rows.features["sex"], why="so it is")
        said.append(str(refused.value))
    assert 'recode = { sex = { "m" = ".." } } says what it stands for' in said[0]
    assert "recode" not in said[1]


@pytest.mark.parametrize(
    ("key", "given", "message"),
    [
        ("missing_in", [], r"missing-in: got \[\], expected a mapping of columns to lists of texts"),
        ("rename", ["a"], r"rename: got \['a'\], expected a mapping of texts to texts"),
        ("labels", "a=b", "labels: got 'a=b', expected a mapping of texts to texts"),
        ("recode", "x", "recode: got 'x', expected a mapping of columns to mappings of texts"),
        ("separator", 3, "separator: got 3, expected a text"),
        ("encoding", 3, "encoding: got 3, expected a text"),
        ("comment", 3, "comment: got 3, expected a text"),
        ("positive", 3, "positive: got 3, expected a text"),
        ("skip_lines", "1", "skip-lines: got '1', expected a whole number from 0 up"),
        ("skip_lines", 1.5, "skip-lines: got 1.5, expected a whole number from 0 up"),
        ("skip_lines", True, "skip-lines: got True, expected a whole number from 0 up"),
    ],
)
def test_what_is_of_another_kind_than_a_key_is_refused(key, given, message):
    """From Python, where no file was parsed before."""
    with pytest.raises(InputError, match=message):
        Conventions(**{key: given})

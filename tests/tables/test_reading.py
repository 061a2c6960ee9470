"""Files to tables: what a file's owner would expect to be read, and what is refused, with its place."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairpool.files import table_file
from fairpool.files.table_file import read_dataset
from fairpool.ground.errors import InputError


def csv_file(folder: Path, content: str | bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_table(path: Path) -> pd.DataFrame:
    return table_file.read_table(path).frame


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as refused:
        read_table(path)
    return refused.value


def test_columns_are_numbers_truth_values_or_text(tmp_path):
    """Whole numbers, decimals, true and false in any case, and text; blanks are missing, and NA among numbers."""
    table = read_table(csv_file(tmp_path, "n,x,b,c\n1,1.5,TRUE,red\n2,NA,false,\n"))
    assert [table[name].dtype.kind for name in "nxb"] == ["i", "f", "b"]
    assert table["x"].tolist()[0] == 1.5
    assert table["x"].isna().tolist() == [False, True]
    assert table["b"].tolist() == [True, False]
    assert table["c"].tolist()[0] == "red"
    assert table["c"].isna().tolist() == [False, True]


def test_na_in_a_column_of_texts_is_a_text(tmp_path):
    """Countries NA, ZA and BW; a column of nothing but NA is for another file to tell."""
    table = read_table(csv_file(tmp_path, "country,only,x,n\nNA,NA,NA,1\nZA,NA,2,2\n"))
    assert table["country"].tolist() == ["NA", "ZA"]
    assert table["only"].tolist() == ["NA", "NA"]
    assert table["x"].isna().tolist() == [True, False]


def test_a_row_of_nothing_but_spaces_is_no_row(tmp_path):
    """As a blank line is none; the lines below keep their numbers."""
    table = read_table(csv_file(tmp_path, "age,ward\n34,a\n , \n71,b\n\t,\n"))
    assert table["age"].tolist() == [34, 71]
    assert table.index.tolist() == [0, 2]


def test_codes_of_twenty_digits_stay_what_they_are(tmp_path):
    """As texts; nineteen digits beside a blank are whole numbers still, in CSV and in Parquet."""
    codes = ["10000000000000000001", "10000000000000000002"]
    table = read_table(csv_file(tmp_path, f"code,id\n{codes[0]},1582218195625938945\n{codes[1]},\n"))
    assert table["code"].tolist() == codes
    assert table["id"].tolist()[0] == 1582218195625938945
    frame = pd.DataFrame(
        {"id": pd.array([1582218195625938945, None], dtype="Int64"), "d": map(Decimal, codes)}
    )
    frame.to_parquet(tmp_path / "rows.parquet")
    table = read_table(tmp_path / "rows.parquet")
    assert table["id"].tolist()[0] == 1582218195625938945
    assert table["d"].tolist() == codes


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_carriage_return_within_a_line_is_refused_unless_it_is_quoted(tmp_path, ends):
    """Nobody can say whether it ends a line; in quotes it is part of the cell."""
    broken = f"a,b{ends}1,x{ends}2,y\rz{ends}"
    refused = refusal(csv_file(tmp_path, broken))
    assert refused.row == 3
    assert "carriage return" in str(refused)
    quoted = broken.replace("y\rz", '"y\rz"')
    assert read_table(csv_file(tmp_path, quoted))["b"].tolist() == ["x", "y\rz"]


def test_raw_data_by_other_names_is_read_as_csv(tmp_path):
    """As public studies hand it out."""
    for name in ("rows.data", "rows.txt", "rows.tsv"):
        assert read_table(csv_file(tmp_path, "a,b\n1,2\n", name))["a"].tolist() == [1]


def test_truth_values_may_be_missing(tmp_path):
    """A blank among true and false is missing, not a third text."""
    table = read_table(csv_file(tmp_path, "a,b\n1,true\n2,\n"))
    assert table["b"].dtype == "boolean"
    assert table["b"].isna().tolist() == [False, True]


def test_spaces_around_names_and_cells_are_not_part_of_them(tmp_path):
    """``a, b`` has a column b, and `` 7`` is the number 7."""
    table = read_table(csv_file(tmp_path, " a , b \n 7 , x\n8,x \n9,  \n"))
    assert list(table.columns) == ["a", "b"]
    assert table["a"].tolist() == [7, 8, 9]
    assert table["b"].dropna().tolist() == ["x", "x"]


def test_quoted_numbers_are_numbers(tmp_path):
    """Quotes mark where a cell ends, not what it is."""
    assert read_table(csv_file(tmp_path, 'a,b\n"12","x, y"\n"13",z\n'))["a"].tolist() == [12, 13]


def test_codes_that_start_with_zero_keep_their_zeros(tmp_path):
    """007 stays as it was written; 0 and 0.5 are numbers."""
    table = read_table(csv_file(tmp_path, "a,b,c\n007,0,0.5\n12,7,1\n"))
    assert table["a"].tolist() == ["007", "12"]
    assert table["b"].tolist() == [0, 7]
    assert table["c"].tolist() == [0.5, 1.0]


def test_the_word_none_is_a_text(tmp_path):
    """Questionnaires mean it: complications none, mild or severe."""
    assert read_table(csv_file(tmp_path, "a,b\n1,None\n2,Mild\n"))["b"].tolist() == ["None", "Mild"]


def test_blank_lines_count_as_lines_and_are_no_rows(tmp_path):
    """The index counts lines from line 2, so that messages name the line an editor shows."""
    table = read_table(csv_file(tmp_path, "a,b\n1,2\n\n3,4\n,\n5,6\n\n"))
    assert table["a"].tolist() == [1, 3, 5]
    assert table.index.tolist() == [0, 2, 4]


def test_cells_of_several_lines_count_as_lines(tmp_path):
    """The row after a note of two lines is on line 4."""
    data = read_dataset(csv_file(tmp_path, 'a,note\n1,"two\nlines"\n2,one\n'), label="a")
    assert [data.row_of(position) for position in range(2)] == [2, 4]


def test_windows_and_old_mac_line_ends_and_a_byte_order_mark(tmp_path):
    """What spreadsheets write reads as any other file."""
    expected = [[1, 2], [3, 4]]
    for number, text in enumerate(("a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4", "\ufeffa,b\n1,2\n3,4\n")):
        table = read_table(csv_file(tmp_path, text, f"{number}.csv"))
        assert list(table.columns) == ["a", "b"]
        assert table.to_numpy().tolist() == expected


def test_a_column_without_a_name_is_left_out(tmp_path):
    """The row names that R and pandas write are nobody's feature."""
    assert list(read_table(csv_file(tmp_path, '"",a,b\n1,2,3\n')).columns) == ["a", "b"]


def test_gzipped_and_parquet_files_read_as_the_plain_file(tmp_path):
    """One table, three files, one result."""
    frame = pd.DataFrame({"n": [1, 2], "x": [0.1, np.nan], "b": [True, False], "c": ["u", None]})
    plain = frame.to_csv(index=False)
    expected = read_table(csv_file(tmp_path, plain))
    zipped = csv_file(tmp_path, gzip.compress(plain.encode(), mtime=0), "rows.csv.gz")
    frame.to_parquet(tmp_path / "rows.parquet")
    pd.testing.assert_frame_equal(read_table(zipped), expected)
    pd.testing.assert_frame_equal(read_table(tmp_path / "rows.parquet"), expected, check_index_type=False)


def test_parquet_decimals_are_numbers_and_a_written_index_is_left_out(tmp_path):
    """Exact decimals become float64; the index that pandas adds is nobody's feature."""
    frame = pd.DataFrame({"d": [Decimal("1.25"), None]}, index=[7, 3])
    frame.to_parquet(tmp_path / "rows.parquet")
    table = read_table(tmp_path / "rows.parquet")
    assert list(table.columns) == ["d"]
    assert table["d"].dtype == np.float64
    assert table["d"].tolist()[0] == 1.25


@given(st.lists(st.decimals(-(10**8), 10**8, places=5), min_size=1, max_size=20))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_parquet_decimals_are_those_of_a_csv(tmp_path, values):
    """To the last bit, which Arrow's own cast to float64 misses in every second cell."""
    frame = pd.DataFrame({"d": values, "y": 1})
    frame.to_parquet(tmp_path / "rows.parquet")
    assert read_table(tmp_path / "rows.parquet")["d"].tolist() == list(map(float, values))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_decimals_are_rounded_correctly(tmp_path, values):
    """A number reads to the very bits that were written."""
    text = "x,y\n" + "".join(f"{value!r},1\n" for value in values)
    assert read_table(csv_file(tmp_path, text))["x"].tolist() == values


CELLS = st.one_of(
    st.integers(-99, 99).map(str), st.sampled_from(["", "a", 'q"q', "x,y", "two\nlines", "007", "true"])
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12), st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_rows_are_found_on_their_lines(tmp_path, rows, data):
    """Whatever lies between, each row's number is the line on which it begins."""
    lines, expected, line = ["k,a,b"], [], 2
    for number, cells in enumerate(rows):
        for _ in range(data.draw(st.integers(0, 1))):
            lines.append("")
            line += 1
        quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
        lines.append(",".join([str(number), *quoted]))
        expected.append(line)
        line += 1 + sum(cell.count("\n") for cell in cells)
    dataset = read_dataset(csv_file(tmp_path, "\n".join(lines)), label="k")
    assert dataset.label.tolist() == list(range(len(rows)))
    assert [dataset.row_of(position) for position in range(len(dataset))] == expected


@pytest.mark.parametrize(
    ("content", "row", "problem"),
    [
        ("a,b\n1,2\n3,4,5\n", 3, "got 3 cell(s), expected 2"),
        ("a,b\n1,2\n\n3\n", 4, "got 1 cell(s), expected 2"),
        ("a,b\n1,2\n3,café\n".encode("latin-1"), 3, "got the byte 0xe9, expected text in UTF-8"),
        ("é,b\n1,2\n".encode("latin-1"), 1, "expected text in UTF-8"),
        ("a\né\n".encode("latin-1"), 2, "expected text in UTF-8"),
        (b"a\n\n'\n\xff\xfe\n", 4, "got the byte 0xff"),
        (b"a,b\n1,2\n   \n\xff,3\n", 4, "got the byte 0xff"),
        ('a,b\n1,2\n3,"open\n4,5\n', 3, "quotation mark left open"),
        ("", None, "got an empty file"),
        ("\n\n", None, "got an empty file"),
        ("a,b\n", None, "got no rows of data"),
        ("a,b\n\n,\n", None, "got no rows of data"),
        ("a;b\n1;2\n", None, "separated by semicolons, expected commas"),
        ("a\tb\n1\t2\n", None, "separated by tabs, expected commas"),
    ],
)
def test_a_broken_file_is_refused_with_its_row(tmp_path, content, row, problem):
    """The message names the file, the line where there is one, what was got and what was expected."""
    path = csv_file(tmp_path, content)
    refused = refusal(path)
    assert (refused.file, refused.row) == (str(path), row)
    assert problem in str(refused)


def test_two_columns_of_one_name_are_refused(tmp_path):
    """In CSV (where spaces do not tell them apart) and in Parquet."""
    refused = refusal(csv_file(tmp_path, "a,b, a\n1,2,3\n"))
    assert refused.column == "a"
    assert "columns 1 and 3" in str(refused)
    pd.DataFrame([[1, 2]], columns=["a", " a"]).to_parquet(tmp_path / "rows.parquet")
    assert refusal(tmp_path / "rows.parquet").column == "a"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("rows.xlsx", b"PK", "ends in .csv, .csv.gz or .parquet"),
        ("rows.parquet", b"a,b\n1,2\n1,2\n", "not a Parquet file"),
        ("rows.parquet", b"", "not a Parquet file"),
        ("rows.csv.gz", b"a,b\n1,2\n", "not a gzip file"),
        ("rows.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "not a gzip file"),
    ],
)
def test_a_file_that_is_not_what_its_suffix_says_is_refused(tmp_path, name, content, problem):
    """An archive, a text or a piece of a file under the wrong name."""
    assert problem in str(refusal(csv_file(tmp_path, content, name)))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    """Both by name."""
    assert str(refusal(tmp_path / "no.csv")) == f"{tmp_path / 'no.csv'}: there is no such file"
    (tmp_path / "folder.csv").mkdir()
    assert "cannot be read" in str(refusal(tmp_path / "folder.csv"))


def test_a_dataset_counts_rows_as_its_kind_of_file_does(tmp_path):
    """The first row is line 2 of a CSV file and row 1 of a Parquet file."""
    path = csv_file(tmp_path, "a,y\n1,2\n")
    pd.DataFrame({"a": [1], "y": [2]}).to_parquet(tmp_path / "rows.parquet")
    assert read_dataset(path, label="y").row_of(0) == 2
    assert read_dataset(tmp_path / "rows.parquet", label="y").row_of(0) == 1
    assert read_dataset(path, label="y").name == str(path)
    assert read_dataset(path, label="y", name="Minnesota").name == "Minnesota"


def test_a_nul_in_a_column_name_is_refused(tmp_path):
    """No array of numpy keeps it at the end of a text, so the column could not be asked for."""
    file = tmp_path / "rows.csv"
    file.write_bytes(b"age,bm\0\n1,2\n")
    with pytest.raises(InputError, match="column 2: got a NUL"):
        read_table(file)


def test_a_line_of_spaces_is_a_blank_line(tmp_path):
    """In a file of several columns it had one cell; where a cell in quotes goes over it, it is the cell's."""
    file = tmp_path / "ward.csv"
    file.write_bytes(b"a,b\n1,2\n   \n3,4\n")
    assert read_table(file)["b"].tolist() == [2, 4]
    file.write_bytes(b'a,b\n1,"x\n  \ny"\n')
    assert read_table(file)["b"].tolist() == ["x\n  \ny"]


def test_a_first_line_with_one_number_may_be_data(tmp_path):
    """``34,a,no``: the label is missing since the names are."""
    file = tmp_path / "ward.csv"
    file.write_bytes(b"34,a,no\n35,b,yes\n")
    with pytest.raises(
        InputError, match=r"if the first line holds data, columns = \[..\] names the 3 columns"
    ):
        read_dataset(file, label="y")

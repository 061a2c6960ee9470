"""Labels as codes and numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.ground.errors import InputError
from fairpool.tables.dataset import Dataset
from fairpool.tables.labels import agree_classes, class_codes, label_numbers


def labelled(labels: object, name: str = "mn") -> Dataset:
    return Dataset.from_frame(pd.DataFrame({"y": labels}), label="y", name=name)


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=30))
def test_codes_are_places_in_the_classes(labels):
    """By a plain loop."""
    codes = class_codes(labelled(labels), ("a", "b", "c", "d"))
    assert codes.dtype == np.int64
    assert codes.tolist() == ["abcd".index(label) for label in labels]


def test_codes_do_not_depend_on_how_a_class_is_written():
    """Numbers, decimals and texts of one value have one code."""
    for labels in ([2, 1], [2.0, 1.0], ["2", "1.0"]):
        assert class_codes(labelled(labels), ("1", "2")).tolist() == [1, 0]


def test_the_first_unknown_label_is_named():
    """With its row and the classes that there are."""
    with pytest.raises(InputError, match=r"mn, row 1, column 'y': got '3', .* '1', '2'"):
        class_codes(labelled([1, 3, 4]), ("1", "2"))


def test_the_order_of_the_files_does_not_matter():
    """Classes are sorted."""
    files = [labelled(["b", "c"]), labelled(["a", "c"])]
    assert agree_classes(files, files) == agree_classes(files[::-1], files) == ("a", "b", "c")


def test_many_known_classes_are_cut_short_in_messages():
    """Twenty are enough to see what is meant."""
    with pytest.raises(InputError, match=r"'c19' and 80 more; if it is one of these"):
        class_codes(labelled(["x"]), [f"c{i}" for i in range(100)])


def test_regression_labels_are_numbers():
    """Whole numbers, decimals, texts of numbers and truth values (1 and 0)."""
    assert label_numbers(labelled([1, 2])).dtype == np.float64
    assert label_numbers(labelled(["1.5", " 2"])).tolist() == [1.5, 2.0]
    assert label_numbers(labelled([True, False])).tolist() == [1.0, 0.0]

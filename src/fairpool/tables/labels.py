"""Labels: classes or numbers.

A class is a text, and equal values are one class however they were written: 1, 1.0 and "1" are ``"1"``,
True and "TRUE" are ``"true"``.  Classes are in order of number where all are numbers, else of the alphabet
(by code point), so the order of the parties does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairpool.ground.arrays import Bool, Booleans, Float, Floats, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.tables.cells import all_numbers, blank, is_number, missing, present, texts
from fairpool.tables.dataset import Dataset
from fairpool.tables.names import listed

MOST_NAMED = 4  # files in a message
_MOST_DECIMAL_CLASSES = 50  # more different values than this are no list of classes
_MOST_DECIMAL_SHARE = 0.1  # of rows with digits after the point; a few are codes such as 2.1


def label_numbers(dataset: Dataset) -> Float[Floats, " rows"]:
    """Labels of a regression: float64 (rows,), all finite; InputError for one that is missing or no number."""
    values = dataset.finite_numbers(dataset.label, why="a regression predicts numbers")
    dataset.refuse(np.isnan(values), dataset.label, "a number (every row needs its label)")
    return values


def class_names(dataset: Dataset) -> NDArray[np.object_]:
    """Labels of a classification in their one spelling: str (rows,); InputError for one that is missing."""
    cells = dataset.readable(dataset.label)
    absent = missing(cells)
    words = absent & ~blank(cells)
    hint = ""
    if words.any():
        word = str(cells.iloc[int(words.argmax())]).strip()
        key = f'; if {word} is a class, labels = {{ {json.dumps(word)} = ".." }} says what it is called'
        hint = dataset.entry_hint(word, str(cells.name)) or key
    dataset.refuse(absent, cells, f"a class (every row needs its label){hint}")
    _refuse_measurements(dataset, cells)
    return texts(cells)


def holds_words(dataset: Dataset) -> bool:
    """Whether the labels are words or truth values, and none is a number."""
    distinct = present(dataset.readable(dataset.label))
    return len(distinct) > 0 and not any(is_number(text) for text in texts(distinct))


def class_codes(dataset: Dataset, classes: Sequence[str]) -> Int[Integers, " rows"]:
    """Labels as positions in ``classes``: int64 (rows,); InputError for one that is not among them."""
    known = {name: code for code, name in enumerate(classes)}
    codes = np.asarray(pd.Series(class_names(dataset)).map(known).fillna(-1), dtype=np.int64)
    dataset.refuse(
        codes < 0,
        dataset.label,
        f"a label that the validation data knows: {listed(classes)}{_label_hint(dataset, codes < 0)}",
    )
    return codes


def _label_hint(dataset: Dataset, unknown: Bool[Booleans, " rows"]) -> str:
    """The key that says which class a label is that is spelt otherwise."""
    if not unknown.any():
        return ""
    label = class_names(dataset)[int(unknown.argmax())]
    key = f'; if it is one of these, labels = {{ {json.dumps(label, ensure_ascii=False)} = ".." }} says which'
    return dataset.entry_hint(label, str(dataset.label.name)) or key


def agree_classes(validations: Sequence[Dataset], trainings: Sequence[Dataset]) -> tuple[str, ...]:
    """The classes of the validation files, in order; InputError where any training file holds another.

    The validation files together need two classes or more, and so do the training files together.
    """
    classes = _in_order({name for dataset in validations for name in set(class_names(dataset))})
    if len(classes) < 2:
        raise _one_class(classes, validations, "validation")
    codes = [class_codes(dataset, classes) for dataset in trainings]
    met = sorted({int(code) for part in codes for code in np.unique(part)})
    if trainings and len(met) < 2:
        raise _one_class([classes[code] for code in met], trainings, "training")
    return tuple(classes)


def _in_order(classes: set[str]) -> list[str]:
    if all(is_number(name) for name in classes):
        return sorted(classes, key=lambda name: (float(name), name))
    return sorted(classes)


def _all_named(datasets: Sequence[Dataset]) -> str:
    names = list(dict.fromkeys(dataset.name for dataset in datasets))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _one_class(classes: Sequence[str], datasets: Sequence[Dataset], what: str) -> InputError:
    return InputError(
        f"got the one class {classes[0]!r} in all {what} data, expected two classes or more",
        file=_all_named(datasets),
        column=str(datasets[0].label.name),
    )


def _refuse_measurements(dataset: Dataset, cells: pd.Series) -> None:
    """InputError where the labels are decimal numbers of many values: a regression is meant."""
    distinct = present(cells)
    if len(distinct) <= _MOST_DECIMAL_CLASSES or not all_numbers(distinct):
        return
    values = dataset.finite_numbers(cells, why="as in the other rows")
    if np.mean(values != np.floor(values)) > _MOST_DECIMAL_SHARE:
        raise InputError(
            f"got {len(distinct)} different decimal numbers, expected classes; "
            'to predict a number choose a regression score, "r2" or "one-minus-rmse"',
            file=dataset.name,
            column=str(cells.name),
        )

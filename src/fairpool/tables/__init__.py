"""How a file becomes columns, and the columns what a model can learn from: nothing here opens a file or knows of money.

bytes -> `Table` -> `Dataset` (label apart) -> `Schema` (what all files agree on) -> `Preprocessing` -> numbers.
`Conventions` go with the bytes: how their owner means them to be read.
Each file of this room imports only those before it: cells; names, conventions; columns; table, delimited,
reading; dataset, labels, schema, preprocessing.
"""

from fairpool.tables.conventions import Conventions
from fairpool.tables.dataset import Dataset
from fairpool.tables.reading import read_table
from fairpool.tables.schema import Column, ColumnKind, Kind, Schema, agree_schema
from fairpool.tables.table import Table
from fairpool.tables.treatment.preprocessing import Preprocessing, learn_preprocessing

__all__ = [
    "Column",
    "ColumnKind",
    "Conventions",
    "Dataset",
    "Kind",
    "Preprocessing",
    "Schema",
    "Table",
    "agree_schema",
    "learn_preprocessing",
    "read_table",
]

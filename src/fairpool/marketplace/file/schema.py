"""What the file of a market holds: facts, each written once and never changed.

    market          the terms on which it was opened: one row
    row_column      the columns of the rows for sale, fixed by the first deposit
    contributor     who may deposit                 buyer      who may buy
    curve, bundle   price curves as they were posted, in minor units; the last one is posted now
    deposit         rows as they were brought (Parquet), which of them passed, and the report the contributor got
    appraisal       all contributors after a deposit: quality, and which rows are for sale (``for_sale``)
    sale            who bought how many rows, at which curve, for how much
    sold_row        which rows those are, in the order in which they are delivered
    entry           the ledger: of every sale the buyer's payment (below 0) and, from 0 up, what of it goes back to the
                    buyer (refund), to the operator (commission, withheld) and to each contributor
    seal            closes a sale
    delivery        files that were written
    learning        how the market learns its prices: which learner, from which valuations, its state before round 1
    learning_round  one visit each: the curve the visitor saw, the sale if there was one, the curve posted after it, and
                    the learner's state
    learned_curve   curves that a learner's state keeps: it only ever gets more of them

What the database itself refuses, whatever a program does with it: changing or deleting a fact; a sale that is
committed without its seal (a deferred foreign key); a seal on a sale whose entries do not sum to zero, whose buyer does
not pay its price, or that holds another number of rows than it sold; a seal on a sale at learned prices that is no
round of the learner; a round out of order; an entry or a row after the seal; a row sold twice to one holder (``holder``
is the buyer, or 0 where a row is sold once only); two sales to one buyer of one ``reference``.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Final

VERSION: Final = 2
APPLICATION: Final = 0x66706D31  # "fpm1", in the header of the file

_TABLES: Final = """
CREATE TABLE market (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    currency TEXT NOT NULL,
    commission TEXT NOT NULL,
    division TEXT NOT NULL,
    exclusive INTEGER NOT NULL CHECK (exclusive IN (0, 1)),
    seed INTEGER NOT NULL CHECK (seed >= 0),
    columns TEXT,
    opened_at TEXT NOT NULL,
    software TEXT NOT NULL
) STRICT;

CREATE TABLE row_column (
    place INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('number', 'truth', 'text'))
) STRICT;

CREATE TABLE contributor (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, added_at TEXT NOT NULL
) STRICT;

CREATE TABLE buyer (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, added_at TEXT NOT NULL
) STRICT;

CREATE TABLE curve (
    id INTEGER PRIMARY KEY,
    arbitrage TEXT,
    posted_at TEXT NOT NULL
) STRICT;

CREATE TABLE bundle (
    curve INTEGER NOT NULL REFERENCES curve (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    price INTEGER NOT NULL CHECK (price >= 0),
    PRIMARY KEY (curve, amount)
) STRICT, WITHOUT ROWID;

CREATE TABLE deposit (
    id INTEGER PRIMARY KEY,
    contributor INTEGER NOT NULL REFERENCES contributor (id),
    file TEXT NOT NULL,
    rows INTEGER NOT NULL CHECK (rows > 0),
    verified INTEGER NOT NULL CHECK (verified BETWEEN 0 AND rows),
    passed BLOB NOT NULL,
    content BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    report TEXT NOT NULL,
    made_at TEXT NOT NULL,
    UNIQUE (contributor, sha256)
) STRICT;

CREATE TABLE appraisal (
    deposit INTEGER NOT NULL REFERENCES deposit (id),
    contributor INTEGER NOT NULL REFERENCES contributor (id),
    report TEXT NOT NULL,
    PRIMARY KEY (deposit, contributor)
) STRICT, WITHOUT ROWID;

CREATE TABLE for_sale (
    appraisal INTEGER NOT NULL REFERENCES deposit (id),
    deposit INTEGER NOT NULL REFERENCES deposit (id),
    passed BLOB NOT NULL,
    PRIMARY KEY (appraisal, deposit)
) STRICT, WITHOUT ROWID;

CREATE TABLE sale (
    id INTEGER PRIMARY KEY REFERENCES seal (sale) DEFERRABLE INITIALLY DEFERRED,
    buyer INTEGER NOT NULL REFERENCES buyer (id),
    curve INTEGER NOT NULL REFERENCES curve (id),
    appraisal INTEGER NOT NULL REFERENCES deposit (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    price INTEGER NOT NULL CHECK (price >= 0),
    sha256 TEXT NOT NULL,
    place TEXT,
    reference TEXT,
    made_at TEXT NOT NULL,
    UNIQUE (buyer, reference)
) STRICT;

CREATE TABLE sold_row (
    deposit INTEGER NOT NULL REFERENCES deposit (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    holder INTEGER NOT NULL,
    sale INTEGER NOT NULL REFERENCES sale (id),
    place INTEGER NOT NULL,
    PRIMARY KEY (deposit, position, holder)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sold_row_in_order ON sold_row (sale, place);

CREATE TABLE entry (
    sale INTEGER NOT NULL REFERENCES sale (id),
    account TEXT NOT NULL CHECK (account IN ('buyer', 'refund', 'commission', 'withheld', 'contributor')),
    contributor INTEGER REFERENCES contributor (id),
    amount INTEGER NOT NULL,
    CHECK ((account = 'contributor') = (contributor IS NOT NULL)),
    CHECK (amount = 0 OR (account = 'buyer') = (amount < 0))
) STRICT;
CREATE UNIQUE INDEX entry_once ON entry (sale, account, ifnull(contributor, 0));

CREATE TABLE seal (sale INTEGER PRIMARY KEY REFERENCES sale (id)) STRICT;

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    sale INTEGER NOT NULL REFERENCES sale (id),
    place TEXT,
    made_at TEXT NOT NULL
) STRICT;

CREATE TABLE learning (
    id INTEGER PRIMARY KEY,
    learner TEXT NOT NULL,
    rounds INTEGER NOT NULL CHECK (rounds > 0),
    forced INTEGER NOT NULL CHECK (forced IN (0, 1)),
    valuations TEXT NOT NULL,
    curve INTEGER NOT NULL REFERENCES curve (id),
    state BLOB NOT NULL,
    software TEXT NOT NULL,
    began_at TEXT NOT NULL
) STRICT;

CREATE TABLE learning_round (
    learning INTEGER NOT NULL REFERENCES learning (id),
    round INTEGER NOT NULL CHECK (round > 0),
    curve INTEGER NOT NULL REFERENCES curve (id),
    sale INTEGER UNIQUE REFERENCES sale (id),
    type TEXT,
    expected INTEGER NOT NULL CHECK (expected IN (0, 1)),
    reference TEXT UNIQUE,
    next_curve INTEGER NOT NULL REFERENCES curve (id),
    state BLOB NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (learning, round),
    CHECK ((sale IS NULL) = (type IS NULL)),
    CHECK (sale IS NULL OR reference IS NULL)
) STRICT;

CREATE TABLE learned_curve (
    learning INTEGER NOT NULL REFERENCES learning (id),
    place INTEGER NOT NULL CHECK (place >= 0),
    document BLOB NOT NULL,
    PRIMARY KEY (learning, place)
) STRICT, WITHOUT ROWID;
"""

_SEALED: Final = """
CREATE TRIGGER seal_balances BEFORE INSERT ON seal
WHEN (SELECT ifnull(sum(amount), 1) FROM entry WHERE sale = NEW.sale) <> 0
    OR (SELECT ifnull(sum(amount), 1) FROM entry WHERE sale = NEW.sale AND account = 'buyer')
        <> (SELECT -price FROM sale WHERE id = NEW.sale)
BEGIN SELECT RAISE(ABORT, 'the entries of a sale do not balance'); END;

CREATE TRIGGER seal_counts BEFORE INSERT ON seal
WHEN (SELECT count(*) FROM sold_row WHERE sale = NEW.sale) <> (SELECT amount FROM sale WHERE id = NEW.sale)
BEGIN SELECT RAISE(ABORT, 'a sale holds another number of rows than it sold'); END;

CREATE TRIGGER seal_learns BEFORE INSERT ON seal
WHEN EXISTS (SELECT 1 FROM sale s WHERE s.id = NEW.sale AND (s.curve IN (SELECT curve FROM learning)
        OR s.curve IN (SELECT next_curve FROM learning_round)))
    AND NOT EXISTS (SELECT 1 FROM learning_round WHERE sale = NEW.sale)
BEGIN SELECT RAISE(ABORT, 'a sale at learned prices is a round'); END;

CREATE TRIGGER round_in_order BEFORE INSERT ON learning_round
WHEN NEW.learning <> (SELECT max(id) FROM learning)
    OR NEW.round <> (SELECT count(*) + 1 FROM learning_round WHERE learning = NEW.learning)
    OR NEW.curve <> (SELECT ifnull(
        (SELECT next_curve FROM learning_round WHERE learning = NEW.learning AND round = NEW.round - 1),
        (SELECT curve FROM learning WHERE id = NEW.learning)))
    OR NEW.curve <> (SELECT ifnull((SELECT curve FROM sale WHERE id = NEW.sale), NEW.curve))
BEGIN SELECT RAISE(ABORT, 'rounds follow each other, each at the curve that the one before has posted'); END;

CREATE TRIGGER entry_before_seal BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM seal WHERE sale = NEW.sale)
BEGIN SELECT RAISE(ABORT, 'the sale is sealed'); END;

CREATE TRIGGER row_before_seal BEFORE INSERT ON sold_row
WHEN EXISTS (SELECT 1 FROM seal WHERE sale = NEW.sale)
BEGIN SELECT RAISE(ABORT, 'the sale is sealed'); END;
"""

_FACTS: Final = tuple(re.findall(r"CREATE TABLE (\w+)", _TABLES))


def definitions() -> tuple[str, ...]:
    """Everything that makes an empty database a market's, in order."""
    kept = "".join(_never(table, change) for table in _FACTS for change in ("UPDATE", "DELETE"))
    marks = f"PRAGMA application_id = {APPLICATION};\nPRAGMA user_version = {VERSION};\n"
    return tuple(_single(f"{_TABLES}{_SEALED}{kept}{marks}"))


def _single(script: str) -> Iterator[str]:
    """The statements of a script that begin on lines of their own."""
    so_far = ""
    for line in script.splitlines(keepends=True):
        so_far += line
        if sqlite3.complete_statement(so_far):
            yield so_far.strip()
            so_far = ""


def _never(table: str, change: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'facts of a market are never changed'); END;\n"
    )

"""MARKET.toml: what is wrong with it, or with the files it names, is said once, clearly, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from builders.consortium import MARKET, Consortium, consortium, fairpool
from fairpool.files.market.market_file import read_market_file
from fairpool.ground.errors import InputError

Spoil = Callable[[Consortium], object]


def replaced(old: str, new: str) -> Spoil:
    """A change to the market file."""
    return lambda files: files.change("MARKET.toml", old, new)


def added(line: str) -> Spoil:
    """One more line in [market]."""
    return replaced("seed = 7", f"seed = 7\n{line}")


def holding(name: str, content: bytes) -> Spoil:
    """A file of other content."""
    return lambda files: files.file(name).write_bytes(content)


def again(name: str, change: Callable[[bytes], bytes]) -> Spoil:
    """A file of changed content."""
    return lambda files: files.file(name).write_bytes(change(files.file(name).read_bytes()))


def learner(name: str, options: str = "{}") -> Spoil:
    """Another learner."""

    def spoil(files: Consortium) -> None:
        files.change("MARKET.toml", "{ neighbours = 3 }", options)
        files.change("MARKET.toml", '"nearest"', f'"{name}"')

    return spoil


def each(*spoils: Spoil) -> Spoil:
    """One after the other."""
    return lambda files: [spoil(files) for spoil in spoils]


def as_folder(name: str) -> Spoil:
    def spoil(files: Consortium) -> None:
        files.file(name).unlink()
        files.file(name).mkdir()

    return spoil


def thirty_parties(files: Consortium) -> None:
    more = "".join(f'\n[[party]]\nname = "Ward {n}"\ntrain = "north.csv"\n' for n in range(4, 31))
    files.market.write_text(MARKET.replace("seed = 7", 'seed = 7\nmethod = "exact"') + more)


NO_TABLE = MARKET.split("[[party]]")[0].encode()
FILES = {
    "no market file": (lambda f: f.market.unlink(), "MARKET.toml: there is no such file"),
    "market is a folder": (as_folder("MARKET.toml"), "MARKET.toml: is a folder"),
    "no training file": (lambda f: f.file("south.csv").unlink(), "south.csv: there is no such file"),
    "no validation file": (lambda f: f.file("validation.csv").unlink(), "validation.csv: there is no such"),
    "training file is a folder": (as_folder("south.csv"), "south.csv: cannot be read: Is a directory"),
    "no label column": (
        lambda f: f.without("south.csv", "ill"),
        "south.csv, column 'ill': got no such label",
    ),
    "no feature column": (
        each(
            replaced("[data]", '[data]\nfeatures = ["bmi", "age"]'), lambda f: f.without("south.csv", "age")
        ),
        "south.csv, column 'age': got no such feature; the columns are",
    ),
    "text among numbers": (
        lambda f: f.cell("south.csv", 4, "age", "forty"),
        "south.csv, row 4, column 'age': got 'forty', expected a number",
    ),
    "infinite number": (
        lambda f: f.cell("south.csv", 6, "bmi", "inf"),
        "south.csv, row 6, column 'bmi': got 'inf', expected a finite number",
    ),
    "number beyond all": (lambda f: f.cell("south.csv", 6, "bmi", "1e400"), "row 6, column 'bmi'"),
    "number with a comma": (
        lambda f: f.cell("south.csv", 3, "bmi", '"1,234"'),
        "south.csv, row 3, column 'bmi': got '1,234', expected a number",
    ),
    "label nobody knows": (
        lambda f: f.cell("south.csv", 5, "ill", "maybe"),
        "south.csv, row 5, column 'ill': got 'maybe', expected a label that the validation data knows: 'no', 'yes'; "
        'if it is one of these, labels = { "maybe" = ".." } says which',
    ),
    "no label in a row": (lambda f: f.cell("south.csv", 5, "ill", ""), "row 5, column 'ill': got a blank"),
    "one class to predict": (
        lambda f: f.column("validation.csv", "ill", "yes"),
        "validation.csv, column 'ill': got the one class 'yes'",
    ),
    "one class to learn from": (
        each(
            *(
                lambda f, name=name: f.column(f"{name}.csv", "ill", "no")
                for name in ("north", "south", "west")
            )
        ),
        "column 'ill': got the one class 'no' in all training data",
    ),
    "header only": (holding("south.csv", b"age,bmi,smoker,sex,ill\n"), "south.csv: got no rows of data"),
    "zero bytes": (holding("south.csv", b""), "south.csv: got an empty file"),
    "blank lines only": (holding("south.csv", b"\n\n\r\n"), "south.csv: got an empty file"),
    "short row": (
        again("south.csv", lambda raw: raw + b"1,2,3\n"),
        "south.csv, row 14: got 3 cell(s), expected 5",
    ),
    "open quotation mark": (
        again("south.csv", lambda raw: raw + b'1,2,true,"male,yes\n'),
        "south.csv, row 14: got a row that does not read as CSV",
    ),
    "one name for two columns": (
        lambda f: f.change("south.csv", "age,bmi", "age,age"),
        "south.csv, column 'age': got one name for columns 1 and 2",
    ),
    "semicolons": (
        lambda f: f.change_all("south.csv", ",", ";"),
        "south.csv: got columns separated by semicolons",
    ),
    "UTF-16": (
        again("south.csv", lambda raw: raw.decode().encode("utf-16")),
        "south.csv, row 1: got the byte 0xff, expected text in UTF-8",
    ),
    "Latin-1": (
        again("south.csv", lambda raw: raw + b"50,20,true,M\xe4nnlich,yes\n"),
        "south.csv, row 14: got the byte",
    ),
    "another format": (
        replaced("south.csv", "south.xlsx"),
        "south.xlsx: expected a file whose name ends in .csv",
    ),
    "not Parquet": (
        each(replaced("south.csv", "south.parquet"), holding("south.parquet", b"PAR0")),
        "south.parquet: got something that is not a Parquet file",
    ),
}
TERMS = {
    "score for numbers": (
        replaced('"accuracy"', '"r2"'),
        "column 'ill': score: got 'r2', which is for numbers, but no label is one; expected accuracy, ",
    ),
    "unknown score": (replaced('"accuracy"', '"f1"'), "score: got 'f1', expected one of accuracy,"),
    "learner of another kind": (
        each(learner("logistic"), replaced('"accuracy"', '"r2"')),
        "learner 'logistic' cannot do regression",
    ),
    "unknown learner": (learner("forest"), "learner: got 'forest', expected nearest, ridge,"),
    "learner from elsewhere": (learner("os.system"), "expected an estimator of scikit-learn"),
    "learner scikit-learn lacks": (
        learner("sklearn.svm.SVX"),
        "'sklearn.svm.SVX' is no estimator of scikit-learn",
    ),
    "no learner at all": (
        learner("sklearn.preprocessing.StandardScaler"),
        "'sklearn.preprocessing.StandardScaler', expected an estimator",
    ),
    "unknown option": (learner("ridge", "{ alfa = 1.0 }"), "'alfa' is no option of ridge; expected alpha"),
    "option of another type": (learner("ridge", '{ alpha = "1" }'), "alpha: got '1', expected a number"),
    "option out of range": (
        learner("nearest", "{ neighbours = 0 }"),
        "neighbours: got 0, expected a whole number from 1",
    ),
    "option scikit-learn refuses": (learner("random-forest", "{ n_estimators = -3 }"), "n_estimators"),
    "options that are no table": (learner("ridge", "3"), "market.learner-options: got 3, expected a table"),
    "unknown division": (
        added('division = "shapley"'),
        "division: got 'shapley', expected one of normalised-shapley",
    ),
    "negative price": (
        replaced("1000.00", "-5.00"),
        "market.unit-price: got '-5.00 EUR', expected an amount that is not",
    ),
    "price without currency": (replaced(" EUR", ""), 'expected a number and a currency like "1000.00 EUR"'),
    "price of three decimals": (
        replaced("1000.00", "1000.005"),
        "got '1000.005 EUR', but EUR has 2 decimals",
    ),
    "price as a number": (
        replaced('"1000.00 EUR"', "1000.0"),
        "market.unit-price: got 1000.0, expected an amount in quotes",
    ),
    "no price": (
        replaced('unit-price = "1000.00 EUR"', ""),
        "market.unit-price is missing: expected an amount",
    ),
    "fee in another currency": (
        added('minimum-fee = "1.00 USD"'),
        "market.minimum-fee: got USD, expected EUR",
    ),
    "no evaluations": (added("evaluations = 0"), "market.evaluations: got 0, expected a whole number from 1"),
    "tolerance too large": (added("tolerance = 2"), "tolerance: got 2.0, expected a number from 0 to 1"),
    "tolerance that is no number": (
        added("tolerance = nan"),
        "market.tolerance: got nan, expected a finite number",
    ),
    "target error of zero": (added("target-error = 0"), "target-error: got 0.0, expected a number above 0"),
    "unknown method": (
        added('method = "guess"'),
        'market.method: got \'guess\', expected "auto" or "exact" or "sampled"',
    ),
    "thirty parties exactly": (thirty_parties, "30 parties cannot be exact"),
    "unknown task": (replaced('"common"', '"both"'), 'market.task: got \'both\', expected "common" or "own"'),
    "common task without validation": (
        replaced('validation = "validation.csv"', ""),
        "data.validation is missing",
    ),
    "own tasks with common validation": (replaced('"common"', '"own"'), 'data.validation: with task = "own"'),
    "own task without validation": (
        each(replaced('"common"', '"own"'), replaced('validation = "validation.csv"', "")),
        "party 1 ('North'): validation is missing",
    ),
    "own validation for a common task": (
        replaced('"south.csv"', '"south.csv"\nvalidation = "validation.csv"'),
        "party 2 ('South'): got a validation file",
    ),
    "label among the features": (
        replaced("[data]", '[data]\nfeatures = ["age", "ill"]'),
        "data.features: got the label 'ill' among them",
    ),
    "label nobody has": (
        replaced('label = "ill"', 'label = "il"'),
        "column 'il': got no such label; did you mean 'ill'?",
    ),
    "two parties of one name": (
        replaced('"South"', '" North "'),
        "party 2: got the name 'North', which party 1 has already",
    ),
}
FORM = {
    "typo in [market]": (
        replaced("seed", "sead"),
        "market: got the unknown key 'sead'; did you mean 'seed'?",
    ),
    "underscore": (replaced("unit-price", "unit_price"), "'unit_price'; did you mean 'unit-price'?"),
    "typo in [data]": (
        replaced("label", "lable"),
        "data: got the unknown key 'lable'; did you mean 'label'?",
    ),
    "typo in [[party]]": (
        replaced('train = "south', 'trian = "south'),
        "party 2: got the unknown key 'trian'; did you mean 'train'?",
    ),
    "typo in a table": (replaced("[data]", "[dat]"), "got the unknown key 'dat'; did you mean 'data'?"),
    "unlike anything": (added("zzz = 1"), "market: got the unknown key 'zzz'; expected name, task,"),
    "no [data]": (
        replaced('[data]\nlabel = "ill"\nvalidation = "validation.csv"', ""),
        "the table [data] is missing",
    ),
    "no party": (holding("MARKET.toml", NO_TABLE), "[[party]] is missing"),
    "single brackets": (
        holding("MARKET.toml", NO_TABLE + b'[party]\nname = "A"\ntrain = "north.csv"\n'),
        "expected a table [[party]], in double brackets",
    ),
    "party without a file": (replaced('train = "south.csv"', ""), "party 2.train is missing"),
    "empty name": (replaced('"South"', '"  "'), "party 2.name: got '  ', expected a text that is not empty"),
    "name of two lines": (
        replaced('"South"', '"So\\nuth"'),
        "party 2.name: got 'So\\nuth', expected one line",
    ),
    "text for a number": (replaced("= 7", '= "7"'), "market.seed: got '7', expected a whole number from 0"),
    "truth for a number": (
        replaced("= 7", "= true"),
        "market.seed: got True, expected a whole number from 0",
    ),
    "negative seed": (replaced("= 7", "= -7"), "market.seed: got -7, expected a whole number from 0"),
    "number for a text": (replaced('"Three wards"', "3"), "market.name: got 3, expected a text in quotes"),
    "text for a list": (
        replaced("[data]", '[data]\nfeatures = "age"'),
        "data.features: got 'age', expected a list",
    ),
    "empty list": (replaced("[data]", "[data]\nfeatures = []"), "data.features: got [], expected a list"),
    "feature twice": (
        replaced("[data]", '[data]\nfeatures = ["age", " age"]'),
        "data.features: got 'age' twice",
    ),
    "not TOML": (replaced("= 7", "="), "is not TOML: Invalid value (at line 8"),
    "key twice": (added("seed = 8"), "is not TOML: Cannot overwrite a value"),
    "backslash in a path": (
        replaced('"south.csv"', '"C:\\Users\\south.csv"'),
        "in paths write / and not a backslash",
    ),
    "backslash and n": (replaced('"south.csv"', '"data\\new.csv"'), "in paths write / and not a backslash"),
    "UTF-16 market": (holding("MARKET.toml", MARKET.encode("utf-16")), "is not text in UTF-8"),
    "endless nesting": (holding("MARKET.toml", b"a=" + b"[" * 9999), "nested too deep"),
    "path too long": (replaced('"south', '"' + 300 * "s"), "File name too long"),
}
EVERYTHING = FILES | TERMS | FORM


@pytest.mark.parametrize("what", EVERYTHING)
def test_bad_input_is_said_in_one_line_and_leaves_nothing_behind(what: str, tmp_path: Path):
    """Exit code 2; the message says what was got and expected, and where; stdout and the folder stay as they were."""
    files = consortium(tmp_path)
    spoil, message = EVERYTHING[what]
    spoil(files)
    before = files.tree()
    result = files.run("--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"fairpool: {tmp_path}")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert files.tree() == before
    checked = fairpool("check", str(files.market))
    assert (checked.exit_code, checked.stdout) == (2, "")
    assert message in checked.stderr
    if what != "option scikit-learn refuses":  # a run says which rows, when it comes to them
        assert result.stderr.strip() in checked.stderr.splitlines()


def test_a_refused_run_leaves_earlier_results_as_they_were(tmp_path: Path):
    """The second run finds a mistake: the folder of the first is the same to the byte."""
    files = consortium(tmp_path)
    assert files.run().exit_code == 0
    files.cell("south.csv", 4, "age", "forty")
    before = files.tree()
    assert files.run().exit_code == 2
    assert files.tree() == before


@pytest.mark.parametrize("encoded", [MARKET.encode("utf-8-sig"), MARKET.replace("\n", "\r\n").encode()])
def test_windows_may_have_written_the_market_file(encoded: bytes, tmp_path: Path):
    """A byte order mark and carriage returns change nothing."""
    files = consortium(tmp_path)
    plain = read_market_file(files.market)
    files.market.write_bytes(encoded)
    assert read_market_file(files.market) == plain


def test_windows_may_have_written_the_data(tmp_path: Path):
    """CSV with a byte order mark and carriage returns settles as without: only the files' hashes are others."""
    files = consortium(tmp_path)
    plain = json.loads(files.run("--json").stdout)
    for name in ("north.csv", "south.csv", "west.csv", "validation.csv"):
        again(name, lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"))(files)
    written = json.loads(files.run("--json").stdout)
    hashes = [[one.pop("sha256") for one in document["inputs"]] for document in (plain, written)]
    assert len(set(hashes[0]) & set(hashes[1])) == 1, "the market file is the same"
    assert written == plain


def test_every_key_of_the_market_table_is_read(tmp_path: Path):
    """All that may be set, set to something else than its default."""
    keys = """division = "gain-only"\nminimum-fee = "2.50 EUR"\nshared-rows = "once"\nempty-coalition = "trivial"
customise = "none"\ntolerance = 0.5\nmethod = "sampled"\nevaluations = 30\ntarget-error = 0.25"""
    files = consortium(tmp_path, market=MARKET.replace("seed = 7", f"seed = 8\n{keys}"))
    found = read_market_file(files.market)
    options = found.options
    assert (found.name, found.division, found.seed) == ("Three wards", "gain-only", 8)
    assert (found.unit_price, found.minimum_fee, found.currency) == (100_000, 250, "EUR")
    assert (options.shared_rows.value, options.empty.value, options.customise.value) == (
        "once",
        "trivial",
        "none",
    )
    assert (options.tolerance, options.method.value, options.evaluations) == (0.5, "sampled", 30)
    assert options.target_error == 0.25


def test_paths_are_relative_to_the_market_file(tmp_path: Path):
    """Whatever folder the command is called in."""
    found = read_market_file(consortium(tmp_path).market)
    assert found.validation == tmp_path / "validation.csv"
    assert [party.train for party in found.parties] == [
        tmp_path / f"{n}.csv" for n in ("north", "south", "west")
    ]


def test_a_market_that_says_little_gets_the_defaults(tmp_path: Path):
    """One nearest neighbour, accuracy, the paper's division, no minimum fee; the file's name is the round's."""
    path = tmp_path / "spring.toml"
    path.write_text(
        '[market]\nunit-price = "5 JPY"\n[data]\nlabel = "y"\nvalidation = "v.csv"\n'
        '[[party]]\nname = "A"\ntrain = "a.csv"\n'
    )
    found = read_market_file(path)
    assert (found.name, found.learner, found.score) == ("spring", "nearest", "accuracy")
    assert (found.division, found.unit_price, found.minimum_fee) == ("normalised-shapley", 5, 0)
    assert found.features is None


def test_an_amount_out_of_reach_is_refused(tmp_path: Path):
    """Above 2**53 minor units a float cannot tell neighbouring amounts apart."""
    files = consortium(tmp_path, market=MARKET.replace("1000.00", "900000000000000.00"))
    with pytest.raises(InputError, match="expected at most 9007199254740992 minor units"):
        read_market_file(files.market)

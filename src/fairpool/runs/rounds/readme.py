"""README.txt beside the delivered models: what they are, what they want, and how they are used."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from fairpool.documents.settlement import Feature, PartyStatement, SettlementDocument

_WIDTH = 100
_KINDS = {"numeric": "a number", "boolean": "true or false (1 or 0)", "categorical": "a text"}
_LINES = """\
import onnxruntime, pandas
rows = pandas.read_csv("ROWS.csv", dtype=str, keep_default_na=False).apply(lambda cells: cells.str.strip())
number = lambda cells: pandas.to_numeric(cells.str.lower().replace({"true": "1", "false": "0"})).astype(float)
model = onnxruntime.InferenceSession("MODEL.onnx")
feed = {c.name: (rows[c.name].astype(object) if c.type == "tensor(string)" else number(rows[c.name])).to_numpy()[:, None] for c in model.get_inputs()}
print(*model.run(None, feed)[0], sep="\\n")
"""  # noqa: E501


def readme_text(document: SettlementDocument, files: Mapping[str, str]) -> str:
    """The text; ``files``: names of the files that hold a model, by party."""
    return "\n\n".join(["\n".join(part) for part in _parts(document, files)]) + "\n"


def _parts(document: SettlementDocument, files: Mapping[str, str]) -> Iterator[Iterable[str]]:
    data = document.data
    title = f"The models of the round: {document.name}"
    yield [title, "=" * len(title)]
    named = [party for party in document.parties if party.name in files]
    yield [line for party in named for line in _file(party, document, files)]
    if any(party.gain_interval for party in named):
        other = "the one it is delivered" if document.task == "own" else "the pooled one"
        yield _wrapped(
            f"Each interval is of the better of two models, the party's own and {other}, chosen anew in every draw of "
            "validation rows: one model that several parties get may have a different interval for each of them."
        )
    classes = "a number" if data.classes is None else f"one of {', '.join(data.classes)}"
    yield _wrapped(f"They predict {data.label!r}: {classes}.")
    yield [
        "Every row needs these columns, in the units of the files that were trained on; a blank is a missing value:",
        *(
            f"  {one.name:{_widest(data.features)}}  {_KINDS.get(one.kind, one.kind)}"
            for one in data.features
        ),
    ]
    if files:
        first = next(iter(files.values()))
        yield [
            "Without programming: rows are read as the party's own files were, and what does not fit is said.",
            "",
            f'  fairpool predict "{first}" ROWS.csv',
        ]
        yield [
            "In Python, with the packages onnxruntime and pandas; ROWS.csv is in UTF-8 and has commas and a header.",
            "A text is compared letter by letter there: write 4, not 4.0 (fairpool predict reads both).",
            "",
            *(f"  {line}" for line in _LINES.replace("MODEL.onnx", first).splitlines()),
        ]
    yield [
        "A model's file holds formulas and fitted numbers, no row of anybody's data. What can still be read from it is",
        "told in docs/decisions/0006-what-is-handed-out.md of fairpool.",
    ]


def _file(party: PartyStatement, document: SettlementDocument, files: Mapping[str, str]) -> Iterator[str]:
    trained = ", ".join(party.trained_on)
    yield files[party.name]
    between = party.gain_interval
    certain = f" ({between[0]:.3f} to {between[1]:.3f}, 95 %)" if between else ""
    score = f"{document.score} {party.gain:.3f}{certain} on {party.validation_rows:,} validation rows"
    yield from _wrapped(
        f"for {party.name}; {document.learner}, trained on the rows of {trained}; {score}", "  "
    )


def _widest(features: Iterable[Feature]) -> int:
    return max((len(one.name) for one in features), default=0)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)

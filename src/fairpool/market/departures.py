"""Sentences for people about a settlement: where it departs from the paper's assumptions, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.money import format_minor
from fairpool.ground.privacy import FEWEST_ROWS
from fairpool.learning.onnx.export import why_not_handed_out
from fairpool.market.agreement import Agreement
from fairpool.market.data_sheets.classes import classes_of_nobody
from fairpool.market.data_sheets.copied_validation import matched_more
from fairpool.market.data_sheets.leakage import RowsInValidation
from fairpool.market.data_sheets.shared import brought_twice, shared_among
from fairpool.market.data_sheets.task_facts import FEW, TaskFacts, facts_of_tasks
from fairpool.market.market import Appraisal
from fairpool.market.payments import Payments, PriceTerms
from fairpool.market.tolerances import SAME
from fairpool.market.uncertainty.round import why_unknown

_MOST_NAMED = 6
_SURE = 1.96  # standard errors: of 40 shares that are nothing one is taken for something


def remarks(agreement: Agreement, appraisal: Appraisal, payments: Payments) -> tuple[str, ...]:
    """One sentence for each thing worth saying; none where all is as the paper has it."""
    return (
        *_remarks(agreement, appraisal, payments),
        *filter(None, [why_unknown(agreement, appraisal.findings)]),
        *_own_terms(agreement, appraisal),
    )


def _remarks(agreement: Agreement, appraisal: Appraisal, payments: Payments) -> Iterator[str]:
    """By weight: what makes the numbers mean something else than they seem to comes first."""
    yield from _alone(agreement)
    yield from _leakage(agreement.rows_in_validation)
    yield from _matched_more(agreement)
    for facts in facts_of_tasks(agreement):
        if facts.hangs_on_few:
            yield _hanging_on_few(facts, agreement.terms.price)
    yield from _of_classes(agreement)
    yield from _of_sheets(agreement)
    names = np.array(agreement.names)
    if appraisal.keep_their_own:
        kept = ", ".join(names[list(appraisal.keep_their_own)])
        yield (
            f"No model in the market is better on its task than its own, so it keeps that and pays nothing: {kept}."
            if agreement.task == "own"
            else f"Better off with its own model than with the pooled one, and keeps it: {kept}."
        )
    if payments.improvement.sum():
        yield from _paid_nothing_or_noise(names, appraisal)
    if payments.returned.sum():
        yield (
            "This division hands out only part of the pot; the rest went back to the payers in proportion to what "
            "they paid (column returned)."
        )
    if agreement.terms.price.minimum_fee:
        yield (
            "Every party leaves at least the minimum fee: the operator retains what its improvement falls short of "
            "(column retained, no part of net)."
        )
    yield from _of_files(agreement)


def _paid_nothing_or_noise(names: NDArray[np.str_], appraisal: Appraisal) -> Iterator[str]:
    """Parties without a share; and in a sampled round those whose share may be nothing but the error of the sample."""
    shares, errors = appraisal.valuation.shares, appraisal.findings.share_errors
    useless, unsure = shares <= 0.0, (shares > 0.0) & (shares < _SURE * errors)
    if useless.any():
        sampled = appraisal.findings.method == "sampled"
        worth = "that by this sample are worth nothing" if sampled else "that were worth nothing"
        yield f"Data {worth} to the others, and so are paid nothing: {', '.join(names[useless])}."
    if unsure.any():
        yield (
            f"This sample does not tell from nothing the shares of {_some(names[unsure].tolist())}: together "
            f"{shares[unsure].sum():.1%} of the pot, which may be noise, as what is estimated below nothing counts as "
            "nothing. More evaluations tell more."
        )


def remarks_on_files(agreement: Agreement) -> Iterator[str]:
    """What reading the files met; known before any model is trained."""
    yield from brought_twice(agreement, shared_among(agreement.names, agreement.experiment.parties))
    yield from _alone(agreement)
    yield from _leakage(agreement.rows_in_validation)
    yield from _matched_more(agreement)
    yield from _of_classes(agreement)
    yield from _of_sheets(agreement)
    yield from _of_files(agreement)


def remarks_on_party(agreement: Agreement, party: str) -> Iterator[str]:
    """What of this concerns one party of the round: its rows, its task, and the columns that all have."""
    shared = shared_among(agreement.names, agreement.experiment.parties)
    yield from brought_twice(agreement, shared, of=party)
    yield from _of_classes(agreement, of=party)
    yield from remarks_on_rows(agreement, party)
    yield from _matched_more(agreement, of=party)
    yield from map(_sentence, agreement.notes_on_validation)
    yield from _unknown_texts(
        [said for said in agreement.unknown_categories if said.startswith(f"{party}: ")]
    )
    yield from _columns(agreement)


def remarks_on_rows(agreement: Agreement, party: str) -> Iterator[str]:
    """What one party's rows show beside the validation data; no other party's rows decide any of it."""
    yield from _leakage([one for one in agreement.rows_in_validation if party in (one.party, one.task)])
    yield from _of_sheet(agreement, party)


def _of_sheet(agreement: Agreement, party: str) -> Iterator[str]:
    yield from (_sentence(note) for one in agreement.data_sheets if one.party == party for note in one.notes)


def _of_sheets(agreement: Agreement) -> Iterator[str]:
    """What stands out in the validation data, and in the parties'."""
    yield from map(_sentence, agreement.notes_on_validation)
    for name in agreement.names:
        yield from _of_sheet(agreement, name)


def _sentence(note: str) -> str:
    return note if note[-1] in "?." else f"{note}."


def _of_classes(agreement: Agreement, *, of: str | None = None) -> Iterator[str]:
    """Classes that models are asked for and that nobody can teach them; ``of`` one party's task where each has one."""
    classes, names = agreement.preprocessing.schema.classes, agreement.names
    tasks = agreement.experiment.tasks
    for code, counts in classes_of_nobody(tasks, agreement.experiment.parties).items():
        assert classes is not None
        if agreement.task == "common":
            where = f"{counts[0]} of the {len(tasks[0])} validation rows are"
        else:
            asked = zip(names, counts, tasks, strict=True)
            found = [f"{name} ({n} of {len(task)})" for name, n, task in asked if n and of in (None, name)]
            where = f"validation rows of these parties are: {_some(found)}" if found else ""
        if where:
            yield (
                f'No row that is trained on is of class "{classes[code]}", and {where}: no model of the round can be '
                "right on them."
            )


def _alone(agreement: Agreement) -> Iterator[str]:
    """One party in the round: it settles, and nothing changes hands."""
    if len(agreement.names) > 1:
        return
    price = agreement.terms.price
    fee = price.minimum_fee
    kept = f" but the minimum fee of {format_minor(fee, price.currency)} {price.currency}" if fee else ""
    yield (
        f"{agreement.names[0]} is the only party, and nobody can gain from others: its model is the one it could train "
        f"by itself, it is paid nothing and pays nothing{kept}, and its share says nothing of its data. A second party "
        "makes a round of it."
    )


def _of_files(agreement: Agreement) -> Iterator[str]:
    yield from _unknown_texts(agreement.unknown_categories)
    yield from _columns(agreement)
    yield from agreement.notes


def _unknown_texts(said: Sequence[str]) -> Iterator[str]:
    if said:
        yield (
            "Texts that no validation row holds, or hardly any row of the round, read as none of the known ones; check "
            f"for typing errors: {'; '.join(said)}."
        )


def _own_terms(agreement: Agreement, appraisal: Appraisal) -> Iterator[str]:
    learning = agreement.terms.learning
    if learning.scoring is not None:
        yield (
            f"The score {learning.score} is the caller's own: every value was checked to lie from 0 to 1, and "
            "nothing else could be checked further."
        )
    if learning.estimator is not None:
        kept = why_not_handed_out(appraisal.models[0].estimator)
        delivered = "" if kept is None else f" Its models are delivered in memory only, not as files: {kept}."
        yield (
            f"The learner {learning.learner} is the caller's own: it was fitted with one seed on rows in one order, "
            f"and nothing else could be checked further.{delivered}"
        )


def _hanging_on_few(facts: TaskFacts, price: PriceTerms) -> str:
    """One row is worth 50,000 of this score."""
    whose = "The common task's score" if facts.party is None else f"The score of {facts.party}'s task"
    of = f' of class "{facts.of_class}" (it has {facts.alike})' if facts.of_class is not None else ""
    amount = format_minor(round(price.unit_price * facts.one_row), price.currency)
    return (
        f"{whose} hangs on few of its {facts.rows} validation rows: one row{of} is worth {facts.one_row:.3f} of it, "
        f"{amount} {price.currency}. {_more_rows(facts)}"
    )


def _more_rows(facts: TaskFacts) -> str:
    """What to do about it: a row's worth falls as rows of its kind come in, where there are classes."""
    if facts.of_class is None:
        return (
            "That is the row farthest from the mean: see whether its label is right, or validate on more rows; "
            "what is paid hangs on it as much as on the data."
        )
    wanted, of_class = (floor(rows * facts.one_row / FEW + SAME) + 1 for rows in (facts.rows, facts.alike))
    return (
        "The score moves in steps of such rows, and a difference of few steps between parties may be chance. Validate "
        f'on {wanted} rows or more of the same mix, {of_class} of class "{facts.of_class}": then a step is worth less '
        f"than {FEW:g}."
    )


def _leakage(found: Sequence[RowsInValidation]) -> Iterator[str]:
    beyond = [one.counted for one in found if one.more_than_chance]
    if beyond:
        left_out = any(one.left_out for one in found)
        done = "and are left out of training" if left_out else "and are trained on: their scores are too good"
        yield f"Training rows stand in the validation data, more than chance explains, {done}: {_some(beyond)}."


def _matched_more(agreement: Agreement, of: str | None = None) -> Iterator[str]:
    """Of all parties, or of one; the other parties' rows decide it, so it is told where all of them are there."""
    parties = agreement.experiment.parties
    rows = {name: len(mine) for name, mine in zip(agreement.names, parties, strict=True)}
    more = matched_more(agreement.rows_in_validation, rows)
    told = [one.counted for one in more if of in (None, one.found.party)]
    if told:
        yield (
            f"Rows that are exactly validation rows, far more often than the other parties' rows are: {_some(told)}. "
            "Ask whether validation rows were copied into the training rows; they are trained on."
        )


def _some(counted: Sequence[str]) -> str:
    more = len(counted) - _MOST_NAMED
    return ", ".join(counted[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _columns(agreement: Agreement) -> Iterator[str]:
    schema = agreement.preprocessing.schema
    if schema.dropped:
        yield f"Not used, as they are blank in every validation row: {', '.join(schema.dropped)}."
    if schema.identifiers:
        yield (
            "Not used, as they name rows rather than describe them, with another value in nearly every row (name them "
            f"in features to use them): {', '.join(schema.identifiers)}."
        )
    if schema.rare:
        yield (
            f"Not used, as a model's file would show their texts, which stand in fewer than {FEWEST_ROWS} rows of the "
            f"round each: {', '.join(schema.rare)}."
        )
    if agreement.unshared:
        yield f"Not used, as not every file has them: {', '.join(agreement.unshared)}."
    if schema.dates:
        yield (
            f"Not used, as they hold dates: {', '.join(schema.dates)}. A date counts if it is made a number (days "
            "since a day), or each is taken as a category (categorical)."
        )

"""page.html of one agent: a pure function of its release.json, so nothing of the others can be on it.

In the order in which its statistician asks: the estimate, what was given and how to use it, what was asked and handed
in, what the plan promises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairpool.documents.sharing.agent import (
    ComparedRelease,
    CostsRelease,
    EqualRelease,
    Released,
    withholds_noise,
)
from fairpool.reports.frame.cleaning import cleaned
from fairpool.reports.frame.glossary import glossary_of
from fairpool.reports.frame.layout import Tile, by_name, rendered
from fairpool.reports.frame.magnitudes import apart, plain, significant, to_error
from fairpool.reports.frame.numerals import amount_of, listed, plural
from fairpool.reports.sharing.agents import known, rows
from fairpool.reports.sharing.charts.noise_and_penalty import saving_in_words
from fairpool.reports.sharing.comparison import FAR_RATIO, times
from fairpool.reports.sharing.kinds import claims_of
from fairpool.reports.sharing.prose.advice import steps_for

Estimated = EqualRelease | CostsRelease


@dataclass(frozen=True, slots=True)
class NamedRows:
    """What the frame's table shows: a name and texts in each row, only columns in which somebody has something."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def agent_page(document: Released) -> str:
    """The page of one agent as HTML."""
    found: Released = cleaned(document)
    compared = isinstance(found, ComparedRelease)
    reward = found.reward if isinstance(found, ComparedRelease) else None
    return rendered(
        "sharing/agent.html",
        {"plural": plural, "significant": significant, "plain": plain, "listed": listed},
        d=found,
        kind="What one agent is given",
        version=found.fairpool,
        source="release.json",
        compared=compared,
        withheld=not compared and withholds_noise(found.mechanism),
        claims=claims_of(found),
        steps=steps_for(found, reward),
        glossary=glossary_of("comparison" if compared else "sharing"),
        columns=listed(list(found.columns), 20),
        given=found.explanation,
        **by_name(found, headline, tiles, estimate_table, release_table, asked_table, promises),
    )


# ---- the first screen


def headline(document: Released) -> str:
    """What the agent has now, in a sentence."""
    if isinstance(document, ComparedRelease):
        return _reward_headline(document)
    found = known(document.estimate)
    if not found:
        return f"{document.agent} is given no estimate in this round."
    if len(document.columns) == 1:
        estimate, error = document.estimate[0], document.standard_error[0]
        said = f"{document.agent}: the estimate of {document.columns[0]} is {to_error(estimate, error)}"
        low, high = document.interval[0]
        if low is None:
            return f"{said}."
        return f"{said}, with a 95 % interval from {to_error(low, error)} to {to_error(high, error)}."
    columns = plural(len(document.columns), "column")
    return f"{document.agent}: estimates of {len(found):,} of {columns}, with intervals."


def _reward_headline(document: ComparedRelease) -> str:
    if document.payment is not None and document.currency:
        return f"{document.agent} is paid {amount_of(document.payment, document.currency)}."
    if document.rows_given is not None:
        return f"{document.agent} is given {plural(document.rows_given, 'row')} of the others."
    return f"{document.agent} is given nothing in this round."


def tiles(document: Released) -> list[Tile]:
    """What it got, how sure that makes it, and what it is worth."""
    handed_in = Tile(rows(document.submitted), "rows that you handed in")
    if isinstance(document, ComparedRelease):
        loss, expected = apart([document.loss, document.expected], 2)
        chance = significant(document.p_value, 2)
        return [
            handed_in,
            Tile(loss, f"your loss; honest rows have {expected} on average"),
            Tile(chance, "p-value: how often honest rows lose as much"),
        ]
    return [handed_in, _given_tile(document), *_error_tiles(document), *_penalty_tiles(document)]


def _given_tile(document: Estimated) -> Tile:
    clean, corrupted = _counts(document)
    if not any(clean) and not any(corrupted):
        return Tile("–", "nothing was given")
    return Tile(f"{rows(clean)} + {rows(corrupted)}", "rows of the others, clean and with noise, behind it")


def _error_tiles(document: Estimated) -> list[Tile]:
    pairs = zip(document.standard_error_alone, document.standard_error, strict=True)
    both = [(alone, error) for alone, error in pairs if alone and error]
    if len(document.columns) > 1 or not both:
        return []
    texts = apart(both[0], 2)
    tone = "better" if both[0][1] < both[0][0] else ""
    return [Tile(f"{texts[0]} → {texts[1]}", "standard error from own data alone → with the release", tone)]


def _penalty_tiles(document: Estimated) -> list[Tile]:
    if document.penalty is None or not document.penalty_alone:
        return []
    part = 1 - document.penalty / document.penalty_alone
    words = "penalty under the plan than working alone"
    return [Tile(saving_in_words(part), words, "better" if part > 0 else "")]


# ---- by column


def estimate_table(document: Released) -> NamedRows:
    """The estimate with its interval beside what own data alone say; what honest rows lose where rows are compared."""
    if isinstance(document, ComparedRelease):
        return _feature_table(document)
    errors = document.standard_error
    ends = [
        [to_error(end, error) for end in pair] for pair, error in zip(document.interval, errors, strict=True)
    ]
    return _by_column(
        document,
        {
            "Estimate": list(map(to_error, document.estimate, errors)),
            "95 % interval": ["–" if low == "–" else f"{low} to {high}" for low, high in ends],
            "Standard error": [significant(one) for one in errors],
            "Mean of your rows": list(map(to_error, document.mean, document.standard_error_alone)),
            "Standard error alone": [significant(one) for one in document.standard_error_alone],
        },
    )


def _feature_table(document: ComparedRelease) -> NamedRows:
    losses, expected = document.feature_losses, document.feature_expected
    ratios = [loss / mean if mean else None for loss, mean in zip(losses, expected, strict=True)]
    return _by_column(
        document,
        {
            "Your loss": [significant(one) for one in losses],
            "Honest rows, on average": [significant(one) for one in expected],
            "Ratio": [
                f"{'▲ ' if one is not None and one > FAR_RATIO else ''}{times(one).strip(' ()') or '–'}"
                for one in ratios
            ],
            "Mean of your rows": [significant(one) for one in document.mean],
        },
    )


def release_table(document: Released) -> NamedRows:
    """What stands behind the estimate: others' rows, their noise, and what one with noise counts."""
    if isinstance(document, ComparedRelease):
        return NamedRows((), ())
    clean, corrupted = _counts(document)
    return _by_column(
        document,
        {
            "Clean": [f"{one:,}" for one in clean],
            "With noise": [f"{one:,}" for one in corrupted],
            "Variance of the noise": [significant(one) for one in document.noise_variance],
            "Weight of a row with noise": [significant(one) for one in document.weight],
        },
    )


def asked_table(document: Released) -> NamedRows:
    """Asked, handed in, the agent's own cost and role."""
    columns = {
        "Asked for": [rows([one]) for one in document.asked],
        "Handed in": [f"{one:,}" for one in document.submitted],
    }
    if isinstance(document, CostsRelease):
        columns["Your cost of a sample"] = [
            "–" if one is None else plain(one, 6) for one in document.costs or ()
        ]
        columns["Your role"] = list(document.role)
    return _by_column(document, {head: texts for head, texts in columns.items() if texts})


def _by_column(document: Released, columns: dict[str, list[str]]) -> NamedRows:
    """A row per column of the data, without what is known for none of them."""
    kept = {head: texts for head, texts in columns.items() if set(texts) != {"–"}}
    table = [(name, tuple(texts[k] for texts in kept.values())) for k, name in enumerate(document.columns)]
    return NamedRows(tuple(kept), tuple(table))


def _counts(document: Estimated) -> tuple[Sequence[int], Sequence[int]]:
    """Clean rows and corrupted ones, by column."""
    if isinstance(document, CostsRelease):
        return document.clean_rows, document.corrupted_rows
    width = len(document.columns)
    return (document.clean_rows,) * width, (document.corrupted_rows,) * width


# ---- sentences


def promises(document: Released) -> list[str]:
    """What the plan is worth to the agent if all follow it."""
    if isinstance(document, ComparedRelease):
        plan, currency = document.collection, document.currency
        if plan is None or not currency:
            return []
        paid, kept = (
            amount_of(round(plan.expected_payment), currency),
            amount_of(round(plan.expected_profit), currency),
        )
        return [
            f"If all collect {plan.rows_each:,} rows, an agent is paid {paid} on average, and keeps {kept}."
        ]
    if document.penalty is None:
        return []
    said, alone = apart([document.penalty, document.penalty_alone])
    cannot = (
        "; alone it could not estimate everything" if document.penalty_alone is None else f"; {alone} alone"
    )
    return [
        f"{document.agent}'s penalty, squared error plus the cost of what it collects, is {said} if all follow the"
        f" plan{cannot}. That is an average over rounds, not the error of this one.",
        *_error_promised(document),
    ]


def _error_promised(document: Estimated) -> list[str]:
    if document.error_of == "the plan" and (errors := known(document.standard_error)):
        return [f"The standard error that the plan promises to honest agents is {significant(errors[0])}."]
    return []

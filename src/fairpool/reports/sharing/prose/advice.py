"""What an agent should do with its release: plain steps, and one agent's numbers worked through."""

from __future__ import annotations

from fairpool.documents.sharing.agent import withholds_noise
from fairpool.documents.sharing.mediator import AgentEntry, SharingDocument
from fairpool.reports.frame.magnitudes import plain, significant, to_error
from fairpool.reports.frame.numerals import plural
from fairpool.reports.sharing.agents import known
from fairpool.reports.sharing.kinds import (
    Told,
    checks_distributions,
    corrupts_rows,
    entry_of,
    releases_estimates,
    releases_rows,
)

_INTERVAL = (
    "Report the estimate with its standard error (release.json, standard_error): the estimate ± two of them"
    " contains the truth in about 95 of 100 cases."
)
_PROMISED = (
    "This standard error is what the plan promises to agents that follow it, over many rounds. How large the noise of"
    " this round was is not told: it would give the others' mean to an agent that made its own up."
)


def steps(document: SharingDocument) -> list[str]:
    """What an agent should do, in order."""
    compared = document.cramer_von_mises
    return steps_for(document, compared.reward if compared else None)


def steps_for(document: Told, reward: str | None) -> list[str]:
    """The same from any document; ``reward``: the kind of it, where rows were compared."""
    if checks_distributions(document):
        return _after_a_check(reward)
    if corrupts_rows(document):
        return _with_corrupted_rows(document)
    if releases_rows(document):
        return [
            "Use your own samples, all that you collected, as you measured them.",
            (
                "Add the rows of your release (release.csv). They are all clean, exactly as the others"
                " submitted them, and count as much as your own."
            ),
            "The plain mean of both is the estimate (release.json, estimate, has it worked out).",
            _INTERVAL,
        ]
    if releases_estimates(document):
        return _with_an_estimate(document)
    return ["Nothing was shared: use your own samples, and their plain mean.", _INTERVAL]


def _with_corrupted_rows(document: Told) -> list[str]:
    entry = entry_of(document)
    return [
        (
            "Use your own samples, all that you collected and as you measured them, even if you submitted"
            " something else. They count 1 each."
        ),
        (
            "Add the rows of your release (release.csv, a column for each quantity; the column kind says which is"
            f" which). A clean row counts 1. A corrupted row counts {entry.weight}."
        ),
        (
            "The estimate is the weighted mean of all three. It is worked out in release.json (estimate), under"
            " the assumption that you submitted what you collected."
        ),
        _INTERVAL + (" Here it is an upper bound." if entry.sigma_bounds else ""),
        (
            "Do not pool the corrupted rows as if they were clean, and do not use them for anything but the"
            " mean: their spread is not the spread of the data."
        ),
    ]


def _with_an_estimate(document: Told) -> list[str]:
    accept = (
        "Use the estimate in your release (release.csv, or release.json: estimate) as it is. Your own"
        " submission is in it already: do not average it with your own samples again."
    )
    if entry_of(document).of is not None:
        return [accept, _INTERVAL, *([_PROMISED] if withholds_noise(document.mechanism) else [])]
    return [
        "Look up, quantity by quantity, what you are in this round (role, in release.json).",
        f"Where you are checked or get the mean: {accept[0].lower()}{accept[1:]}",
        "Where you work alone or collect for all: your own samples are the estimate.",
        _INTERVAL,
    ]


def _after_a_check(reward: str | None) -> list[str]:
    if reward == "data":
        return [
            "Your release (release.csv) holds rows of the others, exactly as they were submitted.",
            "Use them together with your own rows; each counts the same.",
            (
                "If your own loss is far above its honest expectation, find out why first: the others' data"
                " are then not like yours."
            ),
        ]
    return [
        "Your payment stands in release.json. No rows are handed out with this reward.",
        (
            "If your loss is far above its honest expectation, look at the features that give your submission"
            " away: a wrong unit, a shifted clock or another population looks like this, too."
        ),
    ]


def worked_example(document: SharingDocument) -> list[str]:
    """The arithmetic of the first agent that was given corrupted rows, so that a reader can redo it."""
    sigma = document.sigma
    if not corrupts_rows(document) or not sigma:
        return []
    return next((said for agent in document.agents if (said := _worked(document, agent, sigma))), [])


def _worked(document: SharingDocument, agent: AgentEntry, sigma: float) -> list[str]:
    """Nothing where a number of the first column is not known."""
    numbers = known(
        [one[0] for one in (agent.weight, agent.noise_variance, agent.standard_error, agent.estimate)]
    )
    own, clean, corrupted = agent.collected[0], agent.clean[0], agent.corrupted[0]
    if len(numbers) < 4 or not corrupted:
        return []
    weight, noise, error, estimate = numbers
    column = f" in {document.columns[0]}" if len(document.columns) > 1 else ""
    total = own + clean + weight * corrupted
    return [
        (
            f"{agent.name} has {plural(own, 'row')} of its own, {clean:,} clean and "
            f"{corrupted:,} corrupted ones. The noise on these has the variance"
            f" {significant(noise)}{column},"
            f" so each counts {significant(weight)}."
        ),
        (
            f"Together they count as {own:,} + {clean:,} + {significant(weight)} ×"
            f" {corrupted:,} = {significant(total)} clean rows."
        ),
        (
            f"The weighted mean is {to_error(estimate, error)}, with a standard error of {significant(error)}"
            f"{_by_formula(sigma, own + clean, weight, corrupted, error)}."
        ),
    ]


def _by_formula(sigma: float, untouched: float, weight: float, corrupted: float, error: float) -> str:
    """`` = σ/√83.2`` where the weight is the best one, so that this is the formula."""
    total = untouched + weight * corrupted
    by_formula = sigma / total**0.5 if total > 0 else 0.0
    same = abs(by_formula - error) < 1e-6 * error
    return f" = {plain(sigma)}/√{significant(total)}" if same else ""

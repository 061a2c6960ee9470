"""What an operator may choose beside learner, score, division and price, and how the work is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from fairpool.ground.choices import chosen
from fairpool.ground.errors import InputError
from fairpool.ground.handed_in import function
from fairpool.ground.progress import Progress, unwatched
from fairpool.ground.quantities import real_number, whole_number
from fairpool.learning.checkpoint import Store
from fairpool.learning.experiment import EmptyCoalition, SharedRowsRule

MOST_EXACT = 20  # parties: 2**20 coalitions
LEAST_BUDGET = 2000  # coalitions where the operator names no budget


class Method(Enum):
    """How values are found.

    Attributes
    ----------
    AUTO     a closed form where there is one, every coalition where the learner can afford it, else a sample
    EXACT    a closed form or every coalition; refused beyond `MOST_EXACT` parties
    SAMPLED  a sample of coalitions

    Examples
    --------
    >>> from fairpool.market import Method, Options
    >>> Options(method=Method.SAMPLED, evaluations=4000).method.value
    'sampled'
    """

    AUTO = "auto"
    EXACT = "exact"
    SAMPLED = "sampled"


class Customise(Enum):
    """How a model for an own task is kept from serving other tasks (`fairpool.market.own_tasks.customisation`).

    Attributes
    ----------
    NONE     it is not
    ROWS     rows of other parties that are worth nothing for the own task are left out
    PENALTY  the model is taught to be uninformative on the other tasks

    Examples
    --------
    >>> from fairpool.market import Customise
    >>> [step.value for step in Customise]
    ['none', 'rows', 'penalty']
    """

    NONE = "none"
    ROWS = "rows"
    PENALTY = "penalty"


class OverlapRule(Enum):
    """What is done about a party's training rows that stand in the validation data, where chance does not explain them.

    Attributes
    ----------
    KEEP       they are told of, and trained on
    LEAVE_OUT  no model is trained on them
    REFUSE     the round is refused

    Examples
    --------
    >>> from fairpool.market import Options
    >>> Options(overlap="leave-out").overlap
    <OverlapRule.LEAVE_OUT: 'leave-out'>
    """

    KEEP = "keep"
    LEAVE_OUT = "leave-out"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Options:
    """Choices with defaults; one of several may be given as its word, ``method="sampled"``.

    Parameters
    ----------
    shared_rows : SharedRowsRule
        Whether a model is trained on a row once that several members bring identically.
    empty : EmptyCoalition
        What the empty coalition is worth.
    customise : Customise
        Own tasks: the customisation step.
    tolerance : float
        Own tasks: how much of its own gain, 0 to 1, a model may lose to customisation.
    method : Method
        How values are found.
    evaluations : int or None
        Sampled: most coalitions to evaluate; None for 2,000, and more for many parties.
    target_error : float or None
        Sampled: stop when every share's standard error is this small.
    overlap : OverlapRule
        What is done about training rows that stand in the validation data.

    Raises
    ------
    InputError
        For a choice that is out of range, or a word that is none of those there are.

    Examples
    --------
    >>> from fairpool.market import Options, SharedRowsRule
    >>> Options(shared_rows=SharedRowsRule.ONCE).tolerance
    0.0
    """

    shared_rows: SharedRowsRule = SharedRowsRule.KEEP
    empty: EmptyCoalition = EmptyCoalition.ZERO
    customise: Customise = Customise.ROWS
    tolerance: float = 0.0
    method: Method = Method.AUTO
    evaluations: int | None = None
    target_error: float | None = None
    overlap: OverlapRule = OverlapRule.KEEP

    def __post_init__(self) -> None:
        for name, kind in _WORDS.items():
            object.__setattr__(self, name, chosen(kind, getattr(self, name), what=name.replace("_", "-")))
        part, whole, above = "a number from 0 to 1", "a whole number above 0", "a number above 0"
        if not 0.0 <= real_number(self.tolerance, what="tolerance", expected=part) <= 1.0:
            raise InputError(f"tolerance: got {self.tolerance}, expected {part}")
        if (most := self.evaluations) is not None and whole_number(
            most, what="evaluations", expected=whole
        ) < 1:
            raise InputError(f"evaluations: got {most}, expected {whole}")
        error = self.target_error
        if error is not None and not real_number(error, what="target-error", expected=above) > 0:
            raise InputError(f"target-error: got {error}, expected {above}")


_WORDS: dict[str, type[Enum]] = {
    "shared_rows": SharedRowsRule,
    "empty": EmptyCoalition,
    "customise": Customise,
    "method": Method,
    "overlap": OverlapRule,
}


def exact_is_meant(options: Options, parties: int, affordable: int) -> bool:
    """Whether every coalition is to be evaluated, where a learner can afford it for ``affordable`` parties.

    Raises InputError where there are too many parties for what was asked.
    """
    n = parties
    if options.method is Method.EXACT and n > MOST_EXACT:
        raise InputError(
            f"{n} parties cannot be exact: that takes 2**{n} = {2**n:,} models, and the limit is {MOST_EXACT} parties. "
            'Use method = "sampled" with evaluations = 2000 or so, or learner = "nearest" with neighbours = 1'
        )
    return options.method is Method.EXACT or (options.method is Method.AUTO and n <= affordable)


def refuse_sample_of_collapsed(options: Options, parties: int) -> None:
    """InputError: the division "collapsed" needs every coalition."""
    raise InputError(
        f'division "collapsed" compares all coalitions; {parties} parties and method = "{options.method.value}" '
        'mean a sample of them. Choose another division, or method = "exact"'
    )


def refuse_small_budget(options: Options, parties: int, least: int) -> None:
    """InputError for a budget too small for any error bar, which takes ``least`` evaluations."""
    least = min(least, 2**parties)
    if options.evaluations is not None and options.evaluations < least:
        raise InputError(
            f"evaluations: got {options.evaluations}, expected at least {least} for {parties} parties"
        )


@dataclass(frozen=True, slots=True)
class Work:
    """How the work is done; nothing here changes a result.

    Parameters
    ----------
    jobs : int
        Worker processes; -1 for one on each core.
    checkpoint : Store or None
        Where finished chunks are kept, so that a killed run goes on where it was.
    progress : callable
        Told (coalitions done, coalitions asked for).
    stage : callable
        Told what is being done, in words.

    Raises
    ------
    InputError
        For what is none of these.

    Examples
    --------
    >>> from fairpool.market import Work
    >>> Work(stage=print).stage("valuing coalitions")
    valuing coalitions
    """

    jobs: int = 1
    checkpoint: Store | None = None
    progress: Progress = unwatched
    stage: Callable[[str], None] = lambda _words: None

    def __post_init__(self) -> None:
        jobs = "a whole number of processes from 1 up, or -1 for one on each core"
        if whole_number(self.jobs, what="jobs", expected=jobs) < 1 and self.jobs != -1:
            raise InputError(f"jobs: got {self.jobs}, expected {jobs}")
        store = self.checkpoint
        if store is not None and not all(callable(getattr(store, name, None)) for name in ("read", "write")):
            raise InputError(
                f"checkpoint: got {store!r}, expected an object with read(name) and write(name, content)"
            )
        function(
            self.progress, what="progress", expected="a function of (coalitions done, coalitions in all)"
        )
        function(self.stage, what="stage", expected="a function of what is being done, in words")

"""SHARE.toml: strings become objects once, here.

Paths are relative to the file.  Whatever can be known to be wrong before any data is read is an InputError that names
the file and the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fairpool.files.concerning import concerning
from fairpool.files.file_names import file_names
from fairpool.files.sharing.mechanisms import (
    OBJECTIVES,
    keys_of,
    known_mechanism,
    positive,
    refuse_foreign,
)
from fairpool.files.sharing.rewards import Reward, reward_of
from fairpool.files.toml_table import TomlTable, read_toml
from fairpool.ground.errors import InputError
from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.mechanisms.catalogue import CRAMER_VON_MISES, HETEROGENEOUS, MECHANISMS
from fairpool.sharing.mechanisms.estimate_only import MOST_POWER

TABLES = ("sharing", "agent")
ALWAYS = ("name", "mechanism", "seed")
SHARING = (
    *ALWAYS, "sigma", "cost", "power", "costs", "objective",
    "reward", "withheld", "budget", "row-cost", "value", "spread", "agreed",
)  # fmt: skip
AGENT = ("name", "samples", "agreed")
WRITTEN_BESIDE_AGENTS = ("summary.json", "report.html")


@dataclass(frozen=True, slots=True)
class EqualTerms:
    """Of agents with one cost: sigma, the cost of a row, and k of "estimate-only"."""

    sigma: float
    cost: float
    power: int


@dataclass(frozen=True, slots=True)
class CostTerms:
    """Of agents with costs of their own."""

    sigma: float
    costs: Path
    objective: Objective


@dataclass(frozen=True, slots=True)
class AgentFile:
    """An agent, the folder its results go to, and its samples (None: it hands in nothing)."""

    name: str
    folder: str
    samples: Path | None
    agreed: int | None


@dataclass(frozen=True, slots=True)
class ShareFile:
    """A share file, parsed and checked as far as it goes without reading data."""

    path: Path
    name: str
    mechanism: str
    seed: int
    terms: EqualTerms | CostTerms | Reward
    agents: tuple[AgentFile, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(agent.name for agent in self.agents)


def read_share_file(path: Path) -> ShareFile:
    """Parse a share file."""
    if path.is_dir():
        raise InputError("is a folder, expected a file such as SHARE.toml", file=path)
    document = read_toml(path, TABLES)
    sharing = document.table("sharing", SHARING)
    with concerning(path):
        mechanism = known_mechanism(sharing.text("mechanism"), MECHANISMS)
        given = [key for key in sharing.content if key not in ALWAYS]
        refuse_foreign(given, mechanism, keys_of(mechanism, sharing=SHARING), prefix="sharing.")
        terms = _terms(sharing, mechanism)
    agents = tuple(_agent(table, terms) for table in document.tables("agent", AGENT))
    found = ShareFile(
        path=path,
        name=sharing.text("name", path.stem),
        mechanism=mechanism,
        seed=sharing.whole("seed", 0, least=0),
        terms=terms,
        agents=agents,
    )
    _refuse_few(found)
    _refuse_one_name(found)
    _refuse_one_folder(found)
    return found


def _terms(sharing: TomlTable, mechanism: str) -> EqualTerms | CostTerms | Reward:
    if mechanism == CRAMER_VON_MISES:
        return reward_of(sharing)
    sigma = positive(sharing.number("sigma", None), "sharing.sigma", "the standard deviation of a sample")
    if mechanism == HETEROGENEOUS:
        costs = sharing.text("costs", expected="a CSV file with a row an agent and a column a distribution")
        objective = Objective(sharing.choice("objective", OBJECTIVES, Objective.SOCIAL.value))
        return CostTerms(sigma, sharing.path.parent / costs, objective)
    meaning = "what a sample costs, in units of squared error"
    cost = positive(sharing.number("cost", None), "sharing.cost", meaning)
    return EqualTerms(sigma, cost, _power(sharing))


def _power(sharing: TomlTable) -> int:
    power = sharing.whole("power", 1, least=1)
    if power > MOST_POWER:
        raise InputError(f"sharing.power: got {power}, expected a whole number from 1 to {MOST_POWER}")
    return power


def _agent(table: TomlTable, terms: EqualTerms | CostTerms | Reward) -> AgentFile:
    name = table.text("name")
    samples = table.text("samples", "")
    agreed = table.whole("agreed", None, least=1)
    if isinstance(terms, Reward):
        if not samples:
            problem = f"{table.name} ({name!r}): samples is missing; this check compares rows of every agent"
            raise InputError(problem, file=table.path)
        agreed = _agreed(table, name, agreed, terms)
    elif agreed is not None:
        problem = f'{table.name} ({name!r}): agreed belongs to {CRAMER_VON_MISES!r} with reward = "data"'
        raise InputError(problem, file=table.path)
    path = table.path.parent / samples if samples else None
    return AgentFile(name, file_names([name])[name], path, agreed)


def _agreed(table: TomlTable, name: str, agreed: int | None, reward: Reward) -> int | None:
    if reward.kind != "data":
        if agreed is not None:
            raise InputError(f'{table.name} ({name!r}): agreed belongs to reward = "data"', file=table.path)
        return None
    if agreed is None and reward.agreed is None:
        problem = (
            f"{table.name} ({name!r}): agreed is missing: expected how many rows the agent was to bring "
            "(here, or once for all in [sharing])"
        )
        raise InputError(problem, file=table.path)
    return reward.agreed if agreed is None else agreed


def _refuse_few(found: ShareFile) -> None:
    compared = found.mechanism == CRAMER_VON_MISES
    fewest, why = (
        (3, "between two nobody can tell who is right") if compared else (2, "one has nobody to share with")
    )
    if len(found.agents) < fewest:
        problem = f"[[agent]]: got {len(found.agents)}, expected at least {fewest}; {why}"
        raise InputError(problem, file=found.path)


def _refuse_one_name(found: ShareFile) -> None:
    places: dict[str, int] = {}
    for place, name in enumerate(found.names, start=1):
        if name in places:
            problem = f"agent {place}: got the name {name!r}, which agent {places[name]} has already"
            raise InputError(f"{problem}; expected a name of its own", file=found.path)
        places[name] = place


def _refuse_one_folder(found: ShareFile) -> None:
    """Folders that differ in capital letters only are one folder on many disks."""
    taken = dict.fromkeys(WRITTEN_BESIDE_AGENTS, "")
    for agent in found.agents:
        folder = agent.folder.casefold()
        if folder in taken:
            other = f"as the one of {taken[folder]!r}" if taken[folder] else "as a file of the results"
            problem = f"agent {agent.name!r}: its folder {agent.folder!r} would be the same {other}"
            raise InputError(f"{problem}; expected a name that differs in more letters", file=found.path)
        taken[folder] = agent.name

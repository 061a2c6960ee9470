"""SHARE.toml: strings become objects once, here.

Paths are relative to the file.  Whatever can be known to be wrong before any data is read is an InputError that names
the file and the key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fairpool.files.problem_in_file import concerning
from fairpool.files.reading_keys import agreed_conventions, is_parquet, of_columns
from fairpool.files.safe_names import file_names
from fairpool.files.sharing.keys import AgentKeys, ShareTables, SharingKeys
from fairpool.files.sharing.mechanisms import known_mechanism, positive, refuse_foreign
from fairpool.files.sharing.rewards import Reward, reward_of
from fairpool.files.toml_file import read_toml, refuse_same_name
from fairpool.ground.errors import InputError
from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.mechanisms.catalogue import CRAMER_VON_MISES, HETEROGENEOUS, MECHANISMS
from fairpool.tables.conventions import Conventions

ALWAYS = ("name", "mechanism", "seed")
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
    """An agent, the folder its results go to, and its samples (None: it hands in nothing), read by its conventions."""

    name: str
    folder: str
    samples: Path | None
    agreed: int | None
    conventions: Conventions = field(default_factory=Conventions)


@dataclass(frozen=True, slots=True)
class ShareFile:
    """A share file, parsed and checked as far as it goes without reading data."""

    path: Path
    name: str
    mechanism: str
    seed: int | None
    terms: EqualTerms | CostTerms | Reward
    agents: tuple[AgentFile, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(agent.name for agent in self.agents)


def read_share_file(path: Path) -> ShareFile:
    """Parse a share file; raises InputError."""
    with concerning(path):
        tables = read_toml(path, ShareTables, called="SHARE.toml")
        sharing = tables.sharing
        mechanism = known_mechanism(sharing.mechanism, MECHANISMS)
        given = [key for key in sharing.given() if key not in ALWAYS]
        refuse_foreign(given, mechanism, among=list(SharingKeys.named()), prefix="sharing.")
        terms = _terms(sharing, mechanism, path.parent)
        meant = agreed_conventions(Conventions(), tables.data.conventions_given(), table="data")
        found = ShareFile(
            path=path,
            name=sharing.name or path.stem,
            mechanism=mechanism,
            seed=sharing.seed,
            terms=terms,
            agents=tuple(
                _agent(keys, f"agent {place} ({keys.name!r})", terms, path.parent, meant)
                for place, keys in enumerate(tables.agent, 1)
            ),
        )
        _refuse_few(found)
        refuse_same_name(found.names, table="agent")
        _refuse_one_folder(found)
    return found


def _terms(sharing: SharingKeys, mechanism: str, folder: Path) -> EqualTerms | CostTerms | Reward:
    if mechanism == CRAMER_VON_MISES:
        return reward_of(sharing)
    sigma = positive(sharing.sigma, "sharing.sigma", "the standard deviation of a sample")
    if mechanism == HETEROGENEOUS:
        return CostTerms(sigma, folder / sharing.needed("costs", table="sharing"), sharing.objective)
    cost = positive(sharing.cost, "sharing.cost", "what a sample costs, in units of squared error")
    return EqualTerms(sigma, cost, sharing.power)


def _agent(
    keys: AgentKeys,
    called: str,
    terms: EqualTerms | CostTerms | Reward,
    folder: Path,
    meant: Conventions,
) -> AgentFile:
    agreed = keys.agreed
    if isinstance(terms, Reward):
        if not keys.samples:
            raise InputError(f"{called}: samples is missing; this check compares rows of every agent")
        agreed = _agreed(called, agreed, terms)
    elif agreed is not None:
        raise InputError(f'{called}: agreed belongs to {CRAMER_VON_MISES!r} with reward = "data"')
    path = folder / keys.samples if keys.samples else None
    own = agreed_conventions(meant, keys.conventions_given(), table=called)
    if path is not None and is_parquet(path):
        own = of_columns(own)
    return AgentFile(keys.name, file_names([keys.name])[keys.name], path, agreed, own)


def _agreed(called: str, agreed: int | None, reward: Reward) -> int | None:
    if reward.kind != "data":
        if agreed is not None:
            raise InputError(f'{called}: agreed belongs to reward = "data"')
        return None
    if agreed is None and reward.agreed is None:
        raise InputError(
            f"{called}: agreed is missing: expected how many rows the agent was to bring "
            "(here, or once for all in [sharing])"
        )
    return reward.agreed if agreed is None else agreed


def _refuse_few(found: ShareFile) -> None:
    compared = found.mechanism == CRAMER_VON_MISES
    fewest, why = (
        (3, "between two nobody can tell who is right") if compared else (2, "one has nobody to share with")
    )
    if len(found.agents) < fewest:
        raise InputError(f"[[agent]]: got {len(found.agents)}, expected at least {fewest}; {why}")


def _refuse_one_folder(found: ShareFile) -> None:
    """Folders that differ in capital letters only are one folder on many disks."""
    taken = dict.fromkeys(WRITTEN_BESIDE_AGENTS, "")
    for agent in found.agents:
        folder = agent.folder.casefold()
        if folder in taken:
            other = f"as the one of {taken[folder]!r}" if taken[folder] else "as a file of the results"
            problem = f"agent {agent.name!r}: its folder {agent.folder!r} would be the same {other}"
            raise InputError(f"{problem}; expected a name that differs in more letters")
        taken[folder] = agent.name

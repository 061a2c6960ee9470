"""SHARE.toml: what is wrong with it is said once, clearly, with the key, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.sharers import C3D, COMPARED, Sharers, Spoil, costly_sharers, replaced, sharers
from fairpool.files.sharing.rewards import Collection, Reward
from fairpool.files.sharing.share_file import CostTerms, EqualTerms, read_share_file
from fairpool.sharing import Objective
from fairpool.sharing.rewards.value_curves import PowerLaw


def refused(files: Sharers, message: str) -> None:
    """Exit code 2, one line that names the file and says ``message``, everything else as it was."""
    before = files.tree()
    result = files.run("--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"fairpool: {files.folder}")
    assert files.tree() == before


def spoilt(files: Sharers, spoil: Spoil) -> Sharers:
    """With an earlier result in the folder, so that it can be seen to stay."""
    files.out.mkdir()
    (files.out / "summary.json").write_text("of an earlier sharing")
    spoil(files)
    return files


def added(line: str) -> Spoil:
    """One more line in [sharing]."""
    return replaced("seed = 7", f"seed = 7\n{line}")


EQUAL: dict[str, tuple[Spoil, str]] = {
    "no mechanism": (replaced('mechanism = "c3d"', ""), "sharing.mechanism is missing"),
    "unknown mechanism": (
        replaced('"c3d"', '"c3d-tune"'),
        "mechanism: got 'c3d-tune'; did you mean 'c3d-tuned'?",
    ),
    "magic": (replaced('"c3d"', '"magic"'), "mechanism: got 'magic'; expected alone, pool-and-share, quota"),
    "no sigma": (replaced("sigma = 2.0", ""), "sharing.sigma is missing: expected a positive number"),
    "no cost": (replaced("cost = 0.01", ""), "sharing.cost is missing: expected a positive number"),
    "sigma 0": (replaced("sigma = 2.0", "sigma = 0"), "sharing.sigma: got 0.0, expected a positive number"),
    "sigma below": (
        replaced("sigma = 2.0", "sigma = -2"),
        "sharing.sigma: got -2.0, expected a positive number",
    ),
    "sigma nan": (replaced("sigma = 2.0", "sigma = nan"), "sharing.sigma: got nan, expected a finite number"),
    "sigma endless": (replaced("sigma = 2.0", "sigma = 1" + "0" * 400), "expected a finite number"),
    "sigma text": (replaced("sigma = 2.0", 'sigma = "2"'), "sharing.sigma: got '2', expected a number"),
    "sigma huge": (
        replaced("sigma = 2.0", "sigma = 1e99"),
        "sharing.sigma: got 1e+99, expected a number from 1e-75",
    ),
    "cost 0": (replaced("cost = 0.01", "cost = 0.0"), "sharing.cost: got 0.0, expected a positive number"),
    "cost below": (
        replaced("cost = 0.01", "cost = -1"),
        "sharing.cost: got -1.0, expected a positive number",
    ),
    "cost infinite": (
        replaced("cost = 0.01", "cost = inf"),
        "sharing.cost: got inf, expected a finite number",
    ),
    "objective": (
        added('objective = "nash"'),
        "sharing.objective: does not belong to the mechanism 'c3d', which takes sharing.sigma, sharing.cost",
    ),
    "costs": (added('costs = "costs.csv"'), "sharing.costs: does not belong to the mechanism 'c3d'"),
    "power": (added("power = 2"), "sharing.power: does not belong to the mechanism 'c3d'"),
    "reward": (added('reward = "data"'), "sharing.reward: does not belong to the mechanism 'c3d'"),
    "typing error": (added("sigm = 1.0"), "sharing: got the unknown key 'sigm'; did you mean 'sigma'?"),
    "seed": (replaced("seed = 7", "seed = -1"), "sharing.seed: got -1, expected a whole number from 0 up"),
    "seed text": (replaced("seed = 7", 'seed = "x"'), "sharing.seed: got 'x'"),
    "name": (replaced('"Six labs"', '""'), "sharing.name: got '', expected a text that is not empty"),
    "no table": (replaced("[sharing]", "[share]"), "got the unknown key 'share'; did you mean 'sharing'?"),
    "no TOML": (replaced("[sharing]", "[sharing"), "is not TOML"),
    "power too high": (
        replaced('"c3d"', '"estimate-only"\npower = 101'),
        "sharing.power: got 101, expected a whole number from 1 to 100",
    ),
    "agreed": (replaced('"north.csv"', '"north.csv"\nagreed = 3'), "agent 1 ('North'): agreed belongs to"),
    "no agent name": (replaced('name = "North"', ""), "agent 1.name is missing"),
    "agent key": (
        replaced('"north.csv"', '"north.csv"\ntrain = "x.csv"'),
        "agent 1: got the unknown key 'train'",
    ),
    "same name": (replaced('"South"', '"North"'), "agent 2: got the name 'North', which agent 1 has already"),
    "same folder": (
        replaced('"South"', '"north"'),
        "agent 'north': its folder 'north' would be the same as the one of 'North'",
    ),
    "same folder by letters": (
        lambda files: (replaced('"North"', '"A/B"')(files), replaced('"South"', '"A:B"')(files)),
        "agent 'A:B': its folder 'A_B' would be the same as the one of 'A/B'",
    ),
    "a file's name": (
        replaced('"South"', '"Summary.json"'),
        "its folder 'Summary.json' would be the same as a file of",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), EQUAL.values(), ids=EQUAL)
def test_what_is_wrong_with_equal_terms_is_said(spoil: Spoil, message: str, tmp_path: Path):
    """Before any data is read: the samples could be missing."""
    files = spoilt(sharers(tmp_path), spoil)
    for path in tmp_path.glob("*.csv"):
        path.unlink()
    refused(files, message)


COSTLY: dict[str, tuple[Spoil, str]] = {
    "cost": (
        added("cost = 1.0"),
        "sharing.cost: does not belong to the mechanism 'heterogeneous', which takes "
        "sharing.sigma, sharing.costs, sharing.objective",
    ),
    "no costs": (
        replaced('costs = "costs.csv"', ""),
        "sharing.costs is missing: expected a CSV file with one row per agent",
    ),
    "objective": (
        replaced('"nash"', '"best"'),
        'sharing.objective: got \'best\', expected "social" or "nash"',
    ),
    "sigma": (replaced("sigma = 2.0", "sigma = 0.0"), "sharing.sigma: got 0.0, expected a positive number"),
}


@pytest.mark.parametrize(("spoil", "message"), COSTLY.values(), ids=COSTLY)
def test_what_is_wrong_with_costs_of_their_own_is_said(spoil: Spoil, message: str, tmp_path: Path):
    """With the keys that there are."""
    refused(spoilt(costly_sharers(tmp_path), spoil), message)


VALUE = 'value = { curve = "power-law", ceiling = 6000.0, scale = 9000.0 }'
COLLECT = f'"collection-cost"\nrow-cost = "1.00 EUR"\n{VALUE}'
BUDGET = '"budget"\nbudget = "900.00 EUR"'
COMPARED_ONES: dict[str, tuple[str, str]] = {
    "no reward": (
        COMPARED.replace('reward = "budget"\n', ""),
        "sharing.reward is missing: expected 'budget' or",
    ),
    "reward": (
        COMPARED.replace('reward = "budget"', 'reward = "gold"'),
        "sharing.reward: got 'gold', expected",
    ),
    "no budget": (
        COMPARED.replace('budget = "900.00 EUR"', ""),
        "sharing.budget is missing: expected an amount in quotes",
    ),
    "budget": (
        COMPARED.replace('"900.00 EUR"', '"900 euros"'),
        "sharing.budget: got '900 euros', expected a number and",
    ),
    "cents": (
        COMPARED.replace("900.00", "900.001"),
        "sharing.budget: got '900.001 EUR', but EUR has 2 decimals",
    ),
    "sigma": (
        f"{COMPARED}sigma = 1.0\n",
        "sharing.sigma: does not belong to the mechanism 'cramer-von-mises'",
    ),
    "value": (
        f"{COMPARED}{VALUE}\n",
        "sharing.value: does not belong to reward = 'budget', which takes budget, withheld",
    ),
    "withheld": (
        f'{COMPARED}withheld = "some"\n',
        'sharing.withheld: got \'some\', expected "nothing" or "balanced"',
    ),
    "collection withheld": (
        COMPARED.replace(BUDGET, f'{COLLECT}\nwithheld = "balanced"'),
        "sharing.withheld: does not belong to reward = 'collection-cost'",
    ),
    "free rows": (
        COMPARED.replace(BUDGET, COLLECT.replace("1.00", "0.00")),
        "sharing.row-cost: got 0, expected what",
    ),
    "no value": (
        COMPARED.replace(BUDGET, COLLECT.split("\nvalue")[0]),
        "sharing.value is missing: expected a table",
    ),
    "curve": (
        COMPARED.replace(BUDGET, COLLECT.replace("power-law", "bent")),
        "sharing.value.curve: got 'bent', expected",
    ),
    "scale": (
        COMPARED.replace(BUDGET, COLLECT.replace("9000.0", "-1.0")),
        "sharing.value.scale: got -1.0, expected a",
    ),
    "no ceiling": (
        COMPARED.replace(BUDGET, COLLECT.replace("ceiling = 6000.0, ", "")),
        "sharing.value.ceiling is missing",
    ),
    "spread": (
        COMPARED.replace(BUDGET, f"{COLLECT}\nspread = 0.5"),
        "sharing.spread: got 0.5, expected above 0",
    ),
    "not worth it": (
        COMPARED.replace(BUDGET, COLLECT.replace("1.00 EUR", "9000.00 EUR")),
        "sharing.value: no number of rows is worth its cost",
    ),
    "not agreed": (
        COMPARED.replace(BUDGET, f'"data"\n{VALUE}'),
        "agent 1 ('North'): agreed is missing: expected how many rows the agent was to bring",
    ),
}


@pytest.mark.parametrize(("sharing", "message"), COMPARED_ONES.values(), ids=COMPARED_ONES)
def test_what_is_wrong_with_a_reward_is_said(sharing: str, message: str, tmp_path: Path):
    """Every key belongs to one reward."""
    refused(sharers(tmp_path, sharing), message)


@pytest.mark.parametrize(
    ("sharing", "agents", "message"),
    [
        (C3D, 1, "[[agent]]: got 1, expected at least 2; one has nobody to share with"),
        (COMPARED, 2, "[[agent]]: got 2, expected at least 3; between two nobody can tell who is right"),
    ],
)
def test_too_few_agents_are_refused(sharing: str, agents: int, message: str, tmp_path: Path):
    """Two to share, three to compare."""
    refused(sharers(tmp_path, sharing, agents=agents), message)


def test_a_check_needs_rows_of_everybody(tmp_path: Path):
    """An agent may not leave out its samples."""
    files = sharers(tmp_path, COMPARED)
    files.change("SHARE.toml", 'samples = "west.csv"', "")
    refused(files, "agent 3 ('West'): samples is missing; this check compares rows of every agent")


def test_a_folder_is_no_share_file(tmp_path: Path):
    """Nor is a file that is not there."""
    files = sharers(tmp_path)
    files.share.unlink()
    refused(files, "SHARE.toml: there is no such file")
    files.share.mkdir()
    refused(files, "SHARE.toml: is a folder, expected a file such as SHARE.toml")


# ---- what is right


def test_terms_of_every_kind(tmp_path: Path):
    """Strings become objects once."""
    equal = read_share_file(sharers(tmp_path).share)
    assert equal.terms == EqualTerms(2.0, 0.01, 1)
    assert (equal.name, equal.seed, equal.agents[0].folder) == ("Six labs", 7, "North")
    costly = read_share_file(costly_sharers(tmp_path).share)
    assert costly.terms == CostTerms(2.0, tmp_path / "costs.csv", Objective.NASH)


def test_defaults_are_said_in_no_file(tmp_path: Path):
    """The name is that of the file, no seed, the objective social."""
    files = costly_sharers(tmp_path)
    for line in ('name = "Three labs"\n', "seed = 7\n", 'objective = "nash"\n'):
        files.change("SHARE.toml", line, "")
    found = read_share_file(files.share)
    assert (found.name, found.seed) == ("SHARE", None)
    assert isinstance(found.terms, CostTerms)
    assert found.terms.objective is Objective.SOCIAL


def test_values_of_rows_are_in_the_currencys_minor_units(tmp_path: Path):
    """6000 EUR are 600,000 cents."""
    found = read_share_file(sharers(tmp_path, COMPARED.replace(BUDGET, COLLECT)).share)
    assert isinstance(found.terms, Reward)
    assert found.terms.scheme == Collection(PowerLaw(600_000.0, 900_000.0, 0.5), 100.0, 1 / 6)


def test_agents_agree_on_rows_each_or_all_alike(tmp_path: Path):
    """[[agent]] overrides [sharing]."""
    files = sharers(tmp_path, COMPARED.replace(BUDGET, f'"data"\nagreed = 8\n{VALUE}'))
    files.change("SHARE.toml", '"west.csv"', '"west.csv"\nagreed = 12')
    assert [agent.agreed for agent in read_share_file(files.share).agents] == [8, 8, 12, 8, 8, 8]

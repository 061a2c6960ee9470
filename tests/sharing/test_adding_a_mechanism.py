"""A mechanism for equal agents is added in two places: its own file, and one entry of the catalogue.

The mechanism here is pool-and-share of medians: everybody gets the median of what the others submitted.  It lives in
this file and in one entry; plan, files, run, terminal, page and settings know it without another line.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from builders.consortium import fairpool
from builders.sharers import C3D, LABS, sharers
from fairpool.documents.sharing.mediator import read_sharing
from fairpool.reports.sharing.prose.reproduction import share_toml
from fairpool.sharing.mechanisms.catalogue import EQUAL, MECHANISMS, Entry, Gives, mechanism_named
from fairpool.sharing.mechanisms.claims import Claims
from fairpool.sharing.planning_and_running import plan, run
from fairpool.sharing.release import Estimate, MeanRelease, checked_submissions, with_others
from fairpool.sharing.terms import Plan, SharingTerms
from fairpool.sharing.whole_samples import beside, least

# ---- the first place: its own file


@dataclass(frozen=True)
class Medians:
    """Everybody gets the median of what the others submitted, worth 2/pi of as many rows."""

    terms: SharingTerms
    samples: float

    def whole(self) -> Medians:
        return least([replace(self, samples=n) for n in beside(self.samples)])

    def plan(self) -> Plan:
        penalty = float(self.expected_penalty(self.samples))
        return Plan("medians", self.terms, self.samples, None, penalty, truthful=False)

    def expected_penalty(self, samples):
        t = np.asarray(samples, dtype=np.float64)
        total = t + 2 / math.pi * (self.terms.agents - 1) * self.samples
        return self.terms.penalty(self.terms.sigma**2 / total, t)

    def releases(self, submissions, chance):  # noqa: ARG002
        d = self.terms.coordinates
        rows = checked_submissions(submissions, agents=self.terms.agents, coordinates=d)
        return tuple(self._median(others) for _, others in with_others(rows))

    def _median(self, others):
        error = np.full(others.shape[1], self.terms.sigma * math.sqrt(math.pi / 2 / len(others)))
        return MeanRelease(np.median(others, axis=0), error, np.zeros(len(error)), np.ones(len(error)))

    def estimate(self, own, release):  # noqa: ARG002
        return Estimate(release.mean, release.standard_error)


# ---- the second place: one entry

MEDIANS = Entry(
    "everybody gets the median of the others",
    EQUAL,
    Gives.ESTIMATES,
    lambda terms, _: Medians(terms, terms.samples_at_optimum),
    claims=Claims(
        "Medians for all",
        "Everybody gets the median of what the others submitted.",
        proved=("A median is worth as much as the mean of 2/π as many rows.",),
        assumed=("{normal}", "{others}", "{cost}"),
    ),
)


@pytest.fixture(autouse=True)
def medians(monkeypatch: pytest.MonkeyPatch):
    """The catalogue with one entry more."""
    monkeypatch.setitem(MECHANISMS, "medians", MEDIANS)


def test_the_room_plans_and_runs_it():
    """By its name, as any other."""
    terms = SharingTerms(6, 2.0, 0.01)
    assert plan("medians", agents=6, sigma=2.0, cost=0.01).samples == terms.samples_at_optimum
    rows = [np.arange(8.0) + i for i in range(6)]
    outcomes = run(mechanism_named("medians", terms).whole(), rows, rng=np.random.default_rng(7))
    assert outcomes[0].estimate.mean[0] == np.median(np.concatenate(rows[1:]))


def test_the_command_plans_it():
    """As text and JSON; its line stands in the help, and a slip of the pen is told."""
    terms = ("--agents", "10", "--sigma", "1", "--cost", "0.0025")
    found = json.loads(fairpool("share", "plan", "--mechanism", "medians", *terms, "--json").stdout)
    assert (found["mechanism"], found["truthful"]) == ("medians", False)
    assert "NOT guaranteed" in fairpool("share", "plan", "--mechanism", "medians", *terms).stdout
    assert "everybody gets the median of the others" in fairpool("share", "plan", "--help").stdout
    assert "did you mean 'medians'?" in fairpool("share", "plan", "--mechanism", "median", *terms).stderr


def test_a_file_that_names_it_is_shared(tmp_path: Path):
    """Releases, the summary and the page; the page says what is known of it, and how to do it again."""
    files = sharers(tmp_path, C3D.replace('"c3d"', '"medians"'))
    result = files.run("--json")
    assert (result.exit_code, result.stderr) == (0, "")
    document = read_sharing(json.loads(result.stdout))
    others = np.concatenate([np.loadtxt(files.file(f"{lab.lower()}.csv"), skiprows=1) for lab in LABS[1:]])
    assert document.agents[0].estimate == (np.median(others),)
    assert document.agents[0].corrupted == (5 * 8,)
    page = (files.out / "mediator" / "report.html").read_text()
    assert all(sentence in page for sentence in (MEDIANS.claims.title, *MEDIANS.claims.proved))
    assert "do not average it with your own samples again" in page
    assert 'mechanism = "medians"' in share_toml(document)
    assert "medians" in fairpool("share", "run", str(files.share), "--out", str(files.out)).stdout


def test_a_key_that_is_not_its_own_is_refused(tmp_path: Path):
    """What the entry does not list, it does not take."""
    files = sharers(tmp_path, C3D.replace('"c3d"', '"medians"\npower = 2'))
    result = files.run()
    assert result.exit_code == 2
    assert (
        "does not belong to the mechanism 'medians', which takes sharing.sigma, sharing.cost" in result.stderr
    )

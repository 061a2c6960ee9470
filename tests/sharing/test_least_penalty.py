"""The tuned plan: nothing near it and nothing on a coarse map of everything is better."""

from __future__ import annotations

import numpy as np
import pytest

from fairpool.sharing.enforcement.corruption import corruption_level, expected_error
from fairpool.sharing.enforcement.tuning import least_penalty
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.terms import SharingTerms

SOME = [2, 3, 4, 5, 6, 8, 10, 20, 35, 50, 100, 300, 1000]


def penalties(n, z, agents):
    """In units of sigma sqrt(c), of n and z in units of sigma/sqrt(c); inf where no alpha enforces them."""
    w = (agents - 1) * n - z
    alpha = corruption_level(n, z, w, 1e8, sigma=1e4)
    return np.where(np.isnan(alpha), np.inf, expected_error(n, z, w, alpha, sigma=1.0) + n)


@pytest.mark.parametrize("m", SOME)
def test_no_neighbour_is_better(m):
    """Steps of 10, 1 and 0.1 per cent in every direction."""
    n, z = least_penalty(m)
    here = penalties(np.array([n]), np.array([z]), m)[0]
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    steps = np.array([0.1, 0.01, 0.001])[:, None]
    near = penalties((n * (1 + steps * np.cos(turn))).ravel(), (z * (1 + steps * np.sin(turn))).ravel(), m)
    assert near.min() >= here * (1 - 1e-8)


@pytest.mark.parametrize("m", SOME)
def test_no_point_of_the_map_is_better(m):
    """60 x 60 points, also where n + z is more than an agent alone would collect."""
    n, z = (one.ravel() for one in np.meshgrid(np.geomspace(1 / m, 1, 60), np.geomspace(0.01, 2, 60)))
    inside = z < (m - 1) * n
    least = penalties(*(np.array([one]) for one in least_penalty(m)), m)[0]
    assert penalties(n[inside], z[inside], m).min() >= least * (1 - 1e-8)


@pytest.mark.parametrize("m", SOME)
def test_tuning_beats_the_published_plan(m):
    """1.51 times the optimum at most; the published plan has up to 2."""
    terms = SharingTerms(m, sigma=3.0, cost=0.002)
    tuned, published = C3D.tuned(terms).plan(), C3D.published(terms).plan()
    assert tuned.penalty < published.penalty
    assert tuned.ratio < 1.51
    assert tuned.samples < published.samples
    assert tuned.truthful


@pytest.mark.long
def test_tuning_beats_the_published_plan_for_many_m():
    """The tuned ratio rises to 1.5035 at 35 agents and falls again."""
    agents = np.unique(np.geomspace(2, 1000, 25).astype(int))
    ratios = []
    for m in map(int, agents):
        terms = SharingTerms(m, sigma=1.0, cost=0.01)
        ratios.append(C3D.tuned(terms).plan().ratio)
        assert ratios[-1] < C3D.published(terms).plan().ratio
    assert max(ratios) == pytest.approx(1.5034, abs=1e-3)
    assert 25 <= agents[np.argmax(ratios)] <= 50


def test_two_agents_share_freely():
    """n = a/2 each, nothing corrupted to speak of: what two agents that trust each other would end up with."""
    n, _ = least_penalty(2)
    assert n == pytest.approx(0.5, abs=1e-6)
    assert C3D.tuned(SharingTerms(2, sigma=1.0, cost=0.01)).plan().ratio == pytest.approx(
        1.5 / np.sqrt(2), rel=1e-6
    )

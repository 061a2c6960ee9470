"""Quality: what honest rows get, what wrong rows are worth, and whether the error bars hold."""

import numpy as np
import pytest
from scipy.stats import norm

from fairpool.learning.cramer_von_mises import check
from fairpool.learning.permutation import permutation_p_value
from fairpool.pricing.contributors.quality import judge_all, learn_chance, trusted


def judged(tables, *, seed=0, permutations=199):
    chance = learn_chance(tables, permutations=permutations, rng=np.random.default_rng(seed))
    return judge_all(tables, chance)


def test_honest_contributors_get_nearly_all_on_average():
    """Full quality in about 98 of 100 cases, and more than 0.98 on average within four standard errors."""
    rng = np.random.default_rng(1)
    found = [
        one
        for _ in range(60)
        for one in judged([rng.normal(size=(60, 3)) for _ in range(4)], permutations=99)
    ]
    values = np.array([one.value for one in found])
    assert values.mean() > 0.98 - 4 * values.std() / np.sqrt(len(values))
    assert np.mean(values == 1) > 0.95


@pytest.mark.parametrize("sizes", [(20, 40, 40), (200, 60, 60), (50, 50)])
def test_p_values_of_honest_contributors_are_below_a_tenth_in_a_tenth_of_cases(sizes):
    rng = np.random.default_rng(2)
    p = np.array(
        [
            judged([rng.exponential(size=(n, 2)) for n in sizes], permutations=99)[0].p_value
            for _ in range(200)
        ]
    )
    assert abs(np.mean(p <= 0.1) - 0.1) <= 4 * np.sqrt(0.09 / 200)


def test_the_p_value_agrees_with_the_exact_permutation_test_in_one_feature():
    rng = np.random.default_rng(3)
    tables = [rng.normal(0.45, 1, (60, 1)), rng.normal(size=(80, 1)), rng.normal(size=(80, 1))]
    exact = permutation_p_value(tables, 0, permutations=4_999, rng=rng)
    chance = learn_chance(tables, permutations=4_999, rng=rng)
    ratio = float(chance.surprise_of(check(tables)[0])[0])
    assert chance.p_value(ratio) == pytest.approx(exact, abs=0.02)


def test_more_wrong_rows_are_not_more_effective_rows():
    """n q tends to c / b^2: for a shift by half a deviation about 1/6 / 0.0196, whatever n."""
    rng = np.random.default_rng(4)
    others = [rng.normal(size=(20_000, 1)) for _ in range(2)]
    effective = []
    for n in (500, 5_000, 50_000):
        tables = [rng.normal(0.5, 1, (n, 1)), *others]
        effective.append(n * judged(tables)[0].value)
    u = np.random.default_rng(5).normal(size=200_000)
    squared = np.mean((norm.cdf(u - 0.5) - norm.cdf(u)) ** 2)
    assert effective[2] == pytest.approx(1 / 6 / squared, rel=0.1)
    assert effective[0] <= 1.5 * effective[2]


def test_the_standard_error_is_that_of_repeated_samples():
    """Shifted rows drawn again and again: quality varies by what is stated, within four standard errors of that."""
    rng = np.random.default_rng(6)
    chance = learn_chance([rng.normal(size=(400, 1)) for _ in range(3)], permutations=999, rng=rng)
    found = []
    for _ in range(300):
        tables = [rng.normal(0.5, 1, (400, 1)), rng.normal(size=(400, 1)), rng.normal(size=(400, 1))]
        one = judge_all(tables, chance)[0]
        found.append((one.value, one.error))
    values, errors = np.array(found).T
    spread = values.std(ddof=1)
    assert abs(np.median(errors) - spread) <= 4 * spread / np.sqrt(2 * 300) + 0.15 * spread


def test_who_does_not_agree_is_set_aside_before_anybody_is_judged():
    rng = np.random.default_rng(8)
    tables = [rng.normal(size=(300, 2)) for _ in range(6)]
    tables[2] = tables[2] + 1
    tables[4] = tables[4] - 1
    chance = learn_chance(tables, permutations=199, rng=rng)
    assert trusted(tables, chance) == (0, 1, 3, 5)


def test_at_least_half_are_kept_and_never_fewer_than_two():
    rng = np.random.default_rng(8)
    for m in (2, 3, 5):
        tables = [rng.normal(3 * i, 1, (100, 1)) for i in range(m)]
        chance = learn_chance([rng.normal(size=(100, 1))] * 2, permutations=99, rng=rng)
        assert len(trusted(tables, chance)) == max((m + 1) // 2, 2)

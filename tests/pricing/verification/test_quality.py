"""Quality: what honest rows get, what wrong rows are worth, and whether the error bars hold."""

import numpy as np
import pytest
from scipy.stats import norm

from fairpool.comparing.cramer_von_mises import cramer_von_mises_check
from fairpool.comparing.permutation import permutation_p_value
from fairpool.pricing.verification.quality import judge_all, learn_chance, trusted


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


@pytest.mark.long
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
    ratio = float(chance.surprise_of(cramer_von_mises_check(tables)[0])[0])
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
    """Half agree, the others are each somewhere else: exactly the half is kept."""
    rng = np.random.default_rng(8)
    for places in ([0, 0], [0, 0, 9], [0, 0, 0, 4, 9], [0, 0, 0, 0, 3, -6, 9]):
        tables = [rng.normal(place, 1, (100, 1)) for place in places]
        chance = learn_chance([rng.normal(size=(100, 1))] * 2, permutations=99, rng=rng)
        assert trusted(tables, chance) == tuple(np.flatnonzero(np.equal(places, 0)))


def test_contributors_that_all_differ_are_all_kept():
    rng = np.random.default_rng(8)
    tables = [rng.normal(place, 1, (300, 1)) for place in rng.normal(size=8)]
    chance = learn_chance(tables, permutations=199, rng=rng)
    assert trusted(tables, chance) == tuple(range(8))


def differing(contributors, rows, columns, spread, rng):
    """Normal columns whose means and deviations differ between contributors."""
    means = spread * rng.normal(size=(contributors, columns))
    deviations = np.exp(spread / 2 * rng.normal(size=(contributors, columns)))
    return [mean + sd * rng.normal(size=(rows, columns)) for mean, sd in zip(means, deviations, strict=True)]


@pytest.mark.parametrize(("contributors", "spread"), [(4, 0.5), (10, 0.2), (10, 0.5)])
def test_honest_contributors_that_differ_by_nature_lose_nearly_nothing(contributors, spread):
    """At least 0.98 on average, within four standard errors."""
    values = honest_values(contributors, spread)
    assert values.mean() > 0.98 - 4 * values.std() / np.sqrt(len(values))


def test_differences_too_small_to_be_called_natural_cost_honest_contributors():
    """A refutation, kept: with 500 rows each, a tenth of a deviation is seen in some of them only."""
    values = honest_values(10, 0.1)
    assert 0.5 < values.mean() < 0.97


def honest_values(contributors, spread):
    rng = np.random.default_rng(1)
    draws = (differing(contributors, 500, 4, spread, rng) for _ in range(80 // contributors))
    return np.array([one.value for tables in draws for one in judged(tables, permutations=99)])


def test_what_exceeds_the_natural_differences_counts_less():
    """Eight contributors differ by 0.2 deviations; the ninth by 5 counts less than a fifth, the others in full."""
    rng = np.random.default_rng(3)
    tables = differing(9, 400, 3, 0.2, rng)
    tables[4][:, 1] += 5
    found = judged(tables)
    assert found[4].value < 0.2
    assert found[4].feature == 1
    assert found[4].ratio > found[4].limit > found[4].chance_limit
    assert np.mean([one.value for i, one in enumerate(found) if i != 4]) > 0.97


def test_what_hides_inside_the_natural_differences_is_not_seen():
    """A refutation, kept: half a deviation is found among contributors that are alike, not among those that differ."""
    rng = np.random.default_rng(3)
    alike, different = differing(9, 400, 3, 0.0, rng), differing(9, 400, 3, 0.5, rng)
    for tables in (alike, different):
        tables[4] = tables[4] + 0.5
    assert judged(alike)[4].value < 0.3
    assert judged(different)[4].value == 1


def test_of_two_contributors_none_counts_less():
    rng = np.random.default_rng(3)
    for one in judged([rng.normal(size=(200, 2)), 9 + rng.normal(size=(200, 2))]):
        assert (one.value, one.error) == (1, 0)
        assert one.p_value == 1 / 200
        assert one.limit == np.inf


def test_a_truth_value_that_is_hardly_ever_true_is_no_sign_of_dishonesty():
    """Two of 200 rows are true, none of the others' 600: that happens to one of four contributors in sixteen cases."""
    tables = [np.zeros((200, 1)) for _ in range(4)]
    tables[1][:2] = 1
    assert [one.value for one in judged(tables)] == [1, 1, 1, 1]

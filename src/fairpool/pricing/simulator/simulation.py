"""Policies at work: rounds of buyers, what was earned, and what the best fixed curve would have earned.

    revenue      what the policy earned up to a round
    in hindsight the most that one curve would have earned from the same buyers: one question to the oracle
    pseudo       sum over rounds of max_p q @ r(p) - q @ r(p_t), for buyers that come independently with law q

Both regrets are recorded at rounds in equal ratios.  Every replication draws its buyers and the policy's chance from
streams of its own, so replication k is the same whichever replications ran before, and two policies that are given
equal generators meet the same buyers.  Replications done earlier are handed back in with ``done``, not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance, chance
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import CurveOracle, Offer
from fairpool.pricing.policies.fixed_curve import best_in_hindsight
from fairpool.pricing.policies.policy import PricePolicy, Purchase, State, checked_horizon
from fairpool.pricing.simulator.arrivals import Arrivals
from fairpool.pricing.simulator.regret import Path, Regret

MOST_REMEMBERED = 4096  # curves whose purchases are kept at a time

Watch = Callable[[int, int], None]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, eq=False)
class TradingGround:
    """Where policies are compared.

    Parameters
    ----------
    valuations : Valuations
        Of (types, amounts), in money: what buyers do.
    arrivals : Arrivals
        Which type comes in which round, such as `Independent`.
    oracle : CurveOracle
        Finds the best curve for frequencies: the policy's helper, and the yardstick of hindsight.
    probabilities : float64 array of shape (types,), optional
        q of buyers that come independently; None where there is no such law, and then no pseudo-regret.

    Examples
    --------
    >>> from fairpool.pricing.oracles.menu_search import MenuSearch
    >>> from fairpool.pricing.simulator.arrivals import Independent
    >>> from fairpool.pricing.simulator.saturating_market import saturating_probabilities, saturating_valuations
    >>> worths, law = saturating_valuations(), saturating_probabilities()
    >>> TradingGround(worths, Independent(law), MenuSearch(worths), law).valuations.types
    10
    """

    valuations: Valuations
    arrivals: Arrivals
    oracle: CurveOracle
    probabilities: Floats | None = None


class CountedOracle:
    """An oracle that counts its questions."""

    def __init__(self, oracle: CurveOracle) -> None:
        self._oracle = oracle
        self.questions = 0

    def best(self, weights: Floats) -> Offer:
        self.questions += 1
        return self._oracle.best(weights)


class PurchaseTable:
    """What each type does at a curve, worked out once for every curve object (and kept for a bounded number)."""

    def __init__(self, valuations: Valuations, probabilities: Floats | None) -> None:
        self._valuations, self._probabilities = valuations, probabilities
        self._known: dict[int, tuple[PriceCurve, list[Purchase | None], float]] = {}

    def of(self, curve: PriceCurve) -> tuple[list[Purchase | None], float]:
        """The sale to each type, or None; and q @ payments (0 without q)."""
        known = self._known.get(id(curve))
        if known is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            known = self._known[id(curve)] = (curve, *self._worked_out(curve))
        return known[1], known[2]

    def _worked_out(self, curve: PriceCurve) -> tuple[list[Purchase | None], float]:
        taken = purchases(curve, self._valuations)
        pairs = zip(taken.amounts.tolist(), taken.payments.tolist(), strict=True)
        sales = [Purchase(i, amount, price) if amount else None for i, (amount, price) in enumerate(pairs)]
        expected = 0.0 if self._probabilities is None else float(self._probabilities @ taken.payments)
        return sales, expected


def simulate(
    policy: Callable[[CurveOracle], PricePolicy[State]],
    ground: TradingGround,
    *,
    rounds: int,
    replications: int,
    rng: Chance,
    records: int = 200,
    done: Sequence[Path] = (),
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Regret:
    """Let a policy trade ``replications`` times for ``rounds`` rounds.

    Parameters
    ----------
    policy : callable
        Makes a policy around an oracle that is handed to it, so that its questions are counted.
    ground : TradingGround
    rounds : int
        Buyers of one replication.
    replications : int
    rng : numpy.random.Generator
        Every replication draws its buyers and the policy's chance from streams of its own, spawned from this one.
    records : int
        How many rounds are recorded, at most; they are in equal ratios.
    done : sequence of Path
        Replications done earlier with an equal generator; they are not run again.
    watch : callable, optional
        Told the replication, from 0, and the round at every record.
    clock : callable, optional
        Tells seconds; None leaves times out.

    Returns
    -------
    Regret
        With one `Path` for each replication.

    Raises
    ------
    InputError
        For no round, no replication, or fewer than two records.

    Notes
    -----
    Cost: the policy's, and a question to the oracle for each record.  Memory: O(rounds) integers for the order of one
    replication.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.pricing.oracles.menu_search import MenuSearch
    >>> from fairpool.pricing.policies.upper_confidence import UpperConfidence
    >>> from fairpool.pricing.simulator.arrivals import Independent
    >>> worths = Valuations(np.array([1, 10]), np.array([[2.0, 5.0], [0.0, 30.0]]), ("small", "large"))
    >>> law = np.array([0.5, 0.5])
    >>> ground = TradingGround(worths, Independent(law), MenuSearch(worths), law)
    >>> regret = simulate(
    ...     lambda oracle: UpperConfidence(worths, oracle, 100),
    ...     ground, rounds=100, replications=2, rng=np.random.default_rng(1), records=10,
    ... )
    >>> regret.in_hindsight.shape
    (2, 10)
    """
    rng = chance(rng)
    checked_horizon(rounds)
    if replications < 1 or records < 2:
        raise InputError(
            f"simulation: got {replications} replications and {records} records, expected at least 1 and 2"
        )
    streams = rng.spawn(replications)
    paths = list(done[:replications])
    for k in range(len(paths), replications):
        buyers_rng, policy_rng = streams[k].spawn(2)
        order = ground.arrivals.types(rounds, rng=buyers_rng)
        told = None if watch is None else _watching(watch, k)
        paths.append(trade(policy, ground, order, rng=policy_rng, records=records, watch=told, clock=clock))
    return Regret(tuple(paths))


def trade(
    policy: Callable[[CurveOracle], PricePolicy[State]],
    ground: TradingGround,
    order: Integers,
    *,
    rng: np.random.Generator,
    records: int = 200,
    watch: Callable[[int], None] | None = None,
    clock: Clock | None = None,
) -> Path:
    """One replication: the buyers come in ``order``, int64 (rounds,)."""
    recorded = recorded_rounds(len(order), records)
    counted = CountedOracle(ground.oracle)
    began = clock() if clock else 0.0
    revenue, expected, curves = _traded(policy(counted), ground, order, recorded, rng, watch)
    seconds = clock() - began if clock else None
    hindsight = _hindsight(ground, order, recorded)
    return Path(
        recorded, revenue, hindsight, _pseudo(ground, recorded, expected), counted.questions, curves, seconds
    )


def recorded_rounds(rounds: int, records: int) -> Integers:
    """Up to ``records`` rounds from 1 to ``rounds`` in equal ratios, int64, ascending."""
    return np.unique(np.rint(np.geomspace(1, rounds, records)).astype(np.int64))


def _traded(
    policy: PricePolicy[State],
    ground: TradingGround,
    order: Integers,
    recorded: Integers,
    rng: np.random.Generator,
    watch: Callable[[int], None] | None,
) -> tuple[Floats, Floats, int]:
    """Cumulated revenue and q @ payments at the recorded rounds, and how often the posted curve changed."""
    table = PurchaseTable(ground.valuations, ground.probabilities)
    state = policy.start(rng=rng)
    earned, expected, changes, before = 0.0, 0.0, 0, None
    rows: list[tuple[float, float]] = []
    for done, buyer in enumerate(order.tolist(), start=1):
        curve = policy.curve(state)
        sales, worth = table.of(curve)
        sale = sales[buyer]
        earned += 0.0 if sale is None else sale.price
        expected += worth
        changes += curve is not before
        before = curve
        if done == recorded[len(rows)]:
            rows.append((earned, expected))
            if watch:
                watch(done)
        state = policy.observe(state, sale)
    columns: NDArray[np.float64] = np.array(rows).T
    return columns[0], columns[1], changes


def _hindsight(ground: TradingGround, order: Integers, recorded: Integers) -> Floats:
    """What the best fixed curve earned up to each recorded round, float64 (records,)."""
    types = ground.valuations.types
    counts = [np.bincount(part, minlength=types) for part in np.split(order, recorded[:-1])]
    so_far = np.cumsum(counts, axis=0)
    return np.array([best_in_hindsight(ground.oracle, row).payments @ row for row in so_far])


def _pseudo(ground: TradingGround, recorded: Integers, expected: Floats) -> Floats | None:
    if ground.probabilities is None:
        return None
    best = float(ground.oracle.best(ground.probabilities).payments @ ground.probabilities)
    return best * recorded - expected


def _watching(watch: Watch, replication: int) -> Callable[[int], None]:
    return lambda done: watch(replication, done)

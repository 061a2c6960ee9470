"""A market that learns its prices: rounds, what is posted after them, and what `check` computes again."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.shops import AT, Shop, Stock, worths
from fairpool.ground.errors import InputError
from fairpool.marketplace.accounts.inspection import inspect_market
from fairpool.marketplace.accounts.statements import books, listing
from fairpool.marketplace.membership import add_buyer
from fairpool.marketplace.prices.learning import learn
from fairpool.marketplace.prices.posting import post_curve
from fairpool.marketplace.prices.visits import declined
from fairpool.marketplace.sales.selling import buy, quote
from fairpool.pricing.curves.arbitrage import find_arbitrage
from fairpool.pricing.curves.curve import price_curve
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.optimal import optimal_curve
from fairpool.pricing.oracles.postable_curves import PostableCurves, in_minor_units
from fairpool.pricing.policies.catalogue import POLICIES

LEARNERS = [name for name, policy in POLICIES.items() if policy.in_market is not None]
LAW = np.array([0.6, 0.3, 0.1])
IN_CENTS = in_minor_units(worths(), "EUR")


def visit(shop: Shop, type: str, name: str) -> None:
    """A buyer of a type comes, and does as the valuations say."""
    taken = purchases(price_curve(listing(shop.folder).prices), IN_CENTS)
    amount = int(taken.amounts[IN_CENTS.names.index(type)])
    if not amount:
        declined(shop.folder, at=AT)
        return
    add_buyer(shop.folder, name, at=AT)
    buy(shop.folder, name, amount, at=AT, type=type)


def visited(shop: Shop, visits: int, learner: str, *, seed: int = 3) -> Shop:
    learn(shop.folder, worths(), at=AT, learner=learner, rounds=200)
    order = np.random.default_rng(seed).choice(IN_CENTS.names, size=visits, p=LAW)
    for number, type in enumerate(order.tolist()):
        visit(shop, type, f"buyer {number}")
    return shop


def taught(stock: Stock, shelf: dict[str, Path], place: Path, learner: str) -> Shop:
    """A market after eight visits, made once a session and copied."""
    if learner not in shelf:
        shop = visited(stock("taught"), 8, learner)
        assert wrong(shop) == set()
        shelf[learner] = Path(shutil.copytree(shop.folder, shelf[""] / learner))
    return Shop(Path(shutil.copytree(shelf[learner], place / "copy")))


def curves(shop: Shop) -> list[tuple[object, ...]]:
    return shop.query("SELECT curve, amount, price FROM bundle ORDER BY curve, amount")


def wrong(shop: Shop) -> set[str]:
    return {check.name for check in inspect_market(shop.folder) if not check.holds}


@pytest.mark.parametrize("learner", LEARNERS)
def test_every_visit_is_a_round(stock: Stock, learner: str):
    """Sales and visitors who leave are counted, prices are whole and without arbitrage, and all of it checks."""
    shop = visited(stock(), 12, learner)
    found = books(shop.folder).learnings[0]
    assert found.rounds == found.sales + found.declined == 12
    assert found.sales == shop.number("SELECT count(*) FROM sale") > 0
    assert (found.learner, found.goes_on, found.unexpected) == (learner, True, 0)
    assert shop.number("SELECT count(*) FROM curve WHERE arbitrage IS NOT NULL") == 0
    assert shop.number("SELECT max(id) FROM curve") > 2
    assert wrong(shop) == set()


@pytest.mark.parametrize("learner", LEARNERS)
def test_the_seed_and_the_log_give_the_curves(stock: Stock, learner: str):
    """Two markets of one seed and one log post the same curves, to the cent."""
    first, second = (curves(visited(stock(name), 8, learner)) for name in ("a", "b"))
    assert first == second


def test_the_first_round_is_not_free(shop: Shop):
    """All rows at what the type that gives least gives: 12 EUR, so every type shows itself and pays."""
    begun = learn(shop.folder, worths(), at=AT)
    assert begun.model_dump(mode="json")["prices"] == [[40, 1200]]
    assert purchases(price_curve(begun.prices), IN_CENTS).buys.all()


def test_quote_list_and_books_say_that_prices_are_learned(shop: Shop):
    """The round and the types stand beside the prices; nothing of it before `learn` and after `post`."""
    assert listing(shop.folder).model_dump(mode="json")["learning"] is None
    learn(shop.folder, worths(), at=AT)
    made = declined(shop.folder, at=AT)
    assert (made.round, made.model_dump(mode="json")["declined"]) == (1, 2)
    expected = {
        "learner": "upper-confidence",
        "types": ["laboratory", "bank", "club"],
        "horizon": 1000,
        "rounds": 1,
        "sales": 0,
        "declined": 1,
        "unexpected": 1,  # at the first prices every type would have bought
        "goes_on": True,
    }
    assert listing(shop.folder).model_dump(mode="json")["learning"] == expected
    assert quote(shop.folder, 5).model_dump(mode="json")["learning"] == expected
    post_curve(shop.folder, price_curve([(40, 20.0)]), at=AT)
    assert quote(shop.folder, 5).learning is None
    assert books(shop.folder).model_dump(mode="json")["learnings"] == [{**expected, "goes_on": False}]


def test_prices_posted_by_hand_end_it_and_learn_begins_anew(shop: Shop):
    """After `post` sales need no type, and `declined` counts nothing; another `learn` starts at round 1."""
    learn(shop.folder, worths(), at=AT)
    buy(shop.folder, "Ada", 5, at=AT, type="laboratory")
    post_curve(shop.folder, price_curve([(40, 20.0)]), at=AT)
    assert buy(shop.folder, "Ada", 5, at=AT)[0].type is None
    with pytest.raises(InputError, match="does not learn its prices, so it counts no visits"):
        declined(shop.folder, at=AT)
    learn(shop.folder, worths(), at=AT, learner="resampled-leader")
    assert declined(shop.folder, at=AT).round == 1
    assert [one.rounds for one in books(shop.folder).learnings] == [1, 1]
    assert wrong(shop) == set()


def test_a_sale_that_the_valuations_do_not_expect_is_made_and_marked(shop: Shop):
    """Whoever pays gets the rows, but a type that should not have bought tells the learner nothing about itself."""
    learn(shop.folder, worths(), at=AT)
    for _ in range(40):
        prices = declined(shop.folder, at=AT).prices
        buys = purchases(price_curve(prices), IN_CENTS).buys
        if not buys.all():
            break
    stranger = IN_CENTS.names[int(np.argmin(buys))]
    before = books(shop.folder).learnings[0]
    sale, _ = buy(shop.folder, "Ada", 3, at=AT, type=stranger)
    after = books(shop.folder).learnings[0]
    assert (sale.type, after.sales, after.unexpected) == (stranger, 1, before.unexpected + 1)
    assert wrong(shop) == set()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "type: got none, but this market learns its prices from the types of buyers; expected one of"),
        ({"type": "labor"}, "type: got 'labor', expected one of 'laboratory', 'bank', 'club'"),
        (
            {"type": "bank", "curve": 1},
            "curve: got 1, but curve 2 is posted by now, at other prices; nothing was",
        ),
        ({"type": "bank", "reference": " "}, "reference: got ' ', expected 1 to 200 letters"),
    ],
)
def test_what_a_market_that_learns_refuses(shop: Shop, options: dict[str, object], message: str):
    """Unknown types, prices that have changed since they were seen: nothing is sold and no round is counted."""
    learn(shop.folder, worths(), at=AT)
    before = shop.file.read_bytes()
    with pytest.raises(InputError, match=message):
        buy(shop.folder, "Ada", 5, at=AT, **options)  # type: ignore[arg-type]
    assert shop.file.read_bytes() == before


def test_a_market_that_does_not_learn_knows_no_types(shop: Shop):
    """A type would be lost there, so it is refused."""
    with pytest.raises(InputError, match="type: got 'bank', but this market does not learn its prices"):
        buy(shop.folder, "Ada", 5, at=AT, type="bank")


def test_a_visit_at_other_prices_is_not_counted(shop: Shop):
    """Who left at curve 2 says nothing of curve 3."""
    learn(shop.folder, worths(), at=AT)
    assert declined(shop.folder, at=AT, curve=2).curve == 3
    with pytest.raises(
        InputError, match="curve 3 is posted by now, at other prices; the visit is not counted"
    ):
        declined(shop.folder, at=AT, curve=2)


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([[1.0, 2.0]], {"learner": "exp3"}, "learner: got 'exp3', expected one of 'upper-confidence'"),
        ([[1.0, 2.0]], {"rounds": 0}, "rounds: got 0, expected at least 1"),
        ([[1.0, 2.0]], {"rounds": 10**10}, "rounds: got 10,000,000,000, expected at most"),
        (
            [[1.0, 2.0], [0.0, 0.009]],
            {},
            "valuations of 'b': 9 rows are worth less than the smallest coin of EUR",
        ),
        ([[1.0, 1e15]], {}, "valuations of 'a': got 1e\\+17 minor units"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(
    shop: Shop, values: list[list[float]], options: dict[str, object], message: str
):
    """Learners, horizons and worths that make no sense; the prices stay as they were."""
    names = ("a", "b")[: len(values)]
    with pytest.raises(InputError, match=message):
        learn(shop.folder, Valuations(np.array([4, 9]), np.array(values), names), at=AT, **options)  # type: ignore[arg-type]
    assert listing(shop.folder).curve == 1


def test_the_same_reference_is_sold_once(shop: Shop, tmp_path: Path):
    """A purchase given again returns the sale that was made, writes its rows again, and moves no money."""
    learn(shop.folder, worths(), at=AT)
    given = {"at": AT, "type": "bank", "reference": "order 1", "out": tmp_path / "rows.parquet"}
    first, delivery = buy(shop.folder, "Ada", 7, **given)  # type: ignore[arg-type]
    delivery.file.unlink()
    again, delivered = buy(shop.folder, "Ada", 7, **given)  # type: ignore[arg-type]
    assert (again, delivered.file.exists()) == (first, True)
    assert books(shop.folder).learnings[0].rounds == 1
    with pytest.raises(InputError, match="'order 1' is sale 1 of 7 rows, got 8; another purchase needs"):
        buy(shop.folder, "Ada", 8, at=AT, type="bank", reference="order 1")
    assert buy(shop.folder, "Bob", 8, at=AT, type="bank", reference="order 1")[0].sale == 2


def test_the_same_visit_is_counted_once(shop: Shop):
    """A visit given again under its reference is the round it was, whatever is posted by now."""
    learn(shop.folder, worths(), at=AT)
    first = declined(shop.folder, at=AT, reference="visit 1").model_dump()
    declined(shop.folder, at=AT)
    assert declined(shop.folder, at=AT, reference="visit 1").model_dump() == first
    assert books(shop.folder).learnings[0].rounds == 2


TAMPERED = {
    "price": "UPDATE bundle SET price = price - 1 WHERE curve = 2",
    "seed": "UPDATE market SET seed = seed + 1",
    "type": "UPDATE learning_round SET type = 'bank' WHERE type <> 'bank'",
    "state": "UPDATE learning_round SET state = (SELECT state FROM learning_round WHERE round = 1) WHERE round = 5",
    "valuations": "UPDATE learning SET valuations = replace(valuations, '1200', '1199')",
    "horizon": "UPDATE learning SET rounds = 10000",
    "pool": "DELETE FROM learned_curve WHERE place = 0",
    "untold": "DELETE FROM learning_round WHERE sale = (SELECT max(id) FROM sale)",
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_what_was_changed_behind_the_learner_is_found_out(
    stock: Stock, shelf: dict[str, Path], tmp_path: Path, kind: str
):
    """Prices, types, states and rounds that are not what the seed and the log give do not check."""
    learner = "resampled-leader" if kind in ("seed", "pool") else "upper-confidence"
    shop = taught(stock, shelf, tmp_path, learner)
    shop.tamper(TAMPERED[kind])
    assert "learning" in wrong(shop)


def test_the_file_itself_refuses_rounds_out_of_order(shop: Shop):
    """A round at another curve than was posted, a second one of a number, a change, a sale the learner is not told."""
    learn(shop.folder, worths(), at=AT)
    declined(shop.folder, at=AT)
    connection = sqlite3.connect(shop.file, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    row = "INSERT INTO learning_round VALUES (1, {}, {}, NULL, NULL, 1, NULL, 2, x'00', 'now')"
    for bad in (row.format(1, 3), row.format(3, 3), row.format(2, 1), "DELETE FROM learning_round"):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(bad)
    connection.execute("BEGIN")
    connection.execute("INSERT INTO sale VALUES (1, 1, 3, 3, 1, 100, 'x', NULL, NULL, 'now')")
    connection.execute("INSERT INTO sold_row VALUES (1, 29, 9, 1, 0)")
    connection.execute("INSERT INTO entry VALUES (1, 'buyer', NULL, -100), (1, 'commission', NULL, 100)")
    with pytest.raises(sqlite3.IntegrityError, match="a sale at learned prices is a round"):
        connection.execute("INSERT INTO seal VALUES (1)")
    connection.close()


VISITS = """
import sys
from pathlib import Path
from builders.shops import AT
from fairpool.marketplace import buy, declined
for _ in range(4):
    buy(Path(sys.argv[1]), sys.argv[2], 2, at=AT, type="laboratory")
    declined(Path(sys.argv[1]), at=AT)
"""


@pytest.mark.long
def test_two_processes_take_turns(shop: Shop):
    """Two programs that sell at once: sixteen rounds, each at the curve that the one before has posted."""
    learn(shop.folder, worths(), at=AT)
    here = str(Path(__file__).parents[1])
    running = [
        subprocess.Popen([sys.executable, "-c", VISITS, str(shop.folder), name], cwd=here)
        for name in ("Ada", "Bob")
    ]
    assert [one.wait() for one in running] == [0, 0]
    found = books(shop.folder).learnings[0]
    assert (found.sales, found.declined) == (8, 8)
    assert wrong(shop) == set()


@pytest.mark.long
@pytest.mark.parametrize(("learner", "part"), list(zip(LEARNERS, (0.85, 0.8, 0.9), strict=True)))
def test_two_hundred_buyers_teach_good_prices(stock: Stock, learner: str, part: float):
    """The curves posted in the last 50 rounds earn most of what the best curve for the true law does, with or without
    arbitrage, where the price of the first round earns 0.28 of that."""
    shop = visited(stock(), 200, learner, seed=1)
    posted = shop.query("SELECT curve FROM learning_round WHERE round > 150")
    earned = {number: _revenue(shop, number) for (number,) in set(posted)}
    best = optimal_curve(IN_CENTS, LAW).revenue
    assert np.mean([earned[number] for (number,) in posted]) > part * best
    assert wrong(shop) == set()


def _revenue(shop: Shop, curve: object) -> float:
    bundles = shop.query("SELECT amount, price FROM bundle WHERE curve = ?", curve)
    taken = purchases(price_curve([(int(str(n)), float(str(p))) for n, p in bundles]), IN_CENTS)
    return float(LAW @ taken.payments)


@st.composite
def markets(draw: st.DrawFn) -> tuple[Valuations, np.ndarray]:
    """Up to four types that take to data in leaps, which is where arbitrage is; and weights."""
    types, amounts = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    steps = rng.integers(0, 300, (types, amounts)) * (rng.random((types, amounts)) < 0.4)
    values = np.cumsum(steps, axis=1).astype(np.float64) + np.eye(1, amounts, amounts - 1)
    n = np.cumsum(rng.integers(1, 4, amounts))
    return Valuations(n, values, tuple(map(str, range(types)))), rng.dirichlet(np.ones(types))


@given(markets())
def test_what_a_learner_may_post(market: tuple[Valuations, np.ndarray]):
    """Whole prices that never fall, no arbitrage, and never less than the part of any curve that is proved."""
    valuations, weights = market
    best = PostableCurves(valuations, "EUR", with_arbitrage=False).best(weights)
    assert best.curve.is_monotone
    assert find_arbitrage(best.curve) is None
    assert (best.curve.prices == np.rint(best.curve.prices)).all()
    alike = purchases(best.curve, valuations)
    assert (alike.amounts == best.purchases.amounts).all()
    worth = valuations.values[:, -1]
    single = max(price * float(weights[worth >= price].sum()) for price in worth)
    upper = float(weights @ worth)
    assert single * (1 + np.log(worth.max() / worth.min())) >= upper * (1 - 1e-9)
    assert best.payments @ weights >= single * (1 - 1e-9)


@pytest.mark.long
@pytest.mark.parametrize(("leaps", "mean", "least"), [(False, 0.95, 0.8), (True, 0.93, 0.8)])
def test_what_is_lost_without_arbitrage(leaps: bool, mean: float, least: float):
    """Of the markets in the documentation: five types, thirty amounts, only those whose best curve has arbitrage."""
    parts = [part for seed in range(40) if (part := _part_without_arbitrage(seed, leaps)) is not None]
    assert len(parts) > 5
    assert np.mean(parts) > mean
    assert min(parts) > least


def _part_without_arbitrage(seed: int, leaps: bool) -> float | None:
    """What a postable curve earns of the best one; None where that has no arbitrage."""
    rng, n = np.random.default_rng(seed), np.arange(1, 31)
    if leaps:
        shapes = 1 / (1 + (n / rng.uniform(3, 27, (5, 1))) ** -rng.uniform(2, 8, (5, 1)))
    else:
        shapes = -np.expm1(-n / rng.uniform(0.6, 20, (5, 1)))
    given = Valuations(n, shapes * rng.uniform(20, 200, (5, 1)), tuple("abcde"))
    valuations, weights = in_minor_units(given, "EUR"), rng.dirichlet(np.ones(5))
    best = PostableCurves(valuations, "EUR", with_arbitrage=True).best(weights)
    if find_arbitrage(best.curve) is None:
        return None
    free = PostableCurves(valuations, "EUR", with_arbitrage=False).best(weights)
    return float(free.payments @ weights / (best.payments @ weights))


@given(markets())
def test_forced_curves_earn_what_the_best_curve_does(market: tuple[Valuations, np.ndarray]):
    """With arbitrage allowed nothing is lost by whole prices, as whole worths have whole best prices."""
    valuations, weights = market
    best = PostableCurves(valuations, "EUR", with_arbitrage=True).best(weights)
    assert best.payments @ weights >= optimal_curve(valuations, weights).revenue * (1 - 1e-4)


def test_a_forced_market_posts_arbitrage_and_says_so(shop: Shop):
    """Where small bundles are nearly worthless the best curve has a pair; it is marked wherever prices show."""
    n = np.arange(1, 11)
    values = Valuations(n, np.stack([n**3 / 10.0, np.minimum(n, 3) * 5.0]), ("many", "few"))
    learn(shop.folder, values, at=AT, force=True)
    marked = [declined(shop.folder, at=AT).arbitrage for _ in range(5)]
    assert any(pair is not None for pair in marked)
    assert listing(shop.folder).model_dump(mode="json")["arbitrage"] is not None
    assert wrong(shop) == set()


def test_worths_become_whole_downwards():
    """29 cents are 29, a third of a euro is 33, and a yen has no cents."""
    given = Valuations(np.array([1, 2]), np.array([[0.29, 1 / 3]]), ("a",))
    assert in_minor_units(given, "EUR").values.tolist() == [[29, 33]]
    yen = Valuations(np.array([1, 2]), np.array([[0.29, 1.5]]), ("a",))
    assert in_minor_units(yen, "JPY").values.tolist() == [[0, 1]]


def test_a_million_amounts_are_offered_on_a_grid():
    """Of very many amounts some are offered: all rows among them, at most about a thousand."""
    n = np.arange(1, 20_001)
    given = Valuations(n, np.stack([100 * np.sqrt(n), 3000 * -np.expm1(-n / 500)]), ("a", "b"))
    offered = in_minor_units(given, "EUR")
    assert offered.most == 20_000
    assert len(offered.amounts) <= 1000

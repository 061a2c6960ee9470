"""Kill a command at every step it takes, and look at what it leaves; run as a program, it prints one JSON line a kill.

    python kill_points.py COMMAND FOLDER_OF_A_MARKET SCRATCH [steps|sizes|delays] STRIDE

A child is forked for every point, so that libraries are imported once.  It counts the steps it takes and kills itself
with SIGKILL at the one it was told:

    steps    every SQL statement before it runs (BEGIN, each INSERT, COMMIT, ..), and every file that Python opens,
             renames, makes or removes
    sizes    the system kills the child when any file would grow beyond a size: inside SQLite's own writes, in the
             middle of a journal, of the market's file, of the Parquet file
    delays   a random moment

Then another child does what the next command does first, checks the market, gives the same command again, and reports.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from builders.shops import AT, CONTRIBUTORS, rows_of, square_roots, terms
from fairpool.ground.errors import InputError
from fairpool.marketplace.accounts.inspection import inspect_market
from fairpool.marketplace.deposits.depositing import deposit
from fairpool.marketplace.file import store
from fairpool.marketplace.prices.posting import open_market
from fairpool.marketplace.prices.visits import declined
from fairpool.marketplace.sales.deliveries import DeliveredRows, complete_all
from fairpool.marketplace.sales.selling import buy

WATCHED = ("open", "os.", "shutil.", "sqlite3.connect")
AMOUNT = 6
Command = Callable[[Path], object]


def sale(folder: Path) -> object:
    return buy(folder, "Ada", AMOUNT, at=AT, out=folder.parent / "rows.parquet")


def learned_sale(folder: Path) -> object:
    return buy(
        folder,
        "Ada",
        AMOUNT,
        at=AT,
        out=folder.parent / "rows.parquet",
        type="laboratory",
        reference="order 1",
    )


def leave(folder: Path) -> object:
    return declined(folder, at=AT, reference="visit 1")


def bring(folder: Path) -> object:
    return deposit(folder, CONTRIBUTORS[0], rows_of(9, 12), at=AT)


def found(folder: Path) -> object:
    return open_market(folder, terms(), square_roots(), at=AT)


COMMANDS: dict[str, Command] = {
    "buy": sale,
    "learned-sale": learned_sale,
    "declined": leave,
    "deposit": bring,
    "open": found,
}
TABLES = (
    "sale",
    "seal",
    "entry",
    "sold_row",
    "delivery",
    "deposit",
    "curve",
    "learning_round",
    "learned_curve",
)


def die_at(step: int) -> None:
    """Kill this process when it begins its step number ``step``."""
    taken = 0

    def count(*_: object) -> None:
        nonlocal taken
        taken += 1
        if taken == step + 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def count_event(event: str, _: object) -> None:
        if event.startswith(WATCHED):
            count()

    connect = store._connect

    def connect_traced(file: Path, *, mode: str) -> sqlite3.Connection:
        connection = connect(file, mode=mode)
        connection.set_trace_callback(count)
        return connection

    store._connect = connect_traced
    sys.addaudithook(count_event)


def die_beyond(size: int) -> None:
    """Let the system kill this process when a file of it would grow beyond ``size`` bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def die_after(microseconds: int) -> None:
    """Let the system kill this process after a while."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, max(microseconds, 1) / 1e6)


def in_child(work: Callable[[], None]) -> int:
    """The signal that ended a forked child, 0 if it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a child failed")
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def facts(folder: Path) -> dict[str, object]:
    """What stands in the market and beside it, without any repair."""
    try:
        with store.reading(folder):
            pass
    except InputError as problem:
        return {"market": False, "why": str(problem), "beside": beside(folder)}
    with store.reading(folder) as connection:
        count = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}
        total = connection.execute("SELECT ifnull(sum(amount), 0) FROM entry").fetchone()[0]
    return {"market": True, **count, "sum": total, "beside": beside(folder)}


def beside(folder: Path) -> list[str]:
    """Files that are not the market's own, nor SQLite's journal of it."""
    own = (store.FILE, f"{store.FILE}-journal")
    return sorted(
        path.relative_to(folder.parent).as_posix()
        for path in folder.parent.rglob("*")
        if path.is_file() and path.name not in own
    )


def aftermath(command: Command, folder: Path, killed: int, point: object) -> None:
    """Report what was left, what the next command makes of it, and what the same command given again does."""
    left = facts(folder)
    finished, wrong, again = [], [], "done"
    if left["market"]:
        finished = [isinstance(one, DeliveredRows) for one in complete_all(folder, at=AT)]
        wrong = [check.name for check in inspect_market(folder) if not check.holds]
    repaired = facts(folder)
    try:
        command(folder)
    except InputError as problem:
        again = str(problem)
    wrong += [check.name for check in inspect_market(folder) if not check.holds]
    report = {
        "point": point,
        "killed": killed,
        "left": left,
        "finished": finished,
        "repaired": repaired,
        "again": again,
        "end": facts(folder),
        "wrong": wrong,
    }
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()


def points(way: str, stride: int) -> Iterator[tuple[int, Callable[[int], None]]]:
    """Where to kill, until a child survives (steps and sizes) or 40 times (delays)."""
    if way == "steps":
        yield from ((step, die_at) for step in range(0, 10_000, stride))
    elif way == "sizes":
        yield from ((size, die_beyond) for size in range(0, 10_000_000, 1024 * stride))
    else:
        rng = random.Random(5)
        yield from ((rng.randrange(150_000), die_after) for _ in range(40 // stride))


def main(name: str, market: Path, scratch: Path, way: str, stride: int) -> None:
    command = COMMANDS[name]
    for point, die in points(way, stride):
        place = scratch / "try"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        folder = place / "shop"
        if name != "open":
            shutil.copytree(market, folder)

        def victim(point: int = point, die: Callable[[int], None] = die, folder: Path = folder) -> None:
            die(point)
            command(folder)

        killed = in_child(victim)
        in_child(lambda folder=folder, killed=killed, point=point: aftermath(command, folder, killed, point))
        if not killed and way != "delays":
            return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]))

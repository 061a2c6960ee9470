"""The benchmarks run, and the peers they set beside fairpool find the same values.

Every script is run as a reader runs it, on a tiny size and without peers. Agreement with a peer needs an interpreter
that has it (benchmarks/README.md), and is left out where there is none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PEERS = {"shapiq": Path(".peers/shapiq/bin/python"), "pydvl": Path(".peers/pydvl/bin/python")}
NOBODY = "/nowhere/bin/python"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MODELS: dict[str, Any] = {
    "ridge": RidgeClassifier(alpha=1.0),
    "logistic": LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-10),
    "nearest": KNeighborsClassifier(n_neighbors=1),
}


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=BENCHMARKS,
        env=os.environ | ONE_THREAD,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shapley_by_definition(data: dict[str, np.ndarray], model: Any) -> list[float]:
    """The mean marginal worth of every party, its coalitions one by one: the sum in [Sha53]."""
    n = int(data["owner"].max()) + 1

    def worth(members: tuple[int, ...]) -> float:
        rows = np.isin(data["owner"], members)
        return float(model.fit(data["X"][rows], data["y"][rows]).score(data["X_task"], data["y_task"]))

    worths = {S: worth(S) for size in range(1, n + 1) for S in combinations(range(n), size)} | {(): 0.0}
    return [
        sum(
            factorial(len(S))
            * factorial(n - len(S) - 1)
            / factorial(n)
            * (worths[tuple(sorted((*S, i)))] - v)
            for S, v in worths.items()
            if i not in S
        )
        for i in range(n)
    ]


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark's own modules can be imported."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.syspath_prepend(BENCHMARKS / "peers")


@pytest.fixture
def few_parties(workers: None) -> dict[str, np.ndarray]:  # noqa: ARG001
    from made_up_parties import made_up_parties

    return made_up_parties(4, rows=20, task_rows=60).arrays()


@pytest.mark.parametrize("learner", list(MODELS))
def test_the_side_by_side_values_are_those_of_the_definition(
    few_parties: dict[str, np.ndarray], learner: str
) -> None:
    """What is timed as fairpool's answer is the Shapley value of the stated game, by either of its ways."""
    import serve_fairpool
    import serve_fairpool_scikit

    expected = shapley_by_definition(few_parties, MODELS[learner])
    assert serve_fairpool.shapley(few_parties, learner) == pytest.approx(expected, abs=1e-12)
    assert serve_fairpool_scikit.shapley(few_parties, learner) == pytest.approx(expected, abs=1e-12)


def test_models_are_counted_when_they_are_trained(few_parties: dict[str, np.ndarray]) -> None:
    """Four parties have 15 coalitions with members: as many fits, and none for a closed form."""
    import counted_models
    import serve_fairpool
    import serve_fairpool_scikit

    counted_models.fits.clear()
    serve_fairpool_scikit.shapley(few_parties, "ridge")
    assert counted_models.fits == ["ridge"] * 15
    serve_fairpool.trained[0] = 0
    serve_fairpool.shapley(few_parties, "nearest")
    assert serve_fairpool.trained == [0]
    serve_fairpool.shapley(few_parties, "ridge")
    assert serve_fairpool.trained == [15]


def test_made_up_parties_are_the_same_for_everybody(workers: None) -> None:  # noqa: ARG001
    """Peers get the data by their seed or as a file: both are the same, and every party has both classes."""
    from made_up_parties import made_up_parties

    first, again = made_up_parties(6), made_up_parties(6)
    assert all(np.array_equal(first.arrays()[name], array) for name, array in again.arrays().items())
    assert all(len(np.unique(first.y[first.owner == i])) == 2 for i in range(first.count))


@pytest.mark.long
def test_party_values_run_without_peers() -> None:
    """It says which peers are left out and shows fairpool alone."""
    size = ["--parties", "3", "--learners", "ridge", "nearest", "--rows", "10", "--task-rows", "20"]
    printed = run("party_values.py", *size, "--shapiq-python", NOBODY, "--pydvl-python", NOBODY)
    assert "shapiq is left out" in printed
    assert "pydvl is left out" in printed
    assert [line.split()[:3] for line in printed.splitlines() if line.startswith("  3")] == [
        ["3", "ridge", "fairpool"],
        ["3", "ridge", "fairpool,"],
        ["3", "nearest", "fairpool"],
        ["3", "nearest", "fairpool,"],
    ]


@pytest.mark.long
@pytest.mark.parametrize("learner", list(MODELS))
@pytest.mark.parametrize("worker", ["serve_shapiq.py", "serve_pydvl.py", "serve_pydvl_memo.py"])
def test_a_peer_finds_the_same_values(
    few_parties: dict[str, np.ndarray], worker: str, learner: str, tmp_path: Path
) -> None:
    """Another package's Shapley values of the same parties, from the same arrays, are ours."""
    import serve_fairpool

    python = PEERS[worker.removesuffix(".py").split("_")[1]]
    if not python.exists():
        pytest.skip(f"no {python}: benchmarks/README.md says how to set it up")
    np.savez(tmp_path / "parties.npz", **few_parties)
    command = [python, "-W", "ignore", BENCHMARKS / "peers" / worker, tmp_path / "parties.npz", learner]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["values"] == pytest.approx(serve_fairpool.shapley(few_parties, learner).tolist(), abs=1e-12)
    assert answer["fits"] == (4 * 2**4 - 4 if worker == "serve_pydvl.py" else 2**4 - 1)


@pytest.mark.long
def test_a_market_is_measured_as_a_whole() -> None:
    """One line for the case, with its method and the coalitions it took: 2^8 and those with copies."""
    printed = run("market_scaling.py", "--cases", "ridge-8", "--rows", "10", "--task-rows", "20")
    case, parties, method, coalitions, copies = printed.splitlines()[-1].split()[:5]
    assert (case, parties, method, copies) == ("ridge-8", "8", "exact", "evaluated")
    assert int(coalitions.replace(",", "")) == 2**8 + 8 * 5 * 2**7


@pytest.mark.long
def test_a_market_is_profiled() -> None:
    """The functions of fairpool are named with their part of the time."""
    printed = run("market_scaling.py", "--profile", "ridge-8", "--rows", "10", "--task-rows", "20")
    assert "fairpool/market/settling.py" in printed


@pytest.mark.long
def test_exact_values_run_without_peers() -> None:
    """Every value of a small game is timed, and the peer that is not there is said to be missing."""
    script = "import exact_values as e; e.PLAYERS = (4,); e.main()"
    printed = run("-c", script, "--peer-python", NOBODY)
    assert "Shapley" in printed
    assert "shapiq: not found" in printed


@pytest.mark.long
def test_sampled_values_run_without_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fairpool's own lines are shown, with and without a surrogate, against a reference of its own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where it keeps the reference
    script = "import sampled_values as s; s.PARTIES, s.TASK_ROWS, s.REFERENCE = 12, 50, 200; s.main()"
    peers = ["--shapiq-python", NOBODY, "--pydvl-python", NOBODY]
    printed = run("-c", script, "--seeds", "1", "--budgets", "60", *peers)
    assert [line.split()[0] for line in printed.splitlines() if " 60 " in line] == ["fairpool", "fairpool,"]


@pytest.mark.long
def test_row_values_run_without_peers() -> None:
    """The floor and fairpool are shown."""
    printed = run("row_values.py", "--rows", "200")
    assert "floor" in printed
    assert "fairpool" in printed


@pytest.mark.long
def test_pooling_gain_runs() -> None:
    """Two splits of each study."""
    assert "shipped" in run("pooling_gain.py", "--splits", "2")


@pytest.mark.long
def test_learners_of_prices_are_compared() -> None:
    """A line for each kind of buyers and each learner; the fixed price asks the oracle nothing."""
    names = ["perturbed leader", "best linear price"]
    size = ["--rounds", "200", "--replications", "2", "--records", "10", "--buyers", "blocks", "switching"]
    lines = run("price_learning.py", *size, "--learners", *names).splitlines()[1:]
    assert [line[:37].rstrip() for line in lines] == [
        f"{buyers:<12} {name}" for buyers in ("blocks", "switching") for name in names
    ]
    assert lines[1].split()[-1] == "0"


@pytest.mark.long
def test_optimal_curves_are_compared_with_a_mixed_integer_program() -> None:
    """A line for each shape of valuations; the script itself fails where the solver finds a better curve."""
    script = "import optimal_curves as o; o.SMALL = ((3, 20),); o.main()"
    printed = run("-c", script, "--markets", "1", "--only", "small")
    assert [line.split()[0] for line in printed.splitlines()] == ["shape", "diminishing", "any", "stairs"]


@pytest.mark.long
def test_predicted_learning_curves_are_measured() -> None:
    """A prediction beside a measurement on rows that were not for sale."""
    printed = run("learning_curves.py", "--types", "planner", "--rows", "500")
    assert [line.split()[:2] for line in printed.splitlines()[2:]] == [
        ["planner", "500"],
        ["planner", "validation"],
    ]


@pytest.mark.long
def test_the_sharing_simulation_is_timed() -> None:
    assert "fairpool, compare" in run("sharing_simulation.py", "--seconds", "0.05")


@pytest.mark.long
def test_the_check_of_submissions_is_timed() -> None:
    assert "floor" in run("cramer_von_mises.py", "--agents", "3", "--rows", "50", "--features", "2")


@pytest.mark.long
def test_the_start_up_is_timed() -> None:
    assert "fairpool --help" in run("start_up.py", "--runs", "1", "--only", "help")


@pytest.mark.long
@pytest.mark.parametrize("line", ["naive-bayes, balanced-accuracy, a rare class", "ridge, r2, own tasks"])
def test_how_often_intervals_hold_is_measured(line) -> None:
    """Two worlds: the cells are parts of one."""
    (printed,) = run("interval_coverage.py", "--quick", "--only", line).splitlines()[2:]
    cells = [float(cell) for cell in printed.removeprefix(line).split()[:-1]]
    assert len(cells) == 10
    assert all(0.0 <= cell <= 1.0 for cell in cells)


@pytest.mark.long
def test_the_luck_of_draws_is_measured() -> None:
    assert "nearest, accuracy" in run("interval_draws.py", "--quick")


@pytest.mark.long
def test_the_choice_for_an_own_task_is_measured() -> None:
    """Every rule at every size; the best of all coalitions is paid for at least as the best of fewer."""
    printed = run("own_task_choice.py", "--learners", "naive-bayes", "--worlds", "1")
    lines = [line.split() for line in printed.splitlines()[1:]]
    paid = {(*line[1:4], line[4]): float(line[5]) for line in lines}
    assert len(paid) == 12
    for *size, rule in paid:
        assert paid[*size, rule] <= paid[*size, "all"]

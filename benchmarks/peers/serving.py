"""What every worker of the side by side does: read the data, value the parties, say what it took.

    python <worker>.py <data.npz> <learner>

prints one line of JSON. The clock is processor time, which other work on the machine disturbs least. It starts with the
arrays in memory and everything imported; calls shorter than ten seconds are repeated, and the best of three counts.
"start_up" is the processor time of the process until then: the interpreter and the imports. Memory is the peak of the
process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version

import numpy as np

Data = Mapping[str, np.ndarray]

REPEATS, SHORT = 3, 10.0


def serve(
    values: Callable[[Data, str], np.ndarray], fits: Callable[[], int], packages: tuple[str, ...]
) -> None:
    """values: (data, learner) -> the Shapley value of every party; fits: models trained since the process began."""
    path, learner = sys.argv[1:]
    with np.load(path, allow_pickle=False) as file:
        data = {name: file[name] for name in file.files}
    started = time.process_time()
    found, seconds = _timed(lambda: values(data, learner))
    trained = fits()
    repeats = REPEATS - 1 if seconds < SHORT else 0
    again = [_timed(lambda: values(data, learner))[1] for _ in range(repeats)]
    answer = {
        "values": found.tolist(),
        "fits": trained,
        "seconds": min([seconds, *again]),
        "start_up": started,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": {name: version(name) for name in packages},
    }
    print(json.dumps(answer))


def _timed(call: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    start = time.process_time()
    found = call()
    return found, time.process_time() - start

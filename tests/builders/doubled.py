"""A deviation of one's own, for the test that it takes a file and an entry: every number twice as large."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Doubled:
    """As an agent's report, a contributor's rows and a seller's column."""

    moves_with_data = False

    def submitted(self, own, *, rng):  # noqa: ARG002
        return type(own)(2 * own.mean, own.size, own.sigma)

    def rows(self, own, *, sigma, rng):  # noqa: ARG002
        return 2 * own

    def submit(self, rows, *, rng):  # noqa: ARG002
        return 2 * rows

    def columns(self, column, *, rng):  # noqa: ARG002
        return 2 * column[:, None]

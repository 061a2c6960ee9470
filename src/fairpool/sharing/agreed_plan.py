"""What every agent should collect, and what that is worth: the plan of a mechanism for equal agents."""

from __future__ import annotations

from dataclasses import dataclass

from fairpool.sharing.terms import SharingTerms


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan for m equal agents; penalties are per agent.

    samples   what each agent collects (the recommended strategy: all of it, submitted as it is)
    alpha     corruption level: the noise on an agent's corrupted rows has variance alpha^2 times the squared
              distance of its submission from its clean rows; None where nothing is corrupted
    penalty   of an agent when all follow the plan
    truthful  whether following the plan is an agent's best strategy when the others do
    """

    mechanism: str
    terms: SharingTerms
    samples: float
    alpha: float | None
    penalty: float
    truthful: bool

    @property
    def alpha_squared_over_samples(self) -> float | None:
        """r = alpha^2 / n."""
        return None if self.alpha is None else self.alpha**2 / self.samples

    @property
    def ratio(self) -> float:
        """Social penalty under the plan, over the least social penalty of any n."""
        return self.penalty / self.terms.penalty_at_optimum

"""What m equal agents agreed on before anybody collects a sample, and the plan that a mechanism makes of it.

m        ``agents``
sigma    ``sigma``        standard deviation of a sample, the same for every coordinate
c        ``cost``         of one sample (a row with all its coordinates), in units of squared error
d        ``coordinates``  means estimated from every sample
p_i      sup over mu of E ||h_i - mu||^2 + c n_i

With d coordinates the penalty is d times that of one coordinate whose samples cost c/d, so every formula of one
coordinate holds with c/d for c ([CZK23] has d = 1; the extension to d equal coordinates is exact for normal data).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fairpool.ground.errors import InputError


@dataclass(frozen=True, slots=True)
class SharingTerms:
    """What equal agents agreed on, and what follows from it without any mechanism.

    Parameters
    ----------
    agents : int
        m, at least 2.
    sigma : float
        Standard deviation of a sample, in units of the data.
    cost : float
        c of one sample with all its coordinates, in units of squared error.
    coordinates : int
        d, the means that are estimated from every sample.

    Raises
    ------
    InputError
        Unless there are two agents, sigma and cost are positive, and there is a coordinate.

    References
    ----------
    [CZK23]: p_i = sup over mu of E ||h_i - mu||^2 + c n_i.

    Examples
    --------
    >>> from fairpool.sharing import SharingTerms
    >>> terms = SharingTerms(agents=10, sigma=1.0, cost=0.0025)
    >>> terms.samples_alone, terms.penalty_alone
    (20.0, 0.1)
    """

    agents: int
    sigma: float
    cost: float
    coordinates: int = 1

    def __post_init__(self) -> None:
        refuse_not_counted(self.agents, "agents", least=2, meaning="one agent has nobody to share with")
        refuse_not_counted(self.coordinates, "coordinates", least=1, meaning="means that are estimated")
        refuse_not_positive(self.sigma, "sigma", "the standard deviation of a sample")
        refuse_not_positive(self.cost, "cost", "the cost of a sample in units of squared error")

    @property
    def cost_per_coordinate(self) -> float:
        return self.cost / self.coordinates

    @property
    def samples_alone(self) -> float:
        """sigma sqrt(d/c): what minimises d sigma^2/n + c n."""
        return self.sigma / math.sqrt(self.cost_per_coordinate)

    @property
    def samples_at_optimum(self) -> float:
        """n* = sigma sqrt(d/(c m)): an agent's part of what minimises the sum of all penalties."""
        return self.samples_alone / math.sqrt(self.agents)

    @property
    def penalty_alone(self) -> float:
        """2 sigma sqrt(d c)."""
        return 2 * self.coordinates * self.sigma * math.sqrt(self.cost_per_coordinate)

    @property
    def penalty_at_optimum(self) -> float:
        """2 sigma sqrt(d c/m), per agent."""
        return self.penalty_alone / math.sqrt(self.agents)

    def penalty(self, error: float, samples: float) -> float:
        """d times the squared error of one coordinate, and the cost of the samples."""
        return self.coordinates * error + self.cost * samples


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan for m equal agents; penalties are per agent.

    samples   what each agent collects (the recommended strategy: all of it, submitted as it is)
    alpha     corruption level: the noise on an agent's corrupted rows has variance alpha^2 times the squared
              distance of its submission from its clean rows; None where nothing is corrupted
    penalty   of an agent when all follow the plan
    truthful  whether following the plan is an agent's best strategy when the others do
    bound     what the theory promises of ``ratio``, in the real numbers of the theory; None where nothing
    """

    mechanism: str
    terms: SharingTerms
    samples: float
    alpha: float | None
    penalty: float
    truthful: bool
    bound: float | None = None

    @property
    def alpha_squared_over_samples(self) -> float | None:
        """r = alpha^2 / n."""
        return None if self.alpha is None else self.alpha**2 / self.samples

    @property
    def ratio(self) -> float:
        """Social penalty under the plan, over the least social penalty of any n."""
        return self.penalty / self.terms.penalty_at_optimum


def refuse_not_positive(value: float, name: str, meaning: str) -> None:
    """InputError unless ``value`` is a positive finite number."""
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{name}: got {value}, expected a positive number: {meaning}")


def refuse_not_counted(value: float, name: str, *, least: int, meaning: str) -> None:
    """InputError unless ``value`` is a whole number from ``least`` on."""
    if not least <= value < math.inf or value != int(value):
        raise InputError(f"{name}: got {value}, expected a whole number from {least} on: {meaning}")

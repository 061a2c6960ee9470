"""The result of a round: everything a party, an operator or an auditor asks for."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from fairpool.learning.model import Model
from fairpool.market.agreement import Settings
from fairpool.market.certificate import Certificate
from fairpool.market.delivery import CustomisationReport
from fairpool.market.payments import Payments, PriceTerms
from fairpool.market.valuation import SizeGain, Standing
from fairpool.tables.schema import Schema

AMOUNTS = ("fee", "improvement", "refund", "reward", "returned", "retained", "net")


@dataclass(frozen=True, slots=True, eq=False)
class Settlement:
    """A settled round.

    names          the parties, in the order they were given
    standing       gains and shares; share_errors are the shares' standard errors, zero where they are exact
    payments       whole minor units, int64 (n,) each; the nets sum to zero
    models         the model delivered to each party, by name
    certificate    what was checked
    method         "closed-form", "exact" or "sampled"; evaluations: distinct coalitions whose models were scored
    customisation  own tasks: who gained what from whose model, before and after customisation
    """

    names: tuple[str, ...]
    settings: Settings
    terms: PriceTerms
    standing: Standing
    share_errors: np.ndarray[Any, np.dtype[np.float64]]
    payments: Payments
    models: Mapping[str, Model]
    certificate: Certificate
    method: str
    evaluations: int
    rows: tuple[int, ...]
    validation_rows: tuple[int, ...]
    by_size: tuple[SizeGain, ...]
    customisation: CustomisationReport | None
    schema: Schema

    @property
    def statement(self) -> pd.DataFrame:
        """One row a party, indexed by name; amounts are integer minor units."""
        columns = {
            "gain_alone": self.standing.alone,
            "gain": self.standing.gains,
            **{name: getattr(self.payments, name) for name in AMOUNTS},
            "share": self.standing.shares,
            "share_se": self.share_errors,
        }
        return pd.DataFrame(columns, index=pd.Index(self.names, name="name"))

    def to_dict(self, *, name: str = "") -> dict[str, Any]:
        """The document settlement.json: plain lists, dicts, numbers and strings."""
        return {
            "format": 1,
            "name": name,
            "currency": self.settings.currency,
            "unit_price": self.terms.unit_price,
            "minimum_fee": self.terms.minimum_fee,
            "task": self.settings.task,
            "learner": self.settings.learner,
            "learner_options": dict(self.settings.learner_options),
            "score": self.settings.score,
            "division": self.settings.division,
            "options": self.settings.options.to_dict(),
            "method": self.method,
            "evaluations": self.evaluations,
            "seed": self.settings.seed,
            "parties": [self._party(i) for i in range(len(self.names))],
            "gain_by_size": [_size(s) for s in self.by_size],
            "customisation": self._customisation(),
            "data": self._data(),
            "certificate": self.certificate.to_dict(),
            "versions": {
                "fairpool": version("fairpool"),
                "python": platform.python_version(),
                "numpy": version("numpy"),
                "scikit-learn": version("scikit-learn"),
            },
        }

    def _party(self, i: int) -> dict[str, Any]:
        return {
            "name": self.names[i],
            "rows": self.rows[i],
            "validation_rows": self.validation_rows[min(i, len(self.validation_rows) - 1)],
            "gain_alone": float(self.standing.alone[i]),
            "gain": float(self.standing.gains[i]),
            **{name: int(getattr(self.payments, name)[i]) for name in AMOUNTS},
            "share": float(self.standing.shares[i]),
            "share_se": float(self.share_errors[i]),
            "trained_on": list(self.models[self.names[i]].trained_on),
        }

    def _customisation(self) -> dict[str, Any] | None:
        found = self.customisation
        if found is None:
            return None
        return {
            "parties": list(self.names),
            "step": found.step.value,
            "selected": {
                name: [self.names[j] for j in chosen]
                for name, chosen in zip(self.names, found.selected, strict=True)
            },
            "before": found.before.tolist(),
            "after": found.after.tolist(),
            "notes": dict(zip(self.names, found.notes, strict=True)),
        }

    def _data(self) -> dict[str, Any]:
        return {
            "label": self.schema.label,
            "kind": self.schema.task.value,
            "classes": None if self.schema.classes is None else list(self.schema.classes),
            "features": [{"name": c.name, "kind": c.kind.value} for c in self.schema.columns],
            "dropped": list(self.schema.dropped),
            "unshared": list(self.schema.unshared),
            "validation_rows": sum(self.validation_rows),
        }


def _size(found: SizeGain) -> dict[str, Any]:
    return {
        "size": found.size,
        "coalitions": found.coalitions,
        "mean": found.mean,
        "lowest": found.lowest,
        "highest": found.highest,
    }

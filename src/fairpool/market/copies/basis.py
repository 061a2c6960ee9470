"""How coalitions with copies are scored, and so how sure it is what copies would earn.

exact            one nearest neighbour: copies of rows change no distance
by construction  rows that several members bring identically are trained on once
evaluated        models with the copies in were trained
assumed          M(X + X) = M(X) as in the paper, or the models delivered beside copies are: only approximately true
"""

from __future__ import annotations

from fairpool.learning.experiment import Experiment, SharedRowsRule


def copies_basis(round_: Experiment) -> str:
    """How far M(X + X) = M(X) holds for this round's models, or whether models with copies can be evaluated."""
    basis = basis_without_evaluating(round_)
    can_be_evaluated = len(round_.parties) <= round_.learner.capabilities.copies_players
    return "evaluated" if basis == "assumed" and can_be_evaluated else basis


def own_tasks_basis(round_: Experiment, *, customised: bool) -> str:
    """With own tasks no model with copies is trained.

    A copy brings a task of its own, which changes what customisation makes of the party's and the others' models: then
    it is an assumption that the models delivered stay as they are.
    """
    return "assumed" if customised else basis_without_evaluating(round_)


def basis_without_evaluating(round_: Experiment) -> str:
    """The same where no model with copies is trained."""
    if round_.learner.capabilities.copies_change_nothing:
        return "exact"
    return "by construction" if round_.shared_rows is SharedRowsRule.ONCE else "assumed"

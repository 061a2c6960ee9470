"""How coalitions with copies are scored, and so how sure it is what copies would earn.

exact            one nearest neighbour: copies of rows change no distance
by construction  rows that several members bring identically are trained on once
evaluated        models with the copies in were trained
assumed          M(X + X) = M(X) as in the paper, or the models delivered beside copies are: only approximately true
"""

from __future__ import annotations

from fairpool.learning.experiment import SharedRowsRule
from fairpool.learning.learner import Learner


def copies_basis(learner: Learner, shared_rows: SharedRowsRule, parties: int) -> str:
    """How far M(X + X) = M(X) holds for a round's models, or whether models with copies can be evaluated."""
    basis = basis_without_evaluating(learner, shared_rows)
    can_be_evaluated = parties <= learner.capabilities.copies_players
    return "evaluated" if basis == "assumed" and can_be_evaluated else basis


def own_tasks_basis(learner: Learner, shared_rows: SharedRowsRule, *, customised: bool) -> str:
    """With own tasks no model with copies is trained.

    A copy brings a task of its own, which changes what customisation makes of the party's and the others' models: then
    it is an assumption that the models delivered stay as they are.
    """
    return "assumed" if customised else basis_without_evaluating(learner, shared_rows)


def basis_without_evaluating(learner: Learner, shared_rows: SharedRowsRule) -> str:
    """The same where no model with copies is trained."""
    if learner.capabilities.copies_change_nothing:
        return "exact"
    return "by construction" if shared_rows is SharedRowsRule.ONCE else "assumed"

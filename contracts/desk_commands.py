"""Asked of us at agencies' desks: whose a task is, and what officers decide."""

from __future__ import annotations

from typing import Literal

from contracts.asked import Act, StepCommand
from contracts.wire import Answer, Evidence


class TaskCommand(StepCommand, frozen=True, kw_only=True):
    """Asked of a task on a desk. `officer` is who acts, written as `agency/person`."""

    verb: Literal["ask", "undo"]
    officer: str


class ClaimTask(TaskCommand, frozen=True, kw_only=True):
    """Officer: I take this task."""


class ReleaseTask(TaskCommand, frozen=True, kw_only=True):
    """Officer: I put this task back."""


class HandTaskOver(TaskCommand, frozen=True, kw_only=True):
    """Officer: `to`, a colleague, goes on with this task."""

    to: str
    reason: str


class DecideTask(TaskCommand, frozen=True, kw_only=True):
    """Officer: this is the agency's answer, or what is proposed to a second officer."""

    answer: Answer
    evidence: Evidence


class ConfirmDecision(TaskCommand, frozen=True, kw_only=True):
    """Second officer: what was proposed (`digest` names it) is the agency's answer."""

    digest: str


class RejectDecision(TaskCommand, frozen=True, kw_only=True):
    """Second officer: what was proposed (`digest` names it) is not the agency's answer; `text` says why."""

    digest: str
    text: str


class ReassignTask(StepCommand, frozen=True, kw_only=True):
    """Operator, or an officer who leads the desk: `to` has this task now, whoever had it; nobody where it is empty."""

    to: str
    act: Act
    by_operator: bool = True


class ConfirmRevocation(StepCommand, frozen=True, kw_only=True):
    """Second officer: the part that a colleague proposed to revoke (`digest` names the proposal) stands no more."""

    officer: str
    digest: str


class RejectRevocation(StepCommand, frozen=True, kw_only=True):
    """Second officer: the part that a colleague proposed to revoke (`digest` names it) stands on; `text` says why."""

    officer: str
    digest: str
    text: str

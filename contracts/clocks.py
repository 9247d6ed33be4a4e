"""Clocks as they are shown: of an agency's promise, or of what the law grants when it is silent."""

from __future__ import annotations

from typing import Final, Literal

from contracts.ids import CaseId, Instant, ItemKey, StepName
from contracts.units import Text
from contracts.views import View

MOST_DAYS: Final = 30
SOON: Final = 2
"""Within how many working days something is due soon, where nobody says; and at most."""
ClockKind = Literal["promise", "deemed", "decision"]


class ClockSpan(View, frozen=True, kw_only=True):
    """A time in which a clock ran, or stood still and `because` of what; `until` None: up to now.

    `correction`: the applicant is asked; `pause`: by an operator; `reopened`: between a word and the next ask;
    `away`: the gateway itself was out, and heard nobody; `maintenance` of the agency's system, as it was declared;
    `unreachable`, `told_to_wait`, `queue`: like maintenance, what the agency's protection held an attempt back for;
    `applicant_in_sub_case`: the sub-case that the step is waits for the applicant: a correction, a task or a payment.
    """

    since: Instant
    until: Instant | None = None
    because: str = ""


class ClockView(View, frozen=True, kw_only=True):
    """A clock: of an agency's promise, of what the law grants when it is silent, or of the lead's word on an objection.

    Running and paused add up. `open_s` is for how long of the time used offices were open, where those hours count.
    Of a step that is another service, `sub_case` is the case that is waited for: its own clocks say which agency there.
    """

    step: str
    item: str
    title: Text
    agency: str
    kind: ClockKind
    within: str
    state: Literal["running", "paused", "stopped"]
    because: str
    spans: list[ClockSpan]
    used_s: float
    paused_s: float
    due_at: Instant | None
    overdue: bool
    open_s: float | None = None
    sub_case: str = ""


class DueView(View, frozen=True, kw_only=True):
    """Something that an agency, or the lead, is waited for: until when (None: its clock stands still), or overdue."""

    case: CaseId
    service: str
    step: StepName
    item: ItemKey
    title: Text
    agency: str
    kind: ClockKind
    due_at: Instant | None
    overdue: bool


class AgencyPromises(View, frozen=True, kw_only=True):
    """One agency's clocks that have not stopped, and the next moment that is due."""

    agency: str
    running: int
    paused: int
    overdue: int
    next_due: Instant | None


class PromisesView(View, frozen=True, kw_only=True):
    """How every agency stands, and what is overdue or due within so many working days, the earliest first.

    What is due of one case stands together, cases by what is due first; `more` follows under `next`. The agencies are
    summed up over `summed` cases; if that is `cut`, those whose clocks are due first.
    """

    promises: list[AgencyPromises]
    due: list[DueView]
    more: bool = False
    next: str = ""
    summed: int = 0
    cut: bool = False

"""How long a joint output is valid (`output.valid_for` of a plan): until when, and what may be written there."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.ids import Instant
from workflows.core.calendar import after
from workflows.core.checked_plan import CheckedPlan
from workflows.core.mistakes import Finding
from workflows.core.state import CaseState

_UNITS = ("day", "week", "month", "year")


def check_validity(checked: CheckedPlan) -> Iterator[Finding]:
    """Say where an output is valid for no time, or for one that a reader of it could not count by a calendar."""
    valid_for = checked.plan.output.valid_for
    if valid_for is None:
        return
    amount, _, unit = valid_for.partition(" ")
    if int(amount) == 0 or not unit.startswith(_UNITS):
        yield Finding(
            ("output", "valid_for"),
            f"{valid_for} is no time for which an output is valid",
            "days, weeks, months or years, one at least: 5 years; or leave it out: it has no end",
        )


def valid_until(state: CaseState, issued_at: Instant) -> Instant | None:
    """Give when an output issued at this moment is valid no more, to the second; None: it has no end."""
    valid_for = state.plan.published.plan.output.valid_for
    return None if valid_for is None else after(issued_at.replace(microsecond=0), valid_for)

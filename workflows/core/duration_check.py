"""Working hours in a plan: they are counted by its calendar, so there must be one."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.core.calendar import in_hours
from workflows.core.checked_plan import CheckedPlan
from workflows.core.mistakes import Finding, Place


def check_working_hours(checked: CheckedPlan) -> Iterator[Finding]:
    """Say where hours of offices are promised, and nobody knows when those are open."""
    if checked.plan.calendar:
        return
    for place, duration in _durations(checked):
        if in_hours(duration):
            yield Finding(
                place,
                f"{duration} depends on when offices are open, and the plan has no calendar",
                "calendar: and the name of one; or hours (h), or working days",
            )


def _durations(checked: CheckedPlan) -> Iterator[tuple[Place, str]]:
    """Walk over everything that is counted by the plan's calendar; what a contract says is placed at its step."""
    yield ("promise", "within"), checked.plan.promise.within
    yield ("correction_within",), checked.plan.correction_within
    for name, step in checked.plan.steps.items():
        if isinstance(step.wait, str):
            yield ("steps", name, "wait"), step.wait
        if step.decide_within is not None:
            yield ("steps", name, "decide_within"), step.decide_within
        if step.applicant is not None:
            yield ("steps", name, "applicant", "within"), step.applicant.within
        contract = checked.contracts.get(name)
        if contract is not None and step.ask is not None:
            asked: Place = ("steps", name, "ask")
            yield asked, contract.promise.within
            yield from ((asked, refusal.within) for refusal in contract.refusals.values() if refusal.within)
            if contract.undo is not None and contract.undo.within is not None:
                yield asked, contract.undo.within

"""What steps ask of the applicant now."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.views import ActionView
from workflows.core.state import CaseState
from workflows.projections.input_labels import input_labels


def actions(state: CaseState) -> Iterator[ActionView]:
    """Walk over what the applicant is to do."""
    for step, place, entry in state.currents():
        task = step.spec.applicant
        if task is None or entry.state != "accepted" or entry.give_up_at is None or state.status != "open":
            continue
        given = entry.input or {}
        yield ActionView(
            step=step.name,
            item=place.item,
            title=step.title,
            page=task.page,
            form=task.form,
            given=given,
            labels=input_labels(step, state.plan, given),
            until=entry.give_up_at,
            optional=step.spec.optional,
        )

"""What is published of cases that wait for objections, and who objected: the one for all, the other for operations."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from contracts.ids import Instant
from contracts.plan import Until
from contracts.views import AnnouncementView, CaseView
from workflows.core.graph import UNTIL
from workflows.core.objections import DECIDE_WITHIN, takes_objections
from workflows.core.state import CaseState
from workflows.projections.input_labels import input_labels


def announcements(state: CaseState, now: Instant) -> Iterator[AnnouncementView]:
    """Give what a case publishes now: just what its plan names, and until when others may object."""
    for step, place, entry in state.currents():
        if takes_objections(state, step, entry, now) and entry.give_up_at is not None:
            published = dict(entry.input or {})
            if isinstance(step.spec.wait, Until):
                published.pop(UNTIL, None)
            yield AnnouncementView(
                case=state.case,
                step=step.name,
                item=place.item,
                title=step.title,
                until=entry.give_up_at,
                decided_within=step.spec.decide_within or DECIDE_WITHIN,
                published=published,
                labels=input_labels(step, state.plan, published),
            )


def with_objectors(view: CaseView, state: CaseState) -> CaseView:
    """Give the view with who objected, and how to reach them: for whoever decides."""
    objections = {(place.step, place.item): list(entry.objections) for _, place, entry in state.currents()}
    steps = [structs.replace(step, objections=objections.get((step.step, step.item), [])) for step in view.steps]
    return structs.replace(view, steps=steps)

"""What is published of cases that wait for objections, and who objected: the one for all, the other for operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import convert, structs

from contracts.ids import Instant
from contracts.plan import Until
from contracts.units import Text
from contracts.views import AnnouncementView, CaseView
from workflows.core.graph import UNTIL
from workflows.core.objections import takes_objections
from workflows.core.state import CaseState, CompiledStep


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
                published=published,
                labels={name: words for name in published if (words := _label(state, step, name)) is not None},
            )


def _label(state: CaseState, step: CompiledStep, name: str) -> Text | None:
    """Give what the form calls an answer that is published."""
    pointer = step.form_inputs.get(name)
    here: dict[str, Any] = state.plan.published.plan.form
    for part in pointer.split("/")[1:] if pointer else ():
        here = here.get("properties", {}).get(part, {})
    words = here.get("x-ui", {}).get("label") if pointer else None
    return None if words is None else convert(words, Text)


def with_objectors(view: CaseView, state: CaseState) -> CaseView:
    """Give the view with who objected, and how to reach them: for whoever decides."""
    objections = {(place.step, place.item): list(entry.objections) for _, place, entry in state.currents()}
    steps = [structs.replace(step, objections=objections[step.step, step.item]) for step in view.steps]
    return structs.replace(view, steps=steps)

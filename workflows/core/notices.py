"""Agencies are told when something of an issued output stands no more, and take note of it.

Who is told follows from the journal: every agency that has a part in the output, but the one that says so itself.
Nothing is sent: it stands in the agency's list until the agency takes note, which is recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.after_issue import Notice
from contracts.ids import Instant, StepName
from workflows.core.allowed_moves import UNDO_OPEN
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round, Track


def part_revoked(state: CaseState, event: ev.PartRevoked) -> CaseState:
    """Fold: the other agencies of the output are to be told that a part stands no more."""
    by = state.step(event.step).contract.agency
    resting = state.plan.data_descendants[event.step]
    notice = Notice(
        step=event.step,
        item=event.item,
        at=event.at,
        by=by,
        legal_basis=event.legal_basis,
        agencies=_contributors(state, but=by),
        resting=_contributors(state, but=by, among=resting),
    )
    return _told(state, notice)


def output_revoked(state: CaseState, at: Instant) -> CaseState:
    """Fold: every agency of the output is to be told that the whole stands no more."""
    agencies = _contributors(state)
    return _told(state, Notice(at=at, by=state.plan.published.plan.lead, agencies=agencies, resting=agencies))


def parts_fell(state: CaseState, event: ev.SubCaseReduced) -> CaseState:
    """Fold: the agencies of the output are to be told of each part of a sub-case's output that stands no more."""
    for part in event.parts:
        notice = Notice(
            step=event.step,
            item=event.item,
            part=part.title,
            at=part.at,
            by=part.agency,
            legal_basis=part.legal_basis,
            agencies=_contributors(state, but=part.agency),
            resting=_contributors(state, but=part.agency, among=event.resting),
        )
        state = _told(state, notice)
    return state


def take(state: CaseState, command: cm.TakeNotice, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record that an agency took note; said again it says nothing new.

    Raises:
        Rejection: this agency was told nothing of this number.

    """
    notice = state.notices[command.number - 1] if 1 <= command.number <= len(state.notices) else None
    if notice is None or command.agency not in notice.agencies:
        raise Rejection("not_now", "This agency has nothing of this number to note.")
    if command.agency in notice.taken:
        return ()
    return (ev.NoticeTaken(at=now, agency=command.agency, number=command.number, evidence=command.evidence),)


def taken(state: CaseState, event: ev.NoticeTaken) -> CaseState:
    """Fold that an agency took note."""
    at = event.number - 1
    notice = state.notices[at]
    noted = structs.replace(notice, taken={**notice.taken, event.agency: event.at})
    return structs.replace(state, notices=(*state.notices[:at], noted, *state.notices[at + 1 :]))


def unnoted(state: CaseState) -> bool:
    """Whether an agency has still to take note of something."""
    return any(agency not in notice.taken for notice in state.notices for agency in notice.agencies)


def gave(state: CaseState, agency: str) -> Iterator[Track]:
    """Walk over the tracks by which an agency contributed to the output, whatever became of that."""
    for step, place, entry in state.currents():
        if step.spec.ask is not None and _in_the_output(entry) and step.contract.agency == agency:
            yield step.name, place.item


def _told(state: CaseState, notice: Notice) -> CaseState:
    return structs.replace(state, notices=(*state.notices, notice)) if notice.agencies else state


def _in_the_output(entry: Round) -> bool:
    """Whether an output that was issued has this part, whatever became of it since; what was undone before has none."""
    return entry.status_index is not None or entry.granted or entry.state in UNDO_OPEN


def _contributors(state: CaseState, *, but: str = "", among: Collection[StepName] | None = None) -> tuple[str, ...]:
    found = (
        step.contract.agency
        for step, _, entry in state.currents()
        if step.spec.ask is not None and _in_the_output(entry) and (among is None or step.name in among)
    )
    return tuple(dict.fromkeys(agency for agency in found if agency != but))

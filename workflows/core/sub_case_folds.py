"""What the events of a sub-case make of it, and of the step of its parent. Part of `evolve`, as `rounds` is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from contracts.revocation import PartRevocation, SubPart
from workflows.core import notices
from workflows.core.moves import change, move, move_case, round_of
from workflows.core.state import CaseState
from workflows.core.working_time import Stop


def in_words(parts: Iterable[SubPart]) -> str:
    """Say which parts of a sub-case's output fell, for whoever mends it."""
    return "; ".join(
        f"{part.step}{f'/{part.item}' if part.item else ''} of {part.agency}, revoked on {part.at:%Y-%m-%d}"
        + (f" ({part.legal_basis})" if part.legal_basis else "")
        for part in parts
    )


def _waits(state: CaseState, event: ev.SubCaseWaits) -> CaseState:
    """The clock of the step stands still meanwhile."""
    return change(state, event, theirs=True, held_back_at=event.at, held_back_because="applicant")


def _goes_on(state: CaseState, event: ev.SubCaseGoesOn) -> CaseState:
    entry = round_of(state, event)
    stop = Stop(entry.held_back_at or event.at, event.at)
    return change(state, event, theirs=False, held_back_at=None, held_back=(*entry.held_back, stop))


def _fell(state: CaseState, event: ev.SubCaseFell) -> CaseState:
    left = event.output
    cause = "revoked" if left is None else "part_revoked"
    changes: dict[str, Any] = {
        "remains": left,
        "cause": cause,
        "reason": in_words(event.parts),
        "evidence": event.evidence,
    }
    if round_of(state, event).fallen:
        return change(state, event, **changes)
    return move(state, event, "exhausted", owner="", **changes)


def _rest_taken(state: CaseState, event: ev.RestTaken) -> CaseState:
    return move(state, event, "contributed", output=round_of(state, event).remains, remains=None, cause="", reason="")


def _reduced(state: CaseState, event: ev.SubCaseReduced) -> CaseState:
    """The part stands, and says of itself what does not; agencies are told where it touches the joint output."""
    entry = round_of(state, event)
    fell = (*(entry.reduced.parts if entry.reduced else ()), *event.parts)
    laws = dict.fromkeys(part.legal_basis for part in fell if part.legal_basis)
    reduced = PartRevocation(at=event.at, because="in_part", legal_basis="; ".join(laws), parts=fell)
    owed = event.shown and entry.status_index is not None
    changed = change(state, event, remains=event.output, reduced=reduced, status_owed=entry.status_owed or owed)
    return notices.parts_fell(changed, event) if event.shown or event.resting else changed


def _reopened(state: CaseState, _: ev.CaseReopened) -> CaseState:
    attempt = state.seal_attempt + 1
    return move_case(state, "open", seal_attempt=attempt, seal_void=attempt, seal_again_at=None)


def _voided(state: CaseState, event: ev.SealVoided) -> CaseState:
    return structs.replace(state, voids_owed=(*state.voids_owed, event.status_index))


def _taken_back(state: CaseState, _: ev.SubCaseTakenBack) -> CaseState:
    return structs.replace(state, taken_back=True)


def _parent_told(state: CaseState, event: ev.ParentTold) -> CaseState:
    return structs.replace(state, told=event.word, tellings=state.tellings + 1, told_parts=event.parts)


SUB_CASE_FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    ev.SubCaseWaits: _waits,
    ev.SubCaseGoesOn: _goes_on,
    ev.SubCaseFell: _fell,
    ev.RestTaken: _rest_taken,
    ev.SubCaseReduced: _reduced,
    ev.CaseReopened: _reopened,
    ev.SealVoided: _voided,
    ev.SubCaseTakenBack: _taken_back,
    ev.ParentTold: _parent_told,
}

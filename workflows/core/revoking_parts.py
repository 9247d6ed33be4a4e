"""After issue: an agency takes its own part of the joint output back.

The output stays what was issued, and the status list says of the part that it stands no more. Where the output could
not have been issued without it, the whole is revoked. What stands only with the part is taken back, where it can be.
"""

from __future__ import annotations

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts import effects as ef
from contracts import events as ev
from contracts.asked import Act, StepCommand
from contracts.contract import Contract, DeskConnection
from contracts.ids import CaseId, Instant, Place
from contracts.revocation import PartRevocation
from contracts.units import same_person
from contracts.wire import Evidence
from workflows.core import undoing
from workflows.core.compiled import CompiledStep
from workflows.core.moves import change, round_of
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round, where

_AFTER_ISSUE = frozenset({"issued", "revoking", "revoked"})


# --- the act ------------------------------------------------------------------------------------------------


def revoke(state: CaseState, command: cm.RevokePart, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take one part back; said again in the same words, it says nothing new.

    Raises:
        Rejection: there is no such part, or it cannot be revoked (any more).

    """
    step, place, entry = _part(state, command)
    act = command.act
    if entry.revoked is not None:
        if (entry.revoked.reason, entry.revoked.legal_basis) == (act.reason, command.legal_basis):
            return ()
        raise Rejection("not_now", f"The part of {command.step!r} was revoked on {entry.revoked.at:%Y-%m-%d} already.")
    if state.status != "issued":
        message = f"The case is {state.status}: a part is revoked only while the joint output stands."
        raise Rejection("not_open", message)
    if not entry.granted:
        message = f"Step {command.step!r} is {entry.state}: there is no contribution of it to revoke."
        raise Rejection("not_now", message)
    if command.at_desk and _needs_second(step.contract):
        return _proposed(command, place, entry, now)
    revoked_ = ev.PartRevoked(
        because="agency",
        legal_basis=command.legal_basis,
        objection=command.objection,
        evidence=command.evidence,
        actor=act.actor,
        reason=act.reason,
        **where(now, place),
    )
    if not required(state, step, place):
        return (revoked_,)
    return (revoked_, ev.OutputRevoked(at=now, actor=act.actor, reason=act.reason))


# --- a second officer ---------------------------------------------------------------------------------------


def confirm(state: CaseState, command: dm.ConfirmRevocation, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let a part stand no more that a colleague took back.

    Raises:
        Rejection: nothing, or something else, is proposed; the same person proposed it; or the output stands no more.

    """
    place, proposal = _looked_at(state, command)
    confirmed = ev.RevocationConfirmed(
        officer=command.officer, proposed_by=proposal.officer, digest=command.digest, **where(now, place)
    )
    asked = cm.RevokePart(
        step=place.step,
        item=place.item,
        round=place.round,
        act=Act(actor=proposal.officer, reason=proposal.reason),
        legal_basis=proposal.legal_basis,
        objection=proposal.objection,
        evidence=proposal.evidence,
    )
    return (confirmed, *revoke(state, asked, now))


def reject(state: CaseState, command: dm.RejectRevocation, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let a part stand that a colleague took back. Raises as `confirm` does."""
    place, proposal = _looked_at(state, command)
    rejected = ev.RevocationRejected(
        officer=command.officer,
        proposed_by=proposal.officer,
        digest=command.digest,
        text=command.text,
        **where(now, place),
    )
    return (rejected,)


def _needs_second(contract: Contract) -> bool:
    """Whether the contract asks for a second officer: to take back what was given is more than to refuse it."""
    return isinstance(contract.connection, DeskConnection) and contract.connection.second_officer is not None


def _proposed(command: cm.RevokePart, place: Place, entry: Round, now: Instant) -> tuple[ev.CaseEvent, ...]:
    act, known = command.act, entry.revocation
    if known is not None:
        said = (act.actor, act.reason, command.legal_basis, command.objection)
        if said == (known.officer, known.reason, known.legal_basis, known.objection):
            return ()
        message = f"{known.officer} has proposed to revoke this part; another officer must confirm or reject that."
        raise Rejection("not_now", message)
    proposed = ev.RevocationProposed(
        officer=act.actor,
        reason=act.reason,
        legal_basis=command.legal_basis,
        objection=command.objection,
        evidence=command.evidence,
        **where(now, place),
    )
    return (proposed,)


def _looked_at(
    state: CaseState, command: dm.ConfirmRevocation | dm.RejectRevocation
) -> tuple[Place, ev.RevocationProposed]:
    _, place, entry = _part(state, command)
    proposal = entry.revocation
    if proposal is None or proposal.evidence.digest != command.digest:
        raise Rejection("not_now", "What you saw is not what is proposed now. Look at the part again.")
    if same_person(proposal.officer, command.officer):
        raise Rejection("same_person", "You proposed this decision yourself: another officer must confirm it.")
    return place, proposal


def proposed(state: CaseState, event: ev.RevocationProposed) -> CaseState:
    """Fold: a part is to be revoked, once a second officer confirms it. Part of `evolve`."""
    return change(state, event, revocation=event, not_confirmed="")


def decided(state: CaseState, event: ev.RevocationConfirmed | ev.RevocationRejected) -> CaseState:
    """Fold: a second officer has spoken. Part of `evolve`."""
    no = event.text if isinstance(event, ev.RevocationRejected) else ""
    return change(state, event, revocation=None, not_confirmed=no)


# --- what it is about ---------------------------------------------------------------------------------------


def fallen(state: CaseState, step: CompiledStep, place: Place, by: Evidence, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take the part back that a sub-case gave: its own output was revoked after the joint output was issued."""
    revoked_ = ev.PartRevoked(because="agency", legal_basis="", objection="", evidence=by, **where(now, place))
    if not required(state, step, place):
        return (revoked_,)
    return (revoked_, ev.OutputRevoked(at=now, actor="", reason=""))


def _part(state: CaseState, command: StepCommand) -> tuple[CompiledStep, Place, Round]:
    track = (command.step, command.item)
    if track not in state.tracks or not state.counts(*track) or state.step(command.step).spec.ask is None:
        raise Rejection("unknown_step", f"No agency has a part {command.step!r} of this output; of items, name one.")
    entry = state.current(track)
    if command.round not in {0, entry.number}:
        raise Rejection("unknown_step", f"Round {command.round} of {command.step!r} is no part of this output.")
    return state.step(command.step), Place(*track, entry.number), entry


def required(state: CaseState, step: CompiledStep, place: Place) -> bool:
    """Whether the output could not have been issued without this part."""
    if step.spec.optional:
        return False
    others = (entry for other, at, entry in state.currents() if other.name == step.name and at != place)
    return not (step.spec.partial and any(entry.granted and entry.revoked is None for entry in others))


def revoked(state: CaseState, event: ev.PartRevoked) -> CaseState:
    """Fold: the part stands no more, and the status list is to say so. Part of `evolve`."""
    revocation = PartRevocation(
        at=event.at,
        because=event.because,
        reason=event.reason,
        legal_basis=event.legal_basis,
        objection=event.objection,
        actor=event.actor,
    )
    listed = round_of(state, event).status_index is not None
    return change(state, event, revoked=revocation, status_owed=listed, revocation=None)


# --- what follows -------------------------------------------------------------------------------------------


def what_rests_on_it(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take back what stands only with a part that was revoked; what was taken back after issue stands no more."""
    if state.status not in _AFTER_ISSUE:
        return ()
    events: list[ev.CaseEvent] = []
    for step, place, entry in state.currents():
        if entry.revoked is not None:
            continue
        if entry.state == "undone" and entry.status_index is not None:
            events.append(_undone(step, place, entry, now))
        elif entry.granted and undoing.condition_failed(state, step):
            events += undoing.take_back(step, place, entry, "condition", now)
    return tuple(events)


def _undone(step: CompiledStep, place: Place, entry: Round, now: Instant) -> ev.PartRevoked:
    undo = step.contract.undo
    nobody = Evidence(kind="attested", received_at=now, digest="", actor="gateway")
    return ev.PartRevoked(
        because="undone",
        legal_basis=(undo.legal_basis or "") if undo is not None else "",
        objection="",
        evidence=entry.evidence or nobody,
        **where(now, place),
    )


def statuses_owed(state: CaseState) -> frozenset[int]:
    """Give the places in the status lists that do not say yet what they have to."""
    parts = [entry.status_index for _, _, entry in state.everything() if entry.status_owed]
    output = [state.status_index] if state.status_owed else []
    return frozenset(index for index in (*parts, *output, *state.voids_owed) if index is not None)


def status_of(case: CaseId, place: Place, entry: Round, status_index: int) -> ef.PublishStatus:
    """Give what the status list has to say of a part."""
    said = entry.revoked or entry.reduced
    basis = said.legal_basis if said is not None else ""
    return ef.PublishStatus(case=case, status_index=status_index, step=place.step, legal_basis=basis)

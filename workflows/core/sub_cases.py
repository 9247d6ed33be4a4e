"""A case that is a step of another one (`service` of a plan): what it owes its parent, and how the parent takes it.

To the parent it is an ask like any other: accepted at once, contributed when the joint output is issued, refused with
how it ended, undone when it was taken back. What it has to say follows from its state, and is owed until the
parent has it.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, Literal

from contracts import commands as cm
from contracts import effects as ef
from contracts import events as ev
from contracts import family_commands as fm
from contracts import wire
from contracts.ids import NO_ITEM, AskKey, CaseId, Instant, Place, StepName, ask_key, parse_ask_key
from contracts.revocation import SubPart
from workflows.core import revoking
from workflows.core.allowed_moves import CLOSED, UNDO_OPEN, WAITED_FOR
from workflows.core.each import KEY
from workflows.core.expressions import resolve
from workflows.core.items import title_of
from workflows.core.rejections import Rejection
from workflows.core.service_terms import given_on
from workflows.core.state import CaseState, Round, Values, where
from workflows.core.values import referred, scope

_SIGNS: Final = bytes.maketrans(bytes(range(256)), b"0123456789abcdefghjkmnpqrstvwxyz" * 8)
_AT_AN_END: Final = CLOSED | {"issued", "revoking", "revoked"}


def sub_case_id(key: AskKey) -> CaseId:
    """Give the id of the sub-case that an ask opens, written as any case's: always the same, so it is opened once."""
    signs = hashlib.sha256(key.encode()).digest()[:16].translate(_SIGNS).decode()
    return CaseId("-".join(signs[at : at + 4] for at in range(0, 16, 4)))


# --- what it says ---------------------------------------------------------------------------------------------


def standing(state: CaseState) -> ev.Standing:
    """Say where a sub-case stands for its parent."""
    if state.taken_back:
        return _taken_back(state)
    if state.status == "issued":
        return "reduced" if state.told in {"issued", "reduced"} and parts_fallen(state) else "issued"
    if state.status in _AT_AN_END:
        return "closed"
    return "waiting" if state.status == "open" and "waiting" in state.marks else "open"


def _taken_back(state: CaseState) -> ev.Standing:
    """Taken back is what has left nothing behind; while that is not so, there is nothing new to say."""
    if state.status not in CLOSED | {"revoked"} or state.has_any(UNDO_OPEN):
        return state.told
    return "not_undone" if any(_left(state, place.step, entry) for _, place, entry in state.everything()) else "undone"


def _left(state: CaseState, step: StepName, entry: Round) -> bool:
    return state.step(step).contract.effect != "none" and (entry.granted or entry.left_over)


def untold(state: CaseState) -> ev.Standing | None:
    """Give what the parent has not been told yet (None: nothing, or nobody is to be told)."""
    now = standing(state) if state.parent else state.told
    more = now == "reduced" and len(parts_fallen(state)) > state.told_parts
    return None if now == state.told and not more else now


def parts_fallen(state: CaseState) -> list[SubPart]:
    """Give the parts of a sub-case's output that stand no more, and those of what its own sub-cases gave."""
    found: list[SubPart] = []
    for step, place, entry in state.currents() if state.parent else ():
        if entry.revoked is not None:
            by, law = entry.revoked, entry.revoked.legal_basis
            title = title_of(step, place.item)
            agency = step.contract.agency
            found.append(
                SubPart(step=step.name, item=place.item, title=title, agency=agency, at=by.at, legal_basis=law)
            )
        elif entry.reduced is not None:
            found += entry.reduced.parts
    return found


def answer_of(state: CaseState, key: AskKey, verb: Literal["ask", "undo"]) -> wire.Answer:
    """Give what a sub-case answers to the ask that opened it, or to its undo, as it stands.

    Raises:
        ExpressionError: a value of its output cannot be worked out.

    """
    now = standing(state)
    if now == "undone":
        return wire.Undone(key=key)
    if now == "not_undone" and verb == "undo":
        return wire.UndoRefused(key=key, code="kept")
    if now in {"issued", "reduced"} and verb == "ask":
        return wire.Contributed(key=key, output=output_of(state))
    if now == "closed" and verb == "ask":
        return wire.Refused(key=key, code=state.outcome or "ended")
    return wire.Accepted(key=key, ticket=state.case)


def output_of(state: CaseState) -> Values:
    """Give what the joint output shows, for each part that stands: the value of the step that the case is."""
    output: Values = {}
    for name, shown in state.plan.parts.items():
        told = given_on(state.plan.published, name)
        fields = {field: expression for field, expression in shown.items() if field in told}
        seen = scope(state, referred(fields, state))
        found = [
            ({KEY: item} if item else {}) | resolve(fields, {**seen, name: entry.remaining})
            for item in state.listed.get(name, (NO_ITEM,))
            if (entry := state.current((name, item))).granted and entry.revoked is None
        ]
        if state.step(name).each is not None:
            output[name] = found
        elif found:
            output[name] = found[0]
    return output


def evidence_of(state: CaseState, now: Instant) -> wire.Evidence:
    """Give what shows a sub-case's answer: its id, and the digest of the output by which anybody can verify it."""
    return wire.Evidence(kind="attested", received_at=now, digest=state.output_digest, actor=state.case)


def to_parent(
    state: CaseState, effect: ef.TellParent, now: Instant
) -> cm.RecordAnswer | fm.RecordSubCase | fm.RecordReduced:
    """Give the command by which the parent hears what a sub-case owes it.

    Raises:
        ExpressionError: a value of its output cannot be worked out.

    """
    _, place, _ = parse_ask_key(effect.parent)
    at: Any = {"step": place.step, "item": place.item, "round": place.round, "evidence": evidence_of(state, now)}
    if effect.word in {"open", "waiting"}:
        return fm.RecordSubCase(waiting=effect.word == "waiting", **at)
    if effect.word == "reduced":
        return fm.RecordReduced(output=output_of(state), parts=parts_fallen(state), **at)
    verb: Literal["ask", "undo"] = "ask" if effect.word in {"issued", "closed"} else "undo"
    return cm.RecordAnswer(verb=verb, heard=answer_of(state, effect.parent, verb), **at)


# --- what becomes of it ---------------------------------------------------------------------------------------


def opened(event: ev.CaseOpened, command: cm.OpenCase, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give the events by which a case is opened; one that was taken back before it began closes at once."""
    return (event, *_withdrawn(now)) if command.taken_back else (event,)


def take_back(state: CaseState, command: fm.TakeBack, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take a sub-case back for its parent: close it, or revoke what was issued; then undo what it did.

    Raises:
        Rejection: it is part of no other case.

    """
    del command
    if not state.parent:
        raise Rejection("not_now", "This case is part of no other one that could take it back.")
    if state.taken_back:
        return ()
    if state.status in {"open", "issuing"}:
        return _withdrawn(now)
    taken = ev.SubCaseTakenBack(at=now)
    if state.status == "closing":
        return (taken,)
    revoked = (ev.OutputRevoked(at=now, actor="", reason=""),) if state.status == "issued" else ()
    return (taken, *revoked, *revoking.undo_all(state, now))


def _withdrawn(now: Instant) -> tuple[ev.CaseEvent, ...]:
    return (ev.SubCaseTakenBack(at=now), ev.CaseClosing(at=now, outcome="withdrawn"))


def told(state: CaseState, command: fm.RecordTold, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Note that the parent has been told."""
    return (
        ()
        if command.telling != state.tellings + 1
        else (ev.ParentTold(at=now, word=command.word, parts=command.parts),)
    )


# --- how the parent takes it ----------------------------------------------------------------------------------


def record_waiting(state: CaseState, command: fm.RecordSubCase, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let the clock of a service step stand still while its sub-case waits for the applicant, and go on after.

    Raises:
        Rejection: no sub-case was opened there.

    """
    place = Place(command.step, command.item, command.round)
    entry = state.round_at(place)
    if entry is None or state.step(place.step).spec.service is None:
        raise Rejection("unknown_step", f"Round {command.round} of step {command.step!r} is no sub-case.")
    if entry.state not in WAITED_FOR or entry.theirs == command.waiting:
        return ()
    at = where(now, place)
    heard: tuple[ev.CaseEvent, ...] = ()
    if entry.state != "accepted":  # it speaks before it is heard that it was opened
        heard = (ev.StepAccepted(evidence=command.evidence, ticket=sub_case_id(ask_key(state.case, place)), **at),)
    return (*heard, ev.SubCaseWaits(**at) if command.waiting else ev.SubCaseGoesOn(**at))

"""One case as it is shown to its applicant and to operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import structs, to_builtins

from contracts.contract import Objection
from contracts.ids import Place, parse_ask_key
from contracts.revocation import PartRevocation
from contracts.views import CaseLine, CaseView, CorrectionView, HeldBackView, IncidentView, StepView
from workflows.core.allowed_moves import CLOSED, OUT, UNDO_OPEN
from workflows.core.clocks import promised_by
from workflows.core.compiled import CompiledStep
from workflows.core.deeming import deemed_at
from workflows.core.items import shown, title_of
from workflows.core.locks import final_asked, locked_steps
from workflows.core.notices import unnoted
from workflows.core.objections import decide_by
from workflows.core.state import CaseState, Incident, Round
from workflows.core.undoing import TOO_LATE, maybe_sent, only_by_hand
from workflows.core.unknown import doubtful
from workflows.projections.actions import actions
from workflows.projections.after_issue import after_issue
from workflows.projections.documents import form_documents, round_documents
from workflows.projections.due import agency_waits
from workflows.projections.facts import fact_lines
from workflows.projections.payments import can_refund, payment_view

ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "exhausted": ("ask-again", "nothing-done", "replace", "contribute", "skip", "end", "take-incident"),
    "overdue": ("ask-again", "nothing-done", "replace", "contribute", "skip", "end", "take-incident"),
    "contested": ("uphold", "dismiss", "end", "take-incident"),
    "fallen": ("open-anew", "take-rest", "skip", "end", "take-incident"),
    "failed": ("ask-again",),
    "undo_refused": ("undo-again", "undone", "keep", "take-incident"),
    "undo_exhausted": ("undo-again", "undone", "keep", "take-incident"),
    "kept": ("take-kept", "end"),
}
"""Which acts an operator has, by the state of a round; `overdue` is one whose agency is still waited for."""

_UNCONFIRMED: Final = ("reassign-task", "take-incident")
"""Acts while a decision waits for its second officer and silence is about to grant."""

ANNOUNCED: Final = "announced"
"""The mark in lists of a case that is published so that others may object."""

TAKING_BACK: Final = "taking-back"
"""The mark in lists of a case that was issued, and of which something is being taken back."""

ASKED_OF_FACTS: Final = "facts-asked"
"""The mark in lists of a case of which holders were asked whether facts are still so."""
DIFFERS: Final = "differs"
"""The mark in lists of a case of which a holder has something else."""
OVERDUE: Final = "overdue"
"""The mark in lists of a case in which a promise was not kept, and is still waited for."""
TO_BE_NOTED: Final = "to-be-noted"
"""The mark in lists of a case of which something was revoked that an agency has still to note."""
SUB_CASE: Final = "sub-case"
"""The mark in lists of a case that is part of another one."""

IN_AGENCIES_WORDS: Final = frozenset({"returned", "undo_refused"})
"""Causes of incidents whose reasons repeat what an officer or a system wrote; the others are words of ours."""

_OPEN_ONLY: Final = frozenset({"replace", "skip", "end", "take-kept"})
_UNTIL_CLOSED: Final = frozenset({"ask-again", "nothing-done", "contribute"})
_OF_AN_INPUT: Final = frozenset({"replace", "contribute"})
_SENDS: Final = frozenset({"ask-again", "undo-again"})


def case_view(state: CaseState) -> CaseView:
    """Give the view of a case that was opened."""
    plan = state.plan.published.plan
    opened = state.opened_at
    updated = state.updated_at
    if opened is None or updated is None:
        message = "a case that was not opened has no view"
        raise ValueError(message)
    return CaseView(
        case=state.case,
        service=plan.service,
        title=plan.title,
        plan=state.plan.published.digest,
        plan_version=plan.version,
        version=state.version,
        state=state.status,
        marks=list(state.marks),
        opened_at=opened,
        updated_at=updated,
        promised_within=plan.promise.within,
        outcome=state.outcome if state.status == "closing" or state.status in CLOSED else "",
        steps=[_step_view(state, step, place, entry) for step, place, entry in shown(state)],
        documents=form_documents(state),
        corrections=[_correction(step, place, entry) for step, place, entry in state.currents() if entry.correcting],
        actions=list(actions(state)),
        can_withdraw=state.status in {"open", "issuing"} and not state.parent and not final_asked(state),
        trace_id=trace_id(state.traceparent),
        keeps_facts=bool(plan.facts),
        facts=list(fact_lines(state)),
        after_issue=after_issue(state),
        **_part_of(state),
    )


def _part_of(state: CaseState) -> dict[str, str]:
    """Say which case, and which step of it, a sub-case is part of."""
    if not state.parent:
        return {}
    case, place, _ = parse_ask_key(state.parent)
    return {"parent": case, "parent_step": f"{place.step}/{place.item}" if place.item else place.step}


def trace_id(traceparent: str) -> str:
    """Give the trace id of a W3C `traceparent`, or nothing."""
    parts = traceparent.split("-")
    return parts[1] if len(parts) > 1 else ""


def masked(view: CaseView) -> CaseView:
    """Give the view without what agencies contributed and wrote: what operations see."""
    steps = [_masked_step(step) for step in view.steps]
    corrections = [structs.replace(correction, text="") for correction in view.corrections]
    return structs.replace(view, steps=steps, documents=[], corrections=corrections, actions=[])


def _masked_step(step: StepView) -> StepView:
    incident = step.incident
    revoked = structs.replace(step.revoked, reason="", objection="") if step.revoked is not None else None
    payment = structs.replace(step.payment, url="", code="") if step.payment else None
    step = structs.replace(step, output=None, documents=[], text="", revoked=revoked, payment=payment)
    if incident is None or incident.cause not in IN_AGENCIES_WORDS:
        return step
    return structs.replace(step, reason="", incident=structs.replace(incident, reason=""))


def case_line(state: CaseState) -> CaseLine:
    """Give a case's line in lists: no personal datum."""
    opened = state.opened_at
    updated = state.updated_at
    if opened is None or updated is None:
        message = "a case that was not opened has no line"
        raise ValueError(message)
    failing = [entry for _, _, entry in state.everything() if entry.stuck or entry.state == "failed"]
    marks = [*state.marks, *(["retrying"] if any(entry.state == "failed" for entry in failing) else [])]
    if any(step.spec.publish is not None and entry.state == "accepted" for step, _, entry in state.currents()):
        marks.append(ANNOUNCED)
    if state.status in {"issued", "revoked"} and state.has_any(UNDO_OPEN):
        marks.append(TAKING_BACK)
    if state.facts:
        marks += [ASKED_OF_FACTS, *([DIFFERS] if any(asked.differs for asked in state.facts) else [])]
    if any(_late(entry) for _, _, entry in state.everything()):
        marks.append(OVERDUE)
    if state.parent:
        marks.append(SUB_CASE)
    if unnoted(state):
        marks.append(TO_BE_NOTED)
    return CaseLine(
        case=state.case,
        service=state.plan.published.plan.service,
        state=state.status,
        marks=marks,
        opened_at=opened,
        updated_at=updated,
        version=state.version,
        attempts=max((entry.attempt for _, _, entry in state.everything()), default=0),
        last_error=_last_error(failing[-1]) if failing else "",
        waits=agency_waits(state),
    )


def _late(entry: Round) -> bool:
    """Whether an agency has not answered, or the lead not decided an objection, in the time promised."""
    late = entry.overdue or (entry.state == "exhausted" and entry.cause == "deadline")
    return late or (entry.contested and any(each.overdue_at and not each.decided for each in entry.objections))


def _last_error(entry: Round) -> str:
    return "overdue" if entry.overdue else entry.cause or entry.state


def _step_view(state: CaseState, step: CompiledStep, place: Place, entry: Round) -> StepView:
    contract = step.contract
    refusal = contract.refusals.get(entry.code) if entry.state in {"refused", "returned"} else None
    return StepView(
        step=step.name,
        item=place.item,
        round=entry.number,
        agency=contract.agency,
        contract=contract.name if step.spec.ask else "",
        title=title_of(step, place.item),
        connection=str(contract.connection.__struct_config__.tag) if step.spec.ask else "",
        kind=step.spec.kind,
        until=entry.give_up_at if not step.spec.asks and entry.state == "accepted" else None,
        service=step.spec.service or "",
        sub_case=entry.ticket if step.spec.service is not None else "",
        payment=payment_view(state, step, entry),
        objections=[structs.replace(raised, name="", contact="") for raised in entry.objections],
        state=entry.state,
        optional=step.spec.optional,
        since=entry.since,
        promised_by=promised_by(state, step, place) if entry.state in OUT and not step.spec.pays else None,
        deemed_at=deemed_at(state, step, place),
        attempt=entry.attempt,
        again_at=entry.again_at,
        being_checked=entry.in_doubt and entry.state in OUT | UNDO_OPEN,
        held_back=HeldBackView(because=entry.held_back_because) if entry.held_back_at and not entry.theirs else None,  # type: ignore[arg-type]  # from an event
        code=entry.code,
        refusal=refusal.title if refusal else None,
        text=entry.text,
        reason=entry.reason if entry.state in OUT | UNDO_OPEN else "",
        objection=_objection(refusal.objection if refusal else None),
        signed=_signed(entry),
        output=dict(entry.output) if entry.granted and entry.output is not None else None,
        documents=round_documents(step, entry) if entry.granted else [],
        undoing_rounds=[other.number for other in state.rounds((place.step, place.item)) if other.state in UNDO_OPEN],
        incident=_incident(state, step, place),
        revoked=_revoked(entry),
    )


def _revoked(entry: Round) -> PartRevocation | None:
    return entry.reduced if entry.revoked is None else structs.replace(entry.revoked, actor="")


def _objection(objection: Objection | None) -> dict[str, Any] | None:
    return None if objection is None else to_builtins(objection)


def _signed(entry: Round) -> str:
    if not entry.granted or entry.evidence is None:
        return ""
    return "agency" if entry.evidence.part else "attested"


def _incident(state: CaseState, step: CompiledStep, place: Place) -> IncidentView | None:
    """The newest thing of this track that a person must look at, whichever round it is of."""
    for entry in reversed(state.rounds((place.step, place.item))):
        kept = entry.left_over and state.status == "open" and state.counts(place.step, place.item)
        objecting = [raised for raised in entry.objections if not raised.decided] if entry.contested else []
        since = entry.urged_at if entry.urged else entry.overdue_at if entry.overdue else entry.since
        if (entry.held or kept) and since is not None:
            return IncidentView(
                cause=_cause(step, entry),
                reason=entry.reason or entry.text,
                owner=entry.owner,
                since=since,
                answers=state.plan.published.plan.lead if objecting else step.contract.agency,
                due_at=min((decide_by(step, raised) for raised in objecting), default=None),
                acts=acts_for(state, step, entry),
                round=entry.number,
            )
    recorded = [incident for incident in state.incidents if _same_track(incident, place)]
    if not recorded:
        return None
    last = next((incident for incident in reversed(recorded) if not incident.owner), recorded[-1])
    acts = [] if last.owner else ["take-incident"]
    if can_refund(state, step, state.rounds((place.step, place.item))[last.place.round - 1]):
        acts.append("refund")
    return IncidentView(
        cause=last.cause, reason="", owner=last.owner, since=last.since, acts=acts, round=last.place.round
    )


def _cause(step: CompiledStep, entry: Round) -> str:
    if entry.urged:
        return "unconfirmed"
    if entry.contested and any(raised.overdue_at and not raised.decided for raised in entry.objections):
        return "undecided"
    if entry.contested or entry.overdue:
        return _acted_on(entry)
    if entry.state == "undo_exhausted" and only_by_hand(step, entry):
        return "undo_by_hand"
    return entry.cause if entry.state == "exhausted" else entry.state


def _same_track(incident: Incident, place: Place) -> bool:
    return (incident.place.step, incident.place.item) == (place.step, place.item)


def acts_for(state: CaseState, step: CompiledStep, entry: Round) -> list[str]:
    """Give the acts that an operator has on a round now."""
    # A sub-case contributes when it ends: an operator acts there.
    not_now: set[str] = set() if step.spec.service is None else {"contribute"}
    if state.status != "open":
        not_now |= _OPEN_ONLY
    if state.status not in {"open", "closing"}:
        not_now |= _UNTIL_CLOSED
    not_now.add("ask-again" if doubtful(step, entry) else "nothing-done")
    if state.paused:
        not_now |= _SENDS
    if step.name in locked_steps(state):
        not_now.add("replace")
    if step.each is not None and step.name not in state.listed:
        not_now |= _OF_AN_INPUT
    may_lack = step.spec.optional or (step.spec.partial and step.name in state.listed)
    if not may_lack or (step.contract.effect == "final" and maybe_sent(entry) and not entry.fallen):
        not_now.add("skip")
    if (entry.state == "undo_refused" and entry.code == TOO_LATE) or only_by_hand(step, entry):
        not_now.add("undo-again")
    if entry.state == "asked":
        not_now.add("ask-again")
    if entry.state == "kept" and entry.output is None:
        not_now.add("take-kept")
    not_now.update(_not_of_fallen(state, step, entry))
    urgent = _UNCONFIRMED if entry.urged else ()
    return [act for act in dict.fromkeys((*urgent, *ACTS.get(_acted_on(entry), ()))) if act not in not_now]


def _not_of_fallen(state: CaseState, step: CompiledStep, entry: Round) -> Iterator[str]:
    """Walk over what cannot be done now about a sub-case that was revoked."""
    locked = entry.fallen and step.name in locked_steps(state)
    if locked or state.status != "open":
        yield "open-anew"
    if locked or state.status != "open" or entry.remains is None:
        yield "take-rest"


def _acted_on(entry: Round) -> str:
    if entry.fallen:
        return "fallen"
    return "contested" if entry.contested else "overdue" if entry.overdue else entry.state


def _correction(step: CompiledStep, place: Place, entry: Round) -> CorrectionView:
    refusal = step.contract.refusals.get(entry.code)
    return CorrectionView(
        step=step.name,
        item=place.item,
        round=entry.number,
        agency=step.contract.agency,
        pointers=list(entry.correctable),
        refusal=refusal.title if refusal else None,
        text=entry.text,
        until=entry.correct_until,
    )

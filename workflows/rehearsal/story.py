"""What citizens, agencies and operators see of a case, as lines: who, when since the application, and what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias

from msgspec import Struct

from contracts import events as ev
from workflows.core.compiled import CompiledPlan
from workflows.core.step_kinds import PROVIDER
from workflows.rehearsal.script import track_of

CITIZEN: Final = "applicant"
OPERATOR: Final = "operator"
OTHERS: Final = "others"


class Line(Struct, frozen=True):
    """Something that somebody sees: so long after the application, who (an agency by name), and what."""

    at: timedelta
    who: str
    says: str

    @property
    def moment(self) -> str:
        """When, for people: `2 d 03:00`."""
        minutes = int(self.at.total_seconds()) // 60
        days, rest = divmod(minutes, 24 * 60)
        return f"{f'{days} d ' if days else ''}{rest // 60:02d}:{rest % 60:02d}"


Teller: TypeAlias = Callable[[Any, CompiledPlan], Iterator[tuple[str, str]]]


def told(event: ev.CaseEvent, plan: CompiledPlan, at: timedelta) -> list[Line]:
    """Give who sees what of an event; nothing of what is only the gateway's own."""
    tell = TOLD.get(type(event))
    return [Line(at, who, says) for who, says in tell(event, plan)] if tell is not None else []


def _asked(event: ev.StepAsked, plan: CompiledPlan) -> Iterator[tuple[str, str]]:
    step = plan.steps[event.step]
    if step.spec.pays:
        amount = (event.input or {}).get("amount", "")
        yield CITIZEN, f"is to pay {amount} rupiah ({track_of(event.place)}): the bill is being made"
    elif event.attempt > 1:
        yield step.contract.agency, f"is asked again about {track_of(event.place)} (attempt {event.attempt})"
    else:
        reads = ", ".join(event.input or {}) or "nothing"
        again = f", round {event.round}" if event.round > 1 else ""
        yield step.contract.agency, f"is asked {track_of(event.place)}{again}, and reads {reads}"


def _agency(sentence: str) -> Teller:
    """Let the step's agency be seen to do something: `{e.…}` are fields of the event, `{step}` is its step or item."""

    def tell(event: ev.StepEvent, plan: CompiledPlan) -> Iterator[tuple[str, str]]:
        yield plan.steps[event.step].contract.agency or PROVIDER, sentence.format(e=event, step=track_of(event.place))

    return tell


def _seen(who: str, sentence: str) -> Teller:
    def tell(event: ev.Event, plan: CompiledPlan) -> Iterator[tuple[str, str]]:
        del plan
        yield who, sentence.format(e=event, step=track_of(event.place) if isinstance(event, ev.StepEvent) else "")

    return tell


def _begun(event: ev.StepBegun, plan: CompiledPlan) -> Iterator[tuple[str, str]]:
    kind = plan.steps[event.step].spec.kind
    yield CITIZEN, f"sees that {track_of(event.place)} begins ({kind}), until {event.until:%Y-%m-%d %H:%M} UTC"


def _contributed(event: ev.StepContributed, plan: CompiledPlan) -> Iterator[tuple[str, str]]:
    fields = ", ".join(event.output) or "nothing"
    if plan.steps[event.step].spec.pays and not event.actor:
        yield CITIZEN, f"has paid {track_of(event.place)}"
    elif not plan.steps[event.step].spec.asks and not event.actor:
        yield CITIZEN, f"sees that {track_of(event.place)} is over"
    elif event.actor:
        yield OPERATOR, f"contributes {fields} for {track_of(event.place)} by hand"
    else:
        yield plan.steps[event.step].contract.agency, f"contributes {fields} ({track_of(event.place)})"


def _refused(event: ev.StepRefused, plan: CompiledPlan) -> Iterator[tuple[str, str]]:
    agency = plan.steps[event.step].contract.agency
    yield (
        (agency, f"says no to {track_of(event.place)}: {event.code}")
        if agency
        else (CITIZEN, f"sees a no to {track_of(event.place)}: {event.code}")
    )
    if event.correctable:
        yield CITIZEN, f"is asked for another answer to {', '.join(event.correctable)}"


def _returned(event: ev.StepReturned, plan: CompiledPlan) -> Iterator[tuple[str, str]]:
    yield plan.steps[event.step].contract.agency, f"sends {track_of(event.place)} back"
    yield CITIZEN, f"is asked for another answer to {', '.join(event.correctable)}"


def _skipped(event: ev.StepSkipped, plan: CompiledPlan) -> Iterator[tuple[str, str]]:
    del plan
    yield CITIZEN, f"sees that {track_of(event.place)} is left out: {_LEFT_OUT[event.cause]}"


_LEFT_OUT: Final = {
    "when": "it is not needed",
    "hand": "an operator goes on without it",
    "promise": "its promise is over",
}


def _objection(event: ev.ObjectionDecided, plan: CompiledPlan) -> Iterator[tuple[str, str]]:
    del plan
    yield OPERATOR, f"{'upholds' if event.upheld else 'dismisses'} the objection to {track_of(event.place)}"


TOLD: Final[Mapping[type[Any], Teller]] = {
    ev.CaseOpened: _seen(CITIZEN, "applies"),
    ev.CaseWithdrawn: _seen(CITIZEN, "withdraws"),
    ev.CaseEndedByHand: _seen(OPERATOR, "ends the case"),
    ev.CaseClosing: _seen(CITIZEN, "sees that the case closes: {e.outcome}"),
    ev.CaseClosed: _seen(CITIZEN, "gets the closing record: {e.outcome}"),
    ev.CaseIssued: _seen(CITIZEN, "gets the joint output"),
    ev.FormCorrected: _seen(CITIZEN, "answers otherwise: {e.changed}"),
    ev.StepAsked: _asked,
    ev.StepBegun: _begun,
    ev.SubCaseWaits: _seen(CITIZEN, "is asked something in the case that {step} is"),
    ev.BillMade: _seen(CITIZEN, "sees the bill of {step}, until {e.bill.until:%Y-%m-%d %H:%M} UTC"),
    ev.ApplicantAnswered: _seen(CITIZEN, "does what {step} asks"),
    ev.StepDeemed: _seen(CITIZEN, "sees {step} granted by law: {e.legal_basis}"),
    ev.ObjectionRaised: _seen(OTHERS, "object to {step}"),
    ev.ObjectionDecided: _objection,
    ev.DecisionProposed: _agency("has an officer decide {step}; a second one must confirm"),
    ev.DecisionConfirmed: _agency("has a second officer confirm {step}"),
    ev.DecisionRejected: _agency("has a second officer send {step} back to the first: {e.text}"),
    ev.RevocationProposed: _agency("has an officer take {step} back; a second one must confirm"),
    ev.RevocationConfirmed: _agency("has a second officer confirm that {step} is taken back"),
    ev.RevocationRejected: _agency("has a second officer let {step} stand: {e.text}"),
    ev.AnswerRecorded: _agency("answers {step} late: it is recorded, and moves nothing"),
    ev.CasePaused: _seen(OPERATOR, "pauses the case"),
    ev.CaseResumed: _seen(OPERATOR, "lets the case go on"),
    ev.StepAccepted: _agency("has {step}, and answers later"),
    ev.StepFailed: _agency("is not heard about {step}"),
    ev.StepContributed: _contributed,
    ev.StepRefused: _refused,
    ev.StepReturned: _returned,
    ev.RefusalFinal: _seen(CITIZEN, "sees that the no to {step} is final: {e.cause}"),
    ev.StepExhausted: _seen(OPERATOR, "is told that {step} stands still: {e.cause}"),
    ev.StepOverdue: _seen(OPERATOR, "is told that {step} is overdue"),
    ev.StepSkipped: _skipped,
    ev.StepDropped: _seen(CITIZEN, "sees that {step} is not asked any more: {e.cause}"),
    ev.UndoAsked: _agency("is asked to take {step} back"),
    ev.StepUndone: _agency("has taken {step} back"),
    ev.UndoRefused: _agency("does not take {step} back: {e.code}"),
    ev.UndoExhausted: _seen(OPERATOR, "is told that {step} cannot be taken back: {e.reason}"),
    ev.StepKept: _seen(OPERATOR, "lets {step} stand; {e.owner} answers for it"),
}
"""What is seen of each event. One that is not here is the gateway's own, and nobody's to see."""

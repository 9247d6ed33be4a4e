"""What the applicant does as a step of its own: answers what it asks, or declines."""

from __future__ import annotations

from contracts import commands as cm
from contracts import events as ev
from contracts.asked import StepCommand
from contracts.ids import Instant, Place
from contracts.wire import Evidence
from workflows.core import payments
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, where
from workflows.core.step_kinds import DECLINED


def answer(state: CaseState, command: cm.AnswerStep, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take the answers.

    Raises:
        Rejection: nothing is asked of the applicant there, or the answers have mistakes; all of them.

    """
    place = _asked(state, command)
    if state.step(place.step).spec.pays:
        raise Rejection("not_now", f"Step {command.step!r} is answered by paying.")
    mistakes = state.step(place.step).check_output(command.output)
    if mistakes:
        raise Rejection("form_invalid", "The answers have mistakes.", mistakes)
    return (ev.ApplicantAnswered(output=command.output, evidence=command.evidence, **where(now, place)),)


def decline(state: CaseState, command: cm.DeclineStep, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Refuse the step: the applicant does not do it. A bill is let end first, unless it is paid at this moment.

    Raises:
        Rejection: nothing is asked of the applicant there.

    """
    place = _asked(state, command)
    if state.step(place.step).spec.pays:
        return payments.decline(state, place, now)
    evidence = Evidence(kind="attested", received_at=now, digest="", actor="applicant")
    return (ev.StepRefused(code=DECLINED, evidence=evidence, **where(now, place)),)


def _asked(state: CaseState, command: StepCommand) -> Place:
    track = (command.step, command.item)
    if track not in state.tracks:
        raise Rejection("unknown_step", f"There is no step {command.step!r} in this case.")
    entry = state.current(track)
    if state.step(command.step).spec.applicant is None or entry.state != "accepted" or state.status != "open":
        raise Rejection("not_now", f"Step {command.step!r} asks nothing of the applicant now.")
    return Place(*track, entry.number)

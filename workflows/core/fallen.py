"""A sub-case gave its output, and its lead, or an agency of it, takes that back: what becomes of the step that it is.

Before the joint output is issued the step is held: a person has the sub-case opened anew, goes on with what is left, or
without it, or ends the case. Nothing is issued meanwhile, and a seal that was asked for counts no more. After issue the
part falls as if its agency had revoked it; of a part of a part it is said, and told to whoever was given it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts import family_commands as fm
from contracts.ids import Instant, Place, StepName
from contracts.revocation import SubPart
from contracts.wire import Contributed, Evidence, Refused
from workflows.core import revoking_parts
from workflows.core.compiled import CompiledStep
from workflows.core.corrections import input_differs, reopen_readers, reopen_track
from workflows.core.evolve import fold
from workflows.core.expressions import ExpressionError, resolve
from workflows.core.heard import Heard
from workflows.core.locks import locked_steps
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round, Values, where
from workflows.core.values import referred, scope

_BEFORE_ISSUE: Final = frozenset({"open", "issuing", "closing"})


# --- what is heard ------------------------------------------------------------------------------------------


def heard(news: Heard, otherwise: Callable[[Heard], tuple[ev.CaseEvent, ...]]) -> tuple[ev.CaseEvent, ...]:
    """Give what the answer of a sub-case does to a step that it contributed to; `otherwise` judges all other ones."""
    entry, answer, by = news.entry, news.command.heard, news.command.evidence
    if news.command.verb != "ask":
        return otherwise(news)
    if entry.fallen:
        whole = isinstance(answer, Refused) and entry.remains is not None
        return _fell(news.state, news.place, by, None, [], news.now) if whole else ()
    if entry.state == "contributed" and entry.revoked is None:
        if isinstance(answer, Contributed):
            return ()  # what is left of it is told with the parts that fell
        if isinstance(answer, Refused) and news.state.status == "issued":
            return revoking_parts.fallen(news.state, news.step, news.place, by, news.now)
        if isinstance(answer, Refused) and news.state.status in _BEFORE_ISSUE:
            return _fell(news.state, news.place, by, None, [], news.now)
    return otherwise(news)


def record_reduced(state: CaseState, command: fm.RecordReduced, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take that parts of a sub-case's output stand no more; told again it says nothing new.

    Raises:
        Rejection: no sub-case was opened there.

    """
    place = Place(command.step, command.item, command.round)
    entry = state.round_at(place)
    if entry is None or state.step(place.step).spec.service is None:
        raise Rejection("unknown_step", f"Round {command.round} of step {command.step!r} is no sub-case.")
    if entry.fallen:
        news = entry.remains not in (None, command.output)
        return _fell(state, place, command.evidence, command.output, command.parts, now) if news else ()
    if entry.state != "contributed" or entry.revoked is not None or entry.remaining == command.output:
        return ()
    if state.status in _BEFORE_ISSUE:
        return _fell(state, place, command.evidence, command.output, command.parts, now)
    return (_reduced(state, place, entry, command, now),) if state.status == "issued" else ()


def _fell(
    state: CaseState, place: Place, by: Evidence, left: Values | None, parts: list[SubPart], now: Instant
) -> tuple[ev.CaseEvent, ...]:
    fell = ev.SubCaseFell(output=left, parts=parts, evidence=by, **where(now, place))
    return (ev.CaseReopened(at=now), fell) if state.status == "issuing" else (fell,)


def _reduced(
    state: CaseState, place: Place, entry: Round, command: fm.RecordReduced, now: Instant
) -> ev.SubCaseReduced:
    """Say who was given what fell, by way of others too, and whether the joint output shows it."""
    after = state.with_round(place, output=command.output)
    given = {step.name for step, at, other in after.currents() if place.step in step.data and _read(after, at, other)}
    resting = given.union(*(state.plan.data_descendants[name] for name in given))
    step, before = state.step(place.step), entry.reduced.parts if entry.reduced is not None else ()
    return ev.SubCaseReduced(
        output=command.output,
        parts=[part for part in command.parts if part not in before],
        shown=_shown(state, step, entry.remaining) != _shown(state, step, command.output),
        resting=[name for name in state.plan.order if name in resting],
        evidence=command.evidence,
        **where(now, place),
    )


def _read(state: CaseState, place: Place, entry: Round) -> bool:
    return entry.contributed_at is not None and input_differs(state, place, entry)


def _shown(state: CaseState, step: CompiledStep, output: Values) -> Values | None:
    """Give what the joint output shows of a contribution (None: it cannot be worked out)."""
    shown = state.plan.parts.get(step.name, {})
    try:
        return resolve(shown, {**scope(state, referred(shown, state)), step.name: output})
    except ExpressionError:
        return None


# --- what a person does -------------------------------------------------------------------------------------


def ask_anew(state: CaseState, place: Place, command: cm.AskAgain, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Have another sub-case opened: what rests on the old one is taken back, and asked anew with what that gives.

    Raises:
        Rejection: a final step was asked with it, or the old one did what cannot be taken back.

    """
    if state.step(place.step).contract.effect == "final":
        raise Rejection("not_now", f"Step {place.step!r} is final: a second sub-case would do again what stands.")
    _require_unlocked(state, place.step)
    act = command.act
    return tuple(
        structs.replace(event, because="revoked", actor=act.actor, reason=act.reason)
        if isinstance(event, ev.RoundOpened) and event.step == place.step
        else event
        for event in reopen_track(state, place, now)
    )


def take_rest(
    state: CaseState, place: Place, entry: Round, command: cm.TakeKept, now: Instant
) -> tuple[ev.CaseEvent, ...]:
    """Go on with what is left of a sub-case's output: what was given more than that is asked anew.

    Raises:
        Rejection: nothing is left of it, or a final step was asked with what fell.

    """
    if entry.remains is None:
        raise Rejection("not_now", f"Nothing is left of what the sub-case of step {place.step!r} gave.")
    _require_unlocked(state, place.step)
    taken = ev.RestTaken(actor=command.act.actor, reason=command.act.reason, **where(now, place))
    return (taken, *reopen_readers(fold(state, (taken,)), place.step, now))


def _require_unlocked(state: CaseState, name: StepName) -> None:
    if name in locked_steps(state):
        message = f"A final step was asked with what the sub-case of {name!r} gave: skip the step, or end the case."
        raise Rejection("locked", message)

"""Facts that agencies agreed to keep in step: after issue, holders are asked "is it still X?".

X is what the holder was given, never more. It says same, different or unknown, and never what it has instead. One that
differs may be asked to correct its register; that it agrees again is known when it says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple

from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.facts import AskedFact
from contracts.ids import Instant, Place
from contracts.plan import Fact
from contracts.units import elapsed
from workflows.core.expressions import resolve
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, where
from workflows.core.values import referred, scope

QUIET: Final = timedelta(days=1)
"""A holder that has not answered is not asked again before."""

_STANDS: Final = frozenset({"issued"})


# --- asking -------------------------------------------------------------------------------------------------


def ask(state: CaseState, command: cm.AskFacts, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Ask every holder; one whose question is a day old at most, and open, is not asked again.

    Raises:
        Rejection: there is nothing to ask, it was asked just now, or the output is past its end.

    """
    _require_issued(state)
    if _is_past(state, now):
        raise Rejection("not_now", "Its joint output is past its end: facts are asked while it is valid.")
    wanted = list(_watched(state))
    if not wanted:
        raise Rejection("not_now", "No agency that holds such a fact has contributed to this case.")
    act, found = command.act, list[ev.CaseEvent]()
    for watched in wanted:
        known = _known(state, watched.fact, watched.place)
        if not _just_asked(known, now):
            found.append(_question(known, watched, now, actor=act.actor, reason=act.reason))
    if not found:
        raise Rejection("not_now", "Every holder was asked within the last day, and has still to answer.")
    return tuple(found)


def ask_correction(state: CaseState, command: cm.AskCorrection, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Ask a holder that differs to correct its register: the same question, with the request.

    Raises:
        Rejection: it does not differ, or was asked for that already.

    """
    _require_issued(state)
    act, found, asked_before = command.act, list[ev.CaseEvent](), False
    for watched in _watched(state):
        known = _known(state, watched.fact, watched.place)
        if (watched.place.step, watched.place.item) != (command.step, command.item) or known is None:
            continue
        if known.correct and not known.answer:
            asked_before = True
        elif known.differs:
            found.append(_question(known, watched, now, correct=True, actor=act.actor, reason=act.reason))
    if asked_before and not found:
        raise Rejection("not_now", "It was asked to correct that already, and has still to answer.")
    if not found:
        raise Rejection("not_now", f"{command.step!r} is not known to differ in any fact.")
    return tuple(found)


def answer(state: CaseState, command: cm.AnswerFact, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record what a holder says; the same again says nothing new.

    Raises:
        Rejection: nothing (of this number) is asked.

    """
    place = Place(command.step, command.item, command.round)
    known = _known(state, command.fact, place)
    if known is None or known.number != command.number:
        raise Rejection("not_now", "This question is not asked (any more): another may have taken its place.")
    if known.answer:
        if known.answer == command.answer:
            return ()
        raise Rejection("not_now", f"It was answered with {known.answer!r} already. It is asked again in time.")
    event = ev.FactAnswered(
        fact=command.fact,
        number=command.number,
        answer=command.answer,
        evidence=command.evidence,
        **where(now, place),
    )
    return (event,)


def _require_issued(state: CaseState) -> None:
    if state.status not in _STANDS:
        raise Rejection("not_open", f"The case is {state.status}: facts are asked while its joint output stands.")


def _is_past(state: CaseState, at: Instant) -> bool:
    return state.valid_until is not None and at >= state.valid_until


def _question(
    known: AskedFact | None,
    watched: _Watched,
    now: Instant,
    *,
    correct: bool = False,
    actor: str = "",
    reason: str = "",
) -> ev.FactAsked:
    number = 1 if known is None else known.number + 1
    at = where(now, watched.place)
    return ev.FactAsked(
        fact=watched.fact, number=number, value=watched.value, correct=correct, actor=actor, reason=reason, **at
    )


class _Watched(NamedTuple):
    """A fact at a holder whose contribution stands, with the value as the holder was given it."""

    fact: str
    place: Place
    value: object


def _watched(state: CaseState) -> Iterator[_Watched]:
    for name, fact in state.plan.published.plan.facts.items():
        expressions = {"value": state.plan.facts[name]}
        value = resolve(expressions, scope(state, referred(expressions, state))).get("value")
        if value is None:
            continue  # nobody was given anything
        for step, place, entry in state.currents():
            if step.name in fact.holders and entry.granted and entry.revoked is None:
                yield _Watched(name, place, value)


def _known(state: CaseState, name: str, place: Place) -> AskedFact | None:
    found = (asked for asked in state.facts if (asked.fact, asked.step, asked.item) == (name, place.step, place.item))
    return next(found, None)


def _just_asked(known: AskedFact | None, now: Instant) -> bool:
    return known is not None and not known.answer and now < known.asked_at + QUIET


# --- time ---------------------------------------------------------------------------------------------------


def goes_on(state: CaseState) -> bool:
    """Whether time itself will ask something of this case."""
    return state.status in _STANDS and any(fact.every for fact in state.plan.published.plan.facts.values())


def moments(state: CaseState) -> Iterator[Instant]:
    """Walk over when holders are asked next."""
    if goes_on(state):
        for _, _, at in _timed(state):
            yield at


def times(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Ask every holder whose time has come."""
    if state.paused or not goes_on(state):
        return ()
    return tuple(_question(known, watched, now) for known, watched, at in _timed(state) if at <= now)


def _timed(state: CaseState) -> Iterator[tuple[AskedFact | None, _Watched, Instant]]:
    facts: dict[str, Fact] = state.plan.published.plan.facts
    for watched in _watched(state):
        every, known = facts[watched.fact].every, _known(state, watched.fact, watched.place)
        since = state.sealed_at if known is None else known.asked_at
        if every is not None and since is not None and not _is_past(state, at := since + elapsed(every)):
            yield known, watched, at


# --- what it makes of a state -------------------------------------------------------------------------------


def asked(state: CaseState, event: ev.FactAsked) -> CaseState:
    """Fold a question. Part of `evolve`."""
    known = _known(state, event.fact, event.place)
    before = None if event.correct or known is None else known.correction_asked_at
    fresh = AskedFact(
        fact=event.fact,
        step=event.step,
        item=event.item,
        round=event.round,
        number=event.number,
        value=event.value,
        asked_at=event.at,
        correct=event.correct,
        correction_asked_at=event.at if event.correct else before,
        differed_at=None if known is None else known.differed_at,
        agreed_at=None if known is None else known.agreed_at,
    )
    return _with(state, fresh)


def answered(state: CaseState, event: ev.FactAnswered) -> CaseState:
    """Fold an answer: from the first *different* until the next *same* the holder differs. Part of `evolve`."""
    at = (event.fact, event.step, event.item)
    known = next(each for each in state.facts if (each.fact, each.step, each.item) == at)
    changes: dict[str, Any] = {"answer": event.answer, "answered_at": event.at}
    if event.answer == "different" and not known.differs:
        changes |= {"differed_at": event.at, "agreed_at": None}
    elif event.answer == "same" and known.differs:
        changes |= {"agreed_at": event.at}
    return _with(state, structs.replace(known, **changes))


def _with(state: CaseState, fresh: AskedFact) -> CaseState:
    place = (fresh.fact, fresh.step, fresh.item)
    others = [each for each in state.facts if (each.fact, each.step, each.item) != place]
    return structs.replace(state, facts=(*others, fresh))

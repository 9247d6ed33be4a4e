"""Unknown outcomes, sent and not heard: whether an ask may be sent again, and how it is found out what it did.

Over the wire an ask may always be repeated: its key makes it one wish. A system of an agency's own may do twice what it
is asked twice. There an ask in doubt is looked up, or a person finds out, before it is sent again or undone.
"""

from __future__ import annotations

from typing import Final

from contracts import events as ev
from contracts.connection import ByKey
from contracts.contract import Contract, OpenApiConnection, PullConnection, WireConnection
from contracts.ids import Instant, Place
from workflows.core.compiled import CompiledStep
from workflows.core.repeats import give_up_at
from workflows.core.state import Round, where

_MAY_BE_HELD: Final = frozenset({"accepted", "exhausted"})


def bears_repeats(contract: Contract) -> bool:
    """Whether an ask may be sent again although nobody knows what became of it."""
    connection = contract.connection
    if not isinstance(connection, OpenApiConnection):
        return True
    return isinstance(connection.repeat, ByKey) or connection.repeat == "harmless"


def repeats_what_is_not_held(contract: Contract) -> bool:
    """Whether an ask in doubt may be sent again once a lookup has found nothing."""
    connection = contract.connection
    return isinstance(connection, OpenApiConnection) and connection.repeat == "lookup_first"


def can_be_polled(contract: Contract) -> bool:
    """Whether an agency can be asked what became of an ask that it accepted."""
    connection = contract.connection
    if isinstance(connection, OpenApiConnection):
        return contract.lookup or connection.poll is not None
    return contract.lookup and isinstance(connection, WireConnection | PullConnection)


def doubtful(step: CompiledStep, entry: Round) -> bool:
    """Whether a round's outcome must be known before anything more is sent for it.

    An agency that accepted it has it, waited for or not.
    """
    may_have_it = entry.in_doubt or (entry.state in _MAY_BE_HELD and entry.sent and entry.cause != "returned")
    return may_have_it and not bears_repeats(step.contract)


def ask_or_look(step: CompiledStep, place: Place, entry: Round, now: Instant) -> ev.CaseEvent:
    """Give the next try of an ask that was not heard: the ask once more, or first a look at what became of it."""
    at = where(now, place)
    if doubtful(step, entry):
        return ev.LookupAsked(attempt=entry.lookup + 1, **at)
    return ev.StepAsked(attempt=entry.attempt + 1, **at)


def unsettled(step: CompiledStep, entry: Round) -> bool:
    """Whether an undo must wait: a bound agency knows nothing of an undo that comes before its ask."""
    contract = step.contract
    by_officer = contract.undo is not None and contract.undo.by == "officer"
    return entry.unsettled and isinstance(contract.connection, OpenApiConnection) and not by_officer


def find_out(step: CompiledStep, place: Place, entry: Round, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give the events by which it is found out whether there is anything to undo; none while that is under way."""
    at = where(now, place)
    if entry.asking or entry.looking:
        return ()
    bears, contract = bears_repeats(step.contract), step.contract
    spent = entry.since is not None and give_up_at(entry.since, contract.attempts) <= now
    if spent or not (bears or contract.lookup):
        return (ev.UndoExhausted(reason="nobody knows whether there is anything to undo", owner="", **at),)
    if any(moment is not None and moment > now for moment in (entry.again_at, entry.lookup_at)):
        return ()
    if bears:
        return (ev.StepAsked(attempt=entry.attempt + 1, **at),)
    return (ev.LookupAsked(attempt=entry.lookup + 1, **at),)

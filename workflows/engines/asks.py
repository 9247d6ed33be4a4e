"""From effects to what travels: the messages that an agency gets."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta

from contracts import effects as ef
from contracts.contract import WireConnection
from contracts.ids import Instant
from contracts.units import seconds
from contracts.wire import Ask, Lookup, Undo
from workflows.core.state import CompiledStep

_DESK_DEADLINE_S = 10.0


def deadline(step: CompiledStep, now: Instant) -> Instant:
    """Give the moment at which one attempt stops waiting."""
    connection = step.contract.connection
    wait_s = seconds(connection.deadline) if isinstance(connection, WireConnection) else _DESK_DEADLINE_S
    return now + timedelta(seconds=wait_s)


def make_ask(effect: ef.SendAsk, step: CompiledStep, salt: bytes, callback: str, now: Instant) -> Ask:
    """Give the ask of an effect: exactly the recorded input, under the recorded key."""
    return Ask(
        key=effect.key,
        contract=step.contract.name,
        contract_digest=step.contract_digest,
        purpose=step.contract.purpose,
        legal_basis=step.contract.legal_basis,
        input=effect.input,
        salt=urlsafe_b64encode(salt).rstrip(b"=").decode(),
        deadline=deadline(step, now),
        callback=callback,
        attempt=effect.attempt,
    )


def make_undo(effect: ef.SendUndo, step: CompiledStep, callback: str, now: Instant) -> Undo:
    """Give the undo of an effect; it names the key that it undoes."""
    return Undo(
        key=effect.key,
        undoes=effect.undoes,
        contract=step.contract.name,
        purpose=step.contract.purpose,
        reason=effect.cause,
        deadline=deadline(step, now),
        callback=callback,
        attempt=effect.attempt,
    )


def make_lookup(effect: ef.SendLookup, step: CompiledStep, now: Instant) -> Lookup:
    """Give the lookup of an effect."""
    return Lookup(key=effect.key, contract=step.contract.name, deadline=deadline(step, now))

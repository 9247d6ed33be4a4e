"""From effects to what travels: the messages that an agency gets."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from datetime import timedelta
from typing import Any

from msgspec import structs

from contracts import effects as ef
from contracts.commands import RecordAnswer
from contracts.contract import Contract, DeskConnection, OpenApiConnection
from contracts.documents import document_fields
from contracts.ids import Instant
from contracts.units import seconds
from contracts.wire import Ask, Evidence, Known, Lookup, Undo, Unheard
from workflows.core.compiled import CompiledStep
from workflows.core.state import CaseState
from workflows.core.values import scope
from workflows.ports import Journal, JournalDamaged

_DESK_DEADLINE_S = 10.0


def deadline(step: CompiledStep, now: Instant) -> Instant:
    """Give the moment at which one attempt stops waiting."""
    connection = step.contract.connection
    wait_s = _DESK_DEADLINE_S if isinstance(connection, DeskConnection) else seconds(connection.deadline)
    return now + timedelta(seconds=wait_s)


def known_of(effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, state: CaseState) -> Known | None:
    """Give what a binding may refer to; nothing where none maps."""
    entry = state.round_at(effect.place)
    if entry is None or not isinstance(state.step(effect.place.step).contract.connection, OpenApiConnection):
        return None
    return Known(
        case=scope(state, ())["case"],
        input=entry.input or {},
        output=entry.output or {},
        ticket=entry.ticket,
        accepted=entry.state == "accepted",
    )


def doubted(effect: ef.SendAsk, now: Instant) -> RecordAnswer:
    """Give what came of an attempt that was cut off: it may have left, and must not leave twice."""
    heard = Unheard(key=effect.key, reason="the attempt was cut off: it may have left before", sent=True)
    evidence = Evidence(kind="attested", received_at=now, digest="")
    place = effect.place
    return RecordAnswer(
        step=place.step,
        item=place.item,
        round=place.round,
        verb="ask",
        attempt=effect.attempt,
        heard=heard,
        evidence=evidence,
    )


def make_ask(
    effect: ef.SendAsk, step: CompiledStep, salt: bytes, callback: str, now: Instant, known: Known | None = None
) -> Ask:
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
        known=known,
    )


async def with_documents(effect: ef.SendAsk, contract: Contract, journal: Journal) -> ef.SendAsk:
    """Put the content beside the description of each document that the agency reads, as `bytes` in base64.

    Raises:
        JournalDamaged: a document of the case is not there.

    """
    whole: dict[str, Any] = {}
    for name in document_fields(contract.input).keys() & effect.input.keys():
        document: dict[str, Any] = effect.input[name]
        content = await journal.document(effect.case, document["digest"])
        if content is None:
            raise JournalDamaged(f"{effect.case} lacks the document {name} of {effect.key}: restore a backup")
        whole[name] = {**document, "bytes": b64encode(content).decode()}
    return structs.replace(effect, input={**effect.input, **whole}) if whole else effect


def make_undo(effect: ef.SendUndo, step: CompiledStep, callback: str, now: Instant, known: Known | None = None) -> Undo:
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
        known=known,
    )


def make_lookup(effect: ef.SendLookup, step: CompiledStep, now: Instant, known: Known | None = None) -> Lookup:
    """Give the lookup of an effect."""
    return Lookup(key=effect.key, contract=step.contract.name, deadline=deadline(step, now), known=known)

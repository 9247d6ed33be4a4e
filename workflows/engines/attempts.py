"""Carrying out one effect: what is owed becomes a call, and whatever came of it a command."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import structs

from contracts import commands as cm
from contracts import effects as ef
from contracts.ids import ask_key
from contracts.revocation import SealedPart
from contracts.wire import Unheard
from workflows.agencies.lane import Place
from workflows.agencies.protection import ProtectedAgency
from workflows.core.expressions import ExpressionError
from workflows.core.state import CaseState
from workflows.engines import asks, bills
from workflows.engines.world import World
from workflows.outputs.compose import compose_output
from workflows.outputs.credential import stands, with_indexes
from workflows.outputs.status import status_list_number
from workflows.ports import Agency, Outage, Told

ToAgency: TypeAlias = ef.SendAsk | ef.SendUndo | ef.SendLookup
"""What is owed to an agency."""


async def carried_out(world: World, effect: ef.CaseEffect, state: CaseState, place: Place | None) -> cm.CaseCommand:
    """Carry an effect out; `place` is its place with the agency, where the agency is protected: it is given back."""
    if isinstance(effect, ef.SealOutput):
        return await _sealed(world, state, effect.attempt)
    if isinstance(effect, ef.PublishStatus):
        await world.register.revoke_status(
            effect.status_index, effect.case, step=effect.step, legal_basis=effect.legal_basis
        )
        return cm.RecordStatus(status_index=effect.status_index)
    if isinstance(effect, ef.TellParent):
        message = "what a case owes to another one is carried out by whoever has both"
        raise TypeError(message)
    return await _told(world, effect, state, place)


async def _told(world: World, effect: ToAgency, state: CaseState, place: Place | None) -> cm.RecordAnswer:
    now, contract = world.clock.now(), state.step(effect.place.step).contract
    headers = world.observer.attempt_headers(
        effect.case, _wish(effect), effect.attempt, state.traceparent, opened_at=state.opened_at or now, now=now
    )
    way = world.ways.to_undo(contract) if isinstance(effect, ef.SendUndo) else world.ways.to_ask(contract)
    if place is None:
        told = await _sent(world, way, effect, state, headers)
    else:
        try:
            told = await _sent(world, ProtectedAgency(way, place), effect, state, headers)
        finally:
            place.leave(None)  # it came to no attempt
    where = effect.place
    for content in told.documents:
        await world.journal.keep_document(effect.case, content)
    return cm.RecordAnswer(
        step=where.step,
        item=where.item,
        round=where.round,
        verb=verb_of(effect),
        attempt=effect.attempt,
        heard=told.heard,
        evidence=told.evidence,
    )


async def _sent(world: World, way: Agency, effect: ToAgency, state: CaseState, headers: str) -> Told:
    step, now = state.step(effect.place.step), world.clock.now()
    known = bills.known_of(effect, step, now) if step.spec.pays else asks.known_of(effect, state)
    if isinstance(effect, ef.SendUndo):
        undo = asks.make_undo(effect, step, world.callback, now, known=known)
        return await way.undo(undo, step.contract, traceparent=headers)
    if isinstance(effect, ef.SendLookup):
        return await way.lookup(asks.make_lookup(effect, step, now, known=known), step.contract, traceparent=headers)
    salt = await world.journal.salt(effect.case, effect.key)
    whole = await asks.with_documents(effect, step.contract, world.journal)
    ask = asks.make_ask(whole, step, salt, world.callback, world.clock.now(), known=known)
    return await way.ask(ask, step.contract, traceparent=headers)


def verb_of(effect: ToAgency) -> Literal["ask", "undo", "lookup"]:
    """Give the word for what is sent."""
    if isinstance(effect, ef.SendAsk):
        return "ask"
    return "undo" if isinstance(effect, ef.SendUndo) else "lookup"


def _wish(effect: ToAgency) -> str:
    """Give the key that names the attempt: a lookup goes by the key of the ask that it asks about, but is none."""
    return ask_key(effect.case, effect.place, "lookup") if isinstance(effect, ef.SendLookup) else effect.key


async def _sealed(world: World, state: CaseState, attempt: int) -> cm.RecordSeal | cm.RecordSealFailure:
    try:
        output = compose_output(
            state,
            agency_titles=world.register.agency_titles(),
            issued_at=world.clock.now(),
            agreement=world.register.agreement_of(state.plan.published.digest),
        )
        indexes = await _one_list(world, 1 + sum(stands(part) for part in output.parts))
        listed = with_indexes(output, indexes[1:])
        sealed = await world.seal.seal(listed, status_index=indexes[0])
    except (Outage, ExpressionError) as problem:
        return cm.RecordSealFailure(reason=str(problem))
    parts = [
        SealedPart(step=part.step, item=part.item, round=state.current((part.step, part.item)).number, status_index=at)
        for part in listed.parts
        if (at := part.status_index) is not None
    ]
    return cm.RecordSeal(
        credential=sealed.credential,
        digest=sealed.digest,
        status_index=indexes[0],
        parts=parts,
        valid_until=output.valid_until,
        attempt=attempt,
    )


async def _one_list(world: World, count: int) -> list[int]:
    """Take places in one and the same status list: whoever verifies an output fetches one list."""
    while True:
        indexes = [await world.journal.take_index("status") for _ in range(count)]
        if status_list_number(min(indexes)) == status_list_number(max(indexes)):
            return indexes


def letting_go(effect: ToAgency) -> cm.LetGo | cm.Wake:
    """Give the command that lets an attempt go; a lookup just sees how the case stands now."""
    verb, place = verb_of(effect), effect.place
    if verb == "lookup":
        return cm.Wake()
    return cm.LetGo(step=place.step, item=place.item, round=place.round, verb=verb, attempt=effect.attempt)


def doubted(command: cm.CaseCommand) -> cm.CaseCommand:
    """An attempt that is made again proves nothing about the first time: it may have been sent."""
    if isinstance(command, cm.RecordAnswer) and isinstance(command.heard, Unheard):
        return structs.replace(command, heard=structs.replace(command.heard, sent=True))
    return command

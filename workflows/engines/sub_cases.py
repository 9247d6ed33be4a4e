"""Between a case and its sub-cases: opening them, taking them back, and telling the parent how they stand.

No agency is called: both are cases of this journal. What is told twice is told once, so a crash anywhere costs nothing
but the telling: it is owed again, under the same key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar

import structlog

from contracts import commands as cm
from contracts import effects as ef
from contracts import family_commands as fm
from contracts import wire
from contracts.documents import document_fields, documents_among
from contracts.ids import CaseId, Place, parse_ask_key
from workflows.core.compiled import CompiledPlan
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.core.sub_cases import answer_of, evidence_of, sub_case_id, to_parent
from workflows.engines.world import World
from workflows.ports import Erased, JournalUnavailable

_log = structlog.get_logger(__name__)

_RECORD_RETRY_S: Final = 0.5

T = TypeVar("T")
ToCase: TypeAlias = ef.SendAsk | ef.SendUndo | ef.TellParent
"""What a case may owe to another one."""


class Cases(Protocol):
    """Who carries cases out, as far as they are told of each other. `accepting` is False once it stops."""

    accepting: bool

    async def open_once(self, plan: CompiledPlan, command: cm.OpenCase, documents: Sequence[bytes] = ()) -> CaseState:
        """Open a case, or find it where it was opened before; keep the documents of its form with it."""
        ...

    async def submit(self, case: CaseId, command: cm.CaseCommand) -> CaseState:
        """Decide a command of a case, and carry out what follows."""
        ...


def to_case(effect: ef.CaseEffect, state: CaseState) -> ToCase | None:
    """Give an effect that is owed to another case; None for one that is owed to an agency, or to the world."""
    if isinstance(effect, ef.SendAsk | ef.SendUndo) and state.step(effect.place.step).spec.service is not None:
        return effect
    return effect if isinstance(effect, ef.TellParent) else None


async def told(world: World, cases: Cases, effect: ToCase, state: CaseState) -> cm.CaseCommand:
    """Carry out what a case owes to another one; give what came of it."""
    if isinstance(effect, ef.TellParent):
        await _tell_parent(world, cases, effect, state)
        return fm.RecordTold(word=effect.word, telling=effect.telling, parts=effect.parts)
    try:
        child = await _insist(world, cases, lambda: _asked(world, cases, effect, state))
        verb: Literal["ask", "undo"] = "undo" if isinstance(effect, ef.SendUndo) else "ask"
        return _answer(effect, answer_of(child, effect.key, verb), evidence_of(child, world.clock.now()))
    except Rejection as rejection:
        mistakes = [f"{mistake.pointer}: {mistake.detail}" for mistake in rejection.mistakes] or [str(rejection)]
        heard: wire.Heard = wire.Unreadable(key=effect.key, mistakes=mistakes)
    except Erased:
        heard = wire.Unheard(key=effect.key, reason="the sub-case was erased", final=True)
    return _answer(effect, heard, wire.Evidence(kind="attested", received_at=world.clock.now(), digest=""))


async def _asked(world: World, cases: Cases, effect: ef.SendAsk | ef.SendUndo, state: CaseState) -> CaseState:
    """Open the sub-case of an ask, or take it back: one that its undo overtakes is opened to close at once."""
    undo = isinstance(effect, ef.SendUndo)
    key = effect.undoes if isinstance(effect, ef.SendUndo) else effect.key
    entry = state.round_at(effect.place)
    opening = cm.OpenCase(
        case=sub_case_id(key),
        form=(entry.input if entry else None) or {},
        caller=state.caller,
        secret_digest=state.secret_digest,
        traceparent=state.traceparent,
        parent=key,
        taken_back=undo,
    )
    plan = world.register.plan(state.plan.published.services[effect.place.step].digest)
    child = await cases.open_once(plan, opening, await _documents(world, effect, state, opening.form))
    return await cases.submit(child.case, fm.TakeBack()) if undo else child


async def _documents(
    world: World, effect: ef.SendAsk | ef.SendUndo, state: CaseState, form: Mapping[str, Any]
) -> list[bytes]:
    """Give the documents that a sub-case is given: whatever asks of it finds them with it, as with any case."""
    marked = document_fields(state.step(effect.place.step).contract.input)
    found = documents_among(form, marked)
    contents = [await world.journal.document(effect.case, described.digest) for described in found.values()]
    return [content for content in contents if content is not None]


async def _tell_parent(world: World, cases: Cases, effect: ef.TellParent, state: CaseState) -> None:
    parent = parse_ask_key(effect.parent)[0]
    command = to_parent(state, effect, world.clock.now())
    try:
        await _insist(world, cases, lambda: cases.submit(parent, command))
    except (Rejection, Erased) as error:
        # Nobody is there to hear it, and nobody ever will be.
        _log.error("parent_not_told", case=effect.case, reason=str(error))


async def _insist(world: World, cases: Cases, work: Callable[[], Awaitable[T]]) -> T:
    """Do it, however long the journal takes, unless everything stops: then it is owed still."""
    while True:
        try:
            return await work()
        except JournalUnavailable as outage:
            if not cases.accepting:
                raise
            _log.warning("effect_waits_for_the_journal", reason=str(outage))
            await world.clock.sleep(_RECORD_RETRY_S)


def _answer(effect: ef.SendAsk | ef.SendUndo, heard: wire.Heard, evidence: wire.Evidence) -> cm.RecordAnswer:
    place: Place = effect.place
    return cm.RecordAnswer(
        step=place.step,
        item=place.item,
        round=place.round,
        verb="ask" if isinstance(effect, ef.SendAsk) else "undo",
        attempt=effect.attempt,
        heard=heard,
        evidence=evidence,
    )

"""An embedded engine in virtual time: a journal that can fail, agencies that follow a script, and nobody who sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import commands as cm
from contracts import events as ev
from contracts.contract import Contract
from contracts.ids import AskKey, CaseId, parse_ask_key
from contracts.wire import Answer, Ask, Contributed, Refused
from tests.unit.workflows.core.playbook import FORM, KEY, PROOF
from workflows.agencies.desk import DeskAgency
from workflows.agencies.fake import Behaviour, FakeAgency
from workflows.agencies.pull import PullAgency
from workflows.core.compiled import CompiledPlan
from workflows.core.state import CaseState
from workflows.engines.embedded import EmbeddedEngine
from workflows.engines.world import Ways
from workflows.journal.memory import MemoryJournal
from workflows.outputs.memory import MemorySeal
from workflows.ports import Agency, Append, JournalUnavailable, Recorded

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
CASE = CaseId("c1")
CALLBACK = "http://127.0.0.1/v1/callbacks"


class LoopClock:
    """The loop's own (virtual) time, as a wall clock that can be set."""

    def __init__(self) -> None:
        """Begin at the start, which is now."""
        self._began = asyncio.get_running_loop().time()
        self.shift = timedelta()

    def now(self) -> datetime:
        """Give the present moment."""
        return START + timedelta(seconds=asyncio.get_running_loop().time() - self._began) + self.shift

    async def sleep(self, seconds: float) -> None:
        """Wait, in virtual time."""
        await asyncio.sleep(seconds)


class BlindObserver:
    """Sees nothing."""

    def committed(self, recorded: Sequence[Recorded]) -> None:
        """Look away."""

    def attempt_headers(self, *_: object, **__: object) -> str:
        """Give no trace."""
        return ""


class FailingJournal(MemoryJournal):
    """Cannot be written as often as `outages` says; while `gate` is closed, an append waits before it is done."""

    def __init__(self) -> None:
        """Work at first."""
        super().__init__()
        self.outages = 0
        self.unreadable: set[str] = set()
        self.read_outages = 0
        self.gate: asyncio.Event | None = None

    async def append(self, append: Append) -> int:
        """Record, or fail."""
        if self.gate is not None:
            await self.gate.wait()
        if self.outages > 0:
            self.outages -= 1
            raise JournalUnavailable
        return await super().append(append)

    async def read(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Read, or fail."""
        if self.read_outages > 0:
            self.read_outages -= 1
            raise JournalUnavailable
        if stream in self.unreadable:
            raise ValueError("this row was altered")
        return await super().read(stream, after=after)


class Stage:
    """Everything that an engine works with; `engine` runs on it until it is drained, `restarted` gives the next."""

    def __init__(self, plan: CompiledPlan, *, script: Mapping[str, Iterable[Behaviour]] | None = None) -> None:
        """Take the plan, and how each step's agency behaves, attempt by attempt."""
        self.plan = plan
        self.clock = LoopClock()
        self.journal = FailingJournal()
        self.refusals: dict[str, str] = {}
        scripts = {f"{step}/do@1": behaviours for step, behaviours in (script or {}).items()}
        self.agency = FakeAgency(self.clock, decide=self._decide, script=scripts)
        self.seal = MemorySeal()
        self.wire: Agency = self.agency
        self.engine = self._made()

    def _decide(self, ask: Ask, contract: Contract) -> Answer:  # noqa: ARG002 - what every agency is told
        step = parse_ask_key(ask.key)[1].step
        code = self.refusals.get(step)
        return Refused(key=ask.key, code=code) if code else Contributed(key=ask.key, output={"number": f"{step}-1"})

    def _made(self) -> EmbeddedEngine:
        self.pull = PullAgency(self.clock)  # what was fetched of an engine that died is known to no other
        ways = Ways({"wire": self.wire, "openapi": self.wire, "pull": self.pull, "desk": DeskAgency(self.clock)})
        return EmbeddedEngine(
            journal=self.journal,
            ways=ways,
            seal=self.seal,
            clock=self.clock,
            observer=BlindObserver(),
            callback=CALLBACK,
        )

    def remade(self) -> EmbeddedEngine:
        """Give another engine on the same journal, not started."""
        return self._made()

    def reach_by(self, wire: Agency) -> None:
        """Reach the agencies in another way than the script; before the start."""
        self.wire = wire
        self.engine = self._made()

    async def start(self) -> None:
        """Publish the plan, unless it is, and start."""
        await self.engine.read_register()
        if self.engine.directory.plan(self.plan.published.digest) is None:
            published = ev.PlanPublished(at=self.clock.now(), published=self.plan.published, actor="test")
            await self.engine.register([published])
        await self.engine.start()

    async def restarted(self) -> None:
        """Drain this engine, and start another one on the same journal."""
        await self.engine.drain()
        await self.started_beside()

    async def started_beside(self) -> None:
        """Start another engine on the same journal: the old one has died, or only seems to."""
        self.engine = self.remade()
        await self.start()

    async def open(self, case: CaseId = CASE, **answers: object) -> None:
        """Apply."""
        await self.engine.open(self.plan.published.digest, cm.OpenCase(case=case, form={**FORM, **answers}))

    async def until(self, wanted: Callable[[CaseState], bool], case: CaseId = CASE) -> CaseState:
        """Wait until the case is as wanted; a fortnight of virtual time at most."""
        async with asyncio.timeout(14 * 86_400), aclosing(self.journal.watch(case)) as versions:
            async for _ in versions:
                state = await self.engine.state(case)
                if state is not None and wanted(state):
                    return state
        raise AssertionError("the journal was closed")

    async def status(self, status: str, case: CaseId = CASE) -> CaseState:
        """Wait until the case has this status."""
        return await self.until(lambda state: state.status == status, case)

    async def at(self, step: str, wanted: str) -> CaseState:
        """Wait until a step's counting round is in this state."""
        return await self.until(
            lambda state: any(entry.state == wanted for each, _, entry in state.currents() if each.name == step)
        )

    async def facts(self, case: CaseId = CASE) -> list[Any]:
        """Give the case's events."""
        return [row.event for row in await self.journal.read(case)]


@asynccontextmanager
async def staged(plan: CompiledPlan, **more: Any) -> AsyncGenerator[Stage, None]:
    """Give a stage whose engine runs."""
    stage = Stage(plan, **more)
    await stage.start()
    try:
        yield stage
    finally:
        await stage.engine.drain()


def answer(step: str, *, number: str = "1", round: int = 1) -> cm.RecordAnswer:  # noqa: A002 - the field's name
    """Give a callback with a contribution."""
    heard = Contributed(key=KEY, output={"number": number})
    return cm.RecordAnswer(step=step, round=round, verb="ask", heard=heard, evidence=PROOF)  # type: ignore[arg-type]


def key(step: str, verb: str = "ask", round: int = 1) -> AskKey:  # noqa: A002 - the word of the design
    """Give an ask key of the case."""
    return AskKey(f"{CASE}/{step}/{verb}/{round}")

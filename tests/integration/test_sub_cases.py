"""A family of cases on a real journal: it ends as it would have, whichever two events a restart comes between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts.contract import Contract
from contracts.ids import AskKey, CaseId, parse_ask_key
from contracts.wire import Answer, Ask, Contributed, Refused
from tests.unit.workflows.core.families import branch, parent
from tests.unit.workflows.core.parts import part
from tests.unit.workflows.core.playbook import ACT
from tests.unit.workflows.engines.stage import BlindObserver
from workflows.agencies.desk import DeskAgency
from workflows.agencies.fake import FakeAgency
from workflows.agencies.pull import PullAgency
from workflows.core.pending import pending
from workflows.core.sub_cases import sub_case_id
from workflows.engines.embedded import EmbeddedEngine
from workflows.engines.world import Ways
from workflows.journal.sqlite import SqliteJournal
from workflows.journal.vault import FileVault
from workflows.outputs.memory import MemorySeal
from workflows.ports import Append, CaseFilter, Journal, JournalUnavailable

CASE = CaseId("family")
CHILD = sub_case_id(AskKey(f"{CASE}/s/ask/1"))
BRANCH = branch(m=part("form.x"), n=part("m.number"))
FAMILY = parent(BRANCH, b=part("s.m.number"), c=part("form.x", after=("b",)))
AT_AN_END = {"issued", "refused", "withdrawn"}
MOST_LIVES = 40


class Clock:
    """The real time, in which nobody waits for long."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


class Mortal:
    """A journal that takes one append of a case, and then nothing more until it is opened again."""

    def __init__(self, journal: SqliteJournal) -> None:
        self._journal, self.died = journal, asyncio.Event()
        self.appends = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the journal has
        return getattr(self._journal, name)

    async def append(self, append: Append) -> int:
        if append.stream in {CASE, CHILD} and append.events:
            if self.died.is_set():
                raise JournalUnavailable
            self.died.set()
            self.appends += 1
        return await self._journal.append(append)


class Town:
    """The agencies of both plans, which outlive every engine."""

    def __init__(self, refuses: str, later: str) -> None:
        self.clock, self._refuses, self.seal = Clock(), refuses, MemorySeal()
        script: dict[str, Any] = {f"{later}/do@1": ["later"]} if later else {}
        self.agency = FakeAgency(self.clock, decide=self._decide, script=script)

    def _decide(self, ask: Ask, contract: Contract) -> Answer:  # noqa: ARG002 - what every agency is told
        step = parse_ask_key(ask.key)[1].step
        if step == self._refuses:
            return Refused(key=ask.key, code="no")
        return Contributed(key=ask.key, output={"number": f"{step}-1"})

    @asynccontextmanager
    async def life(self, folder: Path) -> AsyncGenerator[tuple[EmbeddedEngine, Mortal]]:
        """Give an engine on the file, until it has recorded something of the family."""
        async with SqliteJournal.open(folder / "journal.sqlite", FileVault.open(folder / "key")) as journal:
            mortal = Mortal(journal)
            way = self.agency
            engine = EmbeddedEngine(
                journal=cast("Journal", mortal),
                ways=Ways(
                    {"wire": way, "openapi": way, "pull": PullAgency(self.clock), "desk": DeskAgency(self.clock)}
                ),
                seal=self.seal,
                clock=self.clock,
                observer=BlindObserver(),
                callback="http://127.0.0.1/v1/callbacks",
            )
            await engine.read_register()
            if not engine.directory.plans:
                now = self.clock.now()
                plans = (BRANCH.published, FAMILY.published)
                await engine.register([ev.PlanPublished(at=now, published=each, actor="test") for each in plans])
            yield engine, mortal
            await engine.drain()


async def lived(folder: Path, *, refuses: str = "", withdrawn: bool = False, revoked: bool = False) -> dict[str, Any]:
    """Let a family come to its end, with a new engine after everything that is recorded; say what came of it."""
    town = Town(refuses, "c" if withdrawn or revoked else "")
    async with town.life(folder) as (engine, _):
        await engine.open(FAMILY.published.digest, cm.OpenCase(case=CASE, form={"x": "x0"}))
    for _ in range(MOST_LIVES):
        async with town.life(folder) as (engine, mortal):
            await engine.start()
            state = await engine.state(CASE)
            assert state is not None
            if withdrawn and state.status == "open" and state.current(("c", "")).state == "accepted":  # type: ignore[arg-type]
                with suppress(JournalUnavailable):  # it died first: said again in the next life
                    await engine.submit(CASE, cm.Withdraw())
            child = await engine.state(CHILD)
            if revoked and child and child.status == "issued" and state.current(("c", "")).state == "accepted":  # type: ignore[arg-type]
                with suppress(JournalUnavailable):
                    await engine.submit(CHILD, cm.RevokeOutput(act=ACT))
            if not await dies(engine, mortal):
                listed = await mortal.list_cases(CaseFilter())
                return {**await ends(engine, town), "cases": len(listed.cases)}
    pytest.fail("never at rest")


async def dies(engine: EmbeddedEngine, mortal: Mortal) -> bool:
    """Wait until something was recorded (True), or nothing is owed by either of the two (False)."""
    while not mortal.died.is_set():
        states = [await engine.state(CASE), await engine.state(CHILD)]
        if not any(pending(state) for state in states if state is not None):
            return mortal.died.is_set()
        with suppress(TimeoutError):
            await asyncio.wait_for(mortal.died.wait(), 0.02)
    return True


async def ends(engine: EmbeddedEngine, town: Town) -> dict[str, Any]:
    """Say how both cases ended, and what agencies did once."""
    one, other = await engine.state(CASE), await engine.state(CHILD)
    assert one is not None
    assert other is not None
    return {
        "parent": (one.status, one.current(("s", "")).state),  # type: ignore[arg-type]
        "child": (other.status, other.told),
        "did": sorted(key.split("/", 1)[1] for key, number in town.agency.effects.items() if number == 1),
    }


TOLD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "issued": ({}, {"parent": ("issued", "contributed"), "child": ("issued", "issued")}),
    "refused": ({"refuses": "n"}, {"parent": ("refused", "refused"), "child": ("refused", "closed")}),
    "revoked": ({"revoked": True}, {"parent": ("open", "exhausted"), "child": ("revoked", "closed")}),
    "withdrawn": ({"withdrawn": True}, {"parent": ("withdrawn", "undone"), "child": ("revoked", "undone")}),
}


@pytest.mark.parametrize("name", TOLD)
async def test_a_restart_between_any_two_events_of_a_family_opens_a_second_case_or_changes_the_end(
    name: str, tmp_path: Path
) -> None:
    how, expected = TOLD[name]
    found = await lived(tmp_path, **how)
    assert {part: found[part] for part in expected} == expected
    assert found["cases"] == 2
    assert len(found["did"]) == {"issued": 4, "refused": 2, "revoked": 4, "withdrawn": 4}[name]

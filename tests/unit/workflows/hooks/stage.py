"""A journal, a register and receivers without a network, in a time that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from contracts import events as ev
from contracts.ids import CaseId, StepName
from contracts.plan import PublishedPlan
from tests.gateways import CONTRACTS, plan_of
from tests.hooks import FakeReceivers, HandClock, Sent
from workflows.hooks.ledger import Ledger
from workflows.hooks.sending import Sending
from workflows.hooks.telling import Telling
from workflows.journal.memory import MemoryJournal
from workflows.loading.plans import publish
from workflows.ports import REGISTER, Append
from workflows.projections.directory import Directory

SOURCE = "https://gapura.example"
PUBLISHED: PublishedPlan = publish(plan_of("quick"), {each.name: each for each in CONTRACTS.values()})


class Stage:
    """Goes on over restarts: `start` is a new process over the same journal and the same file."""

    def __init__(self, folder: Path, answer: Callable[[Sent], int | Exception] = lambda _: 204) -> None:
        self.clock, self.journal, self.path = HandClock(), MemoryJournal(), folder / "hooks.sqlite"
        self.receivers = FakeReceivers(answer)
        self.directory = Directory()
        self.versions: dict[str, int] = {}
        self.start()

    def start(self) -> None:
        self.ledger = Ledger(self.path)
        self.telling = Telling(self.journal, self.ledger, lambda: self.directory, self.clock, SOURCE)
        self.sending = Sending(self.telling, self.receivers, self.register)

    async def register(self, events: Sequence[ev.RegisterEvent]) -> None:
        await self.append(REGISTER, *events)
        for event in events:
            self.directory.apply(event)

    async def append(self, stream: str, *events: Any) -> None:
        version = self.versions.get(stream, 0)
        await self.journal.append(Append(stream=stream, expected_version=version, events=events))
        self.versions[stream] = version + len(events)

    async def hook(self, name: str = "h", agency: str = "", *kinds: str) -> None:
        if not self.directory.plans:
            await self.register([ev.PlanPublished(at=self.clock.now(), published=PUBLISHED, actor="op")])
        made = ev.HookRegistered(
            at=self.clock.now(),
            hook=name,
            agency=agency,
            url=f"https://{name}.example/",
            kinds=list(kinds) or ["case.changed"],
            actor="op",
        )
        await self.register([made])

    async def case(self, name: str = "c1") -> None:
        now = self.clock.now()
        opened = ev.CaseOpened(at=now, case=CaseId(name), service="quick", plan=PUBLISHED.digest, form={"name": "S"})
        await self.append(name, opened, ev.StepAsked(at=now, step=StepName("alpha")))

    async def turn(self) -> float:
        """Carry out everything that is due now; give the seconds until something is due again."""
        wait_s = 0.0
        for _ in range(50):
            before = len(self.receivers.sent)
            async with asyncio.TaskGroup() as group:
                wait_s = await self.sending.step(group)
            if len(self.receivers.sent) == before:
                break
        return wait_s

    def state(self, hook: str = "h") -> str:
        return self.directory.hooks[hook].state

    def names(self, hook: str = "h") -> list[str]:
        return [each.headers["webhook-id"] for each in self.receivers.sent if each.url == f"https://{hook}.example/"]

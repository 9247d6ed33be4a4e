"""The office of the suite behind a firewall: nobody can call it, so a worker of its fetches what is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec

from contracts.connection import PullConnection
from tests.conformance.agencies import (
    CHECKS,
    KEYS,
    OFFICE_KEY,
    TRACEPARENT,
    Office,
    PromptClock,
    ProtectedSubject,
    Subject,
    make_contract,
)
from workflows.agencies.evidence import evidence_of_answer
from workflows.agencies.fake import Behaviour
from workflows.agencies.pull import Errand, PullAgency
from workflows.agencies.reading import Question, read_answer
from workflows.agencies.signing import Request, sign_request, verify_request
from workflows.ports import Told


class PullSubject:
    """The office and its worker: it does the work and brings the signed answer."""

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        self._office = Office(behaviours)
        self.agency = PullAgency(PromptClock())
        self.contract = make_contract(connection=PullConnection(lease="50 ms", deadline="100 ms"))

    def effects(self, key: str) -> int:
        return self._office.effects[key]

    async def work(self) -> None:
        while True:
            seen = self.agency.offers
            errand = self.agency.take("civil", (), "worker", tried=())
            if errand is None:
                await self.agency.offered(after=seen)
            else:
                await self._carry_out(errand)

    async def _carry_out(self, errand: Errand) -> None:
        assert errand.traceparent == TRACEPARENT
        behaviour, answer = self._office.does(errand.verb, errand.sent)
        if behaviour in {"busy", "rejects"}:
            final, after_s = behaviour == "rejects", float(behaviour == "busy")
            self.agency.give_back("civil", errand.lease, "not now", after_s=after_s, final=final)
        elif behaviour not in {"deaf", "mute"}:
            body = b"<html>" if behaviour == "garbles" else msgspec.json.encode(answer())
            self.agency.settle("civil", errand.verb, await self._heard(body, errand))

    async def _heard(self, body: bytes, errand: Errand) -> Told:
        """Read a signed answer as the gateway does (`gateway.hearing`)."""
        fields, now = {"Content-Type": "application/json"}, datetime.now(UTC)
        url = "https://gateway.example/v1/agencies/civil/leases/x/answer"
        fields |= sign_request(Request("POST", url, fields, body), OFFICE_KEY, now=now)
        verified = verify_request(Request("POST", url, fields, body), KEYS.get, now=now)
        read = await read_answer(body, Question(verb=errand.verb, key=errand.key, contract=self.contract), CHECKS)
        return Told(read.heard, evidence_of_answer(verified, body, read.heard, received_at=now), read.documents)


@asynccontextmanager
async def open_pull_subject(kind: str, behaviours: Sequence[Behaviour] = ()) -> AsyncGenerator[Subject]:
    """Give the adapter before an agency that behaves so; one that is unreachable has no worker."""
    subject = PullSubject(behaviours)
    async with asyncio.TaskGroup() as group:
        working = None if "unreachable" in behaviours else group.create_task(subject.work())
        yield ProtectedSubject(subject) if kind.startswith("protected ") else subject
        if working is not None:
            working.cancel()

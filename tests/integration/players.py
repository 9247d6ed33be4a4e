"""People of the samples at a live gateway: they apply, decide, correct and withdraw by API, whatever it survives."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from typing import Any, Final, TypeVar, cast

import aiohttp

from examples.purbalingga.agencies.bakeuda import Entry, Register
from gateway.cli.calling import connect
from gateway.cli.demo.town import Town
from gateway.cli.exits import DECLINED, UNREACHABLE, Ends
from tests.integration.revenue_office import iso_day, strike_off
from tests.integration.samples import ApplicantAct, Decision, Held, Part, Sample, StepExpected

ENDS: Final = frozenset({"issued", "refused", "withdrawn", "ended", "expired"})
SOON: Final = frozenset({"ready", "asked", "failed", "exhausted"})
"""States of a bound step that something is about to be done about."""
POLL_S: Final = 0.05
AWAY_S: Final = 0.1
T = TypeVar("T")


class Declined(AssertionError):
    """The gateway declined something that the sample says is possible."""


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do something at a gateway that may be down or going down: try again until it is answered."""
    while True:
        try:
            return await work()
        except Ends as ends:
            if ends.code != UNREACHABLE:
                raise
            await asyncio.sleep(AWAY_S)


class Player:
    """One sample's application, and everybody who does something about it."""

    def __init__(self, town: Town, sample: Sample, name: str, officers: Mapping[str, str]) -> None:
        """Take the town, the sample, and the officers' tokens by agency."""
        self.town, self.sample, self.name, self._officers = town, sample, name, officers
        self.acts: deque[ApplicantAct] = deque(sample.applicant)
        self.decisions = {step: deque(given) for step, given in sample.officers.items()}
        self.case, self.secret = "", ""
        self.view: dict[str, Any] = {}

    async def apply(self) -> None:
        """Hand the form in: the same wish until it is acknowledged."""
        key = f"{self.name.replace('/', '-')}-{id(self):032x}"

        async def send() -> dict[str, Any]:
            async with connect(self.town.url) as client:
                headers = {"Idempotency-Key": f'"{key}"'}
                where = f"/v1/services/{self.sample.service}/cases"
                reply = await client.send("POST", where, self.sample.form, headers)
                return cast("dict[str, Any]", reply.json())

        receipt = await patiently(send)
        self.case, self.secret = receipt["case"], receipt["secret"]

    async def play(self) -> None:
        """Act until the case has ended."""
        if not self.case:
            await self.apply()
        while True:
            self.view = await patiently(self._look)
            if self.view["state"] in ENDS:
                return
            if not (await self._operator_finds_out() or await self._applicant_acts() or await self._officer_decides()):
                await asyncio.sleep(POLL_S)

    async def _look(self) -> dict[str, Any]:
        async with connect(self.town.url, self.secret) as client:
            return cast("dict[str, Any]", await client.get(f"/v1/cases/{self.case}"))

    async def _applicant_acts(self) -> bool:
        if not self.acts:
            return False
        act = self.acts[0]
        step = self._step(act.when.step)
        if (step["state"], step["round"]) != (act.when.state, act.when.round):
            return False
        pointers = [pointer for correction in self.view["corrections"] for pointer in correction["pointers"]]
        assert pointers == act.asked
        path, body = _call_of(act)

        async def send() -> None:
            async with connect(self.town.url, self.secret) as client:
                await client.send("POST", f"/v1/cases/{self.case}/{path}", body)

        await self._once_only(send)
        self.acts.popleft()
        return True

    async def _operator_finds_out(self) -> bool:
        """Settle what may have been done by an agency that does twice what it is asked twice: look it up with them."""
        for step in self.view["steps"]:
            if step["connection"] != "openapi" or step["state"] != "exhausted":
                continue
            act: dict[str, Any] = {"step": step["step"], "round": step["round"], "reason": "telephoned"}
            standing = self._entries(f"{self.case}/{step['step']}/ask/{step['round']}")
            if standing:
                output = {"npwpd": standing[0].npwpd, "registered_on": iso_day(standing[0].day)}
                await self._act({**act, "act": "contribute", "output": output, "evidence": "their register"})
            else:
                await self._act({**act, "act": "nothing-done", "evidence": "their register"})
                await self._act({**act, "act": "ask-again"})
            return True
        return False

    def _entries(self, agenda: str) -> list[Entry]:
        with closing(Register(self.town.agencies["bakeuda"].data)) as register:
            return [entry for entry in register.find(agenda) if not entry.struck]

    async def _act(self, act: dict[str, Any]) -> None:
        async def send() -> None:
            async with connect(self.town.url, self.town.gateway.operator_token) as client:
                await client.send("POST", f"/v1/operations/cases/{self.case}/acts", act)

        await self._once_only(send)

    async def _officer_decides(self) -> bool:
        """Undo what comes to an officer; else decide, which takes longer than what systems answer by themselves."""
        for step in self.view["steps"]:
            for number in step["undoing_rounds"] if step["agency"] in self._officers else ():
                if await self._takes_back(step, f"{self.case}:{step['step']}:undo:{number}"):
                    return True
        if any(step["connection"] == "openapi" and step["state"] in SOON for step in self.view["steps"]):
            return False
        for step in self.view["steps"]:
            decisions = self.decisions.get(step["step"])
            if step["connection"] == "desk" and step["state"] == "accepted" and decisions:
                await self._decide(step["agency"], f"{self.case}:{step['step']}:ask:{step['round']}", decisions[0])
                decisions.popleft()
                return True
        return False

    async def _takes_back(self, step: dict[str, Any], task: str) -> bool:
        """Take a contribution back, once the task has come: it does not before what rests on it is undone."""
        try:
            await self._decide(step["agency"], task, {"decision": "undone"})
        except Ends as ends:
            if ends.code != DECLINED:
                raise
            return False
        if step["agency"] == "bakeuda":
            with closing(Register(self.town.agencies["bakeuda"].data)) as register:
                strike_off(register, task.replace(":undo:", ":ask:").replace(":", "/"))
        return True

    async def _decide(self, agency: str, key: str, decision: Decision | dict[str, Any]) -> None:
        async def send() -> None:
            async with connect(self.town.url, self._officers[agency]) as client:
                await client.send("POST", f"/v1/tasks/{key}/decision", decision)

        await self._once_only(send)

    async def _once_only(self, send: Callable[[], Awaitable[None]]) -> None:
        """Do something that may have been done before its answer was lost: then the gateway says that it is done."""
        tried = 0

        async def once() -> None:
            nonlocal tried
            tried += 1
            try:
                await send()
            except Ends as ends:
                if ends.code != DECLINED or tried == 1:
                    raise

        await patiently(once)

    def _step(self, name: str) -> dict[str, Any]:
        return next(step for step in self.view["steps"] if step["step"] == name)

    # --- what must have come of it ----------------------------------------------------------------------------

    async def check(self) -> None:
        """Hold everything to what the sample says."""
        expect = self.sample.expect
        assert not self.acts, f"{self.name}: the moment for what the applicant does never came"
        assert not any(self.decisions.values()), f"{self.name}: an officer was never asked"
        steps = {
            step["step"]: StepExpected(
                state=step["state"], round=step["round"], code=step["code"], signed=step["signed"]
            )
            for step in self.view["steps"]
        }
        self._same("state", self.view["state"], expect.state)
        self._same("steps", steps, expect.steps)
        self._same("registers", await self._registers(), expect.registers)
        self._same("parts", await self._parts(), expect.parts)

    def _same(self, what: str, found: object, wanted: object) -> None:
        assert found == wanted, f"{self.name}, case {self.case}: {what}\n found {found}\nwanted {wanted}"

    async def _registers(self) -> dict[str, Held]:
        found: dict[str, Held] = {}
        for agency, register in (await self.town.registers()).items():
            mine = [held for key, held in register["asks"].items() if key.startswith(f"{self.case}/")]
            assert all(held["effects"] <= 1 for held in mine), f"{self.name}: {agency} did one wish twice: {mine}"
            if not mine:
                continue
            found[agency] = Held(
                asks=len(mine),
                effects=sum(held["effects"] for held in mine),
                standing=sum(held["standing"] for held in mine),
            )
        return found

    async def _parts(self) -> dict[str, Part]:
        async def get() -> dict[str, Any]:
            async with connect(self.town.url, self.secret) as client:
                return cast("dict[str, Any]", await client.get(f"/v1/cases/{self.case}/output"))

        outcome = await patiently(get)
        assert bool(outcome.get("credential")) == (self.view["state"] == "issued"), self.name
        composed = (outcome.get("output") or outcome["closing_record"])["parts"]
        assert [part["step"] for part in composed] == [step["step"] for step in self.view["steps"]]
        expected = self.sample.expect.parts
        return {
            part["step"]: Part(
                word=part["word"],
                shows={shown: part["values"].get(shown) for shown in expected[part["step"]].shows},
                objection=part["objection"] is not None,
            )
            for part in composed
            if part["step"] in expected
        }


def _call_of(act: ApplicantAct) -> tuple[str, dict[str, Any]]:
    if act.correct is not None:
        return "corrections", {"answers": act.correct}
    if act.withdraw is not None:
        return "withdrawal", {"reason": act.withdraw}
    return "corrections", {"decline": act.when.step}


async def refused_mistakes(town: Town, sample: Sample) -> set[str]:
    """Hand in a wrong form; give the pointers of its mistakes."""
    address = f"{town.url}/v1/services/{sample.service}/cases"
    async with aiohttp.ClientSession() as session, session.post(address, json=sample.form) as response:
        assert response.status == 422, await response.text()
        problem = await response.json(content_type=None)
        assert problem["type"].endswith("/form-invalid")
        return {mistake["pointer"] for mistake in problem["errors"]}

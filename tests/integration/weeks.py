"""People who take days: everybody of a sample, by the API alone, on a clock that is moved on to what is due next.

Who acts when is the table `PEOPLE`: whoever reads in the API that it is their turn. A new kind of step that waits for
somebody gets a row there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import aiohttp
import msgspec

from contracts.ids import Instant
from tests.gateways import bearer
from tests.integration.players import ENDS
from tests.integration.samples import ApplicantAct, Decision, Held, Part, Sample, StepExpected
from tests.integration.weeks_town import Life, MovedClock, WeeksTown
from workflows.engines.driver import UnderWay

A_DECISION: Final = timedelta(days=1)
"""How long people take: officers for what comes to their desk, the lead agency for an objection."""
MOST_TURNS: Final = 400
LUCK: Final = frozenset({"trace_id", "credential", "evidence", "attempts"})
OBJECTOR: Final = {"name": "A neighbour", "contact": "x@example.org"}


class Due(NamedTuple):
    """What somebody does, and when."""

    at: Instant
    act: Callable[[], Awaitable[None]]


class Api:
    """The gateway, as programs see it."""

    def __init__(self, url: str, session: aiohttp.ClientSession, now: Callable[[], Instant]) -> None:
        """Take its address, and the clock on the wall."""
        self._url, self._session, self.now = url, session, now

    async def call(
        self, method: str, path: str, token: str = "", body: object = None, *, status: int = 200
    ) -> dict[str, Any]:
        """Call it; any other status than the one expected fails the test, with what was said."""
        headers = bearer(token) if token else {}
        data = None if body is None else msgspec.json.encode(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        async with self._session.request(method, f"{self._url}{path}", data=data, headers=headers) as response:
            said = await response.text()
            assert response.status == status, f"{method} {path}: {response.status} {said}"
            found: dict[str, Any] = msgspec.json.decode(said) if said else {}
            return found


class Weeks:
    """The application of one sample, and everybody who does something about it."""

    def __init__(self, name: str, sample: Sample) -> None:
        """Take the sample; nothing is handed in yet."""
        self.name, self.sample = name, sample
        self.acts = deque(sample.applicant)
        self.decisions = {step: deque(decisions) for step, decisions in sample.officers.items()}
        self.neighbours = deque(sample.neighbours)
        self.objected = False
        self.case, self.secret = "", ""
        self.view: dict[str, Any] = {}
        self.mistakes = set[str]()
        self.issued: dict[str, Any] = {}
        self.inspected: dict[str, Any] = {}
        self.held: dict[str, dict[str, Any]] = {}
        self.seen: list[dict[str, Any]] = []
        """Every view that its applicant could see at rest, the earliest first."""
        self.tasks: list[dict[str, Any]] = []
        """Every task that came to a desk, the earliest first."""

    async def apply(self, api: Api) -> None:
        """Hand the form in."""
        path = f"/v1/services/{self.sample.service}/cases"
        if not self.sample.expect.accepted:
            problem = await api.call("POST", path, body=self.sample.form, status=422)
            self.mistakes = {mistake["pointer"] for mistake in problem["errors"]}
            return
        receipt = await api.call("POST", path, body=self.sample.form, status=202)
        self.case, self.secret, self.view = receipt["case"], receipt["secret"], receipt["view"]

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.view["state"] in ENDS

    def stand(self) -> dict[str, str]:
        """Say how each step stands, for whoever looks why nothing goes on."""
        return {"name": self.name, "state": self.view["state"]} | {
            f"{step['step']}/{step['item']}": f"{step['state']} {step['round']}" for step in self.view["steps"]
        }

    def step(self, name: str) -> dict[str, Any] | None:
        """Give a step, or an item of one (`structure/house`), as it is shown; None where there is none."""
        step, _, item = name.partition("/")
        found = (each for each in self.view["steps"] if (each["step"], each["item"]) == (step, item))
        return next(found, None)

    # --- what came of it ----------------------------------------------------------------------------------------------

    async def read(self, crowd: Crowd) -> None:
        """Read everything that came of it."""
        self.issued = await crowd.api.call("GET", f"/v1/cases/{self.case}/output", self.secret)
        self.inspected = await crowd.api.call("GET", f"/v1/operations/cases/{self.case}", crowd.operator)
        self.held = {
            agency: {key: held for key, held in register["asks"].items() if key.startswith(f"{self.case}/")}
            for agency, register in (await crowd.town.registers()).items()
        }

    def check(self) -> None:
        """Hold what came of it to the sample."""
        assert not self.acts, f"{self.name}: the moment for what the applicant does never came"
        assert not any(self.decisions.values()), f"{self.name}: an officer was never asked for a decision"
        assert not self.neighbours, f"{self.name}: nobody could object"
        expect = self.sample.expect
        assert self.view["state"] == expect.state, self.name
        assert self.steps() == expect.steps, self.name
        assert self.registers() == expect.registers, self.name
        assert self.parts(expect.parts) == expect.parts, self.name

    def end(self) -> dict[str, Any]:
        """Give everything that is seen of it, but what differs with the luck of names and signatures."""
        seen = {"case": self.view, "operations": self.inspected, "issued": self.issued, "registers": self.held}
        told = msgspec.json.encode(seen).decode().replace(self.case, "CASE")
        end: dict[str, Any] = _without_luck(msgspec.json.decode(told))
        return end

    def steps(self) -> dict[str, StepExpected]:
        """Give the last word of each step."""
        return {
            f"{step['step']}/{step['item']}" if step["item"] else step["step"]: StepExpected(
                state=step["state"], round=step["round"], code=step["code"], signed=step["signed"]
            )
            for step in self.view["steps"]
        }

    def registers(self) -> dict[str, Held]:
        """Give what agencies hold of it."""
        return {
            agency: Held(
                asks=len(mine),
                effects=sum(held["effects"] for held in mine.values()),
                standing=sum(held["standing"] for held in mine.values()),
            )
            for agency, mine in self.held.items()
            if mine
        }

    def parts(self, expected: Mapping[str, Part]) -> dict[str, Part]:
        """Give the parts that something is expected of."""
        return {
            part["step"]: Part(
                word=part["word"],
                shows={name: part["values"].get(name) for name in expected[part["step"]].shows},
                objection=part["objection"] is not None,
            )
            for part in (self.issued.get("output") or self.issued["closing_record"])["parts"]
            if part["step"] in expected
        }


def _without_luck(told: Any) -> Any:  # noqa: ANN401 - whatever was told
    """Leave out what is signed or random, and how often an agency was asked for what it did once."""
    if isinstance(told, list):
        several: list[Any] = told
        return [_without_luck(each) for each in several]
    if isinstance(told, dict):
        entries = cast("dict[str, Any]", told).items()
        return {name: _without_luck(value) for name, value in entries if name not in LUCK}
    return told


class Played(NamedTuple):
    """Samples that came to their ends, by name; how many lives of the gateway that took.

    `most_moves`: how often something of one case was recorded in one life at most.
    """

    journeys: dict[str, Weeks]
    lives: int
    most_moves: int


class Crowd:
    """Everybody: applications beside each other, those whose turn may come, and the one clock."""

    def __init__(self, town: WeeksTown, api: Api, tokens: dict[str, str], journeys: Sequence[Weeks]) -> None:
        """Take officers' tokens, by agency."""
        self.town, self.api, self.tokens, self.journeys = town, api, tokens, journeys
        self._stale: set[str] = {journey.case for journey in journeys}
        self.inbox: list[dict[str, Any]] = []
        self.announced: list[dict[str, Any]] = []

    @property
    def operator(self) -> str:
        """The operator's token."""
        return self.town.gateway.operator_token

    @property
    def over(self) -> bool:
        """Whether every application has ended."""
        return all(each.over for each in self.journeys)

    async def turn(self, life: Life) -> None:
        """Let everybody whose turn it is do one thing, if nothing else moved; else let time go on to what is due."""
        await life.rest()
        await self.look(life)
        if life.over or self.over:
            return
        life.moves.moved.clear()
        now, later = self.api.now(), list[Instant]()
        for journey in self.journeys:
            dues = [due async for due in self.dues(journey)]
            first = next((due for due in dues if due.at <= now), None)
            if first is not None:
                await first.act()
            later += [due.at for due in dues]
        if not life.moves.moved:
            wake = await life.next_wake()
            moments = later if wake is None else [*later, wake]
            assert moments, f"nothing is due any more: {[each.stand() for each in self.journeys if not each.over]}"
            await life.go_on_to(max(now, min(moments)))
        await life.rest()
        self._stale |= life.moves.moved

    async def look(self, life: Life) -> None:
        """Let everybody see what can be seen of what has moved."""
        self._stale |= life.moves.moved
        for journey in self.journeys:
            if journey.case in self._stale:
                journey.view = await self.api.call("GET", f"/v1/cases/{journey.case}", journey.secret)
                journey.seen.append(journey.view)
        self._stale.clear()
        self.inbox = [task for agency in self.tokens for task in await self._tasks(agency)]
        for task in self.inbox:
            journey = next(each for each in self.journeys if each.case == task["case"])
            if task["key"] not in [each["key"] for each in journey.tasks]:
                journey.tasks.append(task)
        if any(journey.neighbours for journey in self.journeys):
            self.announced = [each for service in self.services for each in await self._announcements(service)]

    @property
    def services(self) -> set[str]:
        """What was applied for."""
        return {journey.sample.service for journey in self.journeys}

    async def _tasks(self, agency: str) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = (await self.api.call("GET", "/v1/tasks", self.tokens[agency]))["tasks"]
        return tasks

    async def _announcements(self, service: str) -> list[dict[str, Any]]:
        said = await self.api.call("GET", f"/v1/services/{service}/announcements")
        assert not said["next"], "more is announced than one page takes"
        listed: list[dict[str, Any]] = said["announcements"]
        return listed

    async def dues(self, journey: Weeks) -> AsyncIterator[Due]:
        """Say what people will do about an application as it now stands."""
        if not journey.over:
            for row in PEOPLE:
                async for due in row(self, journey):
                    yield due


# --- who acts when ----------------------------------------------------------------------------------------------------


async def applicant(crowd: Crowd, journey: Weeks) -> AsyncIterator[Due]:
    """The applicant does what the sample says, as soon as its moment has come."""
    if not journey.acts:
        return
    act = journey.acts[0]
    step = journey.step(act.when.step)
    if step is None or (step["state"], step["round"]) != (act.when.state, act.when.round):
        return

    async def does() -> None:
        asked = [pointer for correction in journey.view["corrections"] for pointer in correction["pointers"]]
        assert asked == act.asked
        path, body = call_of(act, journey.view)
        await crowd.api.call("POST", f"/v1/cases/{journey.case}/{path}", journey.secret, body)
        journey.acts.popleft()

    yield Due(crowd.api.now(), does)


def call_of(act: ApplicantAct, view: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the route and body by which an applicant does something; what they answer, the case must ask them for."""
    step, _, item = act.when.step.partition("/")
    named = {"item": item} if item else {}
    asked = [(each["step"], each["item"]) for each in view["actions"]]
    if act.correct is not None:
        return "corrections", {"answers": act.correct}
    if act.withdraw is not None:
        assert view["can_withdraw"]
        return "withdrawal", {"reason": act.withdraw}
    if act.answer is not None:
        assert (step, item) in asked, f"{act.when.step} is not among what is asked of the applicant: {asked}"
        return f"steps/{step}/answer", {"answers": act.answer} | named
    assert act.decline, f"the applicant does nothing when {act.when}"
    return (
        (f"steps/{step}/answer", {"decline": True} | named)
        if (step, item) in asked
        else (
            "corrections",
            {"decline": step} | named,
        )
    )


async def neighbour(crowd: Crowd, journey: Weeks) -> AsyncIterator[Due]:
    """Somebody objects as soon as the case is announced."""
    for shown in crowd.announced if journey.neighbours and not journey.objected else ():
        if (shown["case"], shown["step"]) == (journey.case, journey.neighbours[0].step):

            async def objects(shown: dict[str, Any] = shown) -> None:
                path = f"/v1/services/{journey.sample.service}/announcements/{journey.case}/{shown['step']}/objections"
                body = {**OBJECTOR, "grounds": journey.neighbours[0].grounds}
                await crowd.api.call("POST", path, body=body, status=201)
                journey.objected = True

            yield Due(crowd.api.now(), objects)


async def lead_agency(crowd: Crowd, journey: Weeks) -> AsyncIterator[Due]:
    """The lead agency, by an operator, decides an objection when it has lain for a while."""
    if not journey.objected:
        return
    inspected = await crowd.api.call("GET", f"/v1/operations/cases/{journey.case}", crowd.operator)
    for step in inspected["view"]["steps"]:
        for raised in step["objections"]:
            if not raised["decided"]:

                async def decides(step: str = step["step"], number: int = raised["number"]) -> None:
                    act = "uphold" if journey.neighbours.popleft().upheld else "dismiss"
                    body = {"act": act, "step": step, "objection": number, "reason": "looked at it"}
                    await crowd.api.call("POST", f"/v1/operations/cases/{journey.case}/acts", crowd.operator, body)
                    journey.objected = False

                yield Due(datetime.fromisoformat(raised["at"]) + A_DECISION, decides)


async def officers(crowd: Crowd, journey: Weeks) -> AsyncIterator[Due]:
    """Officers take what the sample has a decision for when it has lain on their desk for a while, and decide it."""
    order = [(step["step"], step["item"]) for step in journey.view["steps"]]
    mine = [task for task in crowd.inbox if task["case"] == journey.case]
    for task in sorted(mine, key=lambda task: order.index((task["step"], task["item"]))):
        waiting = journey.decisions.get(f"{task['step']}/{task['item']}" if task["item"] else task["step"])
        if waiting:

            async def decides(task: dict[str, Any] = task, waiting: deque[Decision] = waiting) -> None:
                path = f"/v1/tasks/{task['key'].replace('/', ':')}"
                officer = crowd.tokens[task["agency"]]
                if not task["officer"]:
                    await crowd.api.call("POST", f"{path}/claim", officer)
                else:
                    await crowd.api.call("POST", f"{path}/decision", officer, waiting.popleft(), status=204)

            yield Due(datetime.fromisoformat(task["since"]) + A_DECISION, decides)


PEOPLE: tuple[Callable[[Crowd, Weeks], AsyncIterator[Due]], ...] = (applicant, neighbour, officers, lead_agency)
"""Whose turn it may be, in the order in which they act when it is several people's."""


# --- from the form to the end -----------------------------------------------------------------------------------------


async def played(
    folder: Path, service: str, samples: Mapping[str, Sample], start: Instant, *, restarted: bool
) -> Played:
    """Play samples beside each other to their ends.

    `restarted`: the gateway is ended after everything that it records, and, the first time that it does something,
    before it records what came of that; each time it starts anew on the same file.
    """
    town = WeeksTown(folder, service, MovedClock(start))
    unheard: set[UnderWay] | None = set() if restarted else None
    journeys = [Weeks(name, sample) for name, sample in samples.items()]
    async with town.offices(), aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        await town.open()
        api = Api(town.url, session, town.clock.now)
        async with town.life(unheard=unheard) as life:
            tokens = {agency: await town.token("officer", "An officer", agency, "90 days") for agency in town.desks}
            for journey in journeys:
                await journey.apply(api)
            crowd = Crowd(town, api, tokens, [journey for journey in journeys if journey.case])
            for _ in range(MOST_TURNS):
                if life.over or crowd.over:
                    break
                await crowd.turn(life)
        for _ in range(MOST_TURNS):
            if crowd.over:
                break
            async with town.life(unheard=unheard) as life:
                await crowd.turn(life)
        assert crowd.over, f"not over: {[each.stand() for each in crowd.journeys if not each.over]}"
        async with town.life():
            for journey in crowd.journeys:
                await journey.read(crowd)
    return Played({journey.name: journey for journey in journeys}, town.lives, town.most_moves)

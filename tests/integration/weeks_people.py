"""Who acts when: people of a case that takes days, each by their own route, once they read there that it is their turn.

`PEOPLE` is the table. A new kind of step that waits for somebody gets a row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from contracts.ids import Instant
from tests.integration.samples import ApplicantAct, Decision
from tests.integration.weeks_case import Api, Weeks
from tests.integration.weeks_town import WeeksTown

OBJECTOR: Final = {"name": "A neighbour", "contact": "x@example.org"}


class Sight(NamedTuple):
    """What people see: the town, the API by their tokens, what lies on every desk, and what is announced.

    `takes` is how long officers need for what comes to their desk, and the lead agency for an objection.
    """

    town: WeeksTown
    api: Api
    operator: str
    tokens: dict[str, str]
    inbox: list[dict[str, Any]]
    announced: list[dict[str, Any]]
    takes: timedelta


class Due(NamedTuple):
    """What somebody does, and when."""

    at: Instant
    act: Callable[[], Awaitable[None]]


async def applicant(sight: Sight, journey: Weeks) -> AsyncIterator[Due]:
    """The applicant does what the sample says, as soon as its moment has come."""
    if not journey.acts:
        return
    act = journey.acts[0]
    step = journey.step(act.when.step)
    if step is None or (step["state"], step["round"]) != (act.when.state, act.when.round):
        return

    async def does() -> None:
        if act.pay:
            await sight.town.till.pay(step["payment"]["url"], told=act.withdraw is None)
            if act.withdraw is None:
                journey.acts.popleft()
                return
        view = journey.holding(act.when.step)
        asked = [pointer for correction in view["corrections"] for pointer in correction["pointers"]]
        assert asked == act.asked
        path, body = call_of(act, view)
        await sight.api.call("POST", f"/v1/cases/{view['case']}/{path}", journey.secret, body)
        journey.acts.popleft()

    yield Due(sight.api.now(), does)


def call_of(act: ApplicantAct, view: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the route and body by which an applicant does something; what they answer, the case must ask them for."""
    step, _, item = act.when.step.rpartition(".")[2].partition("/")
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
    if (step, item) in asked:
        return f"steps/{step}/answer", {"decline": True} | named
    return "corrections", {"decline": step} | named


async def neighbour(sight: Sight, journey: Weeks) -> AsyncIterator[Due]:
    """Somebody objects as soon as the case is announced."""
    for shown in sight.announced if journey.neighbours and not journey.objected else ():
        if (shown["case"], shown["step"]) == (journey.case, journey.neighbours[0].step):

            async def objects(shown: dict[str, Any] = shown) -> None:
                path = f"/v1/services/{journey.sample.service}/announcements/{journey.case}/{shown['step']}/objections"
                body = {**OBJECTOR, "grounds": journey.neighbours[0].grounds}
                await sight.api.call("POST", path, body=body, status=201)
                journey.objected = True

            yield Due(sight.api.now(), objects)


async def lead_agency(sight: Sight, journey: Weeks) -> AsyncIterator[Due]:
    """The lead agency, by an operator, decides an objection when it has lain for a while."""
    if not journey.objected:
        return
    inspected = await sight.api.call("GET", f"/v1/operations/cases/{journey.case}", sight.operator)
    for step in inspected["view"]["steps"]:
        for raised in step["objections"]:
            if not raised["decided"]:

                async def decides(step: str = step["step"], number: int = raised["number"]) -> None:
                    act = "uphold" if journey.neighbours.popleft().upheld else "dismiss"
                    body = {"act": act, "step": step, "objection": number, "reason": "looked at it"}
                    await sight.api.call("POST", f"/v1/operations/cases/{journey.case}/acts", sight.operator, body)
                    journey.objected = False

                yield Due(datetime.fromisoformat(raised["at"]) + sight.takes, decides)


async def officers(sight: Sight, journey: Weeks) -> AsyncIterator[Due]:
    """Officers take what the sample has a decision for when it has lain on their desk for a while, and decide it."""
    shown = [*journey.within.values(), journey.view]
    order = [(view["case"], step["step"], step["item"]) for view in shown for step in view["steps"]]
    mine = [task for task in sight.inbox if task["case"] in journey.cases]
    for task in sorted(mine, key=lambda task: order.index((task["case"], task["step"], task["item"]))):
        name = f"{journey.cases[task['case']]}{task['step']}"
        waiting = journey.decisions.get(f"{name}/{task['item']}" if task["item"] else name)
        if waiting:

            async def decides(task: dict[str, Any] = task, waiting: deque[Decision] = waiting) -> None:
                path = f"/v1/tasks/{task['key'].replace('/', ':')}"
                officer = sight.tokens[task["agency"]]
                if not task["officer"]:
                    await sight.api.call("POST", f"{path}/claim", officer)
                else:
                    await sight.api.call("POST", f"{path}/decision", officer, waiting.popleft(), status=204)

            yield Due(datetime.fromisoformat(task["since"]) + sight.takes, decides)


PEOPLE: tuple[Callable[[Sight, Weeks], AsyncIterator[Due]], ...] = (applicant, neighbour, officers, lead_agency)
"""Whose turn it may be, in the order in which they act when it is several people's."""

"""The application of one sample, as it is seen through the API, and what came of it."""

# pyright: reportUnknownVariableType=false
# What an answer has inside is known by nobody.
from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import aiohttp
import msgspec

from contracts.ids import CaseId, Instant, Place, ask_key
from tests.gateways import bearer
from tests.integration.players import ENDS
from tests.integration.samples import Held, Money, Part, Sample, StepExpected
from tests.integration.weeks_town import WeeksTown
from workflows.core.sub_cases import sub_case_id

LUCK: Final = frozenset({"trace_id", "credential", "evidence", "attempts", "status_index"})
NUMBERED: Final = re.compile(
    r"(?<=KKPR-33\.03-2026-)[0-9]{6}|\bT[0-9]{9}\b|\b8808[0-9]{12}\b|\bR[0-9]{12}\b|(?<=http://127\.0\.0\.1:)[0-9]+"
)
"""What an office counts up: whose ask comes first differs where several cases run beside each other. And what whoever
takes payments draws by lot: the numbers of bills, virtual accounts and receipts; and ports."""


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
        self.within: dict[str, dict[str, Any]] = {}
        """By step: the sub-case that it is, as the same secret opens it."""
        self.mistakes = set[str]()
        self.issued: dict[str, Any] = {}
        self.answered: dict[str, Any] = {}
        self.inspected: dict[str, Any] = {}
        self.held: dict[str, dict[str, Any]] = {}
        self.money = Money()
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

    async def look(self, api: Api) -> None:
        """See how it stands, and each sub-case of it."""
        self.view = await api.call("GET", f"/v1/cases/{self.case}", self.secret)
        self.seen.append(self.view)
        for step in self.view["steps"]:
            if step.get("sub_case"):
                self.within[step["step"]] = await api.call("GET", f"/v1/cases/{step['sub_case']}", self.secret)

    @property
    def cases(self) -> dict[str, str]:
        """Give it and its sub-cases, each with what a sample writes before the names of its steps."""
        return {self.case: ""} | {view["case"]: f"{step}." for step, view in self.within.items()}

    def holding(self, name: str) -> dict[str, Any]:
        """Give the case in which a step is: the sub-case `space` for `space.place`."""
        return self.within.get(name.partition(".")[0], {"steps": []}) if "." in name else self.view

    def step(self, name: str) -> dict[str, Any] | None:
        """Give a step, or an item of one (`structure/house`), as it is shown; None where there is none."""
        step, _, item = name.rpartition(".")[2].partition("/")
        found = (each for each in self.holding(name)["steps"] if (each["step"], each["item"]) == (step, item))
        return next(found, None)

    # --- what came of it ----------------------------------------------------------------------------------------------

    async def read(self, api: Api, town: WeeksTown) -> None:
        """Read everything that came of it."""
        await self.look(api)
        self.issued = await api.call("GET", f"/v1/cases/{self.case}/output", self.secret)
        self.answered = await api.call("GET", f"/v1/cases/{self.case}/form", self.secret)
        self.inspected = await api.call("GET", f"/v1/operations/cases/{self.case}", town.gateway.operator_token)
        self.held = {
            agency: {key: held for key, held in register["asks"].items() if key.partition("/")[0] in self.cases}
            for agency, register in (await town.registers()).items()
        }
        self.money = Money(*town.till.money(self.case))

    def check(self) -> None:
        """Hold what came of it to the sample."""
        assert not self.acts, f"{self.name}: the moment for what the applicant does never came"
        assert not any(self.decisions.values()), f"{self.name}: an officer was never asked for a decision"
        assert not self.neighbours, f"{self.name}: nobody could object"
        expect = self.sample.expect
        assert self.view["state"] == expect.state, self.name
        assert self.steps() == expect.steps, self.name
        assert self.registers() == expect.registers, self.name
        assert self.money == expect.money, self.name
        assert self.parts(expect.parts) == expect.parts, self.name

    def end(self) -> dict[str, Any]:
        """Give everything that is seen of it, but what differs with the luck of names and signatures."""
        seen = {
            "case": self.view,
            "within": self.within,
            "answered": self.answered,
            "operations": self.inspected,
            "issued": self.issued,
            "registers": self.held,
            "money": self.money,
        }
        told = msgspec.json.encode(seen).decode()
        for step in self.view["steps"]:
            for number in range(1, step["round"] + 1):
                key = ask_key(CaseId(self.case), Place(step["step"], step["item"], number))
                told = told.replace(sub_case_id(key), f"CASE-{step['step']}-{number}")
        told = told.replace(self.case, "CASE")
        end: dict[str, Any] = _without_luck(msgspec.json.decode(NUMBERED.sub("number", told)))
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
        """Give what agencies hold of it alone, without its sub-cases."""
        found: dict[str, Held] = {}
        for agency, asks in self.held.items():
            mine = [held for key, held in asks.items() if key.startswith(f"{self.case}/")]
            effects, standing = (sum(held[name] for held in mine) for name in ("effects", "standing"))
            found |= {agency: Held(asks=len(mine), effects=effects, standing=standing)} if mine else {}
        return found

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
        return [_without_luck(each) for each in told]
    if isinstance(told, dict):
        entries = cast("dict[str, Any]", told).items()
        return {name: _without_luck(value) for name, value in entries if name not in LUCK}
    return told

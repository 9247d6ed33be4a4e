"""The example agencies under way, and what tests ask of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from contracts.wire import Accepted, Answer, Contributed
from examples.purbalingga.start import Running
from tests.integration.asking import AskingGateway

TRADE_ZONE = "33.03.05.1011"
WORKER = {"nik": "3303051508950000", "name": "Joko Prasetyo"}


class Wish(NamedTuple):
    """An ask that its agency grants."""

    contract: str
    given: dict[str, Any]


def wishes(number: int) -> dict[str, Wish]:
    """Give one wish for each agency, of a business that no other number has."""
    address = {"street": f"Jl. Contoh {number} RT 02 RW 05", "village": TRADE_ZONE}
    applicant = {"nik": "3303055203900000", "name": "SRI  rahayu"}
    business = {"business_name": "Warung Bu Sri", "kbli": "56103", "kkpr": "KKPR-33.03-2026-000001"}
    employer = {"nik": "3303055203900000", "nib": "9120000000010", "headcount": 1, "workers": [WORKER]}
    return {
        "dukcapil": Wish("dukcapil/match-identity@1", applicant),
        "dpupr": Wish("dpupr/confirm-kkpr@1", {"kbli": "56103", "address": address}),
        "oss": Wish("oss/register-business@2", applicant | business | {"address": address}),
        "bpjs": Wish("bpjs/enrol-employer@1", employer),
    }


class Stage(NamedTuple):
    """Agencies under way, a gateway that asks them, and the number of one test's own business."""

    gateway: AskingGateway
    agencies: dict[str, Running]
    number: int

    def key(self, agency: str, case: str = "a") -> str:
        """Name a wish of this test."""
        return f"case-{self.number}-{case}/{agency}/ask/1"

    async def ask(self, agency: str, case: str = "a", **changes: object) -> Answer:
        """Ask what the agency grants, or a changed form of it."""
        wish = wishes(self.number)[agency]
        given = wish.given | changes
        return (await self.gateway.ask(self.agencies[agency], self.key(agency, case), wish.contract, given)).answer

    async def final_answer(self, agency: str, case: str = "a", **changes: object) -> Answer:
        """Ask, and wait for the callback where there is one."""
        answer = await self.ask(agency, case, **changes)
        return (await self.gateway.next_call()).answer if isinstance(answer, Accepted) else answer

    async def undo(self, agency: str, number: int = 1) -> Answer:
        """Undo this test's wish."""
        contract = wishes(self.number)[agency].contract
        return (await self.gateway.undo(self.agencies[agency], self.key(agency), contract, number)).answer

    async def lookup(self, agency: str) -> Answer:
        """Look this test's wish up."""
        contract = wishes(self.number)[agency].contract
        return (await self.gateway.lookup(self.agencies[agency], self.key(agency), contract)).answer

    async def register(self, agency: str) -> dict[str, Any]:
        """Read what the agency says of its register."""
        async with self.gateway.session.get(f"{self.agencies[agency].url}/register") as response:
            found: dict[str, Any] = await response.json()
            return found

    async def effects(self, agency: str, case: str = "a") -> tuple[int, int]:
        """Say how often something was done under a key, and how much of it stands."""
        held = (await self.register(agency))["asks"][self.key(agency, case)]
        return held["effects"], held["standing"]


def contributed(answer: Answer) -> dict[str, Any]:
    """Give the output of a contribution; any other answer fails the test."""
    assert isinstance(answer, Contributed)
    return answer.output

"""The example agencies under way, and what tests ask of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from contracts.wire import Accepted, Answer, Contributed
from examples.purbalingga.agencies.bpjs import BPJS
from examples.purbalingga.agencies.bpjs_kesehatan import BPJS_KESEHATAN
from examples.purbalingga.agencies.capil_banyumas import CAPIL_BANYUMAS
from examples.purbalingga.agencies.dinkes import DINKES
from examples.purbalingga.agencies.dpupr import DPUPR
from examples.purbalingga.agencies.dukcapil import DUKCAPIL
from examples.purbalingga.agencies.oss import OSS
from examples.purbalingga.start import Running
from tests.integration.asking import AskingGateway

OFFICES = (DUKCAPIL, DPUPR, OSS, BPJS, DINKES, BPJS_KESEHATAN, CAPIL_BANYUMAS)
"""Every agency with a system of its own."""
TRADE_ZONE = "33.03.05.1011"
WORKER = {"nik": "3303051508950000", "name": "Joko Prasetyo"}


class Wish(NamedTuple):
    """An ask that its agency grants."""

    contract: str
    given: dict[str, Any]

    @property
    def agency(self) -> str:
        """Whose contract it is."""
        return self.contract.partition("/")[0]


def wishes(number: int) -> dict[str, Wish]:
    """Give one wish for each contract with a system, of a business that no other number has.

    By agency; the further ones of an agency by the contract's own name.
    """
    address = {"street": f"Jl. Contoh {number} RT 02 RW 05", "village": TRADE_ZONE}
    applicant = {"nik": "3303055203900000", "name": "SRI  rahayu"}
    business = {"business_name": "Warung Bu Sri", "kbli": "56103", "kkpr": "KKPR-33.03-2026-000001"}
    employer = {"nik": "3303055203900000", "nib": "9120000000010", "headcount": 1, "workers": [WORKER]}
    return {
        "dukcapil": Wish("dukcapil/match-identity@1", applicant),
        "dpupr": Wish("dpupr/confirm-kkpr@1", {"kbli": "56103", "address": address}),
        "oss": Wish("oss/register-business@2", applicant | business | {"address": address}),
        "bpjs": Wish("bpjs/enrol-employer@1", employer),
        **births(),
        **moves(address),
    }


def births() -> dict[str, Wish]:
    """Give the wishes about a child that is born."""
    child, born_on, mother = {"nik": "3303052011260000", "name": "Bima Santoso"}, "2026-11-20", "3303054911930000"
    card = {"family_card": "3303990000000001"}
    notice = {"notice": "skl-0001/2026", "mother_nik": mother, "born_on": born_on}
    record = card | {"child_name": child["name"], "mother_nik": mother, "born_on": born_on}
    newborn = card | child | {"mother_nik": mother, "born_on": born_on}
    return {
        "dinkes": Wish("dinkes/check-birth-notice@1", notice),
        "check-birth": Wish("dukcapil/check-birth@1", record),
        "issue-family-card": Wish("dukcapil/issue-family-card@1", card | child | {"event": "birth"}),
        "issue-child-card": Wish("dukcapil/issue-child-card@1", child),
        "bpjs-kesehatan": Wish("bpjs-kesehatan/enrol-newborn@1", newborn),
    }


def moves(address: dict[str, str]) -> dict[str, Wish]:
    """Give the wishes about somebody who moves to an address with a child."""
    mover = {"nik": "3302265203900000", "members": [{"nik": "3302261005150000", "name": "Arif Nugraha"}]}
    arrival = {"name": "Ratna Dewi", "release": "SKPWNI/3302/24112026/0002", "address": address}
    leaves = {"family_card": "3302990000000001", "reason": "work", "village": address["village"]}
    return {
        "capil-banyumas": Wish("capil-banyumas/release-resident@1", mover | leaves),
        "register-arrival": Wish("dukcapil/register-arrival@1", mover | arrival),
        "change-facility": Wish("bpjs-kesehatan/change-facility@1", mover | {"address": address}),
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
        heard = await self.gateway.ask(self.agencies[wish.agency], self.key(agency, case), wish.contract, given)
        return heard.answer

    async def final_answer(self, agency: str, case: str = "a", **changes: object) -> Answer:
        """Ask, and wait for the callback where there is one."""
        answer = await self.ask(agency, case, **changes)
        return (await self.gateway.next_call()).answer if isinstance(answer, Accepted) else answer

    async def undo(self, agency: str, number: int = 1) -> Answer:
        """Undo this test's wish."""
        wish = wishes(self.number)[agency]
        return (await self.gateway.undo(self.agencies[wish.agency], self.key(agency), wish.contract, number)).answer

    async def lookup(self, agency: str) -> Answer:
        """Look this test's wish up."""
        wish = wishes(self.number)[agency]
        return (await self.gateway.lookup(self.agencies[wish.agency], self.key(agency), wish.contract)).answer

    async def register(self, agency: str) -> dict[str, Any]:
        """Read what the agency says of its register."""
        running = self.agencies[wishes(self.number)[agency].agency]
        async with self.gateway.session.get(f"{running.url}/register") as response:
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

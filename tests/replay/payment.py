"""The frozen case in which something is paid."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from contracts import commands as cm
from contracts.declared import Derived
from contracts.ids import Place, StepName, ask_key
from contracts.plan import ApplicantTask, Step
from contracts.units import Text
from tests.unwind.acts import ACT
from tests.unwind.offices import returns
from tests.unwind.plays import Play
from tests.unwind.scenes import SCENES, Scene, with_steps

SCENE: Final[Scene] = SCENES["mulai-usaha"]
ADDRESS: Final = SCENE.correction(["/business/address"])
PAID: Final[Scene] = with_steps(
    SCENE,
    charge=Step(
        applicant=ApplicantTask(
            page="pay",
            within="7 days",
            amount=Derived(cel="size(form.business.address.street) > 3 ? 150000 : 0"),
            payee=Text("Kas", "Treasury"),
        ),
        after=["business"],
    ),
    taxpayer=structs.replace(SCENE.step("taxpayer"), after=[*SCENE.step("taxpayer").after, "charge"]),
)
"""The same plan, in which the applicant pays before anything final is asked; how much, the address says."""


def paid() -> Play:
    """A payment stands after a correction; it is made twice, and the second is paid back at the second try."""
    play = Play(PAID, asks={"permit": returns("address")})
    play.opens()
    play.until_step("permit", "returned")
    _must(play, cm.Correct(answers=ADDRESS))
    charge, till = StepName("charge"), play.tills[StepName("charge")]
    till.away = 1
    till.pay(ask_key(play.state.case, Place(charge)))
    _must(play, cm.CheckPayment(step=charge, by="provider"))
    play.until(lambda: bool(play.state.incidents))
    _must(play, cm.RefundPayment(step=charge, act=ACT))
    play.until(lambda: bool(play.at("charge").paying.not_refunded))
    _must(play, cm.RefundPayment(step=charge, act=ACT))
    play.goes_on()
    return play


def _must(play: Play, command: cm.CaseCommand) -> None:
    assert play.submit(command) == ""

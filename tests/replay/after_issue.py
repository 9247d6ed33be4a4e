"""The cases that are frozen of the life after issue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts import wire
from contracts.asked import Act
from contracts.contract import DeskConnection
from contracts.facts import StillSo
from contracts.ids import StepName
from tests.unwind.acts import ACT
from tests.unwind.offices import Does
from tests.unwind.plays import Play
from tests.unwind.scenes import SCENES, Scene, bound

SCENE: Final[Scene] = SCENES["mulai-usaha"]
WITH_A_SECOND: Final[Scene] = bound(SCENE, permit=DeskConnection(second_officer="refusals"))


def part_revoked() -> Play:
    """After issue an agency revokes its optional part, and another its required one: what rests on it is undone."""
    play = Play(SCENE, undos={"place": Does("undoes", "lost")})
    play.opens()
    play.goes_on()
    for name, by in (("workers", "bpjs/Wati"), ("business", "oss/Joko")):
        _must(
            play,
            cm.RevokePart(
                step=StepName(name),
                act=Act(actor=by, reason="given in error"),
                legal_basis="UU 30/2014 Pasal 64",
                objection="counter 2, within 21 working days",
                evidence=wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor=by),
            ),
        )
    noted = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor="djp/Ani")
    _must(play, cm.TakeNotice(agency="djp", number=1, evidence=noted))
    play.goes_on()
    return play


def confirmed_by_two() -> Play:
    """After issue an officer takes a part back twice: a second one lets it stand, and then confirms."""
    play = Play(WITH_A_SECOND)
    play.opens()
    play.goes_on()
    step = StepName("permit")
    for digest in ("sha256:0", "sha256:1"):
        proposal = cm.RevokePart(
            step=step,
            act=Act(actor="dpmptsp/Wati", reason="given in error"),
            legal_basis="UU 30/2014 Pasal 64",
            objection="counter 2, within 21 working days",
            evidence=wire.Evidence(kind="attested", received_at=play.now, digest=digest, actor="dpmptsp/Wati"),
            at_desk=True,
        )
        _must(play, proposal)
        if digest == "sha256:0":
            _must(play, dm.RejectRevocation(step=step, officer="dpmptsp/Joko", digest=digest, text="it is right"))
    _must(play, dm.ConfirmRevocation(step=step, officer="dpmptsp/Joko", digest="sha256:1"))
    play.goes_on()
    return play


def facts_kept() -> Play:
    """After issue two agencies are asked whether the address is still so; one differs, and corrects it."""
    play = Play(SCENE)
    play.opens()
    play.goes_on()
    _must(play, cm.AskFacts(act=ACT))
    answers: tuple[tuple[StepName, int, StillSo], ...] = (
        (StepName("regional_tax"), 1, "same"),
        (StepName("place"), 1, "different"),
        (StepName("place"), 2, "same"),
    )
    for step, number, answer in answers:
        evidence = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor="dpupr/Wati")
        if number > 1:
            _must(play, cm.AskCorrection(step=step, act=ACT))
        _must(
            play,
            cm.AnswerFact(step=step, round=1, fact="business_address", number=number, answer=answer, evidence=evidence),
        )
    return play


def _must(play: Play, command: cm.CaseCommand) -> None:
    code = play.submit(command)
    assert not code, f"{command} is rejected: {code}"


AFTER_ISSUE: Final[dict[str, Callable[[], Play]]] = {
    "part-revoked": part_revoked,
    "part-revoked-by-two": confirmed_by_two,
    "facts-kept": facts_kept,
}

"""The frozen cases of a service that has another one as a step, and of that one."""

from __future__ import annotations

from typing import Final

from contracts import commands as cm
from contracts import wire
from contracts.ids import AskKey, CaseId, StepName
from tests.unwind.offices import Does
from tests.unwind.plays import CASE, Play
from tests.unwind.scenes import SCENES, Scene

WHOLE: Final[Scene] = SCENES["persetujuan-bangunan-gedung"]
WITHIN: Final[Scene] = SCENES["kesesuaian-ruang"]


def whole() -> Play:
    """Part of it is a case of its own, which waits for the applicant, goes on, and contributes."""
    play = Play(WHOLE, asks={"space": Does(heard="later")})
    play.opens()
    play.until_step("space", "accepted")
    told = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor="k7pm-2xq9-3fhz-8wtc")
    for waiting in (True, False):
        must(play, cm.RecordSubCase(step=StepName("space"), round=1, waiting=waiting, evidence=told))
        play.passes(minutes=5)
    play.goes_on()
    return play


def within() -> Play:
    """Part of another case, which takes it back once it is issued: revoked, and undone."""
    play = Play(WITHIN)
    parent = AskKey("whole/space/ask/1")
    must(play, cm.OpenCase(case=CASE, form=WITHIN.form, parent=parent))
    play.until(lambda: bool(play.state.credential))
    play.passes(minutes=1)
    must(play, cm.TakeBack())
    play.goes_on()
    return play


def renewed() -> Play:
    """What ends after years is renewed before it does."""
    play = Play(WITHIN)
    play.opens()
    play.goes_on()
    play.passes(days=3 * 365 - 30)
    must(play, cm.BeginRenewal(renewal=CaseId("renewal")))
    return play


def must(play: Play, command: cm.CaseCommand) -> None:
    """Submit a command that is not rejected."""
    code = play.submit(command)
    assert not code, f"{command} is rejected: {code}"

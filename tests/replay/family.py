"""The frozen cases of a service that has another one as a step, and of that one."""

from __future__ import annotations

from typing import Final

from contracts import commands as cm
from contracts import family_commands as fm
from contracts import wire
from contracts.ids import NO_ITEM, AskKey, CaseId, Place, StepName, ask_key
from contracts.revocation import SubPart
from contracts.units import Text
from tests.unwind.acts import ACT
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
        must(play, fm.RecordSubCase(step=StepName("space"), round=1, waiting=waiting, evidence=told))
        play.passes(minutes=5)
    play.goes_on()
    return play


def fallen() -> Play:
    """What its sub-case gave falls while it is sealed: that seal counts no more, and the case is ended."""
    play = Play(WHOLE)
    play.opens()
    play.until(lambda: play.state.status == "issuing")
    key = ask_key(CASE, Place(StepName("space")))
    told = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor="k7pm-2xq9-3fhz-8wtc")
    ended = wire.Refused(key=key, code="ended")
    must(play, cm.RecordAnswer(step=StepName("space"), round=1, verb="ask", heard=ended, evidence=told))
    must(play, cm.RecordSeal(credential="void", digest="sha256:0", status_index=99, attempt=1))
    must(play, cm.RecordStatus(status_index=99))
    must(play, cm.EndCase(act=ACT))
    play.goes_on()
    return play


def reduced() -> Play:
    """A part of what its sub-case gave falls before issue, and another one after."""
    play = Play(WHOLE)
    play.opens()
    play.until_step("space", "contributed")
    _falls_in_part(play)
    must(play, cm.TakeKept(step=StepName("space"), act=ACT))
    play.goes_on()
    _falls_in_part(play)
    play.goes_on()
    return play


def _falls_in_part(play: Play) -> None:
    entry = play.state.current((StepName("space"), NO_ITEM))
    told = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor="k7pm-2xq9-3fhz-8wtc")
    gone, *left = entry.remaining
    fell = SubPart(
        step=StepName(gone),
        item=NO_ITEM,
        title=Text(id="Peta", en="Map"),
        agency="dpupr",
        at=play.now,
        legal_basis="UU 30/2014 Pasal 64",
    )
    output = {name: entry.remaining[name] for name in left}
    must(
        play,
        fm.RecordReduced(step=StepName("space"), round=entry.number, output=output, parts=[fell], evidence=told),
    )


def within() -> Play:
    """Part of another case, which takes it back once it is issued: revoked, and undone."""
    play = Play(WITHIN)
    parent = AskKey("whole/space/ask/1")
    must(play, cm.OpenCase(case=CASE, form=WITHIN.form, parent=parent))
    play.until(lambda: bool(play.state.credential))
    play.passes(minutes=1)
    must(play, fm.TakeBack())
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

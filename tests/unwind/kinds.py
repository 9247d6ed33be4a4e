"""Steps that no agency carries out: who does them in these plays, by kind. What offices do is asked of them instead.

A kind is a row of `KINDS`. It hears that a step of it has begun, and lets happen whatever its world does about it, as
the play's table says: done, refused with one of the codes that the kind has, at once or later. What happens by itself
as time goes by needs nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.ids import ask_key
from tests.unwind.acts import ACT
from tests.unwind.offices import Does, entry
from workflows.core.step_kinds import DECLINED, OBJECTION

if TYPE_CHECKING:
    from contracts.plan import Kind
    from tests.unwind.plays import Play

Begins = Callable[["Play", ev.StepBegun | ev.BillMade, Does], None]
DONE: Final = Does()
SOON_S: Final = 60
LATER_S: Final = 3600


def begins(play: Play, event: ev.StepBegun | ev.BillMade) -> None:
    """Let the world of a step's kind hear that it has begun."""
    KINDS[play.scene.kind(event.step)](play, event, entry(play.asks, event.step, event.round, DONE))


def twice(play: Play, *commands: cm.CaseCommand, rejected: str = "not_now") -> None:
    """Do something that people do; where everything is doubled, once more, which must then be rejected."""
    for command in commands:
        assert play.submit(command) == ""
    if play.way == "doubled":
        assert play.submit(commands[-1]) == rejected


def _waits(play: Play, event: ev.StepBegun | ev.BillMade, does: Does) -> None:
    """Nobody objects, unless it is to be refused: then somebody is right."""

    def objects() -> None:
        objection = cm.RaiseObjection(step=event.step, name="Sri", contact="0812", grounds="The well is ours.")
        upheld = cm.DecideObjection(step=event.step, number=1, upheld=True, act=ACT)
        twice(play, objection, upheld)

    if does.word == "refuses":
        assert does.code == OBJECTION
        play.later(_after(does), objects)


def _pays(play: Play, event: ev.StepBegun | ev.BillMade, does: Does) -> None:
    """Pay, and say so; what is to expire nobody pays."""
    key = ask_key(play.state.case, event.place)

    def acts() -> None:
        entry = play.at(event.step, event.round)
        if does.code == DECLINED:
            play.submit(cm.DeclineStep(step=event.step))
        elif entry.state == "accepted":
            play.tills[event.step].pay(key)
            play.submit(cm.CheckPayment(step=event.step, round=event.round, by="provider"))

    if does.code == DECLINED or does.word == "contributes":
        play.later(_after(does), acts)


def _applicant(play: Play, event: ev.StepBegun | ev.BillMade, does: Does) -> None:
    """Do what the scene says; where it says nothing, a story does it. What is to expire, nobody does."""
    if play.scene.step(event.step).pays:
        _pays(play, event, does)
        return

    def acts() -> None:
        if play.state.status != "open" or play.at(event.step, event.round).state == "contributed":
            return  # withdrawn meanwhile, or their answer to the same question stands: nothing is asked of them
        answers = play.scene.output(event.step)
        told = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor="applicant")
        answered = cm.AnswerStep(step=event.step, output=answers, evidence=told)
        twice(play, cm.DeclineStep(step=event.step) if does.code == DECLINED else answered)

    if does.code == DECLINED or (does.word == "contributes" and play.scene.output(event.step)):
        play.later(_after(does), acts)


def _after(does: Does) -> int:
    return LATER_S if does.heard == "later" else SOON_S


KINDS: Final[Mapping[Kind, Begins]] = {"wait": _waits, "applicant": _applicant}

"""What a case is told in these plays: what operators do, and what came of an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypedDict

from contracts import commands as cm
from contracts import effects as ef
from contracts import family_commands as fm
from contracts import wire
from contracts.asked import Act
from contracts.ids import ItemKey, StepName, Verb
from tests.simulation.messages import places_of
from workflows.core.state import CaseState
from workflows.core.validity import valid_until

ACT = Act(actor="operator", reason="telephoned")
OWNER = "head of office"


class Where(TypedDict):
    """The round that an act is about, and who acts."""

    step: StepName
    item: ItemKey
    round: int
    act: Act


def act_of(act: str, where: Where, given: Mapping[str, dict[str, Any]], now: datetime) -> cm.CaseCommand:
    """Give the command of an operator's act, by the word that pages have for it."""
    evidence = wire.Evidence(kind="attested", received_at=now, digest="sha256:1", actor="operator")
    made: dict[str, Callable[[], cm.CaseCommand]] = {
        "ask-again": lambda: cm.AskAgain(**where),
        "replace": lambda: cm.ReplaceInput(input=given["input"], **where),
        "contribute": lambda: cm.ContributeByHand(output=given["output"], evidence=evidence, **where),
        "nothing-done": lambda: cm.NothingWasDone(evidence=evidence, **where),
        "skip": lambda: cm.SkipStep(**where),
        "end": lambda: cm.EndCase(act=ACT),
        "undo-again": lambda: cm.UndoAgain(**where),
        "undone": lambda: cm.UndoneByHand(evidence=evidence, **where),
        "keep": lambda: cm.KeepContribution(owner=OWNER, **where),
        "take-kept": lambda: cm.TakeKept(**where),
        "take-incident": lambda: cm.TakeIncident(owner=OWNER, **where),
    }
    return made[act]()


def record(effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, heard: wire.Heard, now: datetime) -> cm.RecordAnswer:
    """What came of an effect."""
    verb: Verb = "ask" if isinstance(effect, ef.SendAsk) else "undo" if isinstance(effect, ef.SendUndo) else "lookup"
    place = effect.place
    return cm.RecordAnswer(
        step=place.step,
        item=place.item,
        round=place.round,
        verb=verb,
        attempt=effect.attempt,
        heard=heard,
        evidence=wire.Evidence(kind="attested", received_at=now, digest="sha256:0"),
    )


def own_work(
    effect: ef.SealOutput | ef.PublishStatus | ef.TellParent,
    state: CaseState,
    now: datetime,
    *,
    signer_is_away: int,
) -> cm.CaseCommand:
    """What comes of what the gateway does itself; the signer is away for so many attempts."""
    if isinstance(effect, ef.PublishStatus):
        return cm.RecordStatus(status_index=effect.status_index)
    if isinstance(effect, ef.TellParent):
        return fm.RecordTold(word=effect.word, telling=effect.telling, parts=effect.parts)
    if effect.attempt <= signer_is_away:
        return cm.RecordSealFailure(reason="signer away")
    return cm.RecordSeal(
        credential="sealed", digest="d", status_index=0, parts=places_of(state), valid_until=valid_until(state, now)
    )

"""Acts: each of the table becomes its command, and what is missing is told whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts import commands
from contracts import desk_commands as dm
from contracts.asked import Act, Command
from gateway.acts import ACTS, ActBody, command_of
from gateway.problems import FormInvalid
from workflows.projections.case_view import ACTS as SHOWN

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WHOLE = {
    "reason": "told by telephone",
    "step": "taxpayer",
    "input": {"nik": "1"},
    "output": {"number": "1"},
    "evidence": "letter 12/2026",
    "owner": "djp",
    "objection": 1,
    "legal_basis": "UU 30/2014 Pasal 64",
    "remedy": "counter 2, within 21 working days",
}
COMMANDS: dict[str, type[Command]] = {
    "ask-again": commands.AskAgain,
    "nothing-done": commands.NothingWasDone,
    "replace": commands.ReplaceInput,
    "contribute": commands.ContributeByHand,
    "skip": commands.SkipStep,
    "end": commands.EndCase,
    "pause": commands.PauseCase,
    "resume": commands.ResumeCase,
    "undo-again": commands.UndoAgain,
    "undone": commands.UndoneByHand,
    "keep": commands.KeepContribution,
    "take-kept": commands.TakeKept,
    "open-anew": commands.AskAgain,
    "take-rest": commands.TakeKept,
    "take-incident": commands.TakeIncident,
    "refund": commands.RefundPayment,
    "uphold": commands.DecideObjection,
    "dismiss": commands.DecideObjection,
    "reassign-task": dm.ReassignTask,
    "ask-facts": commands.AskFacts,
    "ask-correction": commands.AskCorrection,
    "revoke-part": commands.RevokePart,
    "revoke": commands.RevokeOutput,
}


def body(act: str, **changes: object) -> ActBody:
    return ActBody(act=act, **{**WHOLE, **changes})  # type: ignore[arg-type]  # fields of the body


@pytest.mark.parametrize("act", ACTS)
def test_each_act_becomes_its_command_with_actor_and_reason(act: str) -> None:
    command = command_of(body(act), actor="op", now=NOW)
    assert type(command) is COMMANDS[act]
    assert getattr(command, "act") == Act(actor="op", reason="told by telephone")  # noqa: B009 - of each class


def test_every_act_that_a_case_shows_can_be_done() -> None:
    assert {act for acts in SHOWN.values() for act in acts} <= set(ACTS)


@pytest.mark.parametrize("act", ACTS)
def test_everything_that_an_act_lacks_is_told_at_once(act: str) -> None:
    with pytest.raises(FormInvalid) as caught:
        command_of(ActBody(act=act, reason=""), actor="op", now=NOW)
    assert [mistake.pointer for mistake in caught.value.errors] == [f"/{name}" for name in ("reason", *ACTS[act].needs)]


def test_an_unknown_act_is_told_with_those_there_are() -> None:
    with pytest.raises(FormInvalid) as caught:
        command_of(body("dance"), actor="op", now=NOW)
    assert "ask-again" in caught.value.errors[0].detail


def test_evidence_by_hand_names_the_actor_and_digests_what_was_known() -> None:
    first = command_of(body("contribute"), actor="op", now=NOW)
    second = command_of(body("contribute", evidence="another letter"), actor="op", now=NOW)
    assert isinstance(first, commands.ContributeByHand)
    assert isinstance(second, commands.ContributeByHand)
    assert (first.evidence.kind, first.evidence.actor, first.evidence.received_at) == ("attested", "op", NOW)
    assert first.evidence.digest != second.evidence.digest

"""What operators do by hand: actor and reason, refused with a reason where it does not apply."""

from __future__ import annotations

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.declared import Derived
from tests.unit.workflows.core.parts import Part, part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    KEY,
    PROOF,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    corrects,
    hears,
    is_undone,
    opens,
    passes,
    refuses,
    unheard,
)

OUTPUT = {"number": "told"}


def exhausted(made: Part | None = None, **more: object) -> Playbook:
    """Give a case whose step `a` is exhausted; `b` waits on a desk."""
    step = made or part("form.x", **more)  # type: ignore[arg-type]
    return Playbook(plan(a=step, b=part(desk=True))) >> opens() << ... >> all_exhausts("a") << "a exhausted: attempts"


def never_asked(**more: object) -> Playbook:
    """Give a case whose step `a` breaks the contract before it is sent."""
    step = part(needs=("x",), inputs={"x": "form.y"}, **more)  # type: ignore[arg-type]
    return Playbook(plan(a=step, b=part(desk=True))) >> opens(y=None) << "opened" << "a exhausted: plan" << "b asked"


# --- ask again ----------------------------------------------------------------------------------------------


def test_asking_again_is_the_same_round_and_key() -> None:
    play = exhausted() >> by_hand(cm.AskAgain, "a") << "a asked again (2)"
    assert "ask a/1 #2" in play.owed
    assert play.state.marks == ()
    assert (play >> passes("30 min") >> unheard("a") << "a failed").at("a").give_up_at is not None


def test_a_failed_step_may_be_asked_again_before_its_time_and_not_twice() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> unheard("a", retry_after_s=600) << "a failed"
    play = play >> by_hand(cm.AskAgain, "a") << "a asked again (2)" >> by_hand(cm.AskAgain, "a") << "rejected: not_now"
    assert play >> passes("1 h")


def test_nothing_is_asked_again_while_a_case_is_paused() -> None:
    play = exhausted() >> cm.PauseCase(act=ACT) << "paused"
    assert play >> by_hand(cm.AskAgain, "a") << "rejected: not_now"


def test_what_a_closing_case_waits_for_may_be_asked_again() -> None:
    play = exhausted() >> refuses("b") << "b refused: no" << "closing: refused"
    assert play >> by_hand(cm.AskAgain, "a") << "a asked again (2)"


def test_an_input_that_is_still_wrong_is_not_sent() -> None:
    assert never_asked() >> by_hand(cm.AskAgain, "a") << "rejected: input_invalid"


def test_an_expression_that_still_fails_is_not_sent() -> None:
    step = part(inputs={"number": Derived(cel="int(form.x)")})
    play = Playbook(plan(a=step)) >> opens() << "opened" << "a exhausted: expression"
    assert play >> by_hand(cm.AskAgain, "a") << "rejected: input_invalid"


def upgraded(play: Playbook, made: Part) -> Playbook:
    """Let the program be another one, whose expressions mean something else."""
    play.state = play.state.on_plan(plan(a=made, b=part(desk=True)))
    return play


def test_an_input_that_a_newer_program_can_resolve_is_asked_first_then() -> None:
    play = upgraded(never_asked(), part("form.x", needs=("x",))) >> by_hand(cm.AskAgain, "a") << "a asked"
    assert play.at("a").input == {"x": "x0"}


def test_a_step_that_a_newer_program_finds_not_needed_is_skipped() -> None:
    play = upgraded(never_asked(), part("form.x", when="form.count > 5"))
    assert play >> by_hand(cm.AskAgain, "a") << "a skipped: when"


def test_a_step_that_was_never_asked_waits_for_what_it_rests_on_also_when_asked_again() -> None:
    waits = part(after=("a",), needs=("q",), inputs={"q": "form.z"})
    play = Playbook(plan(a=part("form.x"), b=waits, c=part("form.x", effect="none"))) >> opens(z=None) << ...
    play = play >> contributes("a") << "a contributed" << "b exhausted: plan" >> refuses("c", "fixable") << ...
    play = play >> corrects(x="x1") << ...
    assert play.at("a/2").state == "ready"
    play = upgraded_b(play) >> by_hand(cm.AskAgain, "b") << "rejected: not_now" >> is_undone("a/1") << ...
    assert play >> by_hand(cm.AskAgain, "b") << "rejected: not_now" >> contributes("a/2") << "a/2 contributed"
    assert play >> by_hand(cm.AskAgain, "b") << "b asked"


def upgraded_b(play: Playbook) -> Playbook:
    steps = plan(a=part("form.x"), b=part("form.y", after=("a",)), c=part("form.x", effect="none"))
    play.state = play.state.on_plan(steps)
    return play


def test_an_act_on_a_step_or_round_that_is_not_there_is_rejected() -> None:
    play = exhausted()
    assert play >> by_hand(cm.AskAgain, "z") << "rejected: unknown_step"
    assert play >> by_hand(cm.AskAgain, "a/2") << "rejected: unknown_step"


# --- replace ------------------------------------------------------------------------------------------------


def test_replacing_an_input_opens_a_round_once_what_the_old_one_may_have_done_is_taken_back() -> None:
    play = exhausted() >> by_hand(cm.ReplaceInput, "a", input={"x": "by hand"})
    play = play << "a to be undone: replaced" << "a/2 opens: replaced" << "a undo asked" << "a/2 ready: undo"
    play = play >> is_undone("a") << "a undone" << "a/2 asked"
    assert play.at("a/2").input == {"x": "by hand"}
    assert play.journal[-4].__class__ is ev.UndoAsked
    opened = next(event for event in play.journal if isinstance(event, ev.RoundOpened))
    assert (opened.actor, opened.reason) == (ACT.actor, ACT.reason)


def test_a_replaced_input_is_held_to_the_contract() -> None:
    assert never_asked() >> by_hand(cm.ReplaceInput, "a", input={}) << "rejected: input_invalid"


def test_what_was_never_sent_is_dropped_when_its_input_is_replaced() -> None:
    play = never_asked() >> by_hand(cm.ReplaceInput, "a", input={"x": "by hand"})
    assert play << "a dropped: replaced" << "a/2 opens: replaced" << "a/2 asked"


def test_an_input_that_a_final_step_rests_on_is_not_replaced_once_that_was_asked() -> None:
    steps = plan(a=part("form.x"), f=part("a.number", effect="final"), o=part("form.y", optional=True))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << ... >> all_exhausts("f") << "f exhausted: attempts"
    play = play >> all_exhausts("o") << "o exhausted: attempts"
    assert play >> by_hand(cm.ReplaceInput, "f", input={"a": "other"}) << "rejected: locked"
    assert play >> by_hand(cm.ReplaceInput, "o", input={"y": "other"}) << ...
    assert len(play.state.rounds((play.state.plan.order[2], ""))) == 2  # type: ignore[arg-type]  # an item


def test_a_final_step_that_was_never_asked_may_get_another_input() -> None:
    play = never_asked(effect="final")
    assert play >> by_hand(cm.ReplaceInput, "a", input={"x": "by hand"}) << ...
    assert play.at("a/2").state == "asked"


def test_nothing_is_replaced_in_a_case_that_closes() -> None:
    play = exhausted() >> refuses("b") << ...
    assert play >> by_hand(cm.ReplaceInput, "a", input={"x": "1"}) << "rejected: not_open"


# --- contribute, skip, end ----------------------------------------------------------------------------------


def test_a_contribution_by_hand_names_who_and_why_and_is_held_to_the_contract() -> None:
    play = exhausted() >> by_hand(cm.ContributeByHand, "a", output={}, evidence=PROOF) << "rejected: output_invalid"
    play = play >> by_hand(cm.ContributeByHand, "a", output=OUTPUT, evidence=PROOF) << "a contributed"
    event = play.journal[-1]
    assert isinstance(event, ev.StepContributed)
    assert (event.actor, event.reason, event.evidence) == (ACT.actor, ACT.reason, PROOF)


def test_only_an_exhausted_step_is_contributed_by_hand() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> accepts("a") << "a accepted"
    assert play >> by_hand(cm.ContributeByHand, "a", output=OUTPUT, evidence=PROOF) << "rejected: not_now"


def test_a_contribution_by_hand_while_the_ask_still_travels_stands_and_the_ask_adds_nothing() -> None:
    play = exhausted() >> by_hand(cm.ContributeByHand, "a", output={"number": "1"}, evidence=PROOF) << "a contributed"
    assert play >> unheard("a") >> contributes("a", "1")


def test_a_skip_names_who_and_why_also_where_an_undo_comes_first() -> None:
    play = exhausted(optional=True) >> by_hand(cm.SkipStep, "a") << "a to be undone: skipped" << "a undo asked"
    started = next(event for event in play.journal if isinstance(event, ev.UndoStarted))
    assert (started.actor, started.reason) == (ACT.actor, ACT.reason)
    play = exhausted(optional=True, effect="none") >> by_hand(cm.SkipStep, "a") << "a skipped: hand"
    skipped = play.journal[-1]
    assert isinstance(skipped, ev.StepSkipped)
    assert (skipped.actor, skipped.reason) == (ACT.actor, ACT.reason)


def test_a_required_step_is_not_skipped() -> None:
    assert exhausted() >> by_hand(cm.SkipStep, "a") << "rejected: not_optional"


def test_a_final_step_is_not_skipped_before_its_outcome_is_settled() -> None:
    assert exhausted(optional=True, effect="final") >> by_hand(cm.SkipStep, "a") << "rejected: outcome_unknown"
    steps = plan(a=part("form.x", optional=True, effect="final"), b=part(desk=True))
    play = Playbook(steps) >> opens() << ... >> unheard("a", sent=False, final=True) << "a exhausted: answer"
    assert play >> by_hand(cm.SkipStep, "a") << "a skipped: hand"


def test_a_required_step_goes_on_after_an_optional_one_was_skipped_by_hand() -> None:
    steps = plan(o=part("form.x", optional=True), r=part("o.number"))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("o") << ...
    play = play >> by_hand(cm.SkipStep, "o") << "o to be undone: skipped" << "o undo asked"
    play = play >> is_undone("o") << "o undone" << "r asked"
    assert play.at("r").input == {}


def test_ending_a_case_takes_back_what_is_exhausted_and_awaits_what_is_out() -> None:
    play = exhausted() >> cm.EndCase(act=ACT) << "ended by hand" << "closing: ended" << "a to be undone: ended"
    play = play << "a undo asked" >> is_undone("a") << "a undone"
    assert play >> accepts("b") << "b accepted" >> contributes("b") << "b contributed" << "closed: ended"
    assert play.state.reason == ACT.reason


def test_a_case_is_ended_once() -> None:
    play = exhausted() >> cm.EndCase(act=ACT) << ...
    assert play >> cm.EndCase(act=ACT) << "rejected: not_open"


def test_an_ended_case_waits_for_the_outcome_of_a_final_step_or_its_owner() -> None:
    steps = plan(f=part("form.x", effect="final"))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("f") << ... >> cm.EndCase(act=ACT) << "ended by hand"
    play = play << "closing: ended"
    assert play >> by_hand(cm.TakeIncident, "f", owner="ani") << "f incident owned" << "closed: ended"


# --- pause --------------------------------------------------------------------------------------------------


def test_while_a_case_is_paused_nothing_leaves_repeats_and_undos_included() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"), c=part("a.number"))
    play = Playbook(steps) >> opens() << ... >> unheard("b") << "b failed" >> cm.PauseCase(act=ACT) << "paused"
    play = play >> passes("1 h") >> cm.Wake() >> contributes("a") << "a contributed" << "c ready: pause"
    assert play.owed == []
    assert play.due_in() is None
    play = play >> cm.Withdraw() << "withdrawn" << "closing: withdrawn"
    play = play << "a to be undone: withdrawn" << "b to be undone: withdrawn" << "c dropped: withdrawn"
    assert play >> cm.ResumeCase(act=ACT) << "resumed" << "a undo asked" << "b undo asked"


def test_timers_that_fire_in_a_pause_are_applied_on_resume() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> unheard("a") << "a failed" >> cm.PauseCase(act=ACT)
    play = play << "paused" >> passes("30 min")
    assert play >> cm.ResumeCase(act=ACT) << "resumed" << "a asked again (2)"


def test_a_pause_holds_a_correction_back_from_expiring() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> refuses("a", "fixable") << ...
    play = play >> cm.PauseCase(act=ACT) << "paused" >> passes("9 days") >> cm.Wake()
    assert play.state.marks == ("waiting", "paused")
    assert play >> corrects(x="x1") << "corrected: ['/x']" << "a/2 opens: correction" << "a/2 ready: pause"


def test_a_case_is_paused_and_resumed_once() -> None:
    play = exhausted() >> cm.ResumeCase(act=ACT) << "rejected: not_now" >> cm.PauseCase(act=ACT) << "paused"
    assert play >> cm.PauseCase(act=ACT) << "rejected: not_now" >> cm.ResumeCase(act=ACT) << "resumed"


def test_a_case_that_ended_is_not_paused() -> None:
    play = Playbook(plan(a=part(effect="none"))) >> opens() << ... >> cm.Withdraw() << ...
    assert play >> cm.PauseCase(act=ACT) << "rejected: not_open"


# --- incidents and revocation -------------------------------------------------------------------------------


def test_an_incident_gets_an_owner_with_actor_and_reason() -> None:
    play = exhausted() >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned"
    assert play.at("a").owner == "ani"
    assert play.state.marks == ("held",), "an owned incident still holds the step"


def test_there_is_no_incident_where_nothing_is_held() -> None:
    play = exhausted() >> by_hand(cm.TakeIncident, "b", owner="ani") << "rejected: not_now"
    assert play >> by_hand(cm.TakeIncident, "a/2", owner="ani") << "rejected: not_now"


def test_of_two_incidents_of_a_step_the_one_without_an_owner_is_taken() -> None:
    play = exhausted() >> by_hand(cm.ReplaceInput, "a", input={"x": "2"}) << ... >> is_undone("a/1") << ...
    play = play >> all_exhausts("a/2") << ... >> by_hand(cm.TakeIncident, "a", owner="ani") << "a/2 incident owned"
    play = play >> contributes("a/1") << "a recorded, incident: late_contribution"
    play = play >> by_hand(cm.TakeIncident, "a", owner="budi") << "a incident owned"
    assert [incident.owner for incident in play.state.incidents] == ["budi"]
    assert play.at("a/2").owner == "ani"
    # All are owned: naming another owner goes to the newest.
    assert play >> by_hand(cm.TakeIncident, "a", owner="citra") << "a/2 incident owned"
    assert play >> by_hand(cm.TakeIncident, "a/1", owner="citra") << "a incident owned"


def test_a_case_does_not_close_on_an_incident_that_nobody_owns() -> None:
    play = exhausted(optional=True) >> by_hand(cm.SkipStep, "a") << ... >> is_undone("a") << "a undone"
    play = play >> contributes("a") << "a recorded, incident: late_contribution"
    play = play >> refuses("b") << "b refused: no" << "closing: refused"
    assert play >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned" << "closed: refused"


def test_only_an_issued_output_is_revoked() -> None:
    assert exhausted() >> cm.RevokeOutput(act=ACT) << "rejected: not_open"


@pytest.mark.parametrize("heard", [wire.Contributed(key=KEY, output={"number": "1"}), wire.Refused(key=KEY, code="no")])
def test_an_answer_that_crosses_an_act_is_decided_after_it(heard: wire.Heard) -> None:
    play = exhausted(optional=True) >> by_hand(cm.AskAgain, "a") << "a asked again (2)"
    assert play >> hears("a", heard, attempt=1) << ... >> by_hand(cm.SkipStep, "a") << "rejected: not_now"


def test_a_command_is_a_value_and_says_what_it_is() -> None:
    again = by_hand(cm.AskAgain, "a/1")
    assert structs.asdict(again)["act"] == ACT

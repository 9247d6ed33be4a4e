"""A case that is a step of another one: opened once, heard, taken back, and never told twice differently."""

from __future__ import annotations

from contracts import commands as cm
from contracts import family_commands as fm
from contracts.ids import AskKey, StepName
from contracts.wire import Refused
from tests.unit.workflows.core.families import (
    CHILD,
    KEY,
    SEALS,
    branch,
    hears_of,
    issued,
    opened,
    parent,
    says,
)
from tests.unit.workflows.core.parts import does, part
from tests.unit.workflows.core.playbook import (
    ACT,
    PROOF,
    Playbook,
    by_hand,
    contributes,
    corrects,
    is_undone,
    opens,
    passes,
    refuses,
    refuses_undo,
)
from workflows.core.sub_cases import answer_of, output_of, standing, sub_case_id

CHECKS = branch(m=part("form.x", effect="none"))
TWO = branch(m=part("form.x"), n=part("m.number"))
WITHDRAWS = cm.Withdraw()


def family(child: Playbook, **steps: object) -> Playbook:
    """Give a parent that has opened this sub-case and heard so, with `b` after it."""
    play = Playbook(parent(child.state.plan, b=part("s.m.number"), **steps)) >> opens(y=None, z=None) << "opened"  # type: ignore[arg-type]
    return play << "s asked" >> hears_of(child, "ask") << "s accepted"


def test_an_ask_names_its_sub_case_so_that_a_crash_between_makes_no_second_one() -> None:
    assert sub_case_id(KEY) == sub_case_id(KEY) == CHILD
    assert sub_case_id(AskKey("play/s/ask/2")) != CHILD
    assert [len(group) for group in CHILD.split("-")] == [4, 4, 4, 4]


def test_its_output_is_the_steps_value_and_its_digest_the_evidence() -> None:
    child = opened(TWO) << "opened" << "m asked"
    play = family(child)
    assert (play.at("s").ticket, play.owed, child.owed) == (CHILD, [], ["ask m/1 #1"])
    child = issued(child, "m", "n")
    assert child.owed == ["tell issued #1"]
    play = play >> says(child) << "s contributed" << "b asked"
    assert play.at("s").output == {"m": {"number": "m1"}, "n": {"number": "n1"}}
    assert play.at("b").input == {"s": "m1"}
    evidence = play.at("s").evidence
    assert evidence is not None
    assert (evidence.digest, evidence.actor) == ("sha256:1", CHILD)
    assert child.owed == []


def test_what_it_gave_before_it_was_heard_that_it_was_opened_counts_and_its_acknowledgement_moves_nothing() -> None:
    child = issued(opened(CHECKS) << ..., "m")
    play = Playbook(parent(CHECKS, b=part("form.y"))) >> opens() << ...
    assert play >> says(child) << "s contributed" >> hears_of(child, "ask")
    assert play.at("s").state == "contributed"


def test_one_that_has_ended_answers_at_once_when_it_is_asked_again() -> None:
    child = issued(opened(CHECKS) << ..., "m")
    play = Playbook(parent(CHECKS, b=part("form.y"))) >> opens() << ...
    assert play >> hears_of(child, "ask") << "s contributed"


def test_a_no_in_it_is_the_steps_no_with_how_it_ended() -> None:
    child = opened(CHECKS) << ...
    play = family(child)
    child = child >> refuses("m") << ...
    assert (child.state.status, child.owed) == ("refused", ["tell closed #1"])
    assert play >> says(child) << "s refused: refused" << "closing: refused" << "b dropped: closing" << ...


def test_one_that_its_lead_has_revoked_before_it_was_told_is_no_contribution() -> None:
    child = issued(opened(CHECKS) << ..., "m") >> cm.RevokeOutput(act=ACT) << "revoking"
    assert answer_of(child.state, KEY, "ask") == Refused(key=KEY, code="ended")
    child = child >> cm.RecordStatus(status_index=7) << "status published" << "revoked"
    assert child.owed == ["tell closed #1"]


def test_one_that_is_revoked_after_the_joint_output_leaves_its_part_standing_there_or_is_told_twice() -> None:
    child = opened(CHECKS) << ...
    play = family(child)
    child = issued(child, "m")
    play = play >> says(child) << "s contributed" << "b asked" >> contributes("b") << ... >> SEALS << ...
    assert play.state.status == "issued"
    child = (
        child >> cm.RevokeOutput(act=ACT) << "revoking" >> cm.RecordStatus(status_index=7) << "status published" << ...
    )
    play = play >> says(child) << "s revoked: agency" << "revoking" << ...
    assert play.state.status == "revoking"
    before = play.state
    no = cm.RecordAnswer(step=StepName("s"), round=1, verb="ask", heard=Refused(key=KEY, code="ended"), evidence=PROOF)
    assert (play >> no << ...).at("s").revoked == before.current(("s", "")).revoked  # type: ignore[arg-type]


def test_one_that_is_revoked_after_takes_an_optional_part_alone_with_it() -> None:
    child = opened(CHECKS) << ...
    steps = Playbook(parent(child.state.plan, spec={"optional": True}, b=part("form.x"))) >> opens() << ...
    play = steps >> hears_of(child, "ask") << ... >> contributes("b") << ...
    child = issued(child, "m")
    play = play >> says(child) << ... >> SEALS << ...
    assert play.state.status == "issued"
    child = (
        child >> cm.RevokeOutput(act=ACT) << "revoking" >> cm.RecordStatus(status_index=7) << "status published" << ...
    )
    assert (play >> says(child) << "s revoked: agency").state.status == "issued"


def test_the_applicant_cannot_take_it_back_alone() -> None:
    assert opened(CHECKS) << ... >> WITHDRAWS << "rejected: not_now"


# --- the applicant's time -------------------------------------------------------------------------------------


def test_the_steps_clock_stands_still_while_it_waits_for_the_applicant() -> None:
    child = opened(CHECKS) << ...
    play = family(child)
    promised = play.due_in()
    child = child >> refuses("m", "fixable") << ...
    assert child.owed == ["tell waiting #1"]
    play = play >> says(child) << "s waits for the applicant"
    assert (play.state.marks, play.due_in()) == (("waiting",), None)
    _ = play >> passes("2 days")
    child = child >> corrects(x="x1") << ...
    assert child.owed == ["ask m/2 #1", "tell open #2"]
    play = play >> says(child) << "s goes on"
    assert (play.state.marks, play.due_in()) == ((), promised)


def test_one_that_waits_before_its_opening_was_heard_is_heard_with_that() -> None:
    child = opened(branch(p=does("form.x"))) << "opened" << "p begun"
    play = Playbook(parent(child.state.plan, b=part("form.y"))) >> opens() << ...
    assert play >> says(child) << "s accepted" << "s waits for the applicant"
    assert play.at("s").ticket == CHILD


def test_what_is_heard_of_its_waiting_twice_or_too_late_moves_nothing() -> None:
    child = opened(CHECKS) << ...
    play = family(child)
    child = child >> refuses("m", "fixable") << ...
    waits = says(child)
    assert play >> waits << "s waits for the applicant" >> waits
    child = child >> cm.DeclineCorrection(step=StepName("m")) << ...
    assert play >> says(child) << "s refused: refused" << ...
    assert play >> waits


def test_only_a_sub_case_says_that_it_waits() -> None:
    play = family(opened(CHECKS) << ...)
    waits = fm.RecordSubCase(step=StepName("b"), round=1, waiting=True, evidence=PROOF)
    assert play >> waits << "rejected: unknown_step"


def test_the_parent_is_told_each_thing_once() -> None:
    child = opened(CHECKS) << ... >> refuses("m") << ...
    assert child >> fm.RecordTold(word="closed", telling=1) << "parent told"
    assert child >> fm.RecordTold(word="closed", telling=1)
    assert child.owed == []


# --- taken back -----------------------------------------------------------------------------------------------


def test_one_that_is_open_closes_and_undoes_what_it_did_before_the_parent_hears_that_it_is_undone() -> None:
    child = opened(TWO) << ...
    play = family(child)
    child = child >> contributes("m") << ...
    play = play >> WITHDRAWS << "withdrawn" << "closing: withdrawn" << "s to be undone: withdrawn"
    assert play << "b dropped: withdrawn" << "s undo asked"
    child = child >> fm.TakeBack() << "taken back" << "closing: withdrawn" << "m to be undone: withdrawn" << ...
    play = play >> hears_of(child, "undo") << "s undo accepted"
    child = child >> is_undone("n") << "n undone" << "m undo asked" >> is_undone("m") << "m undone" << ...
    assert child.owed == ["tell undone #1"]
    assert play >> says(child) << "s undone" << "closed: withdrawn"


def test_one_that_was_issued_is_revoked_and_undone_in_reverse() -> None:
    child = issued(opened(TWO) << ..., "m", "n")
    play = Playbook(parent(TWO, b=part("form.y"))) >> opens() << ... >> says(child) << "s contributed"
    play = play >> WITHDRAWS << ...
    child = child >> fm.TakeBack() << "taken back" << "revoking" << "m to be undone: revoked"
    child = child << "n to be undone: revoked" << "n undo asked" >> cm.RecordStatus(status_index=7) << ...
    child = child >> is_undone("n") << "n undone" << "m undo asked"
    assert standing(child.state) == "issued"  # nothing new to say yet
    child = child >> is_undone("m") << "m undone" << "revoked"
    assert play >> says(child) << "s undone" << ...


def test_what_it_cannot_undo_is_told_as_such_and_is_an_incident_in_both() -> None:
    child = issued(opened(TWO) << ..., "m", "n")
    play = Playbook(parent(TWO, b=part("form.y"))) >> opens() << ... >> says(child) << ... >> WITHDRAWS << ...
    child = child >> fm.TakeBack() << ... >> cm.RecordStatus(status_index=7) << ... >> is_undone("n") << ...
    child = child >> refuses_undo("m") << "m undo refused: used"
    assert ("held" in child.state.marks, child.owed) == (True, [])
    child = child >> by_hand(cm.KeepContribution, "m", owner="lead") << "m kept" << "revoked"
    assert child.owed == ["tell not_undone #2"]
    assert play >> says(child) << "s undo refused: kept"
    assert play.state.marks == ("held",)


def test_an_undo_that_overtakes_the_opening_leaves_a_case_that_closed_at_once() -> None:
    child = opened(TWO, taken_back=True) << "opened" << "taken back" << "closing: withdrawn"
    child = child << "m dropped: withdrawn" << "n dropped: withdrawn" << "closed: withdrawn"
    play = Playbook(parent(TWO, b=part("form.y"))) >> opens() << ... >> WITHDRAWS << ...
    assert play >> hears_of(child, "undo") << "s undone" << ...
    assert play >> hears_of(child, "ask") >> says(child)


def test_taken_back_twice_is_taken_back_once() -> None:
    child = opened(CHECKS) << ... >> fm.TakeBack() << ...
    assert child >> fm.TakeBack()


def test_one_that_has_refused_is_taken_back_too_with_what_its_agencies_gave_all_the_same() -> None:
    child = opened(branch(m=part("form.x"), n=part("form.x"))) << ... >> contributes("m") << ... >> refuses("n") << ...
    assert (child.state.status, child.at("m").state) == ("refused", "contributed")
    child = child >> fm.TakeBack() << "taken back" << "m to be undone: revoked" << "m undo asked"
    child = child >> refuses_undo("m") << "m undo refused: used"
    assert child.state.marks == ("held",)
    assert child >> by_hand(cm.UndoneByHand, "m", evidence=PROOF) << "m undone"
    assert standing(child.state) == "undone"


def test_one_that_closes_for_another_reason_undoes_all_once_it_is_taken_back() -> None:
    child = opened(branch(m=part("form.x"), n=part("form.x"), o=part("form.x"))) << ... >> contributes("m") << ...
    child = child >> refuses("n") << "n refused: no" << "closing: refused"
    child = child >> fm.TakeBack() << "taken back" << "m to be undone: withdrawn" << "o to be undone: withdrawn" << ...
    assert child >> is_undone("m") << "m undone" >> is_undone("o") << "o undone" << "closed: refused"
    assert standing(child.state) == "undone"


def test_a_case_that_is_part_of_no_other_is_taken_back_by_nobody() -> None:
    play = Playbook(TWO) >> opens(z=None) << ...
    assert play >> fm.TakeBack() << "rejected: not_now"
    assert (play >> passes("1 h")).owed == ["ask m/1 #1"]


# --- what its parent and operators do -------------------------------------------------------------------------


def test_nobody_contributes_by_hand_in_its_place() -> None:
    play = family(opened(CHECKS) << ...) >> passes("3 days") << "s overdue"
    act = by_hand(cm.ContributeByHand, "s", output={"m": {"number": "1"}}, evidence=PROOF)
    assert play >> act << "rejected: not_now"


def test_a_parent_does_not_close_before_it_has_however_overdue_it_is() -> None:
    child = opened(CHECKS) << ...
    play = Playbook(parent(CHECKS, c=part("form.y"))) >> opens() << ... >> hears_of(child, "ask") << ...
    play = play >> refuses("c") << "c refused: no" << "closing: refused" >> passes("9 days")
    assert (play.state.status, play.at("s").state, play.due_in()) == ("closing", "accepted", None)
    child = child >> refuses("m") << ...
    assert play >> says(child) << "s refused: refused" << "closed: refused"


def test_changed_answers_open_another_case_after_the_first_was_taken_back() -> None:
    child = opened(CHECKS) << ...
    play = Playbook(parent(CHECKS, c=part("form.x"))) >> opens() << ... >> hears_of(child, "ask") << ...
    play = play >> refuses("c", "fixable") << ... >> corrects(x="x1") << ...
    assert (play.owed[0], play.at("s/2").state) == ("undo s/1 #1", "ready")
    child = child >> fm.TakeBack() << ...
    assert play >> hears_of(child, "undo") << "s undone" << "s/2 asked" << ...


def test_of_items_each_is_a_case_of_its_own_with_its_part() -> None:
    rows = [{"id": "w", "x": "1"}, {"id": "e", "x": "2"}]
    lists = branch(m=part("row.x", each="form.rows"))
    key = AskKey("play/s/ask/1")
    child = Playbook(lists) >> cm.OpenCase(case=sub_case_id(key), form={"x": "0", "rows": rows}, parent=key) << ...
    child = child >> contributes("m:w", "w1") << ... >> contributes("m:e", "e1") << ...
    assert output_of(child.state) == {"m": [{"key": "w", "number": "w1"}, {"key": "e", "number": "e1"}]}


def test_a_part_that_is_missing_is_left_out_of_its_value() -> None:
    child = opened(branch(m=part("form.x"), n=part("form.x", optional=True))) << ...
    child = issued(child >> refuses("n") << ..., "m")
    assert output_of(child.state) == {"m": {"number": "m1"}}
    assert SEALS.digest == child.state.output_digest

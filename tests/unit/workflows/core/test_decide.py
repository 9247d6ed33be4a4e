"""From application to joint output, and the ways in which a case ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts import commands as cm
from contracts.declared import Derived
from contracts.ids import CaseId
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    CASE,
    FORM,
    START,
    Playbook,
    accepts,
    contributes,
    is_undone,
    opens,
    passes,
    refuses,
    unheard,
)
from workflows.core.decide import decide
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState

SEALED = cm.RecordSeal(credential="jwt", digest="d", status_index=7)
UNSEALED = cm.RecordSealFailure(reason="the signer is away")
PUBLISHED = cm.RecordStatus(status_index=7)


def issuing() -> Playbook:
    """Give a case that only the seal is missing of."""
    return (
        Playbook(plan(a=part("form.x")))
        >> opens()
        << "opened"
        << "a asked"
        >> contributes("a")
        << "a contributed"
        << "issuing"
    )


def issued() -> Playbook:
    """Give a case whose output is out."""
    return issuing() >> SEALED << "sealed" << "issued"


def test_everything_that_can_run_at_once_does() -> None:
    assert (
        Playbook(plan(a=part("form.x"), b=part("form.y"), c=part("a.number", after=("b",))))
        >> opens()
        << "opened"
        << "a asked"
        << "b asked"
        >> contributes("a")
        << "a contributed"
        >> contributes("b")
        << "b contributed"
        << "c asked"
        >> contributes("c")
        << "c contributed"
        << "issuing"
    )


def test_an_agency_receives_exactly_its_in_resolved_once_and_recorded_with_the_ask() -> None:
    step = part("form.x", "form.y", inputs={"three": Derived(cel="form.count"), "fixed": Derived(const="k")})
    play = Playbook(plan(a=step)) >> opens(y=None) << "opened" << "a asked"
    assert play.at("a").input == {"x": "x0", "three": 3, "fixed": "k"}
    assert play.owed == ["ask a/1 #1"]


def test_a_case_is_opened_once() -> None:
    assert Playbook(plan(a=part())) >> opens() << "opened" << "a asked" >> opens() << "rejected: already_open"


def test_nothing_is_asked_of_a_case_that_was_not_opened() -> None:
    assert Playbook(plan(a=part())) >> cm.Wake() << "rejected: not_open"


def test_a_form_with_mistakes_opens_nothing_and_says_where_they_are() -> None:
    command = cm.OpenCase(case=CASE, form={"x": 1, "count": "three"})
    with pytest.raises(Rejection) as caught:
        decide(CaseState.empty(plan(a=part())), command, now=START)
    assert caught.value.code == "form_invalid"
    assert sorted(mistake.pointer for mistake in caught.value.mistakes) == ["/count", "/x"]


def test_what_opened_a_case_is_kept() -> None:
    command = cm.OpenCase(case=CaseId("c"), form=FORM, caller="ani", secret_digest="d", traceparent="00-t-s-01")
    play = Playbook(plan(a=part())) >> command << ...
    state = play.state
    assert (state.case, state.caller, state.secret_digest, state.traceparent) == ("c", "ani", "d", "00-t-s-01")
    assert state.opened_at == state.updated_at == START


def test_a_clock_that_is_set_back_does_not_undo_the_order_of_what_is_recorded() -> None:
    play = Playbook(plan(a=part())) >> opens() << ...
    play.now = START - timedelta(days=1)
    play = play >> contributes("a") << ...
    assert [event.at for event in play.journal] == [START] * 4


def test_a_clock_that_is_set_back_fires_no_timer_twice() -> None:
    play = Playbook(plan(a=part())) >> opens() << ... >> unheard("a") << "a failed" >> passes("3 s") << ...
    play.now = START
    assert play >> cm.Wake() >> cm.Wake()


# --- sealing ------------------------------------------------------------------------------------------------


def test_an_output_is_out_once_it_is_sealed() -> None:
    play = issuing()
    assert play.owed == ["seal #1"]
    assert play >> SEALED << "sealed" << "issued"
    assert play.state.credential == "jwt"
    assert play.owed == []


def test_a_seal_that_is_not_possible_is_tried_again_and_held_after_five_times() -> None:
    play = issuing()
    for _ in range(4):
        play = play >> UNSEALED << "seal failed"
        assert play.owed == []
        play = play >> passes("5 min") << "seal again"
    assert play.state.marks == ()
    play = play >> UNSEALED << "seal failed"
    assert play.state.marks == ("held",)
    assert play >> passes("10 min") << "seal again" >> SEALED << "sealed" << "issued"


def test_a_seal_failure_that_comes_twice_counts_once() -> None:
    assert issuing() >> UNSEALED << "seal failed" >> UNSEALED


def test_a_seal_that_comes_twice_counts_once() -> None:
    assert issued() >> SEALED


def test_a_seal_failure_after_the_output_is_out_says_nothing() -> None:
    assert issued() >> UNSEALED


def test_a_seal_that_comes_back_after_the_withdrawal_goes_on_the_status_list_at_once() -> None:
    play = (
        issuing()
        >> cm.Withdraw(reason="changed my mind")
        << "withdrawn"
        << "closing: withdrawn"
        << "a to be undone: withdrawn"
        << "a undo asked"
        >> SEALED
        << "sealed"
    )
    assert play.owed == ["undo a/1 #1", "publish 7"]
    # The case does not close before the status list says so.
    assert play >> is_undone("a") << "a undone" >> PUBLISHED << "status published" << "closed: withdrawn"


def test_a_seal_that_comes_back_after_the_case_closed_goes_on_the_status_list_too() -> None:
    play = Playbook(plan(a=part(effect="none"))) >> opens() << ... >> contributes("a") << ... >> cm.Withdraw() << ...
    assert play.state.status == "withdrawn"
    play = play >> SEALED << "sealed"
    assert play.owed == ["publish 7"]
    assert play >> PUBLISHED << "status published" >> PUBLISHED


# --- the ends -----------------------------------------------------------------------------------------------


def test_a_revoked_output_is_revoked_once_the_status_list_says_so() -> None:
    play = issued() >> cm.RevokeOutput(act=ACT) << "revoking"
    assert play.owed == ["publish 7"]
    assert play >> cm.RevokeOutput(act=ACT) << "rejected: not_open" >> PUBLISHED << "status published" << "revoked"


def test_withdrawal_undoes_every_reversible_contribution_and_drops_what_was_not_asked() -> None:
    assert (
        Playbook(plan(a=part("form.x"), b=part(effect="none"), c=part("a.number"), d=part("c.number")))
        >> opens()
        << "opened"
        << "a asked"
        << "b asked"
        >> contributes("a")
        << "a contributed"
        << "c asked"
        >> contributes("b")
        << "b contributed"
        >> cm.Withdraw()
        << "withdrawn"
        << "closing: withdrawn"
        << "a to be undone: withdrawn"
        << "c to be undone: withdrawn"
        << "d dropped: withdrawn"
        << "c undo asked"
        >> is_undone("c")
        << "c undone"
        << "a undo asked"
        >> is_undone("a")
        << "a undone"
        << "closed: withdrawn"
    )


def test_withdrawal_is_possible_until_the_first_final_ask_leaves() -> None:
    steps = plan(a=part("form.x"), f=part("a.number", effect="final"))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << "a contributed" << "f asked"
    assert play >> cm.Withdraw() << "rejected: too_late"


def test_an_issued_case_is_not_withdrawn() -> None:
    assert issued() >> cm.Withdraw() << "rejected: not_open"


def test_each_agencys_decision_is_its_own_one_no_takes_no_other_yes_away() -> None:
    play = (
        Playbook(plan(a=part("form.x"), b=part("form.y"), c=part("a.number", "b.number")))
        >> opens()
        << ...
        >> contributes("a")
        << ...
        >> refuses("b")
        << "b refused: no"
        << "closing: refused"
        << "c dropped: closing"
        << "closed: refused"
    )
    assert play.at("a").state == "contributed"
    assert play.state.closed_by == "b"


def test_unconditional_asks_already_out_are_awaited_and_their_clocks_run() -> None:
    assert (
        Playbook(plan(a=part("form.x"), b=part("form.y")))
        >> opens()
        << ...
        >> unheard("a")
        << "a failed"
        >> refuses("b")
        << "b refused: no"
        << "closing: refused"
        >> passes("3 s")
        << "a asked again (2)"
        >> accepts("a")
        << "a accepted"
        >> contributes("a")
        << "a contributed"
        << "closed: refused"
    )


def test_a_check_that_is_out_when_a_case_closes_is_dropped() -> None:
    assert (
        Playbook(plan(a=part(effect="none"), b=part()))
        >> opens()
        << ...
        >> refuses("b")
        << "b refused: no"
        << "closing: refused"
        << "a dropped: closing"
        << "closed: refused"
    )


def test_an_ask_that_never_left_is_dropped_when_a_case_closes() -> None:
    play = Playbook(plan(a=part("form.x"), b=part())) >> opens() << ... >> unheard("a", sent=False) << "a failed"
    assert play >> refuses("b") << "b refused: no" << "closing: refused" << "a dropped: closing" << "closed: refused"

"""Asks whose outcome is unknown, where an agency's own API may do twice what it is asked twice."""

from __future__ import annotations

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import wire
from contracts.asked import Act
from contracts.connection import BoundOperation, ByKey, OpenApiConnection, Repeat
from tests.unit.workflows.core.parts import Part, part, plan
from tests.unit.workflows.core.playbook import (
    KEY,
    PROOF,
    Happening,
    Playbook,
    accepts,
    by_hand,
    contributes,
    hears,
    is_undone,
    opens,
    passes,
    refuses,
    returns,
    unheard,
)
from workflows.core.unknown import bears_repeats

CALL = BoundOperation(operation="do")


def bound(repeat: Repeat, made: Part | None = None, *, poll: bool = False) -> Part:
    """Give a step whose agency is reached by its own API."""
    spec, contract = made or part("form.x")
    connection = OpenApiConnection(document={}, repeat=repeat, ask=CALL, undo=CALL, poll=CALL if poll else None)
    return spec, structs.replace(contract, connection=connection)


def asking(repeat: Repeat, *, lookup: bool = False, poll: bool = False) -> Playbook:
    return Playbook(plan(a=bound(repeat, part("form.x", lookup=lookup), poll=poll))) >> opens() << "opened" << "a asked"


def held(where: str, heard: wire.Heard) -> Happening:
    return hears(where, heard, "lookup", 0)


NOTHING = wire.NothingHeld(key=KEY)


@pytest.mark.parametrize("repeat", [ByKey(by_key="Idempotency-Key"), "harmless"])
def test_an_ask_that_bears_repeats_is_asked_again(repeat: Repeat) -> None:
    assert asking(repeat) >> unheard("a") << "a failed" >> passes("3 s") << "a asked again (2)"


def test_over_the_wire_every_ask_bears_repeats() -> None:
    assert bears_repeats(part("form.x")[1])


def test_an_ask_that_must_never_be_repeated_goes_to_a_person_once_it_may_have_left() -> None:
    assert asking("never") >> unheard("a") << "a exhausted: unknown"


def test_an_ask_that_never_left_is_asked_again_even_where_repeats_do_harm() -> None:
    play = asking("never") >> unheard("a", sent=False) << "a failed" >> passes("3 s") << "a asked again (2)"
    assert play >> unheard("a") << "a exhausted: unknown"


def test_an_ask_in_doubt_is_looked_up_and_what_is_held_settles_it() -> None:
    play = asking("never", lookup=True) >> unheard("a") << "a failed" >> passes("3 s") << "a looked up"
    play = play >> held("a", NOTHING) << "a not told" >> passes("3 s") << "a looked up"
    assert play >> held("a", wire.Contributed(key=KEY, output={"number": "1"})) << "a contributed" << "issuing"


def test_what_is_never_repeated_is_not_asked_again_because_nothing_is_held() -> None:
    play = asking("never", lookup=True) >> unheard("a") << "a failed"
    for _ in range(40):
        if play.at("a").state != "failed":
            break
        play = play >> passes("10 min") << ... >> held("a", NOTHING) << ...
    assert (play.at("a").state, play.at("a").cause, play.at("a").attempt) == ("exhausted", "unknown", 1)


def test_where_a_lookup_comes_first_nothing_held_lets_it_be_asked_again() -> None:
    play = asking("lookup_first", lookup=True) >> unheard("a") << "a failed" >> passes("3 s") << "a looked up"
    assert play >> held("a", NOTHING) << "a asked again (2)"


def test_a_lookup_that_is_not_heard_does_not_let_it_be_asked_again() -> None:
    play = asking("lookup_first", lookup=True) >> unheard("a") << "a failed" >> passes("3 s") << "a looked up"
    play = play >> hears("a", wire.Unheard(key=KEY, reason="503"), "lookup", 0) << "a not told"
    assert play >> passes("3 s") << "a looked up"


def test_nothing_leaves_while_the_case_is_paused_though_nothing_is_held() -> None:
    play = asking("lookup_first", lookup=True) >> unheard("a") << "a failed" >> passes("3 s") << "a looked up"
    play = play >> cm.PauseCase(act=Act(actor="o", reason="r")) << "paused" >> held("a", NOTHING) << "a not told"
    play = play >> cm.ResumeCase(act=Act(actor="o", reason="r")) << "resumed" >> passes("3 s") << "a looked up"
    assert play >> held("a", NOTHING) << "a asked again (2)"


def test_asking_again_by_hand_is_rejected_until_the_outcome_is_settled() -> None:
    play = asking("never") >> unheard("a") << "a exhausted: unknown"
    play = play >> by_hand(cm.AskAgain, "a") << "rejected: outcome_unknown"
    play = play >> by_hand(cm.NothingWasDone, "a", evidence=PROOF) << "a did nothing"
    play = play >> by_hand(cm.NothingWasDone, "a", evidence=PROOF) << "rejected: not_now"
    assert not play.at("a").in_doubt
    assert play >> by_hand(cm.AskAgain, "a") << "a asked again (2)" >> contributes("a") << "a contributed" << "issuing"


def test_an_accepted_ask_whose_promise_is_over_is_not_sent_again_either() -> None:
    made = plan(a=bound("never", part("form.x", on_deadline="exhaust")))
    play = Playbook(made) >> opens() << "opened" << "a asked" >> accepts("a") << "a accepted"
    play = play >> passes("5 days") << "a exhausted: deadline"
    assert play >> by_hand(cm.AskAgain, "a") << "rejected: outcome_unknown"


def test_an_accepted_ask_is_polled_where_the_binding_says_how() -> None:
    play = asking("never", poll=True) >> accepts("a") << "a accepted" >> passes("10 min") << "a looked up"
    play = play >> held("a", wire.Accepted(key=KEY, ticket="t")) << "a not told"
    assert play.at("a").lookup_at is not None
    assert asking("never") >> accepts("a") << "a accepted" >> passes("10 days") << ... >> refuses("a") << ...


# --- taking back what nobody knows of ----------------------------------------------------------------------


def withdrawn(repeat: Repeat, *, lookup: bool = False) -> Playbook:
    """Withdraw while the ask is out."""
    return (
        asking(repeat, lookup=lookup)
        >> cm.Withdraw()
        << "withdrawn"
        << "closing: withdrawn"
        << ("a to be undone: withdrawn")
    )


def test_an_undo_waits_for_the_ask_that_is_out_and_leaves_once_it_contributed() -> None:
    play = withdrawn("never") >> contributes("a") << "a recorded" << "a undo asked"
    assert play >> is_undone("a") << "a undone" << "closed: withdrawn"


def test_an_undo_leaves_once_the_agency_has_accepted_the_ask() -> None:
    play = withdrawn("never") >> accepts("a") << "a recorded" << "a undo asked"
    assert play.at("a").ticket == "t"


@pytest.mark.parametrize("answers", [refuses("a"), returns("a", "x")], ids=["refused", "returned"])
def test_there_is_nothing_to_undo_where_the_agency_said_no(answers: Happening) -> None:
    assert withdrawn("never") >> answers << "a undone" << "closed: withdrawn"


def test_there_is_nothing_to_undo_where_nothing_was_ever_sent() -> None:
    assert withdrawn("never") >> unheard("a", sent=False) << "a undone" << "closed: withdrawn"


def test_a_person_looks_where_nobody_can_find_out_whether_there_is_anything_to_undo() -> None:
    assert withdrawn("never") >> unheard("a") << "a not settled" << "a undo exhausted"


def test_an_ask_by_key_is_repeated_to_find_out_and_then_undone() -> None:
    play = withdrawn(ByKey(by_key="Idempotency-Key")) >> unheard("a") << "a not settled"
    play = play >> passes("3 s") << "a asked again (2)" >> unheard("a", sent=False) << "a not settled"
    play = play >> passes("10 s") << "a asked again (3)" >> unheard("a", attempt=2)
    unreadable = wire.Unreadable(key=KEY, mistakes=["the body is no answer"])
    play = play >> hears("a", unreadable) << "a not settled" >> passes("20 s") << "a asked again (4)"
    assert play >> contributes("a") << "a recorded" << "a undo asked"


def test_waiting_to_find_out_is_spent_too() -> None:
    play = withdrawn("harmless")
    for _ in range(40):
        if play.at("a").state != "undoing":
            break
        play = play >> unheard("a") << ... >> passes("10 min") << ...
    assert play.at("a").state == "undo_exhausted"


def test_what_is_in_doubt_is_looked_up_before_it_is_undone() -> None:
    play = withdrawn("never", lookup=True) >> unheard("a") << "a not settled" >> passes("3 s") << "a looked up"
    play = play >> held("a", NOTHING) << "a not told" >> held("a", NOTHING)
    play = play >> passes("20 min") << "a looked up"
    assert play >> held("a", wire.Contributed(key=KEY, output={"number": "1"})) << "a recorded" << "a undo asked"


def test_an_officer_who_takes_back_sees_for_himself_what_there_is() -> None:
    made = plan(a=bound("never", part("form.x", undo_by="officer")))
    play = Playbook(made) >> opens() << "opened" << "a asked" >> cm.Withdraw() << "withdrawn" << "closing: withdrawn"
    assert play << "a to be undone: withdrawn" << "a undo asked"


def test_over_the_wire_an_undo_need_not_wait() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << "opened" << "a asked" >> cm.Withdraw() << "withdrawn"
    assert play << "closing: withdrawn" << "a to be undone: withdrawn" << "a undo asked"

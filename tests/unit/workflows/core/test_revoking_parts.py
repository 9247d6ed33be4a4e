"""After issue an agency takes its own part back: what is told, what falls with it, and what does not."""

from __future__ import annotations

import pytest

from contracts import commands as cm
from contracts.asked import Act
from contracts.ids import ItemKey, StepName
from contracts.revocation import SealedPart
from tests.unit.workflows.core.parts import Part, part, plan, waits
from tests.unit.workflows.core.playbook import (
    ACT,
    PROOF,
    Playbook,
    by_hand,
    contributes,
    is_undone,
    opens,
    passes,
    place,
    refuses,
    refuses_undo,
)

LAW = "UU 30/2014 Pasal 64"


def revokes(where: str, *, reason: str = "given in error", law: str = LAW) -> cm.RevokePart:
    """The agency takes its part back."""
    at = place(where)
    return cm.RevokePart(
        step=at.step,
        item=at.item,
        round=at.round if "/" in where else 0,
        act=Act(actor="agency/Wati", reason=reason),
        legal_basis=law,
        objection="counter 2, within 21 working days",
        evidence=PROOF,
    )


def seals(**places: int) -> cm.RecordSeal:
    """The output is sealed; of each part, its place in the status list (`a__west` for an item)."""
    parts = [
        SealedPart(step=StepName(name), item=ItemKey(item), round=1, status_index=index)
        for key, index in places.items()
        for name, _, item in [key.partition("__")]
    ]
    return cm.RecordSeal(credential="vc", digest="d", status_index=7, parts=parts)


def issued(*, answers: tuple[str, ...] = (), **parts: Part) -> Playbook:
    """Issue a case of these parts, in this order; their places in the status list are 10, 11, ..."""
    play = Playbook(plan(**parts)) >> opens() << ...
    for name in answers or parts:
        play = play >> contributes(name) << ...
    return play >> seals(**{name: 10 + n for n, name in enumerate(parts)}) << "sealed" << "issued"


def told(index: int) -> cm.RecordStatus:
    """The status list says so."""
    return cm.RecordStatus(status_index=index)


def test_an_optional_part_takes_the_whole_output_with_it() -> None:
    play = issued(a=part("form.x"), b=part("form.y", optional=True)) >> revokes("b") << "b revoked: agency"
    assert play.owed == ["publish 11"]
    play = play >> told(11) << "status published"
    assert play.state.status == "issued"
    assert not play.owed
    revoked = play.at("b").revoked
    assert revoked is not None
    assert (revoked.reason, revoked.legal_basis, revoked.actor) == ("given in error", LAW, "agency/Wati")
    assert play.at("a").revoked is None


def test_a_required_part_leaves_an_output_that_is_called_valid() -> None:
    play = issued(a=part("form.x"), b=part("form.y")) >> revokes("a") << "a revoked: agency" << "revoking"
    assert play.owed == ["publish 10", "publish 7"]
    play = play >> told(7) << "status published" >> told(10) << "status published" << "revoked"
    assert play >> told(10) >> told(99)


def test_a_status_that_nobody_owes_is_noted() -> None:
    assert issued(a=part("form.x")) >> told(10)


def test_said_twice_it_is_recorded_twice_or_other_words_overwrite_it() -> None:
    play = issued(a=part("form.x"), b=part("form.y", optional=True)) >> revokes("b") << "b revoked: agency"
    assert play >> revokes("b") >> revokes("b", reason="another") << "rejected: not_now"


def test_what_stands_only_with_a_revoked_part_stays() -> None:
    play = (
        issued(
            a=part("form.x", optional=True),
            b=part("form.y", optional=True, conditional_on="a"),
            c=part("form.z", optional=True, conditional_on="b"),
            d=part("form.x"),
        )
        >> revokes("a")
        << "a revoked: agency"
        << "b to be undone: condition"
        << "b undo asked"
    )
    assert play.state.marks == ()
    play = play >> is_undone("b") << "b undone" << "b revoked: undone" << "c to be undone: condition" << "c undo asked"
    play = play >> is_undone("c") << "c undone" << "c revoked: undone"
    assert play.owed == ["publish 10", "publish 11", "publish 12"]
    assert play.state.status == "issued"


def test_a_final_part_that_rests_on_a_revoked_one_is_undone() -> None:
    play = issued(a=part("form.x", optional=True), b=part("a.number", optional=True, effect="final"))
    assert play >> revokes("a") << "a revoked: agency"
    final = issued(a=part("form.x", optional=True), b=part(optional=True, effect="final"))
    assert final >> revokes("b") << "b revoked: agency"


def test_a_revoked_output_is_called_complete_while_something_is_being_taken_back() -> None:
    play = (
        issued(a=part("form.x"), b=part("form.y", conditional_on="a"))
        >> revokes("a")
        << "a revoked: agency"
        << "revoking"
        << "b to be undone: condition"
        << "b undo asked"
        >> told(7)
        << "status published"
        >> told(10)
        << "status published"
        >> refuses_undo("b")
        << "b undo refused: used"
    )
    assert (play.state.status, play.state.marks) == ("revoking", ("held",))
    assert play >> by_hand(cm.KeepContribution, "b", owner="Wati") << "b kept" << "revoked"


def test_what_cannot_be_taken_back_in_an_issued_case_is_nobodys() -> None:
    play = issued(a=part("form.x", optional=True), b=part(optional=True, conditional_on="a", undo_within="3 days"))
    play = play >> passes("4 days") >> revokes("a") << "a revoked: agency" << "b to be undone: condition"
    play = play << "b undo refused: too_late"
    assert (play.state.status, play.state.marks) == ("issued", ("held",))
    assert play >> by_hand(cm.UndoneByHand, "b", evidence=PROOF) << "b undone" << "b revoked: undone"


def test_without_its_last_item_a_step_that_is_required_leaves_the_whole_standing() -> None:
    rows = [{"id": "east"}, {"id": "west"}]
    play = Playbook(plan(a=part(each="form.rows", partial=True), b=part("form.x"))) >> opens(rows=rows) << ...
    for name in ("a:east", "a:west", "b"):
        play = play >> contributes(name) << ...
    play = play >> seals(a__east=10, a__west=11, b=12) << ...
    play = play >> revokes("a:east") << "a:east revoked: agency"
    assert play.state.status == "issued"
    assert play >> revokes("a:west") << "a:west revoked: agency" << "revoking"


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("nothing", "unknown_step"),
        ("a/2", "unknown_step"),
        ("rest", "unknown_step"),
        ("c", "not_now"),
    ],
)
def test_something_is_revoked_that_no_agency_gave(where: str, why: str) -> None:
    compiled = plan(a=part("form.x"), rest=waits("1 h"), c=part("form.y", optional=True))
    play = Playbook(compiled) >> opens() << ... >> contributes("a") << ... >> refuses("c") << ... >> passes("2 h")
    assert play << ... >> seals(a=10) << ... >> revokes(where) << f"rejected: {why}"


def test_a_part_is_revoked_before_there_is_an_output_or_after_it_was_revoked_whole() -> None:
    play = Playbook(plan(a=part("form.x"), b=part("form.y"))) >> opens() << ... >> contributes("a") << ...
    assert play >> revokes("a") << "rejected: not_open"
    gone = issued(a=part("form.x")) >> cm.RevokeOutput(act=ACT) << "revoking" >> told(7) << "status published"
    assert gone << "revoked" >> revokes("a") << "rejected: not_open"


def test_a_case_whose_seal_named_no_places_owes_what_cannot_be_said() -> None:
    play = Playbook(plan(a=part("form.x"), b=part("form.y", optional=True))) >> opens() << ...
    play = play >> contributes("a") << ... >> contributes("b") << ... >> seals() << ...
    assert (play >> revokes("b") << "b revoked: agency").owed == []

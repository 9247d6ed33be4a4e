"""When something of an issued output is revoked: which agencies are told, and that they took note."""

from __future__ import annotations

import pytest

from contracts import commands as cm
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import ACT, PROOF, Playbook, contributes, is_undone, opens, refuses
from tests.unit.workflows.core.test_revoking_parts import LAW, issued, revokes, seals
from workflows.core.notices import gave, unnoted


def notes(agency: str, number: int = 1) -> cm.TakeNotice:
    return cm.TakeNotice(agency=agency, number=number, evidence=PROOF)


def revoked() -> Playbook:
    """Of four parts `b` reads `a`, `c` reads `b`, `d` stands beside; `a` is optional, and stands no more."""
    play = issued(
        a=part("form.x", optional=True),
        b=part("a.number", optional=True),
        c=part("b.number", optional=True),
        d=part("form.y"),
    )
    return play >> revokes("a") << "a revoked: agency"


def test_an_agency_of_the_output_is_not_told_or_the_one_that_revokes_is() -> None:
    (notice,) = revoked().state.notices
    assert (notice.step, notice.by, notice.legal_basis) == ("a", "a", LAW)
    assert notice.agencies == ("b", "c", "d")
    assert notice.resting == ("b", "c"), "what was read by way of another is not said, or what was not read is"


def test_of_the_whole_an_agency_is_not_told() -> None:
    play = issued(a=part("form.x"), b=part("form.y")) >> cm.RevokeOutput(act=ACT) << ...
    (notice,) = play.state.notices
    assert (notice.step, notice.by, notice.agencies) == ("", "agency", ("a", "b"))


def test_a_single_agency_is_told_of_what_it_said_itself() -> None:
    play = issued(a=part("form.x", optional=True)) >> revokes("a") << "a revoked: agency"
    assert play.state.notices == ()
    assert not unnoted(play.state)


def test_an_agency_is_told_of_an_output_that_has_nothing_of_it_any_more_since_it_was_taken_back_before() -> None:
    parts = plan(
        a=part("form.x", optional=True),
        b=part("form.y", optional=True, conditional_on="a"),
        c=part("form.z"),
    )
    play = Playbook(parts) >> opens() << ... >> contributes("b") << ... >> contributes("c") << ...
    play = play >> refuses("a") << ... >> is_undone("b") << "b undone" << "issuing"
    play = play >> seals(c=10) << "sealed" << "issued" >> cm.RevokeOutput(act=ACT) << ...
    (notice,) = play.state.notices
    assert notice.agencies == ("c",)
    assert list(gave(play.state, "b")) == []


def test_what_was_noted_is_still_to_be_noted_or_is_noted_twice() -> None:
    play = revoked()
    for agency in ("b", "c", "d"):
        assert unnoted(play.state)
        play = play >> notes(agency) << f"{agency} notes 1" >> notes(agency)
    assert not unnoted(play.state)
    assert set(play.state.notices[0].taken) == {"b", "c", "d"}


@pytest.mark.parametrize("command", [notes("a"), notes("other"), notes("b", 2), notes("b", 0)])
def test_somebody_notes_what_they_were_not_told(command: cm.TakeNotice) -> None:
    assert revoked() >> command << "rejected: not_now"


def test_of_what_an_agency_gave_something_is_left_out_or_another_agencys_is_in() -> None:
    state = revoked().state
    assert list(gave(state, "b")) == [("b", "")]
    assert list(gave(state, "nobody")) == []

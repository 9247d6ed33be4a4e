"""Where a contract asks for a second officer, no officer alone takes a part of an issued output back."""

from __future__ import annotations

from typing import Literal

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts.asked import Act
from contracts.contract import DeskConnection
from contracts.ids import StepName
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import PROOF, Playbook, contributes, opens
from tests.unit.workflows.core.test_revoking_parts import LAW, seals

WATI, JOKO = "b/Wati", "b/Joko"
REMEDY = "counter 2, within 21 working days"


def revokes(officer: str, reason: str = "given in error", *, at_desk: bool = True) -> cm.RevokePart:
    act = Act(actor=officer, reason=reason)
    return cm.RevokePart(
        step=StepName("b"), act=act, legal_basis=LAW, objection=REMEDY, evidence=PROOF, at_desk=at_desk
    )


def confirms(officer: str, digest: str = PROOF.digest) -> dm.ConfirmRevocation:
    return dm.ConfirmRevocation(step=StepName("b"), officer=officer, digest=digest)


def rejects(officer: str, digest: str = PROOF.digest) -> dm.RejectRevocation:
    return dm.RejectRevocation(step=StepName("b"), officer=officer, digest=digest, text="it is right")


def issued(second: Literal["refusals", "all"] | None = "all") -> Playbook:
    spec, contract = part("form.y", desk=True, optional=True)
    contract = structs.replace(contract, connection=DeskConnection(second_officer=second))
    play = Playbook(plan(a=part("form.x"), b=(spec, contract))) >> opens() << ...
    play = play >> contributes("a") << ... >> contributes("b") << ...
    return play >> seals(a=10, b=11) << "sealed" << "issued"


@pytest.mark.parametrize("second", ["refusals", "all"])
def test_one_officer_revokes_a_part_alone_where_decisions_need_two(second: Literal["refusals", "all"]) -> None:
    play = issued(second) >> revokes(WATI) << "b to be revoked: b/Wati"
    assert play.at("b").revoked is None
    assert not play.owed
    play = play >> confirms(JOKO) << "b to be revoked, confirmed: b/Joko" << "b revoked: agency"
    revoked = play.at("b").revoked
    assert revoked is not None
    assert (revoked.actor, revoked.reason, revoked.objection) == (WATI, "given in error", REMEDY)
    assert play.at("b").revocation is None
    assert play.owed == ["publish 11"]
    assert play >> confirms(JOKO) << "rejected: not_now"


def test_a_second_officer_is_waited_for_whom_nobody_asks_for() -> None:
    assert issued(None) >> revokes(WATI) << "b revoked: agency"


def test_a_part_that_its_system_revokes_waits_for_an_officer_or_a_proposal_outlives_it() -> None:
    play = issued() >> revokes(WATI) << ... >> revokes("b", at_desk=False) << "b revoked: agency"
    assert play >> confirms(JOKO) << "rejected: not_now" >> rejects(JOKO) << "rejected: not_now"


def test_an_officer_confirms_their_own_proposal_or_what_they_have_not_seen() -> None:
    play = issued() >> revokes(WATI) << ... >> confirms(" B/wati\u200b") << "rejected: same_person"
    assert play >> rejects(WATI) << "rejected: same_person" >> confirms(JOKO, "other") << "rejected: not_now"


def test_a_proposal_is_overwritten_by_other_words_or_stands_after_a_no() -> None:
    play = issued() >> revokes(WATI) << "b to be revoked: b/Wati"
    play = play >> revokes(WATI) >> revokes(WATI, "fraud") << "rejected: not_now"
    play = play >> revokes(JOKO) << "rejected: not_now"
    play = play >> rejects(JOKO) << "b to be revoked, not confirmed: b/Joko"
    assert (play.at("b").revocation, play.at("b").not_confirmed) == (None, "it is right")
    play = play >> confirms(JOKO) << "rejected: not_now" >> revokes(JOKO) << "b to be revoked: b/Joko"
    assert play.at("b").not_confirmed == ""


def test_a_part_of_an_output_that_was_revoked_meanwhile_is_revoked_once_more() -> None:
    whole = cm.RevokeOutput(act=Act(actor="operator", reason="r"))
    play = issued() >> revokes(WATI) << ... >> whole << "revoking"
    assert play >> confirms(JOKO) << "rejected: not_open"

"""Who has a task, who decides it, and who confirms that."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts import wire
from contracts.contract import DeskConnection
from contracts.ids import StepName
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import ACT, KEY, PROOF, Playbook, accepts, contributes, is_undone, opens
from workflows.core.claims import NOBODY

WATI, JOKO = "a/Wati", "a/Joko"
YES = wire.Contributed(key=KEY, output={"number": "1"})
NO = wire.Refused(key=KEY, code="no")


def task(officer: str, verb: Literal["ask", "undo"] = "ask", round: int = 1) -> dict[str, Any]:  # noqa: A002 - a word of ours
    return {"step": StepName("a"), "round": round, "verb": verb, "officer": officer}


def claims(officer: str, **more: Any) -> dm.ClaimTask:
    return dm.ClaimTask(**task(officer, **more))


def decides(officer: str, answer: wire.Answer, **more: Any) -> dm.DecideTask:
    return dm.DecideTask(**task(officer, **more), answer=answer, evidence=PROOF)


def confirms(officer: str, digest: str = PROOF.digest) -> dm.ConfirmDecision:
    return dm.ConfirmDecision(**task(officer), digest=digest)


def reassigned(to: str) -> dm.ReassignTask:
    return dm.ReassignTask(step=StepName("a"), to=to, act=ACT)


def on_the_desk(second: Literal["refusals", "all"] | None = None) -> Playbook:
    spec, contract = part("form.x", desk=True)
    contract = structs.replace(contract, connection=DeskConnection(second_officer=second))
    play = Playbook(plan(a=(spec, contract))) >> opens() << "opened" << "a asked" >> accepts("a")
    return play << "a accepted"


def test_two_officers_have_one_task() -> None:
    play = on_the_desk() >> claims(WATI) << "a claimed: a/Wati" >> claims(WATI) >> claims(JOKO) << "rejected: taken"
    assert play >> decides(JOKO, YES) << "rejected: taken"
    assert play.at("a").claim.officer == WATI


def test_somebody_else_s_task_is_put_back_or_handed_over() -> None:
    play = on_the_desk() >> dm.ReleaseTask(**task(WATI)) >> claims(WATI) << ...
    play = play >> dm.ReleaseTask(**task(JOKO)) << "rejected: taken"
    play = play >> dm.HandTaskOver(**task(JOKO), to=JOKO, reason="mine") << "rejected: taken"
    play = play >> dm.HandTaskOver(**task(WATI), to=JOKO, reason="leave") << "a handed over: a/Joko"
    assert play >> dm.ReleaseTask(**task(JOKO)) << "a released"
    assert play.at("a").claim == NOBODY


def test_deciding_a_task_that_nobody_has_leaves_it_nobody_s() -> None:
    assert on_the_desk() >> decides(WATI, YES) << "a claimed: a/Wati" << "a contributed" << "issuing"


def test_a_decided_task_can_be_claimed_or_decided_again() -> None:
    play = on_the_desk() >> claims(WATI) << ... >> decides(WATI, YES) << "a contributed" << "issuing"
    assert play >> claims(JOKO) << "rejected: not_now" >> decides(WATI, NO) << "rejected: not_now"


def test_a_task_that_never_was_is_found() -> None:
    assert on_the_desk() >> claims(WATI, round=7) << "rejected: unknown_step"
    assert on_the_desk() >> claims(WATI, verb="undo") << "rejected: not_now"


def test_a_refusal_counts_without_the_second_officer_whom_the_contract_asks_for() -> None:
    play = on_the_desk("refusals") >> decides(WATI, NO) << "a claimed: a/Wati" << "a proposed: a/Wati"
    play = play >> decides(WATI, NO) << "rejected: not_now" >> dm.ReleaseTask(**task(WATI)) << "rejected: not_now"
    play = play >> confirms(WATI) << "rejected: same_person" >> confirms(JOKO, "sha256:9") << "rejected: not_now"
    assert play >> confirms(JOKO) << "a confirmed: a/Joko" << "a refused: no" << "closing: refused" << "closed: refused"


@pytest.mark.parametrize("spelled", ["a/WATI", "a/ Wati ", "a/Wa\u200bti", "a/\uff37ati"])
def test_an_officer_confirms_what_they_proposed_under_another_spelling(spelled: str) -> None:
    assert on_the_desk("all") >> decides(WATI, YES) << ... >> confirms(spelled) << "rejected: same_person"


def test_a_contribution_waits_for_a_second_officer_where_only_refusals_do() -> None:
    assert on_the_desk("refusals") >> decides(WATI, YES) << "a claimed: a/Wati" << "a contributed" << "issuing"
    assert on_the_desk("all") >> decides(WATI, YES) << "a claimed: a/Wati" << "a proposed: a/Wati"


def test_a_rejected_decision_cannot_be_decided_anew_or_its_reason_is_lost() -> None:
    play = on_the_desk("all") >> decides(WATI, NO) << ...
    play = play >> dm.RejectDecision(**task(JOKO), digest=PROOF.digest, text="too harsh") << "a not confirmed: a/Joko"
    assert (play.at("a").claim.officer, play.at("a").claim.objection) == (WATI, "too harsh")
    assert play >> decides(WATI, YES) << "a proposed: a/Wati" >> confirms(JOKO) << ...
    assert play.at("a").state == "contributed"


def test_a_task_of_somebody_who_is_gone_cannot_be_given_to_another() -> None:
    play = on_the_desk("all") >> decides(WATI, NO) << ... >> reassigned(JOKO) << "a handed over: a/Joko"
    assert play.at("a").claim.proposal is None
    assert play >> reassigned(JOKO) >> reassigned("") << "a handed over: "
    assert play >> reassigned("") >> claims(WATI) << "a claimed: a/Wati"


def test_whoever_had_the_ask_has_the_undo_too() -> None:
    play = on_the_desk() >> claims(WATI) << ... >> decides(WATI, YES) << ... >> cm.Withdraw() << ...
    play = play >> accepts("a", "undo") << ... >> claims(JOKO, verb="undo") << "a claimed: a/Joko"
    assert play >> is_undone("a") << "a undone" << "closed: withdrawn"


def test_a_system_s_ask_is_somebody_s_task() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> claims(WATI) << "rejected: not_now"
    assert play >> contributes("a") << ...


def test_an_operator_gives_away_what_nobody_has_to_decide() -> None:
    with pytest.raises(AssertionError, match="not expected"):
        bool(Playbook(plan(a=part("form.x"))) >> opens() << ... >> reassigned(WATI))

"""Facts that agencies keep in step: asked after issue, never read back, and the difference followed to its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec import structs

from contracts import commands as cm
from contracts.facts import AskedFact, StillSo
from contracts.plan import Fact
from tests.unit.workflows.core.parts import Part, part, plan
from tests.unit.workflows.core.playbook import ACT, PROOF, START, Playbook, contributes, opens, passes, place
from workflows.core.compiled import CompiledPlan
from workflows.loading.compiling import compile_plan
from workflows.loading.hashing import plan_digest

SEALED = cm.RecordSeal(credential="vc", digest="d", status_index=7)
ASKS = cm.AskFacts(act=ACT)


def watched(every: str | None = None, value: str = "form.y", **parts: Part) -> CompiledPlan:
    """Give a plan whose last steps are asked whether `y` is still so: `a` is the authority."""
    published = plan(**parts).published
    holders = [name for name in parts if name != "a"]
    fact = Fact(authority="a", value=value, holders=holders, purpose="keeping", legal_basis="UU 1/2026", every=every)
    made = structs.replace(published.plan, facts={"address": fact})
    digest = plan_digest(made, published.contract_digests)
    return compile_plan(structs.replace(published, plan=made, digest=digest))


def issued(every: str | None = None, *, seal: cm.RecordSeal = SEALED, **more: Any) -> Playbook:
    """Issue a case in which `b` holds the fact, and `c` would."""
    play = Playbook(watched(every, a=part("form.x"), b=part("form.y"), c=part("form.z", optional=True))) >> opens(
        **more
    )
    for name in ("a", "b", "c"):
        play = play << ... >> contributes(name)
    return play << ... >> seal << "sealed" << "issued"


def says(where: str, word: StillSo, number: int = 1) -> cm.AnswerFact:
    """The holder answers."""
    at = place(where)
    return cm.AnswerFact(
        step=at.step, item=at.item, round=at.round, fact="address", number=number, answer=word, evidence=PROOF
    )


def corrects(where: str) -> cm.AskCorrection:
    """An operator asks the holder to correct its register."""
    at = place(where)
    return cm.AskCorrection(step=at.step, item=at.item, act=ACT)


def known(play: Playbook, where: str) -> AskedFact:
    return next(asked for asked in play.state.facts if asked.step == where)


ASKED = ("b asked of address (1)", "c asked of address (1)")


def test_a_difference_is_seen_late_or_ends_before_the_holder_says_so() -> None:
    play = issued() >> ASKS << ASKED[0] << ASKED[1]
    assert (known(play, "b").value, known(play, "b").differs) == ("y0", False)
    play = play >> says("b", "different") << "b says address is different" >> says("c", "same") << ...
    assert (known(play, "b").differs, known(play, "c").differs) == (True, False)
    since = known(play, "b").differed_at
    play = play >> passes("2 days") >> corrects("b") << "b asked of address (2), to correct it"
    assert (known(play, "b").differs, known(play, "b").correction_asked_at) == (True, play.now)
    play = play >> corrects("b") << "rejected: not_now" >> says("b", "different", 2) << ... >> corrects("b") << ...
    assert known(play, "b").differed_at == since
    play = play >> says("b", "same", 3) << "b says address is same"
    assert (known(play, "b").differs, known(play, "b").agreed_at) == (False, play.now)
    play = play >> passes("1 day") >> ASKS << ... >> says("b", "different", 4) << ...
    assert known(play, "b").differed_at == play.now
    assert known(play, "b").agreed_at is None


def test_what_is_not_known_counts_as_a_difference_or_ends_one() -> None:
    play = issued() >> ASKS << ... >> says("b", "unknown") << "b says address is unknown"
    assert not known(play, "b").differs
    play = play >> ASKS << ... >> says("b", "different", 2) << ... >> ASKS << ... >> says("b", "unknown", 3) << ...
    assert known(play, "b").differs


def test_a_holder_that_has_not_answered_is_asked_over_and_over() -> None:
    play = issued() >> ASKS << ... >> ASKS << "rejected: not_now" >> says("b", "same") << ...
    play = play >> ASKS << "b asked of address (2)"
    assert play >> passes("1 day") >> ASKS << "b asked of address (3)" << "c asked of address (2)"


def test_an_answer_to_another_question_counts_or_one_is_overwritten() -> None:
    play = issued() >> says("b", "same") << "rejected: not_now" >> ASKS << ...
    play = play >> says("b", "same", 2) << "rejected: not_now" >> says("b", "same") << ...
    assert play >> says("b", "same") >> says("b", "different") << "rejected: not_now"


def test_a_fact_is_asked_before_issue_or_of_nobody_or_a_correction_of_who_does_not_differ() -> None:
    early = Playbook(watched(a=part("form.x"), b=part("form.y"))) >> opens() << ... >> ASKS << "rejected: not_open"
    assert early >> corrects("b") << "rejected: not_open"
    assert issued() >> ASKS << ... >> corrects("b") << "rejected: not_now"
    assert issued() >> corrects("nothing") << "rejected: not_now"
    assert issued(y=None) >> ASKS << "rejected: not_now"


def test_a_holder_whose_part_was_revoked_is_asked() -> None:
    revokes = cm.RevokePart(step=place("c").step, act=ACT, legal_basis="a law", objection="the office", evidence=PROOF)
    assert issued() >> revokes << ... >> ASKS << ASKED[0]


def test_what_the_plan_says_to_ask_is_not_asked_in_time_or_too_often() -> None:
    play = issued("30 days")
    assert play >> passes("29 days")
    play = play >> passes("1 day") << ASKED[0] << ASKED[1] >> says("b", "same") << ...
    play = play >> passes("30 days") << "b asked of address (2)" << "c asked of address (2)"
    assert (play >> cm.RevokeOutput(act=ACT) << "revoking").due_in() is None
    assert issued().due_in() is None


def test_what_is_past_its_end_is_asked_about() -> None:
    ended = structs.replace(SEALED, valid_until=START + timedelta(days=45))
    play = issued("30 days", seal=ended) >> passes("30 days") << ... >> says("b", "same") << ... >> says("c", "same")
    play = play << ... >> passes("14 days") >> ASKS << "b asked of address (2)" << "c asked of address (2)"
    assert play.due_in() is None, "it is asked in time once it is past its end"
    play = play >> says("b", "different", 2) << ... >> passes("1 day") >> ASKS << "rejected: not_now"
    assert play >> says("c", "same", 2) << "c says address is same", "what was asked before cannot be answered"


def test_a_fact_that_is_asked_on_demand_alone_is_asked_in_time() -> None:
    timed = watched("30 days", a=part("form.x"), b=part("form.y")).published
    facts = {**timed.plan.facts, "quiet": structs.replace(timed.plan.facts["address"], every=None)}
    made = structs.replace(timed.plan, facts=facts)
    compiled = compile_plan(structs.replace(timed, plan=made, digest=plan_digest(made, dict(timed.contract_digests))))
    play = Playbook(compiled) >> opens() << ... >> contributes("a") << ... >> contributes("b") << ... >> SEALED << ...
    assert play >> passes("30 days") << "b asked of address (1)"

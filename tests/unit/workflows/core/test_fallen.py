"""What a sub-case gave stands no more, or not whole: nobody builds on it, and nobody issues it."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from contracts import commands as cm
from contracts import family_commands as fm
from contracts.declared import Derived
from contracts.ids import AskKey, ItemKey, StepName
from contracts.revocation import SealedPart
from contracts.wire import Contributed, Refused
from tests.unit.workflows.core.families import CHILD, SEALS, branch, hears_of, issued, opened, parent, says
from tests.unit.workflows.core.parts import Part, Timed, part, waits
from tests.unit.workflows.core.playbook import (
    ACT,
    PROOF,
    Playbook,
    by_hand,
    contributes,
    is_undone,
    opens,
    passes,
    refuses,
)
from tests.unit.workflows.core.test_revoking_parts import revokes
from workflows.core.compiled import CompiledPlan
from workflows.core.sub_cases import output_of, parts_fallen, sub_case_id
from workflows.loading.compiling import compile_plan
from workflows.loading.hashing import plan_digest
from workflows.projections.case_view import case_view

BRANCH = branch(m=part("form.x"), n=part("form.x", optional=True))
REVOKES = cm.RevokeOutput(act=ACT)
LISTED = cm.RecordStatus(status_index=7)
AGAIN = by_hand(cm.AskAgain, "s")
REST = by_hand(cm.TakeKept, "s")


def reads(*paths: str, **more: Any) -> Part:
    """Give a step that reads something optional of a sub-case: where it is missing, nothing is passed on."""
    spec, contract = part(*paths, **more)
    return structs.replace(spec, in_={**spec.in_, "n": Derived(cel="has(s.n) ? s.n.number : ''")}), contract


def family(
    *, spec: dict[str, Any] | None = None, plan: CompiledPlan = BRANCH, **parts: Part | Timed
) -> tuple[Playbook, Playbook]:
    """Give a parent whose sub-case was issued, and that: `b` was asked with what it gave."""
    child = issued(opened(plan) << ..., *plan.order)
    steps = parts or {"b": reads("s.m.number")}
    play = Playbook(parent(plan, spec=spec, **steps)) >> opens() << ... >> hears_of(child, "ask") << ...
    says(child)  # it learns that its parent knows
    return play, child


def revoked(child: Playbook) -> Playbook:
    """Let its lead revoke the sub-case's output."""
    return child >> REVOKES << ... >> LISTED << ...


def last_sealed(play: Playbook) -> cm.RecordSeal:
    """The seal that is owed comes back."""
    (attempt,) = [int(owed.rpartition("#")[2]) for owed in play.owed if owed.startswith("seal")]
    return structs.replace(SEALS, status_index=40 + attempt, attempt=attempt)


# --- before issue: the whole ----------------------------------------------------------------------------------


def test_a_step_goes_on_resting_on_a_sub_case_that_was_revoked_and_nobody_sees_it() -> None:
    play, child = family(b=part("s.m.number"), c=part("b.number"))
    play = play >> says(revoked(child)) << "s fell"
    assert (play.state.marks, play.state.status) == (("held",), "open")
    incident = next(step.incident for step in case_view(play.state).steps if step.step == "s")
    assert incident is not None
    assert (incident.cause, incident.owner, incident.acts) == ("revoked", "", ["open-anew", "end", "take-incident"])
    play = play >> contributes("b") << "b contributed"  # and nobody is asked anything more on its ground
    assert play.at("c").state == "waiting"
    assert play >> by_hand(cm.TakeIncident, "s", owner="Siti") << "s incident owned"


def test_what_is_heard_of_it_again_or_out_of_turn_does_anything() -> None:
    play, child = family()
    gave = hears_of(child, "ask")
    tells = says(revoked(child))
    play = play >> tells << "s fell"
    assert play >> tells
    assert play >> gave
    assert play >> by_hand(cm.ReplaceInput, "s", input={"x": "x9"}) << "rejected: not_now"
    assert play >> REST << "rejected: not_now"
    other = parts_told(child, {"m": {"number": "m1"}})
    assert play >> other


def parts_told(child: Playbook, left: dict[str, Any]) -> fm.RecordReduced:
    """The sub-case says what is left of its output."""
    return fm.RecordReduced(step=StepName("s"), round=1, output=left, parts=parts_fallen(child.state), evidence=PROOF)


def test_another_sub_case_is_opened_beside_what_the_old_one_did_or_what_rests_on_it_stays() -> None:
    play, child = family()
    play = play >> contributes("b") << ... >> says(revoked(child)) << ...
    play = play >> AGAIN << "s to be undone: replaced" << "s/2 opens: revoked" << "b to be undone: replaced"
    play = play << "b/2 opens: dependency" << "b undo asked" << ...
    assert play.owed == ["undo b/1 #1"]
    play = play >> is_undone("b") << "b undone" << "s undo asked"
    child = child >> fm.TakeBack() << ... >> is_undone("n") << ... >> is_undone("m") << ...
    play = play >> says(child) << "s undone" << "s/2 asked"
    second = issued(opened(BRANCH, key=AskKey("play/s/ask/2")) << ..., "m", "n")
    assert second.state.case == sub_case_id(AskKey("play/s/ask/2")) != CHILD
    assert play >> hears_of(second, "ask") << "s/2 contributed" << "b/2 asked"
    (opening,) = [event for event in play.journal if getattr(event, "because", "") == "revoked"]
    assert (getattr(opening, "actor", ""), getattr(opening, "reason", "")) == (ACT.actor, ACT.reason)


def test_an_optional_one_is_gone_on_without_and_what_read_it_is_asked_anew() -> None:
    spec = {"optional": True, "otherwise": {"m": Derived(const={"number": "none"})}}
    play, child = family(spec=spec, b=part("s.m.number"))
    play = play >> contributes("b") << ... >> says(revoked(child)) << ...
    play = play >> by_hand(cm.SkipStep, "s") << "s to be undone: skipped" << "b to be undone: replaced"
    play = play << "b/2 opens: dependency" << "b undo asked" << ... >> is_undone("b") << ...
    child = child >> fm.TakeBack() << ... >> is_undone("n") << ... >> is_undone("m") << ...
    assert play >> says(child) << "s undone" << "b/2 asked"
    assert play.at("b/2").input == {"s": "none"}


def test_an_optional_one_is_gone_on_without_by_itself_once_its_time_is_over() -> None:
    play, child = family(spec={"optional": True}, b=part("form.x"))
    play = play >> says(revoked(child)) << "s fell" >> passes("3 days")
    assert play << "s to be undone: skipped" << "s undo asked"


def test_a_case_that_is_ended_or_closes_takes_it_for_a_contribution() -> None:
    play, child = family(b=part("form.x"), c=part("form.y"))
    ended = play >> says(revoked(child)) << ... >> cm.EndCase(act=ACT) << ...
    assert ended.at("s").state == "undoing"
    play, child = family(b=part("form.x"), c=part("form.y"))
    play = play >> refuses("b") << ...
    assert play.state.status == "closing"
    play = play >> says(revoked(child)) << "s fell" >> contributes("c") << "c contributed"
    assert play.state.status == "closing", "nobody owns it"
    assert play >> AGAIN << "rejected: not_open"
    assert play >> by_hand(cm.TakeIncident, "s", owner="Siti") << "s incident owned" << "closed: refused"


# --- while it is sealed ---------------------------------------------------------------------------------------


def test_a_seal_that_was_asked_for_before_is_issued_after_all() -> None:
    play, child = family()
    play = play >> contributes("b") << ...
    late = last_sealed(play)
    play = play >> says(revoked(child)) << "reopened" << "s fell"
    assert (play.state.status, play.owed) == ("open", [])
    play = play >> late << "seal voided"
    assert (play.state.status, play.state.credential, play.owed) == ("open", "", ["publish 41"])
    assert play >> late
    play = play >> cm.RecordStatus(status_index=41) << "status published"
    assert play.owed == []


def test_once_it_is_mended_the_old_seal_is_taken_for_the_new_one() -> None:
    play, child = family(spec={"optional": True}, b=part("form.x"))
    play = play >> contributes("b") << ...
    old = last_sealed(play)
    play = play >> says(revoked(child)) << ... >> by_hand(cm.SkipStep, "s") << ...
    child = child >> fm.TakeBack() << ... >> is_undone("n") << ... >> is_undone("m") << ...
    play = play >> says(child) << "s undone" << "issuing"
    new = last_sealed(play)
    play = play >> old << "seal voided"
    assert play.owed == ["seal #2", "publish 41"]
    assert play >> new << "sealed" << "issued"


def test_seals_that_fail_after_it_was_reopened_are_held_too_soon() -> None:
    play, child = family(spec={"optional": True}, b=part("form.x"))
    play = play >> contributes("b") << ... >> says(revoked(child)) << ... >> by_hand(cm.SkipStep, "s") << ...
    child = child >> fm.TakeBack() << ... >> is_undone("n") << ... >> is_undone("m") << ...
    play = play >> says(child) << ...
    for _ in range(4):
        play = play >> cm.RecordSealFailure(reason="no key") << "seal failed" >> passes("5 min") << "seal again"
    assert play.state.marks == ()
    play = play >> cm.RecordSealFailure(reason="no key") << "seal failed"
    assert play.state.marks == ("held",)


# --- before issue: a part -------------------------------------------------------------------------------------


def test_a_part_that_fell_is_still_the_steps_value_or_nobody_says_which() -> None:
    play, child = family()
    assert play.at("b").input == {"s": "m1", "n": "n1"}
    child = child >> revokes("n") << "n revoked: agency"
    assert child.owed == ["tell reduced #2"]
    play = play >> says(child) << "s fell"
    incident = next(step.incident for step in case_view(play.state).steps if step.step == "s")
    assert incident is not None
    assert (incident.cause, incident.acts) == ("part_revoked", ["open-anew", "take-rest", "end", "take-incident"])
    assert "n of n, revoked on" in incident.reason
    play = play >> REST << "s rest taken" << "b to be undone: replaced" << "b/2 opens: dependency" << ...
    assert play.at("s").output == {"m": {"number": "m1"}}
    play = play >> is_undone("b") << ...
    assert play.at("b/2").input == {"s": "m1", "n": ""}


def test_who_did_not_read_what_fell_is_asked_anew() -> None:
    play, child = family(b=part("s.m.number"))
    play = play >> contributes("b") << ... >> says(child >> revokes("n") << ...) << ...
    assert play >> REST << "s rest taken" << "issuing"


def test_one_part_and_then_the_whole_is_one_incident_and_each_news_counts() -> None:
    plan = branch(m=part("form.x"), n=part("form.x", optional=True), o=part("form.x", optional=True))
    play, child = family(plan=plan, b=part("s.m.number"))
    child = child >> revokes("n") << ...
    first = parts_told(child, output_of(child.state))
    play = play >> says(child) << "s fell" >> first
    assert play
    child = revoked(child)
    play = play >> says(child) << "s fell"
    assert (play.at("s").cause, play.at("s").remains) == ("revoked", None)
    assert play >> first
    assert play >> REST << "rejected: not_now"


def test_a_part_that_fell_before_its_parent_heard_of_the_output_is_given_as_what_is_left() -> None:
    child = issued(opened(BRANCH) << ..., "m", "n") >> revokes("n") << ...
    assert child.owed == ["tell issued #1"]
    play = Playbook(parent(BRANCH, b=reads("s.m.number"))) >> opens() << ... >> says(child) << ...
    assert play.at("s").output == {"m": {"number": "m1"}}
    assert child.owed == ["tell reduced #2"]
    assert play >> says(child)
    assert child.owed == []


def test_what_is_told_of_no_sub_case_or_after_all_is_over_does_something() -> None:
    play, child = family(b=part("form.x"))
    nothing = fm.RecordReduced(step=StepName("b"), round=1, output={}, parts=[], evidence=PROOF)
    assert play >> nothing << "rejected: unknown_step"
    assert play >> structs.replace(nothing, step=StepName("s"), round=9) << "rejected: unknown_step"
    play = play >> contributes("b") << ... >> SEALS << ... >> REVOKES << ...
    assert play.state.status == "revoking"
    assert play >> parts_told(child, {"m": {"number": "m1"}})
    assert (play >> says(revoked(child)) << ...).at("s").state == "contributed"


# --- final ----------------------------------------------------------------------------------------------------


def test_what_is_final_is_done_twice_or_stands_in_the_way_of_an_output_that_needs_it_not() -> None:
    final = branch(m=part("form.x", effect="final"), n=part("form.x", optional=True))
    spec = {"optional": True, "otherwise": {"m": Derived(const={"number": "none"})}}
    play, child = family(spec=spec, plan=final, b=part("s.m.number"))
    play = play >> contributes("b") << ... >> says(revoked(child)) << ...
    assert play >> AGAIN << "rejected: not_now"
    incident = next(step.incident for step in case_view(play.state).steps if step.step == "s")
    assert incident is not None
    assert incident.acts == ["skip", "end", "take-incident"]
    play = play >> by_hand(cm.SkipStep, "s") << "s skipped: hand" << "b to be undone: replaced" << ...
    play = play >> is_undone("b") << ...
    assert play.at("b/2").input == {"s": "none"}


def test_what_a_final_step_was_asked_with_is_opened_anew_or_taken_away_from_it() -> None:
    play, child = family(b=part("s.m.number", effect="final"))
    play = play >> says(child >> revokes("n") << ...) << "s fell"
    assert play >> AGAIN << "rejected: locked"
    assert play >> REST << "rejected: locked"
    incident = next(step.incident for step in case_view(play.state).steps if step.step == "s")
    assert incident is not None
    assert incident.acts == ["end", "take-incident"]


# --- after issue ----------------------------------------------------------------------------------------------


def shows(plan: CompiledPlan, **parts: dict[str, Any]) -> CompiledPlan:
    """Give a plan whose joint output shows this of its steps."""
    published = plan.published
    output = structs.replace(published.plan.output, parts=parts)
    made = structs.replace(published.plan, output=output)
    digest = plan_digest(made, published.contract_digests, {"s": published.services["s"].digest})
    return compile_plan(structs.replace(published, plan=made, digest=digest))


def whole(*, shown: str | Derived = "s.m.number", within: str = "") -> tuple[Playbook, Playbook]:
    """Give an issued parent with `b`, which was given what `n` gave, `c`, which rests on that, and `d`."""
    steps: dict[str, Part | Timed] = {"b": reads("s.m.number"), "c": part("b.number"), "d": part("form.x")}
    compiled = shows(parent(BRANCH, spec=None, **steps), s={"number": shown})
    child = issued(opened(BRANCH) << ..., "m", "n")
    play = Playbook(compiled) >> structs.replace(opens(), parent=AskKey(within)) << ... >> says(child) << ...
    for name in steps:
        play = play >> contributes(name) << ...
    places = [SealedPart(step=StepName("s"), item=ItemKey(""), round=1, status_index=10)]
    return play >> structs.replace(SEALS, parts=places) << ..., child


def test_agencies_that_used_a_part_of_a_sub_case_that_fell_are_not_told_or_its_own_is() -> None:
    play, child = whole()
    child = child >> revokes("n", law="UU 7/2026") << ...
    play = play >> says(child) << "s reduced"
    (notice,) = play.state.notices
    assert (notice.step, notice.by, notice.legal_basis, notice.part) == ("s", "n", "UU 7/2026", _title(child))
    assert notice.agencies == ("b", "c", "d")
    assert notice.resting == ("b", "c")
    assert (play.state.status, play.owed) == ("issued", [])  # what the output shows of it stands
    assert play >> says_again(child)


def _title(child: Playbook) -> object:
    return child.state.step(StepName("n")).title


def says_again(child: Playbook) -> fm.RecordReduced:
    """The sub-case says the same again."""
    return parts_told(child, output_of(child.state))


def test_a_part_that_shows_what_fell_is_still_called_valid_or_takes_the_whole_with_it() -> None:
    play, child = whole(shown="s.n.number")
    play = play >> says(child >> revokes("n") << ...) << "s reduced"
    assert (play.state.status, play.owed) == ("issued", ["publish 10"])
    play = play >> cm.RecordStatus(status_index=10) << "status published"
    reduced = play.at("s").reduced
    assert reduced is not None
    assert (reduced.because, [part.step for part in reduced.parts]) == ("in_part", ["n"])
    (shown,) = [step.revoked for step in case_view(play.state).steps if step.step == "s"]
    assert shown == reduced
    child = revoked(child)
    assert play >> says(child) << "s revoked: agency" << "revoking"


def test_a_part_that_nobody_used_makes_a_noise() -> None:
    plan = branch(m=part("form.x"), n=part("form.x", optional=True))
    child = issued(opened(plan) << ..., "m", "n")
    play = Playbook(parent(plan, b=part("s.m.number"))) >> opens() << ... >> says(child) << ...
    play = play >> contributes("b") << ... >> SEALS << ...
    play = play >> says(child >> revokes("n") << ...) << "s reduced"
    assert (play.state.notices, play.owed) == ((), [])


def test_what_cannot_be_worked_out_without_what_fell_is_taken_for_the_same() -> None:
    play, child = whole(shown=Derived(cel="s.n.number"))
    play = play >> says(child >> revokes("n") << ...) << "s reduced"
    assert play.owed == ["publish 10"]


def test_a_second_part_that_falls_is_told_of_the_first_again_or_forgets_its_law() -> None:
    plan = branch(m=part("form.x"), n=part("form.x", optional=True), o=part("form.x", optional=True))
    child = issued(opened(plan) << ..., "m", "n", "o")
    compiled = shows(parent(plan, b=part("s.m.number")), s={"n": "s.n.number", "o": "s.o.number"})
    play = Playbook(compiled) >> opens() << ... >> says(child) << ... >> contributes("b") << ... >> SEALS << ...
    play = play >> says(child >> revokes("n", law="UU 1") << ...) << "s reduced"
    play = play >> says(child >> revokes("o", law="UU 2") << ...) << "s reduced"
    assert [notice.legal_basis for notice in play.state.notices] == ["UU 1", "UU 2"]
    reduced = play.at("s").reduced
    assert reduced is not None
    assert (reduced.legal_basis, len(reduced.parts)) == ("UU 1; UU 2", 2)


def test_what_fell_in_a_sub_case_of_a_sub_case_stops_at_the_one_between() -> None:
    play, child = whole(shown="s.n.number", within="top/s/ask/1")
    says(play)
    play = play >> says(child >> revokes("n") << ...) << "s reduced"
    assert [fell.step for fell in parts_fallen(play.state)] == ["n"]
    assert "tell reduced #2" in play.owed
    assert output_of(play.state)["s"] == {}


def test_an_answer_of_an_agency_is_judged_as_that_of_a_sub_case() -> None:
    play, _ = family(b=part("form.x"), c=waits("2 days"))
    assert play >> contributes("b") << "b contributed"
    heard = cm.RecordAnswer(
        step=StepName("s"),
        round=1,
        verb="ask",
        heard=Refused(key=AskKey("play/s/ask/1"), code="ended"),
        evidence=PROOF,
    )
    assert play >> heard << "s fell"
    gave = Contributed(key=AskKey("play/s/ask/1"), output={"m": {"number": "m2"}})
    assert play >> structs.replace(heard, heard=gave)


def test_of_several_sub_cases_one_that_was_revoked_takes_the_others_with_it() -> None:
    spec: dict[str, Any] = {"each": "form.rows", "as_": "row", "key": "row.id", "in_": {"x": "row.x"}}
    rows = [{"id": "w", "x": "1"}, {"id": "e", "x": "2"}]
    plan = branch(m=part("form.x"))
    play = Playbook(parent(plan, spec=spec, b=part("form.x"))) >> opens(rows=rows) << ...
    children = {key: issued(opened(plan, key=AskKey(f"play/s/{key}/ask/1")) << ..., "m") for key in ("w", "e")}
    for child in children.values():
        play = play >> says(child) << ...
    play = play >> says(revoked(children["w"])) << "s:w fell"
    views = {str(step.item): step.incident for step in case_view(play.state).steps if step.step == "s"}
    assert (views["e"], views["w"] is not None) == (None, True)
    play = play >> by_hand(cm.AskAgain, "s:w") << "s:w to be undone: replaced" << "s:w/2 opens: revoked" << ...
    assert (play.at("s:e").state, play.owed) == ("contributed", ["undo s:w/1 #1", "ask b/1 #1"])

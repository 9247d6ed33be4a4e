"""A step that the applicant does: asked in its turn, answered, declined, or refused when its time is over."""

from __future__ import annotations

from contracts import commands as cm
from contracts.ids import ItemKey, StepName
from tests.unit.workflows.core.parts import does, part, plan
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
)

P = StepName("p")


def answers(number: str = "1", step: str = "p") -> cm.AnswerStep:
    return cm.AnswerStep(step=StepName(step), output={"number": number}, evidence=PROOF)


DECLINES = cm.DeclineStep(step=P)


def asked(**more: object) -> Playbook:
    """Give a case that asks something of its applicant after `a` contributed; `b` reads the answer."""
    steps = plan(a=part("form.x"), p=does("form.y", after=("a",), **more), b=part("p.number"))  # type: ignore[arg-type]
    return Playbook(steps) >> opens() << ... >> contributes("a") << "a contributed" << "p begun"


def test_what_the_applicant_answers_is_the_steps_value() -> None:
    play = asked()
    assert play.state.marks == ("waiting",)
    assert (play.at("p").input, play.owed) == ({"y": "y0"}, [])
    play = play >> answers("7") << "p answered" << "b asked"
    assert (play.state.marks, play.at("b").input) == ((), {"p": "7"})
    assert play >> contributes("b") << "b contributed" << "issuing"


def test_what_is_not_done_in_time_is_refused_and_what_was_done_before_stands_or_falls_by_its_own_condition() -> None:
    play = asked() >> passes("7 days") << "p refused: expired" << "closing: refused" << ...
    assert (play.at("p").code, play.at("a").state, play.at("b").state) == ("expired", "contributed", "dropped")


def test_the_applicant_may_decline() -> None:
    assert (
        asked() >> DECLINES << "p refused: declined" << "closing: refused" << "b dropped: closing" << "closed: refused"
    )


def test_the_case_goes_on_without_what_was_optional() -> None:
    play = asked(optional=True) >> DECLINES << "p refused: declined" << "b asked"
    assert play.at("b").input == {}


def test_an_answer_with_mistakes_is_not_taken() -> None:
    play = asked() >> answers("") << "rejected: form_invalid"
    assert play.at("p").state == "accepted"


def test_nothing_is_answered_before_after_or_where_nothing_is_asked() -> None:
    play = Playbook(plan(a=part("form.x"), p=does(after=("a",)))) >> opens() << ... >> answers() << "rejected: not_now"
    play = play >> answers(step="a") << "rejected: not_now" >> answers(step="q") << "rejected: unknown_step"
    elsewhere = cm.AnswerStep(step=P, item=ItemKey("i"), output={}, evidence=PROOF)
    play = play >> elsewhere << "rejected: unknown_step" >> contributes("a") << "a contributed" << "p begun"
    assert (
        play
        >> answers()
        << "p answered"
        << "issuing"
        >> answers()
        << "rejected: not_now"
        >> DECLINES
        << ("rejected: not_now")
    )


def test_a_pause_takes_answers_and_applies_the_end_of_the_time_when_it_is_over() -> None:
    play = asked() >> cm.PauseCase(act=ACT) << "paused" >> answers() << "p answered" << "b ready: pause"
    assert play >> cm.ResumeCase(act=ACT) << "resumed" << "b asked"
    late = asked() >> cm.PauseCase(act=ACT) << "paused" >> passes("8 days")
    assert late >> cm.ResumeCase(act=ACT) << "resumed" << "p refused: expired" << "closing: refused" << ...


def test_who_answered_is_not_asked_again_unless_what_was_asked_has_changed() -> None:
    steps = plan(a=part("form.x"), same=does("a.number"), other=does("form.x"), c=part("form.x"))
    play = Playbook(steps) >> opens() << ... >> contributes("a", "1") << ... >> answers(step="same") << "same answered"
    play = play >> answers("5", step="other") << "other answered" >> refuses("c", "fixable") << ...
    play = play >> corrects(x="new") << ... >> is_undone("a") << "a undone" << "a/2 asked"
    assert play.at("other/2").state == "accepted"
    play = play >> contributes("a/2", "1") << "a/2 contributed" << "same/2 begun" << "same/2 answered"
    assert play.at("same/2").output == {"number": "1"}
    assert play.at("other/2").input == {"x": "new"}


def test_who_had_not_answered_has_no_more_time_than_before() -> None:
    steps = plan(a=part("form.x"), p=does("a.number"), c=part("form.x"))
    play = Playbook(steps) >> opens() << ... >> contributes("a", "1") << "a contributed" << "p begun"
    until = play.at("p").give_up_at
    play = (
        play >> passes("1 day") >> refuses("c", "fixable") << ... >> corrects(x="new") << ... >> is_undone("a") << ...
    )
    play = play >> contributes("a/2", "1") << "a/2 contributed" << "p/2 begun"
    assert play.at("p/2").give_up_at == until


def test_an_applicants_step_whose_input_cannot_be_resolved_is_an_incident_that_a_person_settles() -> None:
    play = Playbook(plan(p=does(when="int(form.x) > 0"))) >> opens(x="none") << "opened" << "p exhausted: expression"
    answered = by_hand(cm.ContributeByHand, "p", output={"number": "2"}, evidence=PROOF)
    assert play >> answered << "p contributed" << "issuing"

"""A step is of one kind, and has what goes with it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from contracts.plan import ApplicantTask, Plan, Step, Until
from tests.declared import contracts, plan
from workflows.core.mistakes import Finding
from workflows.core.plan_check import check_plan
from workflows.core.step_kinds import check_kind, terms
from workflows.loading.mistakes import LoadingError
from workflows.loading.plans import publish

ASK = "oss/register-business@2"
TASK = ApplicantTask(
    form={
        "type": "object",
        "required": ["agreed"],
        "properties": {"agreed": {"type": "boolean"}, "note": {"type": "string"}},
    },
    within="7 days",
)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Step(ask=ASK, in_={"nik": "form.nik"}, optional=True), []),
        (Step(wait="2 working days", after=["place"], when="form.x"), []),
        (Step(wait=Until(until="form.opening")), []),
        (Step(wait="2 days", publish={}), []),
        (Step(wait="2 days", publish={}, decide_within="2 days"), []),
        (
            Step(wait="2 days", decide_within="2 days"),
            [("steps.w.decide_within", "w publishes nothing, so nobody objects to it")],
        ),
        (Step(ask=ASK, publish={}), [("steps.w.publish", "a step of the kind ask has no publish")]),
        (
            Step(wait=Until(until="form.x"), publish={"until": "form.y"}),
            [("steps.w.publish.until", "until is what the wait itself is given")],
        ),
        (Step(applicant=TASK, in_={"nik": "form.nik"}, optional=True, otherwise={"number": "form.nik"}), []),
        (
            Step(applicant=TASK, wait="2 days", ask=ASK),
            [("steps.w", "w is of several kinds (ask, wait, applicant)")],
        ),
        (
            Step(applicant=TASK, conditional_on="a"),
            [("steps.w.conditional_on", "a step of the kind applicant has no conditional_on")],
        ),
        (Step(after=["place"]), [("steps.w", "w is of no kind")]),
        (Step(ask=ASK, wait="2 days"), [("steps.w", "w is of several kinds (ask, wait)")]),
        (
            Step(wait="2 days", in_={"a": "form.a"}, optional=True),
            [
                ("steps.w.in", "a step of the kind wait has no in"),
                ("steps.w.optional", "a step of the kind wait has no optional"),
            ],
        ),
    ],
)
def test_a_step_is_of_exactly_one_kind_and_has_no_field_of_another(step: Step, told: list[tuple[str, str]]) -> None:
    assert [(".".join(map(str, one.place)), one.what) for one in check_kind(step, "w")] == told


def findings(**steps: object) -> list[Finding]:
    """Give what is wrong with the declared plan and these steps in it."""
    return check_plan(plan({f"steps.{name}": step for name, step in steps.items()}), contracts())


def test_all_mistakes_of_all_kinds_are_told_at_once() -> None:
    told = [
        f"{'.'.join(map(str, one.place))}: {one.what}"
        for one in findings(
            none={"after": ["busines"]},
            soon={"wait": {"until": "form.nowhere"}},
            later={"wait": {"until": {"cel": "size(form.staff)"}}, "after": ["later"]},
        )
    ]
    assert told == [
        "steps.none: none is of no kind",
        "steps.none.after.0: there is no step busines",
        "steps.soon.wait.until: form.nowhere: there is no nowhere",
        "steps.later.wait.until: this formula gives integer, and the contract takes string",
        "steps.later.after.0: later waits for itself",
    ]


def test_a_wait_gives_nothing_that_could_be_read() -> None:
    (one,) = findings(w={"wait": "2 days"}, then={"wait": {"until": "w.number"}})
    assert (one.place, one.what) == (("steps", "then", "wait", "until"), "w.number: there is no number")


def test_a_wait_is_no_part_of_the_output() -> None:
    changed = plan({"steps.w": {"wait": "2 days"}, "output.parts.w": {"over": "w.over"}})
    assert "steps.w" not in {".".join(map(str, one.place)) for one in check_plan(changed, contracts())}
    assert check_plan(changed, contracts()), "w.over leads nowhere"


def test_nobody_holds_the_terms_of_a_wait() -> None:
    lasting, until = terms(Step(wait="2 days")), terms(Step(wait=Until(until="form.x")))
    assert (lasting.agency, lasting.effect, lasting.refusals, lasting.reads) == ("", "none", {}, {})
    assert lasting.input["required"] == []
    assert until.input["required"] == ["until"]


def test_a_wait_that_is_published_can_say_no_before_what_cannot_be_taken_back_only() -> None:
    told = findings(w={"wait": "2 days", "publish": {}})
    assert [(one.place, one.what) for one in told] == [
        (("steps", "taxpayer"), "taxpayer cannot be taken back, and w may still say no after it")
    ]


def test_what_an_agency_does_not_give_on_is_not_published() -> None:
    changes = {"wait": "2 days", "publish": {"certificate": "business.certificate", "street": "form.strett"}}
    assert [one.what for one in findings(w=changes) if one.place[2:3] == ("publish",)] == [
        "form.strett: there is no strett",
        "oss does not give business.certificate on to the public",
    ]


def applicants(form: Mapping[str, object], **more: object) -> list[tuple[str, str]]:
    """Give what is said of a plan whose step `p` asks this of the applicant."""
    step = {"applicant": {"form": form, "within": "7 days"}, "optional": True, **more}
    return [(".".join(map(str, one.place)), one.what) for one in findings(p=step)]


def test_a_form_of_a_step_is_judged_as_the_plans_own_is() -> None:
    assert applicants({"type": "string"}) == [("steps.p.applicant.form", "the form is no group of answers")]
    unworded = {"type": "object", "properties": {"a": {"type": "string", "x-ui": {"label": {"id": "A"}}}}}
    assert applicants(unworded) == [
        ("steps.p.applicant.form.properties.a.x-ui.label", "label is not written in both languages")
    ]
    text = msgspec.json.encode(changed_plan({"type": "object", "properties": {"a": {"type": "strin"}}}))
    with pytest.raises(LoadingError, match=r"steps\.p\.applicant\.form\.properties\.a\.type"):
        publish(msgspec.json.decode(text, type=Plan), contracts())


def changed_plan(form: Mapping[str, object]) -> Plan:
    return plan({"steps.p": {"applicant": {"form": form, "within": "7 days"}, "optional": True}})


def test_what_the_applicant_answers_may_be_given_to_every_agency_and_what_they_are_shown_needs_no_onward() -> None:
    form = {"type": "object", "required": ["nib"], "properties": {"nib": {"type": "string"}}}
    step = {"applicant": {"form": form, "within": "7 days"}, "in": {"shown": "business.certificate"}}
    told = check_plan(plan({"steps.p": step, "steps.taxpayer.in.nib": "p.nib"}), contracts())
    assert not [one for one in told if one.place[1] in {"p", "taxpayer"}]


def test_a_step_that_the_applicant_does_comes_before_what_cannot_be_taken_back_and_is_no_part() -> None:
    step = {"applicant": {"form": {"type": "object", "properties": {"a": {"type": "string"}}}, "within": "7 days"}}
    told = check_plan(plan({"steps.p": step, "output.parts.p": {"a": "p.a"}}), contracts())
    assert [one.what for one in told] == [
        "p asks no agency (it is of the kind applicant)",
        "taxpayer cannot be taken back, and p may still say no after it",
    ]


def test_how_a_form_of_a_step_is_worded_changes_nothing_that_is_signed() -> None:
    form = {"type": "object", "properties": {"a": {"type": "string"}}}
    worded = {"type": "object", "properties": {"a": {"type": "string", "description": "An answer."}}}
    other = {"type": "object", "properties": {"a": {"type": "integer"}}}
    digest = publish(changed_plan(form), contracts()).digest
    assert publish(changed_plan(worded), contracts()).digest == digest
    assert publish(changed_plan(other), contracts()).digest != digest

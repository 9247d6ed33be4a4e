"""A plan's picture: the same text for the same plan, and every step and edge in it."""

from __future__ import annotations

from contracts.plan import PublishedPlan
from tests.declared import contracts, plan
from workflows.core.diagram import draw
from workflows.loading.plans import publish

EXPECTED = """\
flowchart LR
  form(["Form"])
  step_identity("Identity match<br/>dukcapil")
  step_business["Business registration<br/>oss"]
  step_permit["Verification of the standard<br/>dpmptsp<br/>only if: business.risk == 'high'"]
  step_taxpayer[["Tax number activation<br/>djp"]]
  output(["Joint service output"])
  form --> step_identity
  step_identity -.-> step_business
  step_business --> step_permit
  step_business --> step_taxpayer
  step_permit --> step_taxpayer
  step_business --> output
  step_taxpayer --> output
  classDef maybe stroke-dasharray: 4 4
  class step_permit maybe
"""


def published(**changes: object) -> PublishedPlan:
    return publish(plan({"steps.taxpayer.in.certificate": "permit.certificate", **changes}), contracts())


def test_a_plan_is_drawn_the_same_each_time() -> None:
    assert draw(published(), "en") == draw(published(), "en") == EXPECTED


def test_indonesian_is_the_language_unless_another_is_asked_for() -> None:
    assert "hanya bila: business.risk" in draw(published())
    assert 'form(["Formulir"])' in draw(published())


def test_an_optional_step_and_a_condition_are_shown() -> None:
    changes: dict[str, object] = {
        "steps.permit.optional": True,
        "steps.permit.conditional_on": "business",
        "steps.permit.legal_basis": "PP 28/2025",
    }
    drawn = draw(published(**changes), "en")
    assert "<br/>optional<br/>" in drawn
    assert 'step_permit == "only if" ==> step_business' in drawn


def test_no_word_of_an_author_breaks_out_of_its_label() -> None:
    drawn = draw(published(**{"output.title": {"id": "a", "en": '"<b>&#'}}), "en")
    assert 'output(["#quot;#lt;b#gt;#amp;#35;"])' in drawn


def test_a_plan_without_conditions_needs_no_class() -> None:
    drawn = draw(published(**{"steps.permit.when": ...}), "en")
    assert "classDef" not in drawn


def test_a_step_that_waits_is_drawn_with_how_long() -> None:
    drawn = draw(published(**{"steps.pause": {"wait": "2 working days", "after": ["identity"]}}), "en")
    assert 'step_pause{{"Waiting period<br/>2 working days"}}' in drawn
    assert "step_identity -.-> step_pause" in drawn
    until = draw(published(**{"steps.pause": {"wait": {"until": "form.nik"}}}), "en")
    assert 'step_pause{{"Waiting period<br/>until form.nik"}}' in until


def test_a_step_that_the_applicant_does_is_drawn_as_theirs() -> None:
    task = {"form": {"type": "object", "properties": {"a": {"type": "string"}}}, "within": "7 days"}
    drawn = draw(published(**{"steps.letter": {"applicant": task, "optional": True}}), "en")
    assert 'step_letter[/"Your part<br/>within 7 days<br/>optional"/]' in drawn


def test_a_step_that_is_asked_for_each_of_a_list_has_a_thick_line() -> None:
    changes: dict[str, object] = {
        "steps.permit.each": "form.staff",
        "steps.permit.as": "worker",
        "steps.permit.key": "worker.name",
    }
    changes |= {"steps.taxpayer.in.certificate": ..., "steps.taxpayer.after": ["permit"]}
    drawn = draw(published(**changes), "en")
    assert "<br/>for each worker (form.staff)<br/>4 at once<br/>" in drawn
    assert "  classDef several stroke-width: 4px\n  class step_permit several\n" in drawn
    assert "several" not in draw(published(), "en")

"""A plan that has another service as a step: what it resolves to, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts.plan import Plan, PublishedPlan
from tests.declared import PLAN, changed, contracts
from workflows.core.diagram import draw
from workflows.core.service_terms import ENDINGS, service_name, service_terms
from workflows.loading.compiling import compile_plan
from workflows.loading.mistakes import LoadingError
from workflows.loading.plans import publish

STEP: dict[str, Any] = {
    "service": "inner@1",
    "in": {"nik": "form.nik", "name": "form.name", "kbli": "form.kbli", "staff": "form.staff"},
}
REVERSIBLE = {name: step for name, step in PLAN["steps"].items() if name != "taxpayer"}
OUTPUT = {**PLAN["output"], "parts": {"business": {"nib": "business.nib", "risk": "business.risk"}}}


def inner(**changes: Any) -> dict[str, Any]:
    """Give a plan of checks and reversible steps."""
    return changed(PLAN, {"service": "inner", "steps": REVERSIBLE, "output": OUTPUT, **changes})


def outer(**changes: Any) -> dict[str, Any]:
    """Give a plan with `inner` as its only step; changes of `branch` are to that."""
    output = {**PLAN["output"], "parts": {"branch": {"nib": "branch.business.nib"}}}
    return changed(PLAN, {"service": "outer", "steps": {"branch": STEP}, "output": output, **changes})


def published(whole: dict[str, Any], *known: PublishedPlan) -> PublishedPlan:
    services = {service_name(plan.plan): plan for plan in known}
    return publish(msgspec.convert(whole, Plan), contracts(), services=services)


def wrong(whole: dict[str, Any], *known: PublishedPlan) -> list[str]:
    with pytest.raises(LoadingError) as caught:
        published(whole, *known)
    return [mistake.what.partition(": ")[2] for mistake in caught.value.mistakes]


INNER = published(inner())


def test_a_step_takes_the_form_of_its_service_and_gives_its_parts() -> None:
    terms = published(outer(), INNER).services["branch"].terms
    assert (terms.agency, terms.name, terms.effect) == ("dpmptsp", "dpmptsp/inner@1", "reversible")
    assert terms.input == PLAN["form"]
    assert terms.output["required"] == ["business"]
    assert terms.output["properties"]["business"] == {
        "type": "object",
        "required": ["nib", "risk"],
        "properties": {"nib": {"type": "string"}, "risk": {"enum": ["low", "high"]}},
        "additionalProperties": False,
    }
    assert terms.refusals.keys() == ENDINGS.keys()
    assert terms.promise.within == PLAN["promise"]["within"]


def test_a_service_of_which_a_step_is_final_is_final_and_one_of_checks_alone_can_still_be_revoked() -> None:
    assert service_terms(published(inner(steps=PLAN["steps"]))).effect == "final"
    checks = inner(steps={"identity": PLAN["steps"]["identity"]}, output={**OUTPUT, "parts": {"identity": {}}})
    terms = service_terms(published(checks))
    assert (terms.effect, terms.undo is not None) == ("reversible", True)


def test_a_part_that_may_be_missing_is_optional_to_the_step_and_a_document_stays_with_its_own_output() -> None:
    parts = {"business": {"nib": "business.nib"}, "permit": {"certificate": "permit.certificate"}}
    output = {**OUTPUT, "parts": parts}
    assert service_terms(published(inner(output=output))).output["required"] == ["business"]
    document = {"type": "object", "required": ["certificate"], "properties": {"certificate": {"document": "image/png"}}}
    other = contracts({"dpmptsp": {"output": document}})
    terms = service_terms(publish(msgspec.convert(inner(output=output), Plan), other))
    assert terms.output["properties"]["permit"]["properties"] == {}


def test_what_a_schema_refers_to_stands_in_the_terms() -> None:
    tree = {"$ref": "#/$defs/tree"}
    output = {
        "type": "object",
        "required": ["nib", "risk"],
        "properties": {"nib": tree, "risk": {"type": "array", "items": [True, {"const": "low"}]}},
        "$defs": {"tree": {"type": "object", "properties": {"inner": tree}}},
    }
    other = contracts({"oss": {"output": output}})
    whole = inner(steps={name: REVERSIBLE[name] for name in ("identity", "business")})
    terms = service_terms(publish(msgspec.convert(whole, Plan), other))
    assert "$ref" not in str(terms.output["properties"]["business"]["properties"]["risk"])
    assert terms.output["properties"]["business"]["properties"]["nib"]["type"] == "object"


def test_of_a_step_for_each_item_the_part_is_a_list() -> None:
    steps = {"outlets": {**REVERSIBLE["identity"], "each": "form.staff", "as": "one", "key": "one.name"}}
    output = {**OUTPUT, "parts": {"outlets": {"match": "outlets.match"}}}
    items = service_terms(published(inner(steps=steps, output=output))).output["properties"]["outlets"]
    assert (items["type"], items["items"]["required"]) == ("array", ["key", "match"])


def test_the_plan_pins_that_of_its_service() -> None:
    whole = published(outer(), INNER)
    assert whole.services["branch"].digest == INNER.digest
    other = published(inner(**{"promise.within": "9 days"}))
    assert published(outer(), other).digest != whole.digest
    compiled = compile_plan(whole)
    assert compiled.steps[compiled.order[0]].title == INNER.plan.title
    assert whole.agencies == ("dpmptsp",)
    assert whole.plan.steps["branch"].kind == "service"
    assert "inner@1" in draw(whole, "en")


def test_a_service_within_a_service_is_followed() -> None:
    middle = published(changed(outer(), {"service": "middle", "steps.branch.service": "inner@1"}), INNER)
    parts = {"branch": {"nib": "branch.branch.nib"}}
    whole = published(outer(**{"steps.branch.service": "middle@1", "output.parts": parts}), middle, INNER)
    assert whole.services["branch"].terms.onward == ["branch.nib", "branch"]


def test_it_shows_an_example_where_every_part_of_it_does() -> None:
    assert INNER.plan.output.parts.keys() == {"business"}
    assert service_terms(INNER).examples == []
    checks = inner(
        steps={
            "identity": PLAN["steps"]["identity"],
            "people": {**PLAN["steps"]["identity"], "each": "form.staff", "as": "one", "key": "one.name"},
        },
        output={**OUTPUT, "parts": {"identity": {"match": "identity.match"}, "people": {"match": "people.match"}}},
    )
    (example,) = service_terms(published(checks)).examples
    assert example.output == {"identity": {"match": True}, "people": [{"key": "1", "match": True}]}


# --- what is wrong ----------------------------------------------------------------------------------------------


def test_a_service_that_there_is_not_is_named() -> None:
    assert "there is no service inner@2" in wrong(outer(**{"steps.branch.service": "inner@2"}), INNER)


def test_services_do_not_wait_for_each_other() -> None:
    around = inner(steps={"branch": {**STEP, "service": "outer@1"}})
    around = changed(around, {"output.parts": {"branch": {"nib": "branch.branch.nib"}}})
    assert wrong(around, published(outer(), INNER)) == ["outer@1 has inner within it: they would wait for each other"]


def test_of_several_kinds_a_step_is_one() -> None:
    said = wrong(outer(**{"steps.branch.wait": "2 days"}), INNER)
    assert "branch is of several kinds (service, wait)" in said


def test_a_part_shows_a_field_of_a_part_of_the_service() -> None:
    said = wrong(outer(**{"output.parts.branch": {"all": "branch.business"}}), INNER)
    assert said == ["the part branch shows something else than a field of its own step"]


def test_an_input_that_the_form_of_the_service_does_not_have_is_told() -> None:
    said = wrong(outer(**{"steps.branch.in.nick": "form.name"}), INNER)
    assert said == ["dpmptsp/inner@1 has no input nick"]


def test_what_an_agency_of_the_service_does_not_give_on_no_other_step_reads() -> None:
    output = {**OUTPUT, "parts": {"business": {"nib": "business.nib", "certificate": "business.certificate"}}}
    service = published(inner(output=output))
    tax = {"nik": "form.nik", "nib": "branch.business.nib", "certificate": "branch.business.certificate"}
    said = wrong(outer(**{"steps.taxpayer": {"ask": "djp/activate-taxpayer@2", "in": tax}}), service)
    assert said == ["dpmptsp does not give branch.business.certificate on to djp"]


def test_an_agencys_output_goes_to_no_other_service_unless_it_may_be_passed_on() -> None:
    steps = {
        "identity": PLAN["steps"]["identity"],
        "business": REVERSIBLE["business"],
        "branch": {**STEP, "in": {**STEP["in"], "phone": "business.certificate"}},
    }
    said = wrong(outer(steps=steps), INNER)
    assert said == ["oss does not give business.certificate on to inner@1"]


def test_a_service_that_can_refuse_comes_before_what_cannot_be_taken_back() -> None:
    tax = {"ask": "djp/activate-taxpayer@2", "in": {"nik": "form.nik", "nib": "form.kbli"}}
    said = wrong(outer(**{"steps.taxpayer": tax}), INNER)
    assert said == ["taxpayer cannot be taken back, and branch may still say no after it"]

"""A published plan, ready to run: in the shape that the core works on, compiled once."""

from __future__ import annotations

from msgspec import structs

from contracts.contract import WireConnection
from contracts.ids import StepName
from tests.declared import contracts, plan
from workflows.core.expressions import resolve
from workflows.loading.compiling import compile_plan
from workflows.loading.plans import publish

BUSINESS, PERMIT = StepName("business"), StepName("permit")
FORM = {"nik": "3303055203900000", "name": "Ani", "kbli": "56103", "staff": [{"name": "Budi"}]}


def test_a_plan_is_compiled_whole() -> None:
    changes = {"steps.permit.otherwise": {"certificate": {"const": ""}}}
    compiled = compile_plan(publish(plan(changes), contracts()))
    assert compiled.order == ("identity", "business", "permit", "taxpayer")
    step = compiled.steps[BUSINESS]
    assert (step.name, sorted(step.data), sorted(step.after)) == ("business", [], ["identity"])
    assert step.contract.name == "oss/register-business@2"
    assert step.form_reads == {"/nik", "/kbli", "/staff"}
    assert step.form_inputs == {"nik": "/nik", "kbli": "/kbli"}
    assert resolve(step.inputs, {"form": FORM}) == {"nik": FORM["nik"], "kbli": "56103", "staff": 1}
    assert compiled.ancestors[PERMIT] == {"identity", "business"}
    assert compiled.descendants[BUSINESS] == {"permit", "taxpayer"}
    assert compiled.data_descendants[BUSINESS] == {"permit", "taxpayer"}
    assert compiled.after_descendants[StepName("identity")] == {"business", "permit", "taxpayer"}
    permit = compiled.steps[PERMIT]
    assert permit.when is not None
    assert permit.when.evaluate({"business": {"risk": "high"}}) is True
    assert permit.otherwise is not None
    assert resolve(permit.otherwise, {}) == {"certificate": ""}
    assert resolve(compiled.holder, {"form": FORM}) == {"name": "Ani"}
    assert resolve(compiled.parts[BUSINESS], {"business": {"nib": "1"}}) == {"nib": "1"}


def test_forms_inputs_and_outputs_are_judged() -> None:
    compiled = compile_plan(publish(plan(), contracts()))
    assert compiled.check_form(FORM) == []
    assert [mistake.pointer for mistake in compiled.check_form({**FORM, "kbli": 1})] == ["/kbli"]
    step = compiled.steps[BUSINESS]
    assert [mistake.pointer for mistake in step.check_input({"nik": "1"})] == ["/kbli"]
    assert [mistake.pointer for mistake in step.check_output({"nib": "1", "risk": "none"})] == ["/risk"]


def test_a_plan_is_compiled_once_whatever_its_operational_records() -> None:
    published = publish(plan(), contracts())
    moved = contracts({"oss": {"connection.url": "https://moved.example"}})
    again = publish(plan(), moved)
    assert again.digest == published.digest
    compiled, compiled_again = compile_plan(published), compile_plan(again)
    assert compiled is compile_plan(published)
    assert compiled_again.steps[BUSINESS].contract.connection == WireConnection(url="https://moved.example")
    assert compiled.steps[BUSINESS].contract.connection == WireConnection(url="https://oss.example/gapura")
    assert compiled_again.steps[BUSINESS].check_input is compiled.steps[BUSINESS].check_input
    assert compiled_again.published is again


def test_plans_of_other_digests_are_others() -> None:
    published = publish(plan(), contracts())
    other = structs.replace(published, digest="sha256:other")
    assert compile_plan(other) is not compile_plan(published)
    assert compile_plan(other).published.digest == "sha256:other"


def test_a_plan_is_called_as_another_one_of_the_same_digest() -> None:
    plain = publish(plan(), contracts())
    titled = publish(plan({"steps.business.title": {"id": "Langkah usaha", "en": "The business"}}), contracts())
    assert plain.digest == titled.digest
    compile_plan(plain)
    step = compile_plan(titled).steps[BUSINESS]
    assert (step.title.en, step.spec.title) == ("The business", step.title)

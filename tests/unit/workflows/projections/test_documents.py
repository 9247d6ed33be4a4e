"""Which documents of a case its applicant sees: those of contributions that stand."""

from __future__ import annotations

from msgspec import structs

from contracts import commands as cm
from contracts.ids import StepName
from contracts.units import Text
from contracts.wire import Contributed
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import KEY, Playbook, hears, is_undone, opens
from workflows.core.state import CaseState
from workflows.projections.case_view import case_view, masked
from workflows.projections.documents import case_document

DIGEST = "sha256:" + "a" * 64
DESCRIBED = {"type": "application/pdf", "name": "akta.pdf", "size": 7, "digest": DIGEST}
A = StepName("a")


def with_document(state: CaseState) -> CaseState:
    """Mark a field of step `a` as a document."""
    step = state.plan.steps[A]
    marked = {"document": "application/pdf", "x-ui": {"label": {"id": "Akta", "en": "Deed"}}}
    output = {**step.contract.output, "properties": {"akta": marked, "other": {"document": "image/png"}}}
    steps = {**state.plan.steps, A: structs.replace(step, contract=structs.replace(step.contract, output=output))}
    return structs.replace(state, plan=structs.replace(state.plan, steps=steps))


def given() -> Playbook:
    play = Playbook(plan(a=part("form.x"), b=part("form.y"))) >> opens() << ...
    return play >> hears("a", Contributed(key=KEY, output={"akta": DESCRIBED, "number": "7"})) << ...


def test_a_document_is_listed_with_its_label_and_found_by_its_digest() -> None:
    state = with_document(given().state)
    (shown,) = case_view(state).steps[0].documents
    assert (shown.field, shown.label, shown.document.digest) == ("akta", Text("Akta", "Deed"), DIGEST)
    assert case_document(state, DIGEST) == shown
    assert case_document(state, "sha256:" + "b" * 64) is None


def test_operators_and_applicants_of_what_was_taken_back_see_none() -> None:
    state = with_document(given().state)
    assert masked(case_view(state)).steps[0].documents == []
    undone = (given() >> cm.Withdraw() << ... >> is_undone("a") << ...).state
    assert case_document(with_document(undone), DIGEST) is None

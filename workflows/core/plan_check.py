"""What must hold of a plan before anybody can apply: checked when it is loaded, never while a citizen waits.

Each check is one function from the plan under check to findings; a later step kind adds its own to `_CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from contracts.contract import Contract
from contracts.documents import described
from contracts.plan import Plan, PublishedPlan
from workflows.core.checked_plan import (
    CheckedPlan,
    compile_for_check,
    everything,
    input_place,
    made_sure,
    placed,
)
from workflows.core.document_check import check_passing_on
from workflows.core.duration_check import check_working_hours
from workflows.core.each_check import check_each
from workflows.core.expressions import ELEMENT
from workflows.core.facts_check import check_facts
from workflows.core.form_check import check_form
from workflows.core.graph import given_to
from workflows.core.mistakes import Finding, Place, did_you_mean
from workflows.core.order_check import check_conditions, check_cycles, check_effects
from workflows.core.payment_check import check_payments
from workflows.core.references import (
    KEPT,
    ROOTS,
    can_be_empty,
    check_input,
    check_onward,
    check_presence,
    check_reference,
    types_given,
)
from workflows.core.schema_paths import Lost, locate, names_in
from workflows.core.service_terms import check_services, service_terms
from workflows.core.step_kinds import check_kind, terms
from workflows.core.validity import check_validity

_NO_SERVICES: Final[Mapping[str, PublishedPlan]] = {}


def check_plan(
    plan: Plan, contracts: Mapping[str, Contract], services: Mapping[str, PublishedPlan] = _NO_SERVICES
) -> list[Finding]:
    """Give every mistake in a plan.

    `contracts` and `services` are those known, by the names that plans have for them (`oss/register@2`, `branch@1`).
    """
    findings: list[Finding] = list(check_services(plan, services))
    of_steps: dict[str, Contract] = {}
    for name, step in plan.steps.items():
        findings.extend(check_kind(step, name))
        if step.ask is not None and step.ask in contracts:
            of_steps[name] = contracts[step.ask]
        elif step.service is not None:
            of_steps |= {name: service_terms(services[step.service])} if step.service in services else {}
        elif step.kind != "ask":
            of_steps[name] = terms(step)
        elif step.ask is not None:
            findings.append(
                Finding(("steps", name, "ask"), f"there is no contract {step.ask}", did_you_mean(step.ask, contracts))
            )
    checked = compile_for_check(plan, of_steps, findings)
    if any(root in plan.steps for root in ROOTS):
        return [*findings, *_check_names(checked)]  # what else is written means two things
    for check in _CHECKS:
        findings.extend(check(checked))
    return findings


# --- names --------------------------------------------------------------------------------------------------


def _check_names(checked: CheckedPlan) -> Iterator[Finding]:
    for name in checked.plan.steps:
        if name in KEPT:
            yield Finding(("steps", name), f"{name} is a word that expressions keep for themselves", f"{name}_step")
    for place, expression in everything(checked):
        for variable in expression.bound:
            if variable in checked.plan.steps:
                yield Finding(place, f"the variable {variable} is called like a step", "another name for the variable")


def _check_step_names(checked: CheckedPlan) -> Iterator[Finding]:
    """Say when `after`, `conditional_on`, parts or facts name no step."""
    for place, name in _named_steps(checked.plan):
        if name not in checked.plan.steps:
            yield Finding(place, f"there is no step {name}", did_you_mean(name, checked.plan.steps))


def _named_steps(plan: Plan) -> Iterator[tuple[Place, str]]:
    for name, step in plan.steps.items():
        for index, before in enumerate(step.after):
            yield ("steps", name, "after", index), before
        if step.conditional_on is not None:
            yield ("steps", name, "conditional_on"), step.conditional_on
    for part in plan.output.parts:
        yield ("output", "parts", part), part
    for name, fact in plan.facts.items():
        yield ("facts", name, "authority"), fact.authority
        for index, holder in enumerate(fact.holders):
            yield ("facts", name, "holders", index), holder


# --- references ---------------------------------------------------------------------------------------------


def _check_references(checked: CheckedPlan) -> Iterator[Finding]:
    for place, expression in everything(checked):
        for reference in expression.references:
            lost = list(check_reference(place, reference, checked.around))
            yield from lost
            if not lost and expression.kind == "cel":
                yield from check_presence(place, reference, checked.around, made_sure(checked, place))


def _check_conditions_are_true_or_false(checked: CheckedPlan) -> Iterator[Finding]:
    for name, step in checked.steps.items():
        if step.when is not None and "boolean" not in types_given(step.when, checked.around):
            yield Finding(
                ("steps", name, "when"), "a condition is true or false", "a comparison, such as form.a == 'b'"
            )


def _check_own_value(checked: CheckedPlan) -> Iterator[Finding]:
    """Say when a step refers to itself."""
    for name in checked.steps:
        for place, expression in placed(checked, name):
            if any(path[0] == name for path in expression.paths):
                yield Finding(place, f"{name} refers to itself", "a reference to the form or an earlier step")


def _check_inputs(checked: CheckedPlan) -> Iterator[Finding]:
    for name, contract in checked.contracts.items():
        step = checked.plan.steps[name]
        for field, expression in checked.steps[name].inputs.items():
            place: Place = input_place(name, step, field)
            if not any(True for path in expression.references for _ in check_reference(place, path, checked.around)):
                yield from check_input(place, expression, contract, checked.around, made_sure(checked, place))
                if step.applicant is None:  # what an agency gives is the applicant's to see
                    yield from check_onward(place, expression, step.service or contract.agency, checked.around)
        for field in names_in(contract.input, "required"):
            if field not in given_to(step):
                yield Finding(
                    ("steps", name, "in"),
                    f"{contract.name} requires the input {field}",
                    f"{field}: and a reference to where it comes from",
                )


def _check_otherwise(checked: CheckedPlan) -> Iterator[Finding]:
    for name, step in checked.plan.steps.items():
        if step.otherwise is None:
            continue
        if not can_be_empty(step):
            yield Finding(
                ("steps", name, "otherwise"),
                f"{name} always contributes, so nothing stands in for it",
                "optional: true, or a `when`; or no `otherwise`",
            )
        contract = checked.contracts.get(name)
        if contract is None:
            continue
        for field in step.otherwise:
            found = locate(described(contract.output), (field,))
            if isinstance(found, Lost):
                place: Place = ("steps", name, "otherwise", field)
                yield Finding(place, f"{contract.name} has no output {field}", found.instead)


def _check_parts(checked: CheckedPlan) -> Iterator[Finding]:
    """A part shows fields of its own step, so that the agency's signature covers it."""
    for place, expression in checked.others.items():
        if place[1] != "parts" or place[2] not in checked.plan.steps:
            continue
        step = checked.plan.steps[place[2]]
        if not step.sends:
            yield Finding(place, f"{place[2]} asks no agency (it is of the kind {step.kind})", "parts of agencies only")
        path = expression.paths[0] if expression.kind == "reference" else ()
        path = tuple(name for name in path if name != ELEMENT)
        deep = 2 if step.service is None else 3  # a step and one of its fields; of a sub-case, one of a part of it
        if len(path) != deep or path[0] != place[2]:
            fields = "one of its output fields" if step.service is None else "a part of its service and its field"
            yield Finding(
                place,
                f"the part {place[2]} shows something else than a field of its own step",
                f"{place[2]}. and {fields}",
            )


def _check_corrections(checked: CheckedPlan) -> Iterator[Finding]:
    for name, contract in checked.contracts.items():
        inputs = checked.steps[name].inputs
        broken = set(checked.plan.steps[name].in_) - set(inputs)
        correctable = {field for refusal in contract.refusals.values() for field in refusal.correct}
        for field in sorted(correctable - broken):
            expression = inputs.get(field)
            if expression is not None and expression.kind == "reference" and expression.paths[0][0] == "form":
                continue
            place: Place = ("steps", name, "in") if expression is None else ("steps", name, "in", field)
            yield Finding(
                place,
                f"{contract.name} lets the applicant correct {field}, which does not come straight from the form",
                f"{field}: form. and the answer that it is",
            )


_CHECKS: Final[tuple[Callable[[CheckedPlan], Iterable[Finding]], ...]] = (
    _check_names,
    _check_step_names,
    _check_references,
    _check_conditions_are_true_or_false,
    _check_own_value,
    _check_inputs,
    _check_otherwise,
    check_passing_on,
    _check_parts,
    _check_corrections,
    check_cycles,
    check_effects,
    check_each,
    check_conditions,
    check_form,
    check_facts,
    check_payments,
    check_working_hours,
    check_validity,
)

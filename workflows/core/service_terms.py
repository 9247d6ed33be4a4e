"""What a plan says when it is a step of another: the terms of a sub-case, made of the plan whose case it is.

It takes the form, and gives what the joint output shows: for each part its fields (of an `each` step a list of them). A
joint output that was issued can be revoked, so a sub-case is reversible even where all its steps only check; it is
final where one of them is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from contracts.connection import WireConnection
from contracts.contract import Contract, Example, Promise, Refusal, Undoing
from contracts.documents import document_fields
from contracts.plan import Plan, PublishedPlan
from contracts.units import Text
from workflows.core.each import KEY
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import Finding, did_you_mean
from workflows.core.references import can_be_empty
from workflows.core.schema_paths import Located, Schema, dereference, locate
from workflows.core.step_kinds import contract_of

ENDINGS: Final[Mapping[str, Text]] = {
    "refused": Text("Permohonan bagiannya ditolak", "The sub-case was refused"),
    "withdrawn": Text("Permohonan bagiannya ditarik kembali", "The sub-case was withdrawn"),
    "expired": Text("Permohonan bagiannya kedaluwarsa", "The sub-case expired"),
    "ended": Text("Permohonan bagiannya diakhiri", "The sub-case was ended"),
}
"""How a sub-case can end without an output: the closed list of a service step's refusals."""
_NESTING_LIMIT: Final = 16


def service_name(plan: Plan) -> str:
    """Give the name under which other plans have a plan as a step: `service@major`."""
    return f"{plan.service}@{plan.version.partition('.')[0]}"


def service_terms(published: PublishedPlan) -> Contract:
    """Give the terms of a sub-case under a published plan."""
    plan = published.plan
    effects = {contract_of(published, name).effect for name in plan.steps}
    final = "final" in effects
    return Contract(
        agency=plan.lead,
        contract=plan.service,
        version=plan.version,
        title=plan.title,
        purpose="sub-case",
        legal_basis=plan.legal_basis,
        basis="public_task",
        retention="0 s",
        reads={},
        input=plan.form,
        output=_output(published),
        effect="final" if final else "reversible",
        promise=Promise(within=plan.promise.within),
        connection=WireConnection(url=""),
        onward=list(_onward(published)),
        undo=None if final else Undoing(by="system"),
        refusals={code: Refusal(title=title) for code, title in ENDINGS.items()},
        examples=_examples(published),
    )


def _output(published: PublishedPlan) -> dict[str, Any]:
    plan = published.plan
    parts = {name: _part(published, name) for name in plan.output.parts}
    return {
        "type": "object",
        "required": [name for name in parts if not can_be_empty(plan.steps[name])],
        "properties": parts,
        "additionalProperties": False,
    }


def _part(published: PublishedPlan, name: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    required: list[str] = []
    output = contract_of(published, name).output
    for shown, path in _shown(published, name):
        found = locate(output, path)
        assert isinstance(found, Located)  # noqa: S101 - a published plan's parts lead somewhere
        fields[shown] = _whole(found.schema, found.root)
        if not found.optional:
            required.append(shown)
    if published.plan.steps[name].each is None:
        return {"type": "object", "required": required, "properties": fields, "additionalProperties": False}
    item = {
        "type": "object",
        "required": [KEY, *required],
        "properties": {KEY: {"type": "string"}, **fields},
        "additionalProperties": False,
    }
    return {"type": "array", "items": item}


def _examples(published: PublishedPlan) -> list[Example]:
    """Show what it gives where its agencies' contracts show what they give."""
    output: dict[str, Any] = {}
    for name in published.plan.output.parts:
        granted = [shown.output for shown in contract_of(published, name).examples if shown.output is not None]
        if not granted:
            return []
        fields = {
            shown: value for shown, path in _shown(published, name) if (value := _at(granted[0], path)) is not None
        }
        output[name] = fields if published.plan.steps[name].each is None else [{KEY: "1", **fields}]
    return [Example(title="what it gives", input={}, output=output)]


def _at(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = value.get(name) if is_fields(value) else None
    return value


def _shown(published: PublishedPlan, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Walk over what a part shows, and where in its step's output that is.

    A document stays with the output of its own case, which the evidence of the step names.
    """
    documents = document_fields(contract_of(published, name).output)
    for shown, source in published.plan.output.parts[name].items():
        path = tuple(str(source).split(".")[1:])
        if path[0] not in documents:
            yield shown, path


def given_on(published: PublishedPlan, name: str) -> tuple[str, ...]:
    """Give what a part tells to whoever has the service as a step: the names under which it shows it."""
    return tuple(shown for shown, _ in _shown(published, name))


def _onward(published: PublishedPlan) -> Iterator[str]:
    """Give what other agencies may be given: `part.field`, and a whole part where all of it may be."""
    for name in published.plan.output.parts:
        allowed = set(contract_of(published, name).onward)
        shown = dict(_shown(published, name))
        free = [field for field, path in shown.items() if ".".join(path) in allowed]
        yield from (f"{name}.{field}" for field in free)
        if len(free) == len(shown):
            yield name


def _whole(schema: Schema, root: Schema, depth: int = 0) -> dict[str, object]:
    """Give a schema that needs nothing around it: what it refers to stands in it."""
    if depth > _NESTING_LIMIT:
        return {}  # a schema that contains itself: the rest is judged where the answer is given
    here = dereference(schema, root)
    return {
        name: value if name in {"const", "enum", "x-ui"} else _inner(value, root, depth)
        for name, value in here.items()
        if name != "$defs"
    }


def _inner(value: object, root: Schema, depth: int) -> object:
    if is_fields(value):
        return _whole(value, root, depth + 1)
    if is_list(value):
        return [_inner(each, root, depth) for each in value]
    return value


def check_services(plan: Plan, services: Mapping[str, PublishedPlan]) -> Iterator[Finding]:
    """Say which services there are not, and which lead back to the plan's own."""
    for name, step in plan.steps.items():
        if step.service is None:
            continue
        found = services.get(step.service)
        if found is None:
            instead = did_you_mean(step.service, services)
            yield Finding(("steps", name, "service"), f"there is no service {step.service}", instead)
        elif plan.service in within([found], services):
            yield Finding(
                ("steps", name, "service"),
                f"{step.service} has {plan.service} within it: they would wait for each other",
                "another service, or the agency's own contract (`ask`)",
            )


def within(plans: Iterable[PublishedPlan], services: Mapping[str, PublishedPlan]) -> frozenset[str]:
    """Give the services of these plans, and of all that are steps of them."""
    known = {published.digest: published for published in services.values()}
    found: set[str] = set()
    left = list(plans)
    while left:
        published = left.pop()
        found.add(published.plan.service)
        left += [known[inner.digest] for inner in published.services.values() if inner.digest in known]
        found |= {inner.terms.contract for inner in published.services.values()}
    return frozenset(found)

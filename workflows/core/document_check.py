"""What must hold of documents: of their marks in a contract, and of whoever passes them on in a plan.

What stands for a document in a value names its content by digest, and the content is there only because an agency, or
the applicant, gave it. So where an agency reads a document, a plan gives it one of those, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.contract import Contract, JsonSchema
from contracts.documents import MARK, TYPES, document_fields
from workflows.core.checked_plan import CheckedPlan, input_place
from workflows.core.expressions import Expression
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import Finding, Place, did_you_mean

_MARK_DEPTH: Final = 4  # output, properties, the field, document
_FIELD_DEPTH: Final = 2  # a step, and one of its fields


def check_documents(contract: Contract) -> Iterator[Finding]:
    """Say where a contract's marks are in no place, or of no type, that documents have."""
    yield from _check_marks("input", contract.input)
    yield from _check_marks("output", contract.output)


def _check_marks(name: str, schema: JsonSchema) -> Iterator[Finding]:
    for place in _marks(schema, (name,)):
        if len(place) != _MARK_DEPTH or place[1] != "properties":
            yield Finding(place, "a document is a field of its own, not within another", "a property of the group")
    for field, types in document_fields(schema).items():
        place = (name, "properties", field, MARK)
        for unknown in sorted(set(types) - set(TYPES)):
            yield Finding(place, f"documents of type {unknown} are not taken", did_you_mean(unknown, TYPES))
        if not types:
            yield Finding(place, "it says no type", ", or ".join(TYPES))


def check_passing_on(checked: CheckedPlan) -> Iterator[Finding]:
    """Say where a plan gives an agency something else than a document for one, or a document for something else."""
    yield from _check_marks("form", checked.plan.form)
    for name, contract in checked.contracts.items():
        takes = document_fields(contract.input)
        for field, expression in checked.steps[name].inputs.items():
            place = input_place(name, checked.plan.steps[name], field)
            yield from _misfits(place, expression, given=_is_document(expression, checked), taken=field in takes)
        marked = document_fields(contract.output)
        for field in checked.steps[name].otherwise or ():
            if field in marked:
                place = ("steps", name, "otherwise", field)
                yield Finding(
                    place, "nothing stands in for a document", f"no {field}: it is left out where there is none"
                )


def _misfits(place: Place, expression: Expression, *, given: bool, taken: bool) -> Iterator[Finding]:
    source = expression.source
    if given and not taken:
        what = f"{source} is a document, and this input is none"
        yield Finding(place, what, f"an input with {MARK}, or {source}.name")
    if taken and not given:
        yield Finding(
            place,
            f"this input is a document, and {source} is none",
            "a document that a step gave, or that the form asks for",
        )


def _is_document(expression: Expression, checked: CheckedPlan) -> bool:
    path: tuple[str, ...] = expression.paths[0] if expression.kind == "reference" else ()
    if len(path) != _FIELD_DEPTH:
        return False
    if path[0] == "form":
        return path[1] in document_fields(checked.plan.form)
    return path[0] in checked.contracts and path[1] in document_fields(checked.contracts[path[0]].output)


def _marks(schema: object, place: Place) -> Iterator[Place]:
    """Find every `document` that is a keyword, not the name of a field."""
    if is_list(schema):
        for index, item in enumerate(schema):
            yield from _marks(item, (*place, index))
    if is_fields(schema):
        for name, value in schema.items():
            if name == MARK and place[-1] not in {"properties", "$defs", "definitions"}:
                yield (*place, name)
            elif name != "x-ui":
                yield from _marks(value, (*place, name))

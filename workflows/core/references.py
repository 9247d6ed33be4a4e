"""Whether a plan's references lead somewhere: to a value that suits, that is there, and that may be passed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from contracts.contract import Contract
from contracts.documents import described
from contracts.plan import Plan, Step
from workflows.core.cel_types import ANY, types_of
from workflows.core.each import KEY, gives_whole_list, schema_of_list
from workflows.core.expressions import ELEMENT, RESERVED, Expression, Path, Reference
from workflows.core.mistakes import Finding, Place, did_you_mean
from workflows.core.schema_paths import Located, Lost, Schema, dereference, locate, misfits, names_in, type_of, types

ROOTS: Final = ("form", "case")
"""What references can start with beside steps."""

KEPT: Final = RESERVED | {*ROOTS, "input", "status", "body"}
"""Names that expressions keep for other things than steps: words of CEL, and what bindings read."""

CASE_SCHEMA: Final[Schema] = {
    "type": "object",
    "required": ["id", "service", "opened_at"],
    "properties": {"id": {"type": "string"}, "service": {"type": "string"}, "opened_at": {"type": "string"}},
    "additionalProperties": False,
}
"""What an expression may know of its case."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """What references can lead to: the form, the case, and the steps with their contracts and compiled expressions."""

    plan: Plan
    contracts: Mapping[str, Contract]
    otherwise: Mapping[str, Mapping[str, Expression]]

    def roots(self) -> list[str]:
        """Give every name that a reference may start with."""
        return [*ROOTS, *self.plan.steps]

    def schema(self, root: str) -> Schema | None:
        """Give the schema of what a root stands for; None where its contract is unknown."""
        if root == "form":
            return described(self.plan.form)
        if root == "case":
            return CASE_SCHEMA
        contract = self.contracts.get(root)
        if contract is None:
            return None
        output = described(contract.output)
        if self.plan.steps[root].each is None:
            return output
        stands_in = self.otherwise.get(root)
        return schema_of_list(output, () if stands_in is None else set(names_in(output, "required")) - set(stands_in))

    def is_list(self, root: str) -> bool:
        """Whether a root is a step whose value is the list of its items'."""
        step = self.plan.steps.get(root)
        return step is not None and step.each is not None

    def may_be_empty(self, root: str) -> bool:
        """Whether a root is a step that can end without a contribution, and the case go on."""
        step = self.plan.steps.get(root)
        return step is not None and step.each is None and can_be_empty(step)


def can_be_empty(step: Step) -> bool:
    """Whether the case goes on although a step contributed nothing: it is optional, or has a condition or a list."""
    return step.optional or step.when is not None or step.each is not None


def check_reference(place: Place, reference: Reference, around: Surroundings) -> Iterator[Finding]:
    """Say when a reference leads nowhere."""
    root, rest = reference.path[0], reference.path[1:]
    if root not in around.roots():
        yield Finding(place, f"{root} is neither form, case nor a step", did_you_mean(root, around.roots()))
        return
    schema = around.schema(root)
    found = None if schema is None else locate(schema, rest, (root,))
    if isinstance(found, Lost):
        yield Finding(place, f"{_written(reference.path)}: there is no {found.name}", found.instead)


def check_presence(
    place: Place, reference: Reference, around: Surroundings, sure: frozenset[Path]
) -> Iterator[Finding]:
    """Say when a formula reads what may be absent without has(); `sure` is what is there anyway."""
    if reference.asked:
        return
    for beginning in _may_be_absent(reference.path, around):
        if beginning not in reference.known | sure:
            name = _written(beginning)
            yield Finding(
                place,
                f"{name} may be absent, and then this formula fails",
                f"has({name}) && …, or has({name}) ? {name} : …",
            )
            return


def _may_be_absent(path: Path, around: Surroundings) -> tuple[Path, ...]:
    root, schema = path[0], around.schema(path[0])
    found = None if schema is None else locate(schema, path[1:], (root,))
    absent = found.optional if isinstance(found, Located) else ()
    if around.may_be_empty(root) and len(path) > 1 and path[1] not in around.otherwise.get(root, {}):
        absent = tuple(dict.fromkeys([path[:2], *absent]))
    elif len(path) > 1 and path[1] in around.otherwise.get(root, {}):
        absent = tuple(beginning for beginning in absent if beginning != path[:2])
    return absent


def check_input(
    place: Place, expression: Expression, contract: Contract, around: Surroundings, sure: frozenset[Path]
) -> Iterator[Finding]:
    """Say when an input is given what its contract does not take, or may be given nothing where it is required.

    `place` ends with the input's name; `sure` is what is there although it may be absent.
    """
    name = str(place[-1])
    target = locate(described(contract.input), (name,))
    if isinstance(target, Lost):
        yield Finding(place, f"{contract.name} has no input {name}", target.instead)
        return
    if expression.node is not None:
        yield from _check_types(place, expression, target, around)
    for source in _sources(expression, around):
        for misfit in misfits(source, target):
            yield Finding(place, f"{expression.source} gives {misfit}", "a reference to a value that suits")
    if target.optional or expression.kind != "reference":
        return
    absent = [path for path in _may_be_absent(expression.paths[0], around) if path not in sure]
    if absent:
        name_of = _written(absent[0])
        yield Finding(
            place,
            f"{name_of} may be absent, and {contract.name} requires {name}",
            f'an `otherwise` for it, {{cel: "has({name_of}) ? {expression.source} : …"}}, or make it required',
        )


def _check_types(place: Place, expression: Expression, target: Located, around: Surroundings) -> Iterator[Finding]:
    """Say when a formula can only give what its contract does not take."""
    given, taken = types_given(expression, around), types(dereference(target.schema, target.root), target.root)
    whole = frozenset({"integer"}) if "number" in taken else frozenset[str]()
    if given.isdisjoint(taken | whole):
        yield Finding(
            place,
            f"this formula gives {' or '.join(sorted(given))}, and the contract takes {' or '.join(sorted(taken))}",
            "a formula whose value suits; string(), int() and double() convert",
        )


def types_given(expression: Expression, around: Surroundings) -> frozenset[str]:
    """Give the JSON types that a formula can give."""

    def lookup(path: Path) -> frozenset[str]:
        schema = around.schema(path[0]) if path[0] in around.roots() else None
        found = None if schema is None else locate(schema, path[1:])
        if not isinstance(found, Located) or path[0] in around.otherwise:
            return ANY
        return types(found.schema, found.root)

    return ANY if expression.node is None else types_of(expression.node, lookup)


def _sources(expression: Expression, around: Surroundings) -> Iterator[Located]:
    """Give the schema of every value that an expression can have, as far as it is known."""
    if expression.kind == "constant":
        constant = expression.evaluate({})
        schema: Schema = {"const": constant, "type": type_of(constant)}
        yield Located(schema, schema)
    if expression.kind != "reference":
        return
    path = expression.paths[0]
    schema_of_root = around.schema(path[0])
    found = None if schema_of_root is None else locate(schema_of_root, path[1:], path[:1])
    if isinstance(found, Located):
        yield found
    instead = around.otherwise.get(path[0], {})
    if len(path) == 2 and path[1] in instead:  # noqa: PLR2004 - a step and one of its fields
        yield from _sources(instead[path[1]], around)


def check_onward(place: Place, expression: Expression, agency: str, around: Surroundings) -> Iterator[Finding]:
    """Say when one agency's output is given to another although its contract does not allow that."""
    for step, field in dict.fromkeys(_origins(expression, around, frozenset())):
        contract = around.contracts[step]
        of_many = around.plan.steps[step].service is not None  # what a sub-case gives is of several agencies
        if (of_many or contract.agency != agency) and field not in contract.onward:
            what = f"{step}.{field}" if field else f"all of {step}"
            allowed = ", ".join(contract.onward) or "nothing"
            yield Finding(
                place,
                f"{contract.agency} does not give {what} on to {agency or 'the public'}",
                f"what may be passed on ({allowed}), or ask {contract.agency} to add it to `onward`",
            )


def _origins(expression: Expression, around: Surroundings, seen: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Give the step and field of every agency's output in a value (an empty field: the whole output)."""
    for path in expression.paths:
        root = path[0]
        if root not in around.contracts or root in seen:
            continue
        if around.is_list(root):
            yield from _origins_of_items(expression, root)
            continue
        fields = path[1:2] or ("",)
        yield root, fields[0] if around.plan.steps[root].service is None else _of_part(path)
        for name, instead in around.otherwise.get(root, {}).items():
            if fields[0] in {"", name}:
                yield from _origins(instead, around, seen | {root})


def _of_part(path: Path) -> str:
    """Give which field of which part of a sub-case a path is about, as the terms of its service name it."""
    return ".".join([name for name in path if name != ELEMENT][1:3])


def _origins_of_items(expression: Expression, root: str) -> Iterator[tuple[str, str]]:
    """Give what of a list of contributions is in a value; how many there are, and their keys, no agency gave."""
    for reference in expression.references:
        if reference.path[0] != root:
            continue
        field = reference.path[2:3]
        whole = expression.node is None or gives_whole_list(expression.node, root)
        if field != (KEY,) and (field or len(reference.path) > 1 or whole):
            yield root, field[0] if field else ""


def _written(path: Path) -> str:
    return ".".join(path).replace(".[]", "[0]")

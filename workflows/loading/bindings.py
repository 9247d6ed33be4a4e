"""A binding, made ready once: operations of the document, expressions and outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

from jsonschema_rs import Draft202012Validator, ValidationError
from msgspec import Struct, convert, structs

from contracts.connection import BoundOperation, BoundOutcome, OpenApiConnection, Secret
from contracts.declared import Derived
from workflows.core.expressions import (
    MISSING,
    Expression,
    ExpressionError,
    ExpressionMistake,
    compile_condition,
    compile_value,
)
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import Finding, Place, did_you_mean
from workflows.loading.api_files import Fields
from workflows.loading.openapi import Operation, first_server, modern, operation_at, operations_of
from workflows.loading.validation import linear_validator

Purpose: TypeAlias = Literal["ask", "undo", "lookup", "poll"]
PURPOSES: Final[tuple[Purpose, ...]] = ("ask", "undo", "lookup", "poll")

ASKED: Final = ("input", "case", "ask")
"""What every value of a request may refer to."""
LATER: Final = (*ASKED, "output", "ticket")
"""And what an undo, a lookup or a poll may, since it is of an earlier ask."""
ANSWERED: Final = ("status", "body", "headers")
"""And what an outcome may."""


class Template(Struct, frozen=True):
    """Groups and lists of values, as deep as a body is; `leaves` are its expressions with their places."""

    fill: Callable[[Mapping[str, object]], object]
    leaves: tuple[tuple[Place, Expression], ...]
    shape: object
    """The same tree with expressions for leaves."""


class Rule(Struct, frozen=True, kw_only=True):
    """One outcome, ready."""

    outcome: BoundOutcome
    when: Expression | None
    contribute: Template | None
    accepted: Expression | None
    text: Expression | None


class BoundCall(Struct, frozen=True, kw_only=True):
    """One bound operation, ready. `fits` says whether a body is what the document describes."""

    operation: Operation
    parameters: Mapping[str, Expression]
    headers: Mapping[str, Expression]
    body: Template | None
    rules: tuple[Rule, ...]
    fits: Callable[[object], bool]

    def expressions(self) -> Iterator[tuple[Place, Expression]]:
        """Walk over everything that is evaluated, with its place within the bound operation."""
        for group, values in (("parameters", self.parameters), ("headers", self.headers)):
            yield from (((group, name), expression) for name, expression in values.items())
        for tree in (self.body, *(rule.contribute for rule in self.rules)):
            yield from ((place[1:], expression) for place, expression in (tree.leaves if tree else ()))
        for index, rule in enumerate(self.rules):
            for name, one in (("when", rule.when), ("accepted", rule.accepted), ("text", rule.text)):
                if one is not None:
                    yield ("outcomes", index, name), one


class Binding(Struct, frozen=True, kw_only=True):
    """A connection, ready: where it leads, and its calls."""

    base: str
    document: Fields
    calls: Mapping[Purpose, BoundCall]


class BindingInvalid(Exception):
    """A binding that cannot be used; `findings` say where (under `connection`) and why."""

    def __init__(self, findings: list[Finding]) -> None:
        """Take everything that is wrong with it."""
        super().__init__("; ".join(finding.what for finding in findings))
        self.findings = findings


def bound_operations(connection: OpenApiConnection) -> Iterator[tuple[Purpose, BoundOperation]]:
    """Walk over the operations that a connection binds."""
    for purpose in PURPOSES:
        bound: BoundOperation | None = getattr(connection, purpose)
        if bound is not None:
            yield purpose, bound


def compile_binding(connection: OpenApiConnection) -> Binding:
    """Make a connection ready, whose document is with it.

    Raises:
        BindingInvalid: it has mistakes: all that stand in the way of using it.

    """
    if isinstance(connection.document, str):
        what = "the document is a file elsewhere, and is not with the contract"
        raise BindingInvalid([Finding(("document",), what, "the contract as `gapura contract register` sends it")])
    document = modern(connection.document)
    known = operations_of(document)
    findings: list[Finding] = []
    calls: dict[Purpose, BoundCall] = {}
    for purpose, bound in bound_operations(connection):
        place = known.get(bound.operation)
        if place is None:
            findings.append(unknown_operation(purpose, bound, known))
            continue
        maker = _Maker(purpose)
        calls[purpose] = maker.call(bound, operation_at(document, bound.operation, place), document)
        findings += maker.findings
    base = (connection.url or first_server(document)).rstrip("/")
    if not base:
        what = "the document names no server with a whole address"
        findings.append(Finding(("document",), what, "url: https://agency.example/api"))
    if findings:
        raise BindingInvalid(findings)
    return Binding(base=base, document=document, calls=calls)


def unknown_operation(purpose: str, bound: BoundOperation, known: Mapping[str, Place]) -> Finding:
    """Say that an operation is not in the document."""
    names = sorted(known) if len(known) <= _MOST_NAMED else sorted(name for name in known if " " not in name)
    return Finding(
        (purpose, "operation"),
        f"the document has no operation {bound.operation}",
        _shortened(did_you_mean(bound.operation, names)),
    )


_MOST_NAMED: Final = 12
_MOST_WORDS: Final = 300


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]} …"


def secrets_of(connection: OpenApiConnection) -> Iterator[tuple[Place, Secret]]:
    """Walk over every secret that a connection names, with its place."""
    declared: list[tuple[Place, Struct]] = [(("auth", index), auth) for index, auth in enumerate(connection.auth)]
    if connection.tls is not None:
        declared.append((("tls",), connection.tls))
    for place, group in declared:
        for field in structs.fields(group):
            value = getattr(group, field.name)
            if isinstance(value, Secret):
                yield (*place, field.encode_name), value
    if connection.proxy is not None:
        yield ("proxy",), connection.proxy


class _Maker:
    """Compiles one bound operation, collecting mistakes."""

    def __init__(self, purpose: Purpose) -> None:
        self.purpose: Purpose = purpose
        self.findings: list[Finding] = []
        self.asked = ASKED if purpose == "ask" else LATER
        self.answered = (*self.asked, *ANSWERED)

    def call(self, bound: BoundOperation, operation: Operation, document: Fields) -> BoundCall:
        top: Place = (self.purpose,)
        parameters = self.values(bound.parameters, (*top, "parameters"))
        headers = self.values(bound.headers, (*top, "headers"))
        body = None if bound.body is None else self.template(bound.body, (*top, "body"), self.asked)
        rules = tuple(self.rule(outcome, (*top, "outcomes", n)) for n, outcome in enumerate(bound.outcomes))
        return BoundCall(
            operation=operation,
            parameters=parameters,
            headers=headers,
            body=body,
            rules=rules,
            fits=_fitting(operation, document),
        )

    def values(self, declared: Mapping[str, Any], place: Place) -> dict[str, Expression]:
        made: dict[str, Expression] = {}
        for name, value in declared.items():
            expression = self.value(value, (*place, name), self.asked)
            if expression is not None:
                made[name] = expression
        return made

    def rule(self, outcome: BoundOutcome, place: Place) -> Rule:
        answered = self.answered
        contribute = outcome.contribute
        return Rule(
            outcome=outcome,
            when=None if outcome.when is None else self.condition(outcome.when, (*place, "when")),
            contribute=None if contribute is None else self.template(contribute, (*place, "contribute"), answered),
            accepted=None if outcome.accepted is None else self.value(outcome.accepted, (*place, "accepted"), answered),
            text=None if outcome.text is None else self.value(outcome.text, (*place, "text"), answered),
        )

    def condition(self, source: str, place: Place) -> Expression | None:
        try:
            return self.known(compile_condition(source), place, self.answered)
        except ExpressionMistake as mistake:
            self.findings.append(Finding(place, mistake.what, mistake.instead))
            return None

    def value(self, value: str | Derived, place: Place, roots: tuple[str, ...]) -> Expression | None:
        try:
            return self.known(compile_value(value), place, roots)
        except ExpressionMistake as mistake:
            self.findings.append(Finding(place, mistake.what, mistake.instead))
            return None

    def known(self, expression: Expression, place: Place, roots: tuple[str, ...]) -> Expression:
        for root in dict.fromkeys(path[0] for path in expression.paths):
            if root not in roots:
                what = f"{root} is nothing that can be read here"
                self.findings.append(Finding(place, what, did_you_mean(root, roots)))
        return expression

    def template(self, tree: object, place: Place, roots: tuple[str, ...]) -> Template | None:
        leaves: list[tuple[Place, Expression]] = []
        shape = self.branch(tree, place, roots, leaves)
        return Template(lambda scope: _filled(shape, scope), tuple(leaves), shape)

    def branch(
        self, tree: object, place: Place, roots: tuple[str, ...], leaves: list[tuple[Place, Expression]]
    ) -> object:
        if is_list(tree):
            return [self.branch(item, (*place, index), roots, leaves) for index, item in enumerate(tree)]
        if is_fields(tree) and not (tree and tree.keys() <= {"const", "cel"}):
            return {name: self.branch(item, (*place, name), roots, leaves) for name, item in tree.items()}
        if not isinstance(tree, str | dict):
            what = "a value here is a reference, a group or a list of them, {const: …} or {cel: …}"
            self.findings.append(Finding(place, what, "{const: " + str(tree).lower() + "}"))
            return None
        expression = self.value(convert(tree, str | Derived), place, roots)
        if expression is not None:
            leaves.append((place, expression))
        return expression


def _filled(shape: object, scope: Mapping[str, object]) -> object:
    """Give the values; what leads to nothing is left out. Raises ExpressionError."""
    if isinstance(shape, Expression):
        return shape.evaluate(scope)
    if is_list(shape):
        return [item for part in shape if (item := _filled(part, scope)) is not MISSING]
    if is_fields(shape):
        return {name: value for name, part in shape.items() if (value := _named(name, part, scope)) is not MISSING}
    return shape


def _named(name: str, part: object, scope: Mapping[str, object]) -> object:
    try:
        return _filled(part, scope)
    except ExpressionError as error:
        raise ExpressionError(f"{name}: {error}") from None


def _fitting(operation: Operation, document: Fields) -> Callable[[object], bool]:
    """Give the check of a body; where the document's schema cannot be used here, the agency is the judge."""
    if not operation.body_schema:
        return lambda _body: True
    try:
        validator: Draft202012Validator = linear_validator({**document, "allOf": [operation.body_schema]})
    except (ValidationError, ValueError):
        return lambda _body: True
    return validator.is_valid

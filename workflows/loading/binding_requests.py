"""Whether what a binding sends is what the agency's document asks for: parameters, headers and the body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from contracts.connection import ApiKeyAuth, ByKey, OpenApiConnection
from contracts.contract import Contract
from contracts.documents import as_sent
from workflows.core.expressions import Expression
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import Finding, Place, did_you_mean
from workflows.core.schema_paths import Located, Schema, locate, misfits, names_in, schema_in, type_of, types
from workflows.loading.api_files import Fields
from workflows.loading.bindings import BoundCall
from workflows.loading.openapi import flat

OURS: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "proxy-authorization",
        "te",
        "traceparent",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that a binding does not set: they are ours, or secrets (`auth`)."""
FIELD_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A name of a header or a cookie (RFC 9110, 5.6.2)."""


def check_request(
    contract: Contract, connection: OpenApiConnection, call: BoundCall, document: Fields
) -> Iterator[Finding]:
    """Give every mistake of what a call sends; places are within the bound operation."""
    yield from _check_parameters(connection, call, contract, document)
    yield from _check_names(call)
    yield from _check_body(contract, call, document)


def _check_names(call: BoundCall) -> Iterator[Finding]:
    """A binding and a document name headers; one that frames a message would let a value begin another message."""
    places = {parameter.name: parameter.place for parameter in call.operation.parameters}
    named = [("headers", name, "header") for name in call.headers]
    named += [("parameters", name, places.get(name, "")) for name in call.parameters]
    for group, name, where in named:
        if where == "header" and name.lower() in OURS:
            yield Finding((group, name), f"{name} is not set here", "auth, for what proves us; nothing for the rest")
        elif where in {"header", "cookie"} and FIELD_NAME.fullmatch(name) is None:
            yield Finding((group, name), f"no {where} has such a name", "letters, digits and hyphens")


def set_by_itself(connection: OpenApiConnection) -> set[tuple[str, str]]:
    """Give place and name (in lower case) of the parameters that are sent without a value in the binding."""
    ours = {("header", name) for name in OURS}
    ours |= {(auth.place, auth.name.lower()) for auth in connection.auth if isinstance(auth, ApiKeyAuth)}
    if isinstance(connection.repeat, ByKey):
        ours.add(("header", connection.repeat.by_key.lower()))
    return ours


def _check_parameters(
    connection: OpenApiConnection, call: BoundCall, contract: Contract, document: Fields
) -> Iterator[Finding]:
    known = {parameter.name: parameter for parameter in call.operation.parameters}
    ours = set_by_itself(connection)
    for name, expression in call.parameters.items():
        if name not in known:
            what = f"{call.operation.name} has no parameter {name}"
            yield Finding(("parameters", name), what, did_you_mean(name, known))
            continue
        target = Located(flat(known[name].schema, document), document)
        for misfit in _misfits(expression, contract, target):
            yield Finding(("parameters", name), f"{expression.source} gives {misfit}", "a value that suits")
    sent = {name.lower() for name in call.headers}
    for parameter in call.operation.parameters:
        by_header = parameter.place == "header" and parameter.name.lower() in sent
        by_itself = (parameter.place, parameter.name.lower()) in ours
        if parameter.required and parameter.name not in call.parameters and not by_header and not by_itself:
            what = f"{call.operation.name} requires the parameter {parameter.name} ({parameter.place})"
            yield Finding(("parameters",), what, f"{parameter.name}: input.…")


def _check_body(contract: Contract, call: BoundCall, document: Fields) -> Iterator[Finding]:
    operation = call.operation
    if operation.strange_body and (call.body is not None or operation.body_required):
        what = f"{operation.name} takes its body as {operation.strange_body[:80]}, which cannot be sent"
        yield Finding(("body",) if call.body else (), what, "an operation that takes JSON or a form")
    elif call.body is None:
        if operation.body_required:
            yield Finding((), f"{operation.name} requires a body", "body: {…: input.…}")
    elif not operation.body_type:
        yield Finding(("body",), f"{operation.name} takes no body", "parameters, or another operation")
    else:
        yield from _check_branch(call.body.shape, operation.body_schema, ("body",), contract, document)


def _check_branch(
    shape: object, schema: Schema, place: Place, contract: Contract, document: Fields
) -> Iterator[Finding]:
    target = flat(schema, document)
    if "oneOf" in target or "anyOf" in target:
        return  # judged when it is sent
    if isinstance(shape, Expression):
        for misfit in _misfits(shape, contract, Located(target, document)):
            yield Finding(place, f"{shape.source} gives {misfit}", "a value that suits")
    elif is_list(shape):
        if "array" not in types(target, document):
            yield Finding(place, "a list, and the document takes none here", "one value")
        for index, item in enumerate(shape):
            yield from _check_branch(item, schema_in(target, "items"), (*place, index), contract, document)
    elif is_fields(shape):
        yield from _check_group(shape, target, place, contract, document)


def _check_group(
    shape: dict[str, object], target: Schema, place: Place, contract: Contract, document: Fields
) -> Iterator[Finding]:
    if "object" not in types(target, document):
        yield Finding(place, "a group of fields, and the document takes none here", "one value")
        return
    properties = schema_in(target, "properties")
    more = target.get("additionalProperties", not properties)
    required = names_in(target, "required")
    for name, part in shape.items():
        if name in properties:
            yield from _check_branch(part, schema_in(properties, name), (*place, name), contract, document)
        elif more is False and name not in required:
            yield Finding((*place, name), f"the document has no field {name} here", did_you_mean(name, properties))
    for name in required:
        if name not in shape:
            yield Finding(place, f"the document requires {name} here", f"{name}: input.…")


def _misfits(expression: Expression, contract: Contract, target: Located) -> Iterator[str]:
    """Say why a value does not suit what the document asks for, as far as both are known."""
    if expression.kind == "constant":
        constant = expression.evaluate({})
        schema: Schema = {"const": constant, "type": type_of(constant)}
        yield from misfits(Located(schema, schema), target)
    elif expression.kind == "reference" and expression.paths[0][0] == "input":
        found = locate(as_sent(contract.input), expression.paths[0][1:])
        if isinstance(found, Located) and found.schema:
            yield from misfits(found, target)

"""A first contract and binding, written from an agency's document: what a person must decide is marked `# DECIDE:`.

What is written loads as it is, and does no harm as it is: no status is taken for a "no", nothing is repeated that may
not bear it, and the secrets are still to be set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml
from msgspec import Struct

from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import Place, did_you_mean
from workflows.core.schema_paths import Schema, schema_in
from workflows.loading.api_files import DocumentUnusable, Fields
from workflows.loading.binding_requests import OURS
from workflows.loading.first_schemas import fields_of, required_of, standalone
from workflows.loading.forgotten import OFTEN_A_NO
from workflows.loading.openapi import Operation, excerpt, first_server, flat, modern, operation_at, operations_of

_SAFE: Final = frozenset({"GET", "HEAD"})
_ACCEPTED: Final = 202
_VERSION: Final = re.compile(r"v[0-9.]+")
_LONGEST_NAME: Final = 63
_LONGEST_TITLE: Final = 100


def name_of(operation: str) -> str:
    """Give a contract's name made of an operation's: `addPerson` is add-person, `GET /v2/people/{id}` people."""
    method, _, path = operation.partition(" ")
    if path:
        told = [part for part in path.split("/") if "{" not in part and not _VERSION.fullmatch(part)]
        words = "-".join(told if method in _SAFE else [method, *told])
    else:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", operation)
    name = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    name = name if name[:1].isalpha() else f"{method.lower() if path else 'do'}-{name}"
    return name[:_LONGEST_NAME].strip("-")


class Wanted(Struct, frozen=True, kw_only=True):
    """What to write a contract of: operations by operationId or `METHOD /path`, and the names to give."""

    agency: str
    contract: str
    document: str
    ask: str
    undo: str = ""
    lookup: str = ""
    poll: str = ""


class _Field(Struct, frozen=True):
    """One input: its name, its schema, where it goes (a parameter, or a field of the body; empty: the whole body)."""

    name: str
    schema: Fields
    required: bool
    place: str
    target: str


def first_contract(document: Fields, wanted: Wanted) -> str:
    """Give the YAML of a first contract.

    Raises:
        DocumentUnusable: an operation is not in the document, or the document cannot be used.

    """
    known = operations_of(document)
    named = {name: bound for name in ("ask", "undo", "lookup", "poll") if (bound := getattr(wanted, name))}
    for bound in named.values():
        if bound not in known:
            instead = did_you_mean(bound, (name for name in known if " " not in name))[:300]
            raise DocumentUnusable(f"the document has no operation {bound}", instead)
    part = modern(excerpt(document, [known[bound] for bound in named.values()]))
    operations = {name: operation_at(part, bound, known[bound]) for name, bound in named.items()}
    for operation in operations.values():
        if operation.strange_body and operation.body_required:
            what = f"{operation.name} takes its body as {operation.strange_body[:80]}, which cannot be sent"
            raise DocumentUnusable(what, "an operation that takes JSON or a form")
    own = wanted.agency.upper().replace("-", "_")
    auth = [_with_secrets(one, own) for one in _security(document, known[wanted.ask])]
    draft = _Draft(wanted, part, operations, auth, _summary(document, known[wanted.ask]))
    return "\n".join(draft.lines()) + "\n"


class _Draft:
    """Writes the lines of one contract."""

    def __init__(  # what was read of the document, each once
        self, wanted: Wanted, document: Fields, operations: Mapping[str, Operation], auth: list[Fields], summary: str
    ) -> None:
        self.wanted = wanted
        self.title = summary or wanted.contract.replace("-", " ").capitalize()
        self.document = document
        self.operations = operations
        self.ask = operations["ask"]
        self.auth = auth
        self.inputs = list(_inputs(self.ask, document))
        self.path, self.outputs, self.required = _outputs(self.ask, document)
        self.reads_only = self.ask.method in _SAFE
        self.reversible = "undo" in operations

    def lines(self) -> Iterator[str]:
        yield f"# A first contract, written from {self.wanted.document}."
        yield "# Search for DECIDE: each is a person's to decide."
        yield from self.promise()
        yield from self.connection()

    def promise(self) -> Iterator[str]:
        wanted, reads = self.wanted, {field.name: "business" for field in self.inputs}
        effect = "none" if self.reads_only else "reversible" if self.reversible else "final"
        yield from _written({"agency": wanted.agency, "contract": wanted.contract, "version": "1.0.0"})
        yield from _written({"title": {"id": self.title, "en": self.title}}, "what it is called, in both languages")
        yield from _written({"purpose": wanted.contract}, "the processing activity for which the input is read")
        yield from _written({"legal_basis": "unknown"}, "the law that lets the agency do this")
        yield from _written({"basis": "public_task"}, "public_task, legal_obligation, contract or consent")
        yield from _written({"retention": "10 years"}, "how long the agency keeps what it was given")
        yield from _written({"reads": reads}, "the data class of each input: identity, contact, business, location …")
        yield from _written({"input": self.input_schema()}, "only what the agency needs; drop what it can do without")
        yield from _written({"output": self.output_schema()}, "only what the joint output, or another step, needs")
        yield from _written({"onward": []}, "output fields that other agencies may be given")
        yield from _written({"effect": effect}, "none is a check, reversible can be taken back, final cannot")
        if self.reversible:
            yield from _written({"undo": {"by": "system", "within": "30 days"}}, "until when it can be taken back")
        if "lookup" in self.operations:
            yield from _written({"lookup": True})
        yield from _written({"promise": {"within": "1 day"}}, "how soon it answers")

    def input_schema(self) -> Fields:
        required = [field.name for field in self.inputs if field.required]
        schema: Fields = {"type": "object", **({"required": required} if required else {})}
        properties = {field.name: field.schema for field in self.inputs}
        return {**schema, "properties": properties, "additionalProperties": False}

    def output_schema(self) -> Fields:
        required = {"required": self.required} if self.required else {}
        return {"type": "object", **required, "properties": self.outputs}

    # --- the connection ---------------------------------------------------------------------------------------

    def connection(self) -> Iterator[str]:
        yield "connection:"
        yield "  kind: openapi"
        yield f"  document: {_flow(self.wanted.document)}"
        if not first_server(self.document):
            yield "  url: https://agency.example/api  # DECIDE: where its API is"
        yield f"  repeat: {'harmless' if self.reads_only else 'never'}  # DECIDE: {self.about_repeats()}"
        if self.auth:
            yield "  auth:  # DECIDE: which of these; the operator keeps the secrets under these names"
            yield from (f"    - {_flow(auth)}" for auth in self.auth)
        yield "  ask:"
        yield f"    operation: {_flow(self.wanted.ask)}"
        yield from self.request()
        yield "    outcomes:"
        yield from (f"      - {line}" for line in self.outcomes())
        for purpose in ("undo", "lookup", "poll"):
            if purpose in self.operations:
                yield from self.further(purpose)

    def about_repeats(self) -> str:
        if self.reads_only:
            return "harmless only if asking changes nothing"
        return "does a second ask do it twice? {by_key: HEADER}, harmless, lookup_first or never"

    def request(self) -> Iterator[str]:
        parameters = {field.target: f"input.{field.name}" for field in self.inputs if field.place != "body"}
        body = {field.target: f"input.{field.name}" for field in self.inputs if field.place == "body"}
        if parameters:
            yield f"    parameters: {_flow(parameters)}"
        if body:
            yield f"    body: {_flow(body.get('', body))}"

    def outcomes(self) -> Iterator[str]:
        for status in sorted(int(status) for status in self.ask.statuses if status.isdecimal()):
            if status == _ACCEPTED:
                polled = "accepted: {const: ''}" if "poll" in self.operations else "exhaust: true"
                yield f"{{when: 'status == 202', {polled}}}  # DECIDE: where does the ticket stand? `accepted: body.…`"
            elif status in OFTEN_A_NO:
                yield f"{{when: 'status == {status}', exhaust: true}}  # DECIDE: a business no? `refuse: CODE`"
        given = {name: f"body.{self.path}{name}" for name in self.outputs} if self.path != "." else {"answer": "body"}
        yield f"{{contribute: {_flow(given)}}}  # DECIDE: any 2xx; or `when:` what shows that it was done"

    def further(self, purpose: str) -> Iterator[str]:
        operation = self.operations[purpose]
        yield f"  {purpose}:"
        yield f"    operation: {_flow(getattr(self.wanted, purpose))}"
        values = {
            parameter.name: self.value(parameter.name) for parameter in operation.parameters if parameter.required
        }
        if values:
            yield f"    parameters: {_flow(values)}  # DECIDE: what names the ask, or what it made, over there"
        if operation.body_required:
            yield "    body: {}  # DECIDE: what it is sent"
        statuses = {int(status) for status in operation.statuses if status.isdecimal()}
        waiting = {_ACCEPTED} if purpose != "undo" else set[int]()
        unclear = sorted(statuses & (OFTEN_A_NO | waiting))
        if unclear or purpose != "undo":
            yield "    outcomes:"
        for status in unclear:
            means = "`undone: true`?" if purpose == "undo" else "`nothing_held: true`?"
            yield f"      - {{when: 'status == {status}', exhaust: true}}  # DECIDE: {means}"
        if purpose != "undo":
            yield "      - {when: 'status == 200', exhaust: true}  # DECIDE: `contribute: {…: body.…}`"

    def value(self, name: str) -> str:
        if name in {field.name for field in self.inputs}:
            return f"input.{name}"
        return f"output.{name}" if name in self.outputs else "ask.key"


def _inputs(operation: Operation, document: Fields) -> Iterator[_Field]:
    taken: set[str] = set()

    def named(wanted: str) -> str:
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", wanted).strip("-_") or "value"
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    for parameter in operation.parameters:
        if parameter.place == "header" and (parameter.name.lower() in OURS or not parameter.required):
            continue  # what a header may say beside is about caches and languages, hardly ever an input
        schema = standalone(parameter.schema, document)
        yield _Field(named(parameter.name), schema, parameter.required, parameter.place, parameter.name)
    if not operation.body_type:
        return
    body = flat(operation.body_schema, document)
    properties = schema_in(body, "properties")
    if not properties or "oneOf" in body or "anyOf" in body:
        yield _Field(named("body"), standalone(body, document), operation.body_required, "body", "")
        return
    demanded = required_of(body)
    for name in fields_of(body):
        yield _Field(named(name), standalone(schema_in(properties, name), document), name in demanded, "body", name)


def _outputs(operation: Operation, document: Fields) -> tuple[str, Fields, list[str]]:
    """Give where in a success the fields stand (`.`: it is not known), the fields, and those that are required."""
    schema = flat(_success(operation, document), document)
    inner = flat(schema_in(schema_in(schema, "properties"), "data"), document)
    path = "data." if schema_in(inner, "properties") else ""
    schema = inner if path else schema
    properties = schema_in(schema, "properties")
    fields = {
        name: standalone(schema_in(properties, name), document)
        for name in properties
        if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", name)
    }
    if not fields:
        return ".", {"answer": {}}, ["answer"]
    return path, fields, [name for name in required_of(schema) if name in fields]


def _success(operation: Operation, document: Fields) -> Schema:
    _, path, method = map(str, operation.place)
    responses = schema_in(document["paths"][path][method], "responses")
    for status in sorted(responses):
        if status.startswith("2"):
            content = schema_in(flat(schema_in(responses, status), document), "content")
            for name, media in content.items():
                if "json" in name and is_fields(media):
                    return schema_in(media, "schema")
    return {}


def _summary(document: Fields, place: Place) -> str:
    """Give what the document calls an operation, on one line."""
    _, path, method = map(str, place)
    summary = document["paths"][path][method].get("summary")
    return " ".join(summary.split())[:_LONGEST_TITLE] if isinstance(summary, str) else ""


def _security(document: Fields, place: Place) -> list[Fields]:
    """Give an `auth` for each way of proving oneself that the document names for an operation."""
    _, path, method = map(str, place)
    operation = document["paths"][path][method]
    demanded = operation.get("security", document.get("security", []))
    schemes = schema_in(schema_in(document, "components"), "securitySchemes")
    names = [name for group in demanded if is_fields(group) for name in group] if is_list(demanded) else []
    return [auth for name in dict.fromkeys(names) if (auth := _auth(schema_in(schemes, name)))]


def _auth(scheme: Schema) -> Fields:
    kind, style = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    flow = schema_in(schema_in(scheme, "flows"), "clientCredentials")
    if kind == "apiKey":
        return {"kind": "api_key", "in": scheme.get("in"), "name": scheme.get("name"), "key": "API_KEY"}
    if kind == "http" and style == "basic":
        return {"kind": "basic", "user": "USER", "password": "PASSWORD"}
    if kind == "http" and style == "bearer":
        return {"kind": "bearer", "token": "TOKEN"}
    if kind == "oauth2" and flow:
        given: Fields = {"kind": "oauth2", "token_url": flow.get("tokenUrl")}
        return {
            **given,
            "client_id": "CLIENT_ID",
            "client_secret": "CLIENT_SECRET",
            "scopes": list(schema_in(flow, "scopes")),
        }
    return {}


_SECRETS: Final = frozenset({"key", "user", "password", "token", "client_id", "client_secret"})


def _with_secrets(auth: Fields, own: str) -> Fields:
    return {name: {"secret": f"{own}__{value}"} if name in _SECRETS else value for name, value in auth.items()}


def _written(value: Fields, decide: str = "") -> Iterator[str]:
    if decide:
        yield f"# DECIDE: {decide}"
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    yield from text.rstrip("\n").split("\n")


def _flow(value: Any) -> str:  # noqa: ANN401 - any plain JSON
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=True
    )
    return text.removesuffix("\n").removesuffix("\n...")


class _Dumper(yaml.SafeDumper):
    """Writes what the loader reads: no aliases, and quotes around what only looks like a number (`08`)."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401 - PyYAML's
        """Write everything as often as it stands there."""
        del data
        return True


def _quoted(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "'" if _NUMERIC.match(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)  # pyright: ignore[reportUnknownMemberType]  # PyYAML's own types


_NUMERIC: Final = re.compile(r"[-+.]?[0-9]")
_Dumper.add_representer(str, _quoted)

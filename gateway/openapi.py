"""The API's document (OpenAPI 3.1), made from the routes' own descriptions and the types they read and give.

It is committed as `contracts/schemas/openapi.json`; a test fails where the two differ, and `make schemas` writes it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct, field

from contracts.problems import PROBLEM_TYPES, Problem
from gateway.edge import API_VERSION
from gateway.identity.rules import API_OWNERS, Owner
from gateway.problems import PROBLEM_MEDIA_TYPE

OPERATION: Final = "operation"
"""The key of a handler's `opt` that holds its description."""

Json = dict[str, Any]
JSON: Final = "application/json"


class Param(Struct, frozen=True, kw_only=True):
    """A parameter: in the path, the query or a header."""

    name: str
    where: str
    about: str
    schema: Json = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    example: object = None


class Answered(Struct, frozen=True, kw_only=True):
    """What a status comes with: a JSON `type`, or texts of these `media` types; and headers of its own."""

    about: str
    type: Any = None
    media: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Operation(Struct, frozen=True, kw_only=True):
    """What a route does, for its readers: the handler's docstring is the description, its first line the summary."""

    id: str
    tag: str
    answers: Mapping[int, Answered]
    body: Any = None
    body_media: tuple[str, ...] = (JSON,)
    body_schema: Json | None = None
    body_about: str = ""
    params: tuple[Param, ...] = ()
    problems: tuple[str, ...] = ()


TAGS: Final = {
    "services": "What can be applied for.",
    "drafts": "Applications that are gone on with later.",
    "cases": "One application, from the form to the joint output.",
    "work": "What officers decide.",
    "agencies": "Agencies, their contracts, and what they send.",
    "agreements": "What every agency of a plan signs.",
    "outputs": "Checking a joint output without asking us.",
    "operations": "Looking after cases.",
    "gateway": "The gateway itself.",
}

PATH_PARAMS: Final[Mapping[str, str]] = {
    "run": "The id of a run of acts on many cases.",
    "token": "A token's name in the list of tokens: it opens nothing.",
    "service": "The joint service's name.",
    "step": "The step's name in the plan.",
    "case": "The case's reference.",
    "draft": "The draft's reference; the case that it becomes has the same.",
    "lease": "The lease under which it was fetched.",
    "hook": "The hook's name, as it was told when it was registered.",
    "agency": "The agency's name.",
    "contract": "The contract's name.",
    "calendar": "The calendar's name.",
    "version": "MAJOR.MINOR.PATCH.",
    "digest": "The document's digest, `sha256:...`.",
    "agreement": "The agreement's digest, `sha256:...`.",
    "number": "The list's number, from 1.",
    "notice": "As `GET /v1/notices` names it: the case and a number, with a colon between.",
    "question": "The question, as it was listed.",
    "contribution": "The key of the ask that it answered, each `/` written as `:`.",
    "task": "The task's key, each `/` written as `:`.",
    "slug": "The problem type's last path segment.",
    "file": "A file's name.",
}

SECURITY: Final[Mapping[Owner, list[dict[str, list[str]]]]] = {
    Owner.ANYONE: [],
    Owner.HOLDER: [{"caseSecret": []}],
    Owner.AGENCY: [{"agencySignature": []}, {"token": []}],
    Owner.OFFICER: [{"token": []}],
    Owner.OPERATOR: [{"token": []}],
}

ALWAYS: Final = ("too-many-requests", "internal", "unavailable")
WITH_BODY: Final = ("body-unreadable", "body-too-large", "media-type-unsupported")
BY_OWNER: Final[Mapping[Owner, tuple[str, ...]]] = {
    Owner.ANYONE: (),
    Owner.HOLDER: ("not-authenticated", "not-found"),
    Owner.AGENCY: ("not-authenticated", "signature-invalid", "not-found"),
    Owner.OFFICER: ("not-authenticated", "not-allowed", "not-found"),
    Owner.OPERATOR: ("not-authenticated", "not-allowed"),
}


def document(handlers: Iterable[HTTPRouteHandler], *, contact: str, operator: str) -> Json:
    """Give the document of these handlers; those without a description are no part of the API."""
    described = [(handler, operation) for handler in handlers if (operation := handler.opt.get(OPERATION))]
    types = [kind for _, operation in described for kind in _types(operation)]
    _, components = msgspec.json.schema_components([*types, Problem], ref_template="#/components/schemas/{name}")
    paths: dict[str, Json] = {}
    for handler, operation in described:
        for path in sorted(handler.paths):
            template = re.sub(r":\w+\}", "}", path)
            for method in sorted(handler.http_methods):
                paths.setdefault(template, {})[method.lower()] = _operation(handler, operation, method, template)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gapura",
            "version": API_VERSION,
            "summary": "One form, many agencies, one joint output.",
            "description": ABOUT,
            "contact": {"name": operator, "url": "/", **({"email": contact} if contact else {})},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This gateway"}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name: closed(schema) for name, schema in sorted(components.items())},
            "responses": {slug: _problem(slug) for slug in PROBLEM_TYPES},
            "securitySchemes": SCHEMES,
        },
    }


ABOUT: Final = """\
Conventions: the version is in the path and in the header `API-Version`; times are RFC 3339 in UTC; lists are paged by
cursor; a repeated `POST` with the same `Idempotency-Key` is one wish; every error is `application/problem+json`
(RFC 9457) whose `type` leads to a page that says what to do, and mistakes in what was sent come all at once with JSON
Pointers. Numbers that are identifiers (NIK, NPWP, NIB, KBLI) are strings. Bodies are UTF-8, at most 1 MiB, at most 64
levels deep, uncompressed, with each name once.
"""

SCHEMES: Final[Json] = {
    "caseSecret": {
        "type": "http",
        "scheme": "bearer",
        "description": "The secret of one case, told once in the reply to the POST that opened it (`gpc_...`).",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of an officer, an operator or an agency's machine (`gpt_...`), made by `gapura token`.",
    },
    "agencySignature": {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "An HTTP message signature (RFC 9421) by a registered key of the agency, with `Signature-Input` "
        "and `Content-Digest`: see docs/reference/wire.md.",
    },
}


def closed(schema: Json) -> Json:
    """Say of an object whose members are all known that it has no others."""
    changed = {name: _closed_value(value) for name, value in schema.items()}
    if changed.get("type") == "object" and "properties" in changed:
        changed.setdefault("additionalProperties", False)
    return changed


def _closed_value(value: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return closed(cast("Json", value))
    if isinstance(value, list):
        return [_closed_value(item) for item in cast("list[object]", value)]
    return value


def _types(operation: Operation) -> list[Any]:
    answered = [answer.type for answer in operation.answers.values() if answer.type is not None]
    return [*([operation.body] if operation.body is not None else []), *answered]


def _schema(kind: Any) -> Json:  # noqa: ANN401 - any type that msgspec knows
    (schema,), _ = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
    return closed(schema)


def _operation(handler: HTTPRouteHandler, operation: Operation, method: str, path: str) -> Json:
    owner = API_OWNERS[method, path]
    summary, _, description = inspect.cleandoc(inspect.getdoc(handler.fn) or "").partition("\n")
    described: Json = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": summary.rstrip("."),
        "description": f"{description.strip()}\n\nWho may: {owner.value}.".strip(),
        "security": SECURITY[owner],
        "parameters": [*_path_params(path), *(_param(param) for param in operation.params)],
        "responses": _responses(operation, owner),
    }
    if _reads_body(operation):
        schema = operation.body_schema or _schema(operation.body)
        described["requestBody"] = {
            "required": True,
            "description": operation.body_about,
            "content": {media: {"schema": schema} for media in operation.body_media},
        }
    return {name: value for name, value in described.items() if value or name == "security"}


def _reads_body(operation: Operation) -> bool:
    return operation.body is not None or operation.body_schema is not None


def _path_params(path: str) -> list[Json]:
    names = re.findall(r"\{(\w+)\}", path)
    return [_param(Param(name=name, where="path", about=PATH_PARAMS[name], required=True)) for name in names]


def _param(param: Param) -> Json:
    given: Json = {
        "name": param.name,
        "in": param.where,
        "description": param.about,
        "required": param.required,
        "schema": param.schema,
    }
    return given if param.example is None else {**given, "example": param.example}


def _responses(operation: Operation, owner: Owner) -> Json:
    responses: Json = {str(status): _answered(answer) for status, answer in operation.answers.items()}
    slugs = [*operation.problems, *BY_OWNER[owner], *(WITH_BODY if _reads_body(operation) else ()), *ALWAYS]
    by_status: dict[int, list[str]] = {}
    for slug in dict.fromkeys(slugs):
        by_status.setdefault(PROBLEM_TYPES[slug].status, []).append(slug)
    for status, kinds in sorted(by_status.items()):
        if len(kinds) == 1:
            responses[str(status)] = {"$ref": f"#/components/responses/{kinds[0]}"}
        else:
            responses[str(status)] = {**_problem(kinds[0]), "description": "; ".join(_told(kind) for kind in kinds)}
    return responses


def _answered(answer: Answered) -> Json:
    content: Json = {JSON: {"schema": _schema(answer.type)}} if answer.type is not None else {}
    content |= {media: {"schema": {"type": "string"}} for media in answer.media}
    headers = {name: {"description": about, "schema": {"type": "string"}} for name, about in answer.headers.items()}
    return {
        "description": answer.about,
        **({"headers": headers} if headers else {}),
        **({"content": content} if content else {}),
    }


def _told(slug: str) -> str:
    return f"{PROBLEM_TYPES[slug].title} (/problems/{slug})"


def _problem(slug: str) -> Json:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _told(slug), "content": {PROBLEM_MEDIA_TYPE: {"schema": schema}}}

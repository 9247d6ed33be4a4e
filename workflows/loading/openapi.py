"""OpenAPI documents (3.0 and 3.1, YAML or JSON): what a binding needs of them, and nothing is ever fetched.

A binding keeps an *excerpt*: the operations that it names, with everything that these lead to. It is an OpenAPI
document itself, travels with the contract, and is all that a gateway ever reads of an agency's document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import Place
from workflows.core.schema_paths import Schema, dereference, pointed
from workflows.loading.api_files import DocumentUnusable, Fields

METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
MOST_REFERENCES: Final = 2_000
"""Parts of a document that the operations of one binding may lead to."""
_DEPTH_LIMIT: Final = 200
_JOINED_LIMIT: Final = 16
_LARGEST_EXACT: Final = 10**15
_WORDING: Final = frozenset({"description", "example", "examples", "summary", "externalDocs", "tags", "x-codeSamples"})
_NAMED: Final = frozenset({"properties", "patternProperties", "schemas", "parameters", "responses", "headers", "$defs"})


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter of an operation. `explode` and `style` say how lists and groups are written."""

    name: str
    place: str
    required: bool
    schema: Schema
    style: str
    explode: bool


class Operation(Struct, frozen=True, kw_only=True):
    """One operation: how it is called, and what it is sent. `body_type` is the media type, or nothing."""

    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body_type: str
    body_schema: Schema
    body_required: bool
    statuses: tuple[str, ...]
    place: Place
    strange_body: str = ""


# --- operations ---------------------------------------------------------------------------------------------


def operations_of(document: Fields) -> dict[str, Place]:
    """Give the place of every operation, by its operationId and by `METHOD /path`."""
    found: dict[str, Place] = {}
    for path, item in _fields(document.get("paths")).items():
        for method, operation in _fields(item).items():
            if method in METHODS and is_fields(operation):
                found[f"{method.upper()} {path}"] = ("paths", path, method)
                if isinstance(name := operation.get("operationId"), str):
                    found.setdefault(name, ("paths", path, method))
    return found


def operation_at(document: Fields, name: str, place: Place) -> Operation:
    """Describe the operation at a place."""
    _, path, method = map(str, place)
    item = _fields(document["paths"][path])
    operation = _fields(item.get(method))
    body_type, media, strange = _body(operation, document)
    body = _follow(operation.get("requestBody"), document)
    return Operation(
        name=name,
        method=method.upper(),
        path=path,
        parameters=tuple(_parameters(item, operation, document)),
        body_type=body_type,
        body_schema=_fields(media.get("schema")),
        body_required=body.get("required") is True,
        statuses=tuple(str(status).upper() for status in _fields(operation.get("responses"))),
        place=place,
        strange_body=strange,
    )


def _parameters(item: Fields, operation: Fields, document: Fields) -> Iterator[Parameter]:
    named: dict[tuple[str, str], Fields] = {}
    for group in (item.get("parameters"), operation.get("parameters")):
        for entry in group if is_list(group) else ():
            parameter = _follow(entry, document)
            named[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    for (place, name), parameter in named.items():
        if place == "header" and name.lower() in {"accept", "content-type", "authorization"}:
            continue  # the document must not describe these here (OpenAPI, parameter object)
        content = _fields(next(iter(_fields(parameter.get("content")).values()), None))
        usual = "json" if content else "form" if place in {"query", "cookie"} else "simple"
        style = str(parameter.get("style", usual))
        yield Parameter(
            name=name,
            place=place,
            required=parameter.get("required") is True or place == "path",
            schema=_fields(parameter.get("schema") or content.get("schema")),
            style=style,
            explode=parameter.get("explode") is True or ("explode" not in parameter and style == "form"),
        )


JSON_BODY: Final = "application/json"
FORM_BODY: Final = "application/x-www-form-urlencoded"


def _body(operation: Fields, document: Fields) -> tuple[str, Fields, str]:
    """Give the media type in which a body can be sent, how it is described, and one that cannot be sent."""
    content = _fields(_follow(operation.get("requestBody"), document).get("content"))
    for name, media in content.items():
        plain = name.partition(";")[0].strip().lower()
        if plain == JSON_BODY or plain.endswith("+json") or plain == "*/*":
            return (JSON_BODY if plain == "*/*" else plain), _fields(media), ""
    for name, media in content.items():
        if name.partition(";")[0].strip().lower() == FORM_BODY:
            return FORM_BODY, _fields(media), ""
    return "", {}, next(iter(content), "")


def _follow(value: object, document: Fields) -> Fields:
    return dict(dereference(value, document)) if is_fields(value) else {}


def _fields(value: object) -> Fields:
    return value if is_fields(value) else {}


def first_server(document: Fields) -> str:
    """Give the address of the first server, its variables at their defaults; nothing where it is not absolute."""
    servers = document.get("servers")
    server = _fields(servers[0]) if is_list(servers) and servers else {}
    url = str(server.get("url", ""))
    for name, variable in _fields(server.get("variables")).items():
        url = url.replace("{" + name + "}", str(_fields(variable).get("default", "")))
    return url if url.startswith(("http://", "https://")) else ""


# --- the excerpt --------------------------------------------------------------------------------------------


def excerpt(document: Fields, places: Iterable[Place]) -> Fields:
    """Give the part of a document that these operations need, without wording and examples.

    Raises:
        DocumentUnusable: it refers to another document or to nothing, or to more than a binding may need.

    """
    info = _fields(document.get("info"))
    kept: Fields = {
        "openapi": document["openapi"],
        "info": {name: str(info.get(name, "")) for name in ("title", "version")},
        "paths": {},
    }
    if first_server(document):
        kept["servers"] = [{"url": first_server(document)}]
    for _, path, method in places:
        item = document["paths"][path]
        taken: Fields = kept["paths"].setdefault(path, {})
        taken |= {name: _lean(item[name], depth=0) for name in ("parameters", str(method)) if name in item}
    _take_what_is_referred_to(kept, document)
    return kept


def _take_what_is_referred_to(kept: Fields, document: Fields) -> None:
    waiting = list(_references(kept))
    seen: set[str] = set()
    while waiting:
        reference = waiting.pop()
        if reference in seen:
            continue
        seen.add(reference)
        if len(seen) > MOST_REFERENCES:
            raise DocumentUnusable(f"the operations lead to more than {MOST_REFERENCES} parts", "a smaller document")
        if not reference.startswith("#/"):
            raise DocumentUnusable(f"{reference[:80]!r} is outside this document, and nothing is fetched", "it here")
        target = pointed(document, reference)
        if not is_fields(target):
            raise DocumentUnusable(f"{reference[:80]!r} leads nowhere in this document", "a name that is there")
        lean = _lean(target, depth=0)
        _put(kept, reference, lean)
        waiting.extend(_references(lean))


def _put(kept: Fields, reference: str, value: object) -> None:
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in reference.split("/")[1:]]
    here: Any = kept
    for part in way:
        here = here.setdefault(part, {}) if is_fields(here) else {}
    if is_fields(here):
        here[last] = value


def _references(value: object) -> Iterator[str]:
    if is_list(value):
        for item in value:
            yield from _references(item)
    elif is_fields(value):
        for name, item in value.items():
            if name == "$ref" and isinstance(item, str):
                yield item
            else:
                yield from _references(item)


def _lean(value: object, *, depth: int, named: bool = False) -> Any:  # noqa: ANN401 - any part of a document
    """Leave out wording, extensions and numbers that a double does not hold; `named` are keys that are names."""
    if depth > _DEPTH_LIMIT:
        raise DocumentUnusable(f"the document nests deeper than {_DEPTH_LIMIT} levels", "something flatter")
    if is_list(value):
        return [_lean(item, depth=depth + 1) for item in value]
    if not is_fields(value):
        return value
    return {
        name: _lean(item, depth=depth + 1, named=name in _NAMED and not named)
        for name, item in value.items()
        if named or not (name in _WORDING or name.startswith("x-") or _too_large(item))
    }


def _too_large(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) > _LARGEST_EXACT


# --- 3.0's schemas as today's -------------------------------------------------------------------------------


def modern(document: Fields) -> Fields:
    """Give a document whose schemas are JSON Schema 2020-12: 3.0 has `nullable`, and bounds that are true or false."""
    return document if str(document.get("openapi")).startswith("3.1") else _modern(document)


def _modern(value: object) -> Any:  # noqa: ANN401 - any part of a document
    if is_list(value):
        return [_modern(item) for item in value]
    if not is_fields(value):
        return value
    made = {name: _modern(item) for name, item in value.items()}
    if made.pop("nullable", None) is True:
        if isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        if is_list(listed := made.get("enum")) and None not in listed:
            made["enum"] = [*listed, None]
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(strict := made.get(exclusive), bool):
            del made[exclusive]
            if strict and bound in made:
                made[exclusive] = made.pop(bound)
    return made


def flat(schema: Schema, document: Mapping[str, Any], *, depth: int = 0) -> Schema:
    """Follow references, and join what `allOf` requires together."""
    here = dict(dereference(schema, document))
    choices = here.pop("allOf", None)
    if not is_list(choices) or depth > _JOINED_LIMIT:
        return here
    properties: Fields = {}
    required: list[object] = []
    for part in (*choices, here):
        joined = flat(part, document, depth=depth + 1) if is_fields(part) and part is not here else part
        properties |= _fields(_fields(joined).get("properties"))
        listed = _fields(joined).get("required")
        required += listed if is_list(listed) else []
        here = {**_fields(joined), **here}
    return {
        **here,
        **({"properties": properties} if properties else {}),
        **({"required": list(dict.fromkeys(map(str, required)))} if required else {}),
    }

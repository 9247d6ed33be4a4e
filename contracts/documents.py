"""Documents in contracts: a field marked `document` is a whole file, which travels beside its description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, cast

from msgspec import Meta, Struct, ValidationError, convert, field

from contracts.units import Text

MARK: Final = "document"
"""The keyword of a property that is a document: its media type, or a list of them."""

TYPES: Final[Mapping[str, bytes]] = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
"""The media types that a document can have, and how each begins: the content says what it is, not a header."""

ENDINGS: Final[Mapping[str, str]] = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
"""How the name of a file of each type ends."""

LARGEST_BYTES: Final = 10 * 1024 * 1024
LONGEST_NAME: Final = 120
DIGEST: Final = r"^sha256:[0-9a-f]{64}$"
_NOT_SAFE: Final = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_STEM: Final = 60


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands for a document in an output, and what its agency signs; the content is kept with the case.

    `digest` is `sha256:` and the hex of the content's hash, `size` its bytes.
    """

    type: str
    name: Annotated[str, Meta(max_length=LONGEST_NAME)]
    size: int
    digest: Annotated[str, Meta(pattern=DIGEST)]


def document_fields(schema: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Give the document fields of an input or output schema, each with the media types that it takes."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    fields = cast("dict[str, object]", properties)
    marks = {name: cast("dict[str, object]", field) for name, field in fields.items() if isinstance(field, dict)}
    return {name: document_types(field[MARK]) for name, field in marks.items() if MARK in field}


def document_labels(schema: Mapping[str, Any]) -> dict[str, Text]:
    """Give what people call each document field, from its `x-ui`; one that says nothing is left out."""
    labels: dict[str, Text] = {}
    for name in document_fields(schema):
        try:
            labels[name] = convert(schema["properties"][name], _Named).x_ui.label
        except ValidationError:
            continue
    return labels


class _Words(Struct, frozen=True):
    label: Text


class _Named(Struct, frozen=True):
    x_ui: _Words = field(name="x-ui")


def type_of(content: bytes) -> str:
    """Give the media type that a content is by how it begins; nothing where documents have no such type."""
    return next((kind for kind, beginning in TYPES.items() if content.startswith(beginning)), "")


def documents_among(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Document]:
    """Give those of the named values that are descriptions of documents, under their names."""
    found: dict[str, Document] = {}
    for name in names:
        try:
            found[name] = convert(values.get(name), Document)
        except ValidationError:
            continue
    return found


def file_name(case: str, field: str, kind: str) -> str:
    """Give a name for a file of a document that no system or header reads otherwise, by what it is of.

    The name that its agency gave it may hold a person's number, a path, or letters that turn the reading direction.
    """
    return f"{case}-{_NOT_SAFE.sub('-', field)[:_LONGEST_STEM].strip('-').lower()}{ENDINGS.get(kind, '.bin')}"


def without_contents(values: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give an input with each document as its description alone: what the digest that an agency signs is over."""
    marked = document_fields(schema)
    return {name: _bare(value) if name in marked else value for name, value in values.items()}


def _bare(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {name: said for name, said in cast("Mapping[str, object]", value).items() if name != "bytes"}


def described(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give a schema with each document field as the description that stands there: what values are judged by."""
    marked = document_fields(schema)
    if not marked:
        return dict(schema)
    properties = {
        name: _description(value, marked[name]) if name in marked else value
        for name, value in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def as_sent(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give an input schema as an agency gets it: each document's description, and its `bytes` beside."""
    whole = described(schema)
    for name in document_fields(schema):
        field = whole["properties"][name]
        content = {"bytes": {"type": "string"}}
        sent = {"required": [*field["required"], "bytes"], "properties": {**field["properties"], **content}}
        whole["properties"][name] = {**field, **sent}
    return whole


def _description(field: Mapping[str, Any], types: tuple[str, ...]) -> dict[str, Any]:
    beside = {name: value for name, value in field.items() if name != MARK}
    return {
        **beside,
        "type": "object",
        "required": ["type", "name", "size", "digest"],
        "properties": {
            "type": {"enum": list(types)},
            "name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
            "size": {"type": "integer", "minimum": 1, "maximum": LARGEST_BYTES},
            "digest": {"type": "string", "pattern": DIGEST},
        },
        "additionalProperties": False,
    }


def document_types(mark: object) -> tuple[str, ...]:
    """Give the media types that a field's mark names."""
    return tuple(map(str, cast("list[object]", mark))) if isinstance(mark, list) else (str(mark),)

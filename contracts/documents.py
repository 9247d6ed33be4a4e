"""Documents in contracts: a field marked `document` is a whole file, which travels beside its description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

from msgspec import Meta, Struct

MARK: Final = "document"
"""The keyword of a property that is a document: its media type, or a list of them."""

TYPES: Final[Mapping[str, bytes]] = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
"""The media types that a document can have, and how each begins: the content says what it is, not a header."""

LARGEST_BYTES: Final = 10 * 1024 * 1024
LONGEST_NAME: Final = 120
DIGEST: Final = r"^sha256:[0-9a-f]{64}$"


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
    return {name: _types(field[MARK]) for name, field in marks.items() if MARK in field}


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


def _types(mark: object) -> tuple[str, ...]:
    return tuple(map(str, cast("list[object]", mark))) if isinstance(mark, list) else (str(mark),)

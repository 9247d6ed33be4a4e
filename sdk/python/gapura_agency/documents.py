"""Documents: whole files in an output or an input, and how they are described and travel."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, cast

from msgspec import Struct

TYPES: Mapping[str, bytes] = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
"""The media types of documents, and how each begins: the content says what it is."""


class Document(Struct, frozen=True):
    """A file that the agency gives: its name, its content, and where it lies if it is too large to be sent itself.

    A `link` must be enough to fetch it (signed by your store); the gateway fetches it at once.
    """

    name: str
    content: bytes
    link: str = ""

    def described(self) -> dict[str, object]:
        """Give what stands for it in the output, and is signed."""
        digest = f"sha256:{hashlib.sha256(self.content).hexdigest()}"
        return {"type": type_of(self.content), "name": self.name, "size": len(self.content), "digest": digest}

    def sent(self) -> dict[str, object]:
        """Give it as it travels: the description, with its bytes or its link beside it."""
        beside = {"link": self.link} if self.link else {"bytes": b64encode(self.content).decode()}
        return {**self.described(), **beside}


def type_of(content: bytes) -> str:
    """Give the media type that a content is by how it begins; nothing where documents have no such type."""
    return next((kind for kind, beginning in TYPES.items() if content.startswith(beginning)), "")


def content_of(value: object) -> bytes:
    """Give the content of a document that came in an input.

    Raises:
        ValueError: it is no document with bytes.

    """
    if isinstance(value, dict) and isinstance(text := cast("dict[str, Any]", value).get("bytes"), str):
        return b64decode(text, validate=True)
    message = "this input is no document"
    raise ValueError(message)


def without_content(value: object) -> object:
    """Give a document as its description alone; other values as they are."""
    if not isinstance(value, dict):
        return value
    return {name: said for name, said in cast("dict[str, object]", value).items() if name != "bytes"}

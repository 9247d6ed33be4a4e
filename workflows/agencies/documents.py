"""Taking documents out of an answer: each is fetched at once, judged by its content, and leaves its description.

On the wire a document is its description (`contracts.documents.Document`) with either `bytes` (base64) or `link`, an
address that may expire. What an agency leaves out of the description is filled in; what it says must be so. A text
alone is one of the two: an agency's own API gives just that.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct

from contracts.contract import JsonSchema
from contracts.documents import LARGEST_BYTES, LONGEST_NAME, Document, document_fields, type_of
from workflows.loading.hashing import content_digest
from workflows.ports import Outage

LONGEST_LINK: Final = 2_048
_UNKNOWN: Final = re.compile(r"unknown field `.*`", re.DOTALL)
"""What an agency calls a member may be anything, and mistakes are read by others than its applicant."""
_TOO_LARGE: Final = f"the document is larger than {LARGEST_BYTES // 2**20} MiB"

Fetch: TypeAlias = Callable[[str], Awaitable[bytes]]
"""Gives what is at an address; raises DocumentUnreachable, and DocumentTooLarge beyond `LARGEST_BYTES`."""


class DocumentUnreachable(Outage):
    """A document's link gives nothing now; the message says why, in words of ours."""


class DocumentTooLarge(Exception):
    """What a link gives is larger than the largest document."""


async def nothing_fetched(_link: str) -> bytes:
    """Fetch nothing: for agencies that give no links.

    Raises:
        DocumentUnreachable: always.

    """
    raise DocumentUnreachable("links are not fetched here")


class Taken(Struct, frozen=True):
    """An output whose documents are descriptions, their contents, and what is wrong with any of them."""

    output: dict[str, Any]
    contents: tuple[bytes, ...] = ()
    mistakes: dict[str, str] = {}


class _Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document as an agency sends it."""

    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)] = ""
    type: str = ""
    size: int | None = None
    digest: str = ""
    bytes: str = ""
    link: Annotated[str, Meta(max_length=LONGEST_LINK)] = ""


async def take_documents(output: dict[str, Any], schema: JsonSchema, fetch: Fetch) -> Taken:
    """Take the documents out of what was given for a schema.

    Raises:
        DocumentUnreachable: a link gives nothing now: the ask may be repeated, and the agency may give a new link.

    """
    fields = document_fields(schema)
    present = [name for name in fields if isinstance(output.get(name), Mapping | str)]
    if not present:
        return Taken(output)
    described = dict(output)
    contents: list[bytes] = []
    mistakes: dict[str, str] = {}
    for name in present:
        try:
            given = msgspec.convert(_whole(output[name]), _Given)
            content = await _content(given, fetch)
            described[name] = msgspec.to_builtins(_describe(name, given, content, fields[name]))
            contents.append(content)
        except (msgspec.ValidationError, _Wrong) as wrong:
            mistakes[name] = _UNKNOWN.sub("unknown field", str(wrong))
        except DocumentTooLarge:
            mistakes[name] = _TOO_LARGE
    return Taken(described, tuple(contents), mistakes)


def _whole(value: object) -> object:
    if not isinstance(value, str):
        return value
    return {"link" if value.startswith(("https://", "http://")) else "bytes": value}


class _Wrong(ValueError):
    """A document is not what the contract takes, or not what is said of it."""


async def _content(given: _Given, fetch: Fetch) -> bytes:
    if bool(given.bytes) is bool(given.link):
        raise _Wrong("a document comes as bytes (base64) or as a link: one of the two")
    if given.link:
        content = await fetch(given.link)
    else:
        try:
            content = b64decode(given.bytes, validate=True)
        except (binascii.Error, ValueError):
            raise _Wrong("bytes are not base64") from None
    if not content:
        raise _Wrong("the document is empty")
    if len(content) > LARGEST_BYTES:
        raise _Wrong(_TOO_LARGE)
    return content


def _describe(name: str, given: _Given, content: bytes, types: tuple[str, ...]) -> Document:
    """Say what the content is, and hold the agency to what it says of it."""
    kind = type_of(content)
    if kind not in types:
        raise _Wrong(f"the content is no {' or '.join(types)}, which the contract promises")
    is_so = Document(type=kind, name=given.name or name, size=len(content), digest=content_digest(content))
    for field, said, truth in (
        ("type", given.type, is_so.type),
        ("size", given.size, is_so.size),
        ("digest", given.digest, is_so.digest),
    ):
        if said not in {None, "", truth}:
            raise _Wrong(f"{field} is not that of the content")
    return is_so

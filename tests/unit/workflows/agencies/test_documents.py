"""A document is taken whole, judged by its content, and leaves its description."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

import pytest

from contracts.documents import LARGEST_BYTES
from workflows.agencies.documents import (
    LONGEST_LINK,
    DocumentTooLarge,
    DocumentUnreachable,
    nothing_fetched,
    take_documents,
)

PDF = b"%PDF-1.7\n" + b"x" * 100
BYTES = b64encode(PDF).decode()
DIGEST = f"sha256:{hashlib.sha256(PDF).hexdigest()}"
DESCRIPTION = {"type": "application/pdf", "name": "certificate", "size": len(PDF), "digest": DIGEST}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string"},
        "certificate": {"document": "application/pdf"},
        "photo": {"document": ["image/png", "image/jpeg"]},
    },
}
LINK = "https://files.example/1?signature=2"


async def fetch(link: str) -> bytes:
    assert link == LINK
    return PDF


@pytest.mark.parametrize("given", [{"bytes": BYTES}, {"link": LINK}, BYTES, LINK], ids=str)
async def test_bytes_and_links_become_the_description(given: object) -> None:
    taken = await take_documents({"number": "1", "certificate": given}, SCHEMA, fetch)
    assert taken.output == {"number": "1", "certificate": DESCRIPTION}
    assert taken.contents == (PDF,)
    assert taken.mistakes == {}


async def test_what_an_agency_says_of_it_is_kept_where_it_is_so() -> None:
    said = {"name": "akta 12.pdf", "type": "application/pdf", "size": len(PDF), "digest": DIGEST, "bytes": BYTES}
    taken = await take_documents({"certificate": said}, SCHEMA, fetch)
    assert taken.output == {"certificate": {**DESCRIPTION, "name": "akta 12.pdf"}}


async def test_an_output_without_documents_stays_as_it_is() -> None:
    output: dict[str, Any] = {"number": "1", "photo": 3}
    assert (await take_documents(output, SCHEMA, nothing_fetched)).output is output


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        ({}, "one of the two"),
        ({"bytes": BYTES, "link": LINK}, "one of the two"),
        ({"bytes": "%%%"}, "not base64"),
        ({"bytes": BYTES, "size": 1}, "size is not that of the content"),
        ({"bytes": BYTES, "type": "image/png"}, "type is not that of the content"),
        ({"bytes": BYTES, "digest": "sha256:" + "0" * 64}, "digest is not that of the content"),
        ({"bytes": b64encode(b"<html>").decode()}, "the content is no application/pdf, which the contract promises"),
        ({"bytes": b64encode(b"<html>%PDF-1.7").decode()}, "the content is no application/pdf"),
        ({"bytes": b64encode(b"GIF89a").decode(), "type": "application/pdf"}, "the content is no application/pdf"),
        ({"bytes": ""}, "one of the two"),
        ({"bytes": BYTES, "url": LINK}, "contains unknown field"),
        ({"bytes": BYTES, "name": "x" * 121}, "length <= 120"),
        ({"link": "https://x/" + "y" * LONGEST_LINK}, "length <= 2048"),
        ({"bytes": b64encode(PDF + b"x" * LARGEST_BYTES).decode()}, "larger than 10 MiB"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_document_that_is_not_as_promised_is_a_mistake_of_the_answer(given: object, mistake: str) -> None:
    taken = await take_documents({"certificate": given}, SCHEMA, fetch)
    assert taken.mistakes.keys() == {"certificate"}
    assert mistake in taken.mistakes["certificate"]
    assert taken.contents == ()


async def test_every_document_that_is_wrong_is_told() -> None:
    taken = await take_documents({"certificate": {}, "photo": {"bytes": BYTES}}, SCHEMA, fetch)
    assert list(taken.mistakes) == ["certificate", "photo"]


async def test_a_link_that_gives_too_much_is_a_mistake_and_one_that_gives_nothing_is_no_answer() -> None:
    async def endless(_link: str) -> bytes:
        raise DocumentTooLarge

    taken = await take_documents({"certificate": LINK}, SCHEMA, endless)
    assert taken.mistakes == {"certificate": "the document is larger than 10 MiB"}
    with pytest.raises(DocumentUnreachable):
        await take_documents({"certificate": LINK}, SCHEMA, nothing_fetched)

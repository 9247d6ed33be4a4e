"""The messages on the protocol page are real: they verify as they stand there."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from contracts.documents import LARGEST_BYTES
from workflows.agencies.documents import nothing_fetched, take_documents
from workflows.agencies.links import FETCH_S
from workflows.agencies.signing import (
    Request,
    Response,
    verify_request,
    verify_response,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "wire.md"


def read_message(text: str) -> tuple[str, dict[str, str], bytes]:
    head, _, body = text.partition("\n\n")
    start, *fields = head.split("\n")
    return start, dict(line.split(": ", 1) for line in fields), body.encode()


def page_keys(page: str) -> dict[str, dict[str, object]]:
    sets = [json.loads(line) for line in page.splitlines() if line.startswith('{"keys"')]
    named = zip(("gateway", "oss"), sets, strict=True)
    return {f"{party}/{jwk['kid']}": jwk for party, keys in named for jwk in keys["keys"]}


def test_every_message_on_the_protocol_page_verifies_as_it_stands_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    keys = page_keys(page)
    asked: Request | None = None
    parties: list[str] = []
    for text in re.findall(r"```http\n(.*?)\n```", page, re.DOTALL):
        start, headers, body = read_message(text)
        assert int(headers["Content-Length"]) == len(body)
        at = datetime.fromtimestamp(int(re.findall(r"created=(\d+)", headers["Signature-Input"])[0]), UTC)
        if start.startswith("HTTP"):
            assert asked is not None
            parties.append(
                verify_response(Response(int(start.split()[1]), headers, body), asked, keys.get, now=at).party
            )
        else:
            method, path, _ = start.split()
            asked = Request(method, f"https://{headers['Host']}{path}", headers, body)
            parties.append(verify_request(asked, keys.get, now=at).party)
    assert parties == ["gateway", "oss", "gateway", "oss", "oss"]


async def test_the_document_on_the_protocol_page_is_what_it_is_said_to_be() -> None:
    page = PAGE.read_text(encoding="utf-8")
    section = page.partition("## Documents\n")[2].partition("\n## ")[0]
    sent, signed = (json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", section, re.DOTALL))
    schema = {"properties": {"nib": {"type": "string"}, "nib_document": {"document": "application/pdf"}}}
    taken = await take_documents(sent["output"], schema, nothing_fetched)
    assert (taken.output, taken.mistakes) == (signed, {})
    assert f"at most {LARGEST_BYTES // 2**20} MiB" in section
    assert f"nothing longer than {FETCH_S:g} s" in section

"""What the page of the wire protocol shows: its messages and its keys."""

from __future__ import annotations

import re

from gapura_agency import Fields, Response, SigningKey
from gapura_agency.signatures import Signed
from tests.tidy import tree

PAGE = (tree.ROOT / "docs" / "reference" / "wire.md").read_text(encoding="utf-8")


def messages() -> list[tuple[Signed, Response]]:
    """Give the requests of the page to the agency, each with its answer."""
    blocks = re.findall(r"```http\n(.*?)```", PAGE, re.DOTALL)
    taken = [_message(block) for block in blocks]
    asked = [one for one in taken if isinstance(one, Signed)]
    answers = [one for one in taken if isinstance(one, Response)]
    return list(zip(asked, answers, strict=False))


def signing_key(agency: str) -> SigningKey:
    keys = re.findall(r'```json\n(\{"keys": .*?)\n```', PAGE)
    return SigningKey.from_jwk(agency, keys[0 if agency == "gateway" else 1].encode())


def _message(block: str) -> Signed | Response:
    head, body = block.rstrip("\n").split("\n\n", 1)
    first, *lines = head.split("\n")
    named = [line.split(": ", 1) for line in lines]
    headers = Fields((name, value) for name, value in named)
    if first.startswith("HTTP/"):
        return Response(int(first.split()[1]), headers, body.encode())
    return Signed(f"https://{headers.get('host')}{first.split()[1]}", headers, body.encode())

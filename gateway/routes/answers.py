"""The answers to a service's first form, read as large as that form may be."""

from __future__ import annotations

from typing import Any, Final

from contracts.documents import LARGEST_BYTES, document_fields
from gateway.bodies import LARGEST_BODY
from gateway.requests import GatewayRequest, address_of, calls_of, object_of

LARGEST_ANSWERS: Final = LARGEST_BODY + LARGEST_BYTES * 4 // 3 + 4
"""Bytes that are read where a form has documents: one of the largest, in base64, beside all other answers."""


async def answers_of(request: GatewayRequest, service: str) -> dict[str, Any]:
    """Read the answers. Few large bodies are read at once, each in memory.

    Raises:
        NotFound, Gone: the service is not on offer, and nothing was read.
        Declined: the 4xx of `bodies`.
        Overloaded: too many large ones are being read.

    """
    calls = calls_of(request)
    declared = request.headers.get("content-length", "")
    small = declared.isascii() and declared.isdigit() and len(declared) < 12 and int(declared) <= LARGEST_BODY  # noqa: PLR2004 - digits
    if small or not document_fields((await calls.service(service)).form or {}):
        return await object_of(request)
    with calls.limits.documents.one(address_of(request)):
        return await object_of(request, largest=LARGEST_ANSWERS)

"""Answers with documents, by those who may give them, read as large as their form may be."""

from __future__ import annotations

from typing import Any, Final

from contracts.documents import LARGEST_BYTES, document_fields
from gateway.bodies import LARGEST_BODY, SLOWEST_LARGE_S, declared_length
from gateway.requests import GatewayRequest, address_of, caller_of, calls_of, object_of

LARGEST_ANSWERS: Final = LARGEST_BODY + LARGEST_BYTES * 4 // 3 + 4
"""Bytes that are read where a form has documents: one of the largest, in base64, beside all other answers."""

LARGEST_STEP_ANSWERS: Final = LARGEST_BODY + 3 * (LARGEST_BYTES * 4 // 3 + 4)
"""The same for three of them."""


async def answers_of(request: GatewayRequest, service: str) -> dict[str, Any]:
    """Read the answers. So many large bodies are read at once, and no more: each is in memory.

    Raises:
        NotFound, Gone: the service is not on offer, and nothing was read.
        Declined: the 4xx of `bodies`.
        Overloaded, TooManyRequests: too many large ones are being read, of all or of this address.

    """
    if _small(request) or not document_fields((await calls_of(request).service(service)).form or {}):
        return await object_of(request)
    return await _large(request, LARGEST_ANSWERS)


async def step_answers_of(request: GatewayRequest, case: str, step: str) -> dict[str, Any]:
    """Read what the applicant does about a step: three of the largest documents fit, as on the step's page.

    Raises:
        NotFound: the case is not theirs, and nothing was read.
        Declined: the 4xx of `bodies`.
        Overloaded: too many large ones are being read.

    """
    if _small(request):
        return await object_of(request)
    view = await calls_of(request).read_case(caller_of(request), case)
    if not any(action.step == step and document_fields(action.form) for action in view.actions):
        return await object_of(request)
    return await _large(request, LARGEST_STEP_ANSWERS)


async def corrections_of(request: GatewayRequest, case: str) -> dict[str, Any]:
    """Read a correction, with documents where the form has them. Raises as `step_answers_of` does."""
    if _small(request):
        return await object_of(request)
    calls, caller = calls_of(request), caller_of(request)
    asked = (await calls.read_case(caller, case)).corrections
    if not asked or not document_fields((await calls.plan_of(caller, case)).plan.form):
        return await object_of(request)
    return await _large(request, LARGEST_ANSWERS)


def _small(request: GatewayRequest) -> bool:
    declared = declared_length(request.headers)
    return declared is not None and declared <= LARGEST_BODY


async def _large(request: GatewayRequest, largest: int) -> dict[str, Any]:
    """Few large bodies are read at once, each in memory, and as slowly as a page's upload."""
    with calls_of(request).limits.uploads.one(address_of(request)):
        return await object_of(request, largest=largest, slowest_s=SLOWEST_LARGE_S)

"""The API's document and its reference page, and a page for each problem type."""

from __future__ import annotations

from typing import Final, cast

from litestar import get

from contracts.problems import PROBLEM_TYPES
from gateway.openapi import OPERATION, Answered, Operation
from gateway.problems import NotFound
from gateway.reference import pages
from gateway.requests import GatewayRequest, Reply, document_of, path_of, reply

HTML: Final = "text/html; charset=utf-8"
_CACHED: Final = {"Cache-Control": "public, max-age=300"}


@get(
    "/v1/openapi.json",
    opt={
        OPERATION: Operation(
            id="getDocument",
            tag="gateway",
            answers={200: Answered(about="OpenAPI 3.1.", media=("application/json",))},
        )
    },
)
async def get_document(request: GatewayRequest) -> Reply:
    """Get this API's document."""
    return reply(document_of(request), headers=_CACHED)


@get("/v1/reference")
async def get_reference(request: GatewayRequest) -> Reply:
    """Read the API's reference: a plain page, without scripts."""
    state = request.app.state
    if "reference" not in state:
        state["reference"] = pages.reference_page(document_of(request))
    return Reply(cast("bytes", state["reference"]), media_type=HTML, headers=_CACHED)


@get("/v1/reference/{file:str}")
async def get_reference_file(request: GatewayRequest) -> Reply:
    """Get a file that the reference loads."""
    found = pages.file(path_of(request, "file"))
    if found is None:
        raise NotFound
    content, media = found
    return Reply(content, media_type=media, headers=_CACHED)


@get("/problems")
async def list_problems(request: GatewayRequest) -> Reply:  # noqa: ARG001 - a handler takes its request
    """Read the list of problem types."""
    return Reply(pages.problems_page(), media_type=HTML, headers=_CACHED)


@get("/problems/{slug:str}")
async def get_problem(request: GatewayRequest) -> Reply:
    """Read what a problem type means and what to do."""
    slug = path_of(request, "slug")
    if slug not in PROBLEM_TYPES:
        raise NotFound("There is no such problem type. /problems lists them.")
    return Reply(pages.problem_page(slug), media_type=HTML, headers=_CACHED)


ROUTES: Final = [get_document, get_reference, get_reference_file, list_problems, get_problem]

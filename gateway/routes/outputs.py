"""What comes of a case, and whether what somebody presents is one."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from msgspec import Struct

from contracts.documents import TYPES
from contracts.views import ClosingRecord, JointOutput
from gateway.bodies import media_type
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.outputs import File
from gateway.problems import NotAcceptable
from gateway.requests import (
    GatewayRequest,
    Reply,
    body_of,
    caller_of,
    calls_of,
    chosen_type,
    path_of,
    query_of,
    reply,
)
from workflows.outputs.pdf import MAX_BYTES
from workflows.outputs.verify import Verdict

JSON: Final = "application/json"
PDF: Final = "application/pdf"
CREDENTIAL: Final = "application/vc+jwt"
PRESENTED: Final = frozenset({CREDENTIAL, "application/jwt", PDF, "text/plain", "application/octet-stream"})


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The joint output with its sealed credential, or the closing record: one of the two."""

    credential: str = ""
    output: JointOutput | None = None
    closing_record: ClosingRecord | None = None


@get(
    "/v1/cases/{case:str}/output",
    opt={
        OPERATION: Operation(
            id="getOutput",
            tag="cases",
            params=(Param(name="Accept", where="header", about=f"One of: {JSON}, {CREDENTIAL}, {PDF}."),),
            answers={
                200: Answered(
                    about="The joint output, or the closing record of a case that was not issued.",
                    type=Outcome,
                    media=(CREDENTIAL, PDF),
                )
            },
            problems=("not-possible-now", "not-acceptable", "parameter-invalid"),
        )
    },
)
async def get_output(request: GatewayRequest) -> Reply:
    """Get the joint output, or the closing record.

    The credential is a W3C Verifiable Credential secured as `vc+jwt`; the PDF has it attached. A case that is closed
    without being issued has a closing record and no credential. While the case is open there is neither (409).
    """
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    query_of(request, {})
    kind = chosen_type(request.headers.get("accept"), (JSON, CREDENTIAL, PDF))
    vary = {"Vary": "Accept"}
    if kind == PDF:
        document = await calls.output_pdf(caller, case)
        disposition = {"Content-Disposition": f'inline; filename="{case}.pdf"', **vary}
        return Reply(document, media_type=PDF, headers=disposition)
    issued = await calls.output(caller, case)
    if kind == JSON:
        outcome = Outcome(credential=issued.credential, output=issued.output, closing_record=issued.record)
        return reply(outcome, headers=vary)
    if not issued.credential:
        raise NotAcceptable(
            f"This case was closed without an output: its closing record has no credential; {JSON}, {PDF}."
        )
    return Reply(issued.credential.encode(), media_type=CREDENTIAL, headers=vary)


@get(
    "/v1/cases/{case:str}/documents/{digest:str}",
    opt={
        OPERATION: Operation(
            id="getCaseDocument",
            tag="cases",
            answers={200: Answered(about="The document, as its agency gave it.", media=tuple(TYPES))},
            problems=("parameter-invalid",),
        )
    },
)
async def get_case_document(request: GatewayRequest) -> Reply:
    """Get a document that an agency gave.

    The case's steps and the parts of its output name their documents by digest. The file is the agency's own, byte for
    byte: its SHA-256 is the digest, and a signature inside it is untouched.
    """
    query_of(request, {})
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    return attached(await calls.document(caller, case, path_of(request, "digest")))


def attached(file: File) -> Reply:
    """Give a document as a file to keep: no browser opens it as a page of ours, and nobody else keeps a copy."""
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Reply(file.content, headers=headers, media_type=file.type)


@post(
    "/v1/verifications",
    status_code=200,
    request_max_body_size=MAX_BYTES + 1,
    opt={
        OPERATION: Operation(
            id="verifyOutput",
            tag="outputs",
            body_schema={"type": "string", "format": "binary"},
            body_media=tuple(sorted(PRESENTED)),
            body_about="The file as it is: a compact `vc+jwt`, a PDF with one attached, or a QR code's text.",
            answers={200: Answered(about="The verdict.", type=Verdict)},
        )
    },
)
async def verify_output(request: GatewayRequest) -> Reply:
    """Say whether a joint output is valid, altered, revoked or unknown.

    Everything that this looks at is public: keys, agencies' keys, the status list. `gapura output verify FILE` does the
    same without asking us.
    """
    media_type(request.headers, PRESENTED)
    verdict = await calls_of(request).judge.verdict(await body_of(request, largest=MAX_BYTES))
    return reply(verdict)


ROUTES: Final = [get_output, get_case_document, verify_output]

"""The closed list of problem types (RFC 9457): what a caller is told. `gateway/problems.py` maps exceptions to them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

Move = Literal["caller", "later", "us"]
"""Whose move is next: the caller changes something; the same call may work later; we have a bug."""


class ProblemType(Struct, frozen=True):
    """One kind of problem: its last path segment, HTTP status, fixed title, and whose move is next."""

    slug: str
    status: int
    title: str
    move: Move


class Mistake(Struct, frozen=True, omit_defaults=True):
    """One mistake in what was sent: a JSON Pointer (RFC 6901) to it, what is wrong and what to do."""

    pointer: str
    detail: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An `application/problem+json` body."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    trace_id: str = ""
    errors: list[Mistake] = field(default_factory=list[Mistake])


NOTHING_HERE = "Nothing is here, or it is not yours. Check the address and what you sent."
"""What is said of what is not there and of what is somebody else's."""

PROBLEM_TYPES: dict[str, ProblemType] = {
    kind.slug: kind
    for kind in (
        ProblemType("body-unreadable", 400, "The body cannot be read", "caller"),
        ProblemType("parameter-invalid", 400, "A parameter is not valid", "caller"),
        ProblemType("not-authenticated", 401, "Say who you are", "caller"),
        ProblemType("signature-invalid", 401, "The signature is not valid", "caller"),
        ProblemType("not-allowed", 403, "This is not yours to do", "caller"),
        ProblemType("not-found", 404, "There is nothing here for you", "caller"),
        ProblemType("method-not-allowed", 405, "This method is not offered here", "caller"),
        ProblemType("not-acceptable", 406, "This form is not offered", "caller"),
        ProblemType("not-possible-now", 409, "The case does not allow this now", "caller"),
        ProblemType("version-conflict", 409, "Something else was registered meanwhile", "caller"),
        ProblemType("gone", 410, "This is no longer offered", "caller"),
        ProblemType("lease-over", 410, "This lease is over", "caller"),
        ProblemType("body-too-large", 413, "The body is too large", "caller"),
        ProblemType("media-type-unsupported", 415, "This media type is not accepted", "caller"),
        ProblemType("form-invalid", 422, "The form has mistakes", "caller"),
        ProblemType("answer-invalid", 422, "The answer breaks the contract", "caller"),
        ProblemType("key-reused", 422, "This Idempotency-Key was used for another request", "caller"),
        ProblemType("contract-invalid", 422, "The contract has mistakes", "caller"),
        ProblemType("too-many-requests", 429, "Too many requests", "later"),
        ProblemType("internal", 500, "Something is wrong here", "us"),
        ProblemType("unavailable", 503, "Not possible at the moment", "later"),
        ProblemType("storage-full", 507, "Nothing can be stored at the moment", "later"),
    )
}

"""Whose move is next: the one table from an exception to what a caller is told (RFC 9457).

*Declined* and *Rejection* (4xx): the caller changes something. *Outage* (503, 507): the same call may work later.
Anything else is a *bug* (500): the caller gets a trace id and nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar, Final

from litestar.exceptions import HTTPException

from contracts.problems import NOTHING_HERE, PROBLEM_TYPES, Mistake, Problem, ProblemType
from workflows.agencies.nonces import TooManyNonces
from workflows.core.rejections import Rejection
from workflows.ports import JournalFull, KeyTaken, Outage

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"


class Declined(Exception):
    """The caller changes something. The message says what is wrong, where, and what to do."""

    slug: ClassVar[str]

    def __init__(self, detail: str, errors: list[Mistake] | None = None) -> None:
        """Take a sentence for the caller, and every mistake with its JSON Pointer."""
        super().__init__(detail)
        self.detail, self.errors = detail, errors or []
        self.headers: dict[str, str] = {}


class BodyUnreadable(Declined):
    """The body is no JSON that can be taken."""

    slug = "body-unreadable"


class BodyTooLarge(Declined):
    """The body is larger than is read."""

    slug = "body-too-large"


class MediaTypeUnsupported(Declined):
    """The body is in a form that is not accepted here."""

    slug = "media-type-unsupported"


class ParameterInvalid(Declined):
    """A header, path or query parameter is not valid."""

    slug = "parameter-invalid"


class NotAuthenticated(Declined):
    """Nothing, or nothing valid, says who is calling."""

    slug = "not-authenticated"

    def __init__(self, detail: str) -> None:
        """Take a sentence for the caller."""
        super().__init__(detail)
        self.headers["WWW-Authenticate"] = 'Bearer realm="gapura"'


class SignatureRefused(Declined):
    """A message's signature is missing, wrong, stale or was seen before."""

    slug = "signature-invalid"


class NotAllowed(Declined):
    """The caller is known, and this is not theirs to do."""

    slug = "not-allowed"


class NotFound(Declined):
    """Not there, or not for this caller: the two look the same."""

    slug = "not-found"

    def __init__(self, detail: str = NOTHING_HERE) -> None:
        """Say the same of both, unless something public is missing."""
        super().__init__(detail)


class NotAcceptable(Declined):
    """None of the media types asked for is offered."""

    slug = "not-acceptable"


class NotPossibleNow(Declined):
    """What was asked does not fit the state of things."""

    slug = "not-possible-now"


class VersionConflict(Declined):
    """Something else stands under this name and version."""

    slug = "version-conflict"


class Gone(Declined):
    """It was here and is no longer offered."""

    slug = "gone"


class LeaseOver(Declined):
    """What a worker had fetched is not its own any more."""

    slug = "lease-over"


class FormInvalid(Declined):
    """The answers have mistakes: all of them are in `errors`."""

    slug = "form-invalid"


class ContractInvalid(Declined):
    """A contract, plan or agreement has mistakes: all of them are in `errors`."""

    slug = "contract-invalid"


class AnswerInvalid(Declined):
    """An agency's answer breaks the contract: every mistake is in `errors`."""

    slug = "answer-invalid"


class KeyReused(Declined):
    """An Idempotency-Key came with another body before."""

    slug = "key-reused"


class TooManyRequests(Declined):
    """Slower, please."""

    slug = "too-many-requests"

    def __init__(self, detail: str, retry_after_s: float) -> None:
        """Take a sentence and when to come back."""
        super().__init__(detail)
        self.headers["Retry-After"] = str(max(1, round(retry_after_s)))


class Overloaded(Outage):
    """The gateway carries all that it can: try again shortly."""

    retry_after_s = 2


REJECTIONS: Final = {"form_invalid": "form-invalid", "input_invalid": "form-invalid", "output_invalid": "form-invalid"}
"""The core's rejections that are mistakes in what was sent; every other one is `not-possible-now`."""

HTTP_STATUSES: Final = {
    400: "parameter-invalid",
    401: "not-authenticated",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    415: "media-type-unsupported",
    429: "too-many-requests",
    503: "unavailable",
}
"""What the framework refuses by itself, by status."""

FRAMEWORK_DETAILS: Final = {
    404: "Nothing is here, or it is not yours. Check the address and what you sent.",
    405: "This address does not offer this method; the Allow header and /v1/openapi.json say which it does.",
}


SLUGS: Final[tuple[tuple[type[BaseException], Callable[[Any], str]], ...]] = (
    (Declined, lambda error: error.slug),
    (Rejection, lambda error: REJECTIONS.get(error.code, "not-possible-now")),
    (KeyTaken, lambda _: "key-reused"),
    (JournalFull, lambda _: "storage-full"),
    (TooManyNonces, lambda _: "too-many-requests"),
    (Outage, lambda _: "unavailable"),
    (HTTPException, lambda error: HTTP_STATUSES.get(error.status_code, _other(error.status_code))),
)
"""The table: what an exception is told as. The first class that fits counts; what fits none is a bug."""


def slug_of(error: BaseException) -> str:
    """Give the problem type that an exception is told as."""
    return next((slug(error) for kind, slug in SLUGS if isinstance(error, kind)), "internal")


def _other(status: int) -> str:
    return "internal" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "parameter-invalid"


def problem_of(error: BaseException, *, base_url: str, instance: str, trace_id: str) -> Problem:
    """Give what a caller is told of an exception; of a bug only the trace id."""
    kind = PROBLEM_TYPES[slug_of(error)]
    return Problem(
        type=f"{base_url}/problems/{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=_encodable(_detail(error, kind, trace_id)),
        instance=_encodable(instance),
        trace_id=trace_id,
        errors=[Mistake(_encodable(found.pointer), _encodable(found.detail)) for found in _errors(error)],
    )


def headers_of(error: BaseException) -> dict[str, str]:
    """Give the headers that go with it: when to come back, how to say who one is, which methods there are."""
    match error:
        case Declined():
            return error.headers
        case Outage():
            return {"Retry-After": str(max(1, round(error.retry_after_s)))}
        case HTTPException():
            wanted = {"allow", "retry-after"}
            return {name: value for name, value in (error.headers or {}).items() if name.lower() in wanted}
        case _:
            return {}


def _encodable(text: str) -> str:
    """Replace half characters: a caller may have sent some, and whatever is told must be UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _detail(error: BaseException, kind: ProblemType, trace_id: str) -> str:
    match error:
        case Declined():
            return error.detail
        case Rejection() | KeyTaken() | Outage():
            return str(error)
        case HTTPException() if kind.slug != "internal":
            return FRAMEWORK_DETAILS.get(error.status_code, error.detail)
        case _:
            return f"This is a fault of the gateway, not yours. Report it with the trace id {trace_id}."


def _errors(error: BaseException) -> list[Mistake]:
    match error:
        case Declined():
            return error.errors
        case Rejection():
            return error.mistakes
        case _:
            return []

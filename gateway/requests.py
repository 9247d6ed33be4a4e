"""What every route needs of a request: who is calling, whom to call upon, the body, what is acceptable; and replies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.types import Receive, Scope, Send

from gateway.bodies import JSON_TYPES, LARGEST_BODY, SLOWEST_S, Slow, media_type, parse_object, read_body, take
from gateway.identity.authentication import Presented, authenticate, own_cookies
from gateway.identity.callers import Caller, Grant
from gateway.limits import Place
from gateway.problems import NotAcceptable, NotAllowed, ParameterInvalid
from observability.tracing import Identity

if TYPE_CHECKING:
    from gateway.calls import Calls

GatewayRequest = Request[None, None, State]

_T = TypeVar("_T")
_encode = msgspec.json.Encoder().encode
_PREFER_WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,6})\"?", re.IGNORECASE)
_PROVING: Final = {name.encode(): name for name in ("authorization", "cookie", "host", "origin", "sec-fetch-site")}
"""Headers that `authenticate` looks at."""
_QUALITY = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)$")


def calls_of(request: GatewayRequest) -> Calls:
    """Give the calls of this gateway."""
    return cast("Calls", request.app.state["calls"])


def identity_of(request: GatewayRequest) -> Identity:
    """Give the request's place in its trace: the caller's trace, or a new one."""
    return cast("Identity", request.scope["state"]["identity"])


def trace_id_of(request: GatewayRequest) -> str:
    """Give the id of the request's trace."""
    return f"{identity_of(request).trace_id:032x}"


def only_waits(request: GatewayRequest) -> None:
    """Give the request's place among those at work back: from now on it only waits, and counts as a stream."""
    place = request.scope["state"].get("place")
    if isinstance(place, Place):
        place.leave()


def address_of(request: GatewayRequest) -> str:
    """Give the address of whoever calls, as the edge saw it (`edge`, `identity.authentication.client_address`)."""
    return str(request.scope["state"].get("address", ""))


def cookies_of(request: GatewayRequest) -> dict[str, str]:
    """Give our own cookies of a request, by their plain names."""
    return own_cookies(request.cookies, secure=calls_of(request).settings.secure)


def caller_of(request: GatewayRequest) -> Caller:
    """Give what the request proved about who is calling; judged once.

    Raises:
        NotAuthenticated: its `Authorization` is not valid.
        TooManyRequests: too many wrong ones came from there.

    """
    state = request.scope["state"]
    if "caller" not in state:
        calls = calls_of(request)
        headers = _proofs_in(request)
        presented = Presented(
            method=request.method,
            headers=headers,
            cookies=cookies_of(request) if "cookie" in headers else {},
            address=address_of(request),
        )
        state["caller"] = authenticate(
            presented, calls.tokens, calls.limits.guesses, now=calls.now, public_url=calls.base_url
        )
    return cast("Caller", state["caller"])


def _proofs_in(request: GatewayRequest) -> dict[str, str]:
    """Give the headers that say who is calling; of several lines of one the first counts."""
    headers: dict[str, str] = {}
    for name, value in request.scope["headers"]:
        if name in _PROVING:
            headers.setdefault(_PROVING[name], value.decode("latin-1"))
    return headers


def operator_of(request: GatewayRequest) -> Grant:
    """Give the operator that the route's owner rule has let through."""
    grant = caller_of(request).operator
    if grant is None:
        raise NotAllowed("This is an operator's to do.")
    return grant


def document_of(request: GatewayRequest) -> dict[str, Any]:
    """Give the API's document, made for whoever asks first."""
    made = cast("Callable[[], dict[str, Any]]", request.app.state["document"])
    return made()


async def body_of(request: GatewayRequest, *, largest: int = LARGEST_BODY, slowest_s: float = SLOWEST_S) -> bytes:
    """Read the body, bounded; raises the 4xx of `bodies.read_body`."""
    return await read_body(
        request.stream(), request.headers, largest=largest, slowest_s=slowest_s, slow=slow_of(request)
    )


def slow_of(request: GatewayRequest) -> Slow:
    """Give the place that a body takes once it arrives slowly."""
    return partial(calls_of(request).limits.slow_bodies.one, address_of(request))


async def object_of(
    request: GatewayRequest, *, largest: int = LARGEST_BODY, slowest_s: float = SLOWEST_S
) -> dict[str, Any]:
    """Read a JSON object strictly; raises the 4xx of `bodies`."""
    media_type(request.headers, JSON_TYPES)
    return parse_object(await body_of(request, largest=largest, slowest_s=slowest_s))


async def struct_of(request: GatewayRequest, kind: type[_T]) -> _T:
    """Read a JSON object of a certain shape; raises FormInvalid with a pointer to what does not fit."""
    return take(await object_of(request), kind)


async def optional_struct_of(request: GatewayRequest, kind: type[_T]) -> _T:
    """Read a JSON object of a certain shape; no body at all reads as `{}`."""
    if request.headers.get("content-length") == "0" or (
        "content-length" not in request.headers and "transfer-encoding" not in request.headers
    ):
        return take({}, kind)
    return await struct_of(request, kind)


def path_of(request: GatewayRequest, name: str) -> str:
    """Give a path parameter."""
    return str(request.path_params[name])


def query_of(request: GatewayRequest, allowed: Mapping[str, str]) -> dict[str, str]:
    """Give the query's parameters; `allowed` has their defaults.

    Raises:
        ParameterInvalid: one that is not offered, or one given twice.

    """
    if not request.scope["query_string"]:
        return dict(allowed)
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            raise ParameterInvalid(f"There is no such query parameter. Offered: {', '.join(allowed) or 'none'}.")
        if name in given:
            raise ParameterInvalid(f"The query parameter {name} is given twice. Give it once.")
        given[name] = str(value)
    return {**allowed, **given}


def number_in(text: str, name: str, *, least: int, most: int) -> int:
    """Read a whole number of a query or header; raises ParameterInvalid."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most:
        return int(text)
    raise ParameterInvalid(f"{name} is a whole number from {least} to {most}.")


def preferred_wait(header: str | None, *, most: int) -> int:
    """Give the seconds of `Prefer: wait=N` (RFC 7240), capped; 0 without one. Other preferences are passed over."""
    found = [
        match for part in (header or "").split(",") if (match := _PREFER_WAIT.fullmatch(part.split(";")[0].strip()))
    ]
    return min(int(found[0][1]), most) if found else 0


def chosen_type(accept: str | None, offered: tuple[str, ...]) -> str:
    """Choose among the media types offered, best first, by `Accept` (RFC 9110, 12.5.1).

    Raises:
        NotAcceptable: none of them is wanted.

    """
    ranges = _ranges(accept)
    best = max(offered, key=lambda kind: (_wanted(kind, ranges), -offered.index(kind)))
    if _wanted(best, ranges) <= 0:
        raise NotAcceptable(f"Offered here: {', '.join(offered)}. Send Accept with one of them, or none.")
    return best


def wants_page(accept: str | None) -> bool:
    """Say whether a browser is asking: HTML is wanted rather than JSON."""
    ranges = _ranges(accept)
    return "text/html" in ranges and _wanted("text/html", ranges) >= _wanted("application/json", ranges)


def _ranges(accept: str | None) -> dict[str, float]:
    ranges: dict[str, float] = {}
    for part in (accept or "*/*").split(",")[:50]:
        kind, *parameters = [piece.strip().lower() for piece in part.split(";")]
        quality = next((found[1] for text in parameters if (found := _QUALITY.match(text))), "1")
        if kind:
            ranges[kind] = float(quality)
    return ranges


def _wanted(kind: str, ranges: Mapping[str, float]) -> float:
    family = f"{kind.split('/', maxsplit=1)[0]}/*"
    return next((ranges[name] for name in (kind, family, "*/*") if name in ranges), 0.0)


class Reply:
    """A reply whose bytes are ready. It is an application by itself: nothing is left for the framework to render."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        body: bytes,
        status: int = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        *,
        media_type: str = "application/json",
    ) -> None:
        """Take what is sent; a status that has no body has no media type either."""
        self.status, self.body = status, body
        self.headers: list[tuple[bytes, bytes]] = []
        if headers is not None:
            self.headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        if status != HTTPStatus.NO_CONTENT:
            self.headers += [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as applications are
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def reply(value: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Reply:
    """Give a JSON reply of any view."""
    return Reply(_encode(value), status, headers)


def nothing() -> Reply:
    """Give a reply without a body."""
    return Reply(b"", HTTPStatus.NO_CONTENT)


def compact(value: object) -> str:
    """Write JSON on one line."""
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))

"""Requests and responses, free of any framework, and the agency's own way out."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterable
from email.message import Message
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes; what the gateway takes from an agency at most, and we from it."""
ATTEMPT_S = 10.0
"""How long a call may take, unless it waits for something on purpose."""


class Unheard(Exception):
    """A call came to nothing: no connection, no answer in time, or one that cannot be trusted; the text says which."""


class Fields:
    """Header fields: lines in order, found by name whatever its case."""

    def __init__(self, lines: Iterable[tuple[str, str]]) -> None:
        """Take the name and value of every line."""
        self._lines: dict[str, list[str]] = {}
        for name, value in lines:
            self._lines.setdefault(name.lower(), []).append(value.strip(" \t"))

    def all(self, name: str) -> list[str]:
        """Give every line of a field."""
        return self._lines.get(name.lower(), [])

    def get(self, name: str, default: str = "") -> str:
        """Give the first line of a field, or the default."""
        return next(iter(self.all(name)), default)

    def items(self) -> list[tuple[str, str]]:
        """Give name (in lower case) and value of every line."""
        return [(name, value) for name, values in self._lines.items() for value in values]


class Request(Struct, frozen=True):
    """A request as it came to the agency; `path` and `query` (without `?`) are as they stand in the request line.

    Only the last piece of `path` counts: in front of it may stand whatever a mount or a proxy leaves there.
    """

    method: str
    path: str
    query: str
    headers: Fields
    body: bytes = b""


class Response(Struct, frozen=True):
    """A status, its header fields and its body."""

    status: int
    headers: Fields
    body: bytes = b""


class Call(Struct, frozen=True):
    """A POST to an absolute address."""

    url: str
    headers: Fields
    body: bytes


class Send(Protocol):
    """Sends a call and gives what was answered, whatever its status."""

    def __call__(self, call: Call, *, within_s: float) -> Response:
        """Send.

        Raises:
            Unheard: nothing came back.

        """
        ...


class Problem(Struct, omit_defaults=True):
    """A body of `application/problem+json` (RFC 9457): what is wrong, never a personal datum."""

    title: str
    status: int
    detail: str = ""


def problem(status: int, title: str, detail: str = "", *, retry_after_s: int | None = None) -> Response:
    """Give a problem as a response; it needs no signature."""
    body = msgspec.json.encode(Problem(title, status, detail))
    lines = [("Content-Type", "application/problem+json")]
    if retry_after_s is not None:
        lines.append(("Retry-After", str(retry_after_s)))
    return Response(status, Fields(lines), body)


# --- the way out ----------------------------------------------------------------------------------------------


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are never followed: the signature is for one address."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Follow nothing."""
        del req, fp, code, msg, headers, newurl
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
"""Goes through the proxies that the environment names (`HTTPS_PROXY`, `NO_PROXY`)."""


def send_over_http(call: Call, *, within_s: float = ATTEMPT_S) -> Response:
    """Send a call with the standard library; see `Send`."""
    return _open(urllib.request.Request(call.url, call.body, dict(call.headers.items()), method="POST"), within_s)  # noqa: S310 - judged in _open


def fetch(url: str, *, within_s: float = 10.0) -> bytes:
    """Give what is at an address.

    Raises:
        Unheard: it cannot be had.

    """
    response = _open(urllib.request.Request(url), within_s)  # noqa: S310 - judged in _open
    if response.status != http.client.OK:
        raise Unheard(f"{url} answered {response.status}")
    return response.body


def _open(request: urllib.request.Request, within_s: float) -> Response:
    if urlsplit(request.full_url).scheme not in {"http", "https"}:
        raise Unheard(f"{request.full_url!r} is no http or https address")
    try:
        with _OPENER.open(request, timeout=within_s) as answer:
            return _read(answer.status, answer.headers, answer)
    except urllib.error.HTTPError as error:
        with error:
            return _read(error.code, error.headers, error)
    except (OSError, http.client.HTTPException) as error:
        raise Unheard(f"{urlsplit(request.full_url).netloc} was not reached: {error}") from error


def _read(status: int, headers: Message[Any, Any], body: Any) -> Response:  # noqa: ANN401 - two kinds of urllib
    content: bytes = body.read(LARGEST_ANSWER + 1)
    if len(content) > LARGEST_ANSWER:
        raise Unheard(f"the answer has more than {LARGEST_ANSWER} bytes")
    return Response(status, Fields(headers.items()), content)

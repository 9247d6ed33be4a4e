"""An agency as a WSGI application, also for Flask and Django. It starts no thread: see `Agency.start`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from gapura_agency.agency import LARGEST_BODY, Agency
from gapura_agency.exchange import Fields, Request, Response, problem

Environ = dict[str, Any]
_HEADERS_BESIDE = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}


class WsgiApp:
    """Answers for an agency."""

    def __init__(self, agency: Agency) -> None:
        """Take the agency."""
        self._agency = agency

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        response = self._answered(environ)
        headers = [*response.headers.items(), ("content-length", str(len(response.body)))]
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", headers)
        return [response.body]

    def _answered(self, environ: Environ) -> Response:
        length = str(environ.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal():
            return problem(400, "Content-Length is no number")
        if int(length) > LARGEST_BODY:
            return problem(413, "The body is too large", f"at most {LARGEST_BODY} bytes")
        body: bytes = environ["wsgi.input"].read(int(length))
        path, query = str(environ.get("PATH_INFO", "")), str(environ.get("QUERY_STRING", ""))
        return self._agency.handle(Request(environ["REQUEST_METHOD"], path, query, Fields(_lines(environ)), body))


def _lines(environ: Environ) -> Iterable[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-"), value
        elif name in _HEADERS_BESIDE and value:
            yield _HEADERS_BESIDE[name], value

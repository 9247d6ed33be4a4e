"""What a binding sends: one HTTP request from the values at hand. Pure; nothing leaves here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct, structs
from yarl import URL

from workflows.core.expressions import MISSING, ExpressionError, resolve
from workflows.core.json_kinds import is_fields, is_list
from workflows.loading.bindings import BoundCall
from workflows.loading.openapi import FORM_BODY, Parameter

_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]{0,4096}")
_MAX_URL: Final = 8_000
_DOTS: Final = frozenset({".", ".."})


class Unsendable(Exception):
    """The request cannot be made of these values; the message names fields, never values."""


class Prepared(Struct, frozen=True, kw_only=True):
    """A request, before anybody is proven by it."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[tuple[str, str], ...] = ()

    @property
    def told(self) -> bytes:
        """What was sent, as evidence hashes it: method, address and body, and no secret."""
        return f"{self.method} {self.url}\n\n".encode() + self.body

    def under(self, headers: Mapping[str, str]) -> Prepared:
        """Give the request with our own headers, which the binding's do not replace."""
        ours = {name.lower() for name in headers}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ours}
        return structs.replace(self, headers={**kept, **headers})


def prepare(
    base: str, call: BoundCall, scope: Mapping[str, object], ours: Collection[tuple[str, str]] = ()
) -> Prepared:
    """Make the request of a call; `ours` are parameters that are set elsewhere, by place and name in lower case.

    Raises:
        Unsendable: a value is missing, does not suit its place, or does not fit the agency's document.

    """
    try:
        values = resolve(call.parameters, scope)
        extra = resolve(call.headers, scope)
        body = MISSING if call.body is None else call.body.fill(scope)
    except ExpressionError as error:
        raise Unsendable(str(error)) from None
    operation = call.operation
    path, query, headers, cookies = operation.path, list[tuple[str, str]](), dict[str, str](), list[tuple[str, str]]()
    for parameter in operation.parameters:
        value = values.get(parameter.name, MISSING)
        if value is MISSING or value is None:
            sent = (parameter.place, parameter.name.lower()) in ours or parameter.name in extra
            if parameter.required and not sent:
                raise Unsendable(f"the parameter {parameter.name} has no value")
            continue
        if parameter.place == "path":
            path = path.replace("{" + parameter.name + "}", _segment(parameter, value))
        elif parameter.place == "query":
            query += _pairs(parameter, value)
        elif parameter.place == "cookie":
            cookies.append((parameter.name, quote(_joined(parameter, value), safe="")))
        else:
            headers[parameter.name] = _header(parameter.name, _joined(parameter, value))
    headers |= {name: _header(name, _text(value)) for name, value in extra.items()}
    data = _body(call, body, headers)
    return Prepared(
        method=operation.method, url=_url(base, path, query), headers=headers, body=data, cookies=tuple(cookies)
    )


def _body(call: BoundCall, body: object, headers: dict[str, str]) -> bytes:
    operation = call.operation
    if body is MISSING:
        if operation.body_required:
            raise Unsendable("the document demands a body, and there is none")
        return b""
    if not call.fits(body):
        raise Unsendable("the body does not fit the agency's document")
    headers["Content-Type"] = operation.body_type or "application/json"
    if operation.body_type == FORM_BODY and is_fields(body):
        return urlencode({name: _text(value) for name, value in body.items()}).encode()
    return msgspec.json.encode(body)


def _url(base: str, path: str, query: list[tuple[str, str]]) -> URL:
    text = base + path + (f"?{urlencode(query, quote_via=quote)}" if query else "")
    if "{" in path or len(text) > _MAX_URL:
        raise Unsendable("the address is too long, or a part of it has no value")
    try:
        url = URL(text, encoded=True)
    except ValueError:
        raise Unsendable("the address is none") from None
    if url.scheme not in {"http", "https"} or not url.host or url.user or url.password:
        raise Unsendable("the address is no plain http or https address")
    return url


def _segment(parameter: Parameter, value: object) -> str:
    """Give one segment of a path: no value gets out of its place."""
    text = _joined(parameter, value)
    if not text or text in _DOTS:
        raise Unsendable(f"the parameter {parameter.name} is empty, or only dots")
    return quote(text, safe="")


def _pairs(parameter: Parameter, value: object) -> Iterator[tuple[str, str]]:
    name = parameter.name
    if parameter.style == "deepObject" and is_fields(value):
        yield from ((f"{name}[{key}]", _text(item)) for key, item in value.items())
    elif parameter.explode and is_fields(value):
        yield from ((key, _text(item)) for key, item in value.items())
    elif parameter.explode and is_list(value):
        yield from ((name, _text(item)) for item in value)
    else:
        yield name, _joined(parameter, value)


_SEPARATORS: Final = {"pipeDelimited": "|", "spaceDelimited": " "}


def _joined(parameter: Parameter, value: object) -> str:
    if parameter.style == "json":
        return msgspec.json.encode(value).decode()
    separator = _SEPARATORS.get(parameter.style, ",")
    if is_list(value):
        return separator.join(map(_text, value))
    if is_fields(value):
        return separator.join(f"{key}{'=' if parameter.explode else ','}{_text(item)}" for key, item in value.items())
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _header(name: str, text: str) -> str:
    if _HEADER_VALUE.fullmatch(text) is None:
        raise Unsendable(f"the header {name} would have characters that no header has")
    return text

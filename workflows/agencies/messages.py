"""Signed messages as RFC 9421 sees them: requests, responses, their covered components and the signature base."""

from __future__ import annotations

import hashlib
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal, Protocol, TypeAlias, cast
from urllib.parse import urlsplit

import http_sf
from msgspec import Struct

from workflows.core.once import once

LABEL = "gapura"
"""The label of our signatures; a response names the request's by it."""

_PORTS = {"http": 80, "https": 443}
_PLAIN_SIGNATURE = re.compile(r"(?P<label>[a-z]+)=:(?P<bytes>[A-Za-z0-9+/]{86}==):")

Fault = Literal[
    "missing",
    "malformed",
    "unknown-key",
    "too-old",
    "in-future",
    "expired",
    "not-covered",
    "digest",
    "wrong",
    "replayed",
]


class SignatureInvalid(Exception):
    """A message is not signed as it must be; `fault` names the kind, the text says exactly what is wrong."""

    def __init__(self, fault: Fault, message: str) -> None:
        """Say what is wrong and what to do."""
        super().__init__(message)
        self.fault: Fault = fault


class Fields(Protocol):
    """Header fields: any mapping, or a multi-dictionary whose items are the field lines in order."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Give name and value of every field line."""
        ...


class Lines:
    """Fields as a parser of ours gives them: `by_name` has the lines by lower-case name, without white space around."""

    __slots__ = ("by_name",)

    def __init__(self) -> None:
        """Start with none."""
        self.by_name: dict[str, list[str]] = {}

    def items(self) -> Iterable[tuple[str, str]]:
        """Give name and value of every field line."""
        return [(name, value) for name, values in self.by_name.items() for value in values]

    def get(self, name: str, /, default: str) -> str:
        """Give the first line of a field, whatever the case of its name, or the default."""
        lines = self.by_name.get(name.lower())
        return lines[0] if lines else default


class Request(Struct, frozen=True, dict=True):
    """A request: `url` is absolute, with the authority and path under which the receiver is registered."""

    method: str
    url: str
    headers: Fields
    body: bytes = b""

    @once
    def lines(self) -> dict[str, list[str]]:
        """The field lines by lower-case name."""
        return field_lines(self.headers)


class Response(Struct, frozen=True, dict=True):
    """A response, its body as it was sent (before any content coding is undone)."""

    status: int
    headers: Fields
    body: bytes = b""

    @once
    def lines(self) -> dict[str, list[str]]:
        """The field lines by lower-case name."""
        return field_lines(self.headers)


Component: TypeAlias = tuple[str, frozenset[tuple[str, object]]]
"""A covered component: its name and its parameters, whose order means nothing (RFC 9421, section 2)."""

_BARE: frozenset[tuple[str, object]] = frozenset()
_OF_REQUEST: frozenset[tuple[str, object]] = frozenset({("req", True)})
_ITS_SIGNATURE: frozenset[tuple[str, object]] = frozenset({("req", True), ("key", LABEL)})


def digest_of(body: bytes) -> str:
    """Give the `Content-Digest` field of a body."""
    return f"sha-256=:{b2a_base64(hashlib.sha256(body).digest(), newline=False).decode('ascii')}:"


def field_lines(headers: Fields) -> dict[str, list[str]]:
    """Give the field lines by lower-case name, without the white space around them."""
    if isinstance(headers, Lines):
        return headers.by_name
    lines: dict[str, list[str]] = {}
    for name, value in headers.items():
        lines.setdefault(name.lower(), []).append(value.strip(" \t"))
    return lines


def request_values(request: Request, lines: Mapping[str, list[str]]) -> dict[Component, str]:
    """Give every component that a request must cover, in the profile's order, with its value."""
    values: dict[Component, str] = {("@method", _BARE): request.method.upper(), **_address_values(request.url)}
    covered = ("content-digest", "content-type") if request.body else ()
    for name in (*covered, "idempotency-key"):
        if name in covered or name in lines:
            values[(name, _BARE)] = single_field(lines, name)
    return values


@lru_cache(maxsize=256)
def _address_values(url: str) -> dict[Component, str]:
    """Give the components that follow from an address; not to be changed. Raises ValueError: it is not absolute."""
    parts = urlsplit(url)
    if not parts.scheme or not parts.hostname:
        message = f"the URL must be absolute, not {url!r}"
        raise ValueError(message)
    return {
        ("@authority", _BARE): _authority(parts.scheme.lower(), parts.netloc),
        ("@path", _BARE): parts.path or "/",
        ("@query", _BARE): f"?{parts.query}",
    }


def response_values(response: Response, lines: Mapping[str, list[str]], request: Request) -> dict[Component, str]:
    """Give every component that the response to a request must cover, in the profile's order, with its value."""
    asked = request.lines
    return {
        ("@status", _BARE): str(response.status),
        ("content-digest", _BARE): single_field(lines, "content-digest"),
        ("content-type", _BARE): single_field(lines, "content-type"),
        ("signature", _ITS_SIGNATURE): _own_signature(asked),
        ("content-digest", _OF_REQUEST): single_field(asked, "content-digest"),
    }


def _authority(scheme: str, netloc: str) -> str:
    """Give host and port in lower case, without credentials and without the scheme's own port."""
    authority = netloc.rpartition("@")[2].lower()
    return authority.removesuffix(f":{_PORTS[scheme]}") if scheme in _PORTS else authority


def _own_signature(asked: Mapping[str, list[str]]) -> str:
    """Give the signature of the request that is answered, as `"signature";req;key="gapura"` names it."""
    value = labelled_signature(asked, LABEL)
    if value is None:
        raise SignatureInvalid("missing", f"the request that is answered has no signature labelled {LABEL!r}")
    return f":{b2a_base64(value, newline=False).decode('ascii')}:"


def labelled_signature(lines: Mapping[str, list[str]], label: str) -> bytes | None:
    """Give the bytes under a label in the field `Signature`, or None where there are none.

    Raises:
        SignatureInvalid: the field is not there, or cannot be read.

    """
    plain = _PLAIN_SIGNATURE.fullmatch(lines["signature"][0]) if len(lines.get("signature", ())) == 1 else None
    if plain is not None and plain["label"] == label:
        return a2b_base64(plain["bytes"])  # what nearly every message has: one signature, written plainly
    value = bare_value(field_dictionary(lines, "signature").get(label))
    return value if isinstance(value, bytes) else None


def bare_value(member: object) -> object:
    """Give what a member of a dictionary is, without its parameters."""
    return cast("tuple[object, object]", member)[0] if isinstance(member, tuple) else member


def single_field(lines: Mapping[str, list[str]], name: str) -> str:
    """Give a field that must be there exactly once.

    Raises:
        SignatureInvalid: it is not there, or more than once.

    """
    values = lines.get(name, [])
    if len(values) != 1:
        title = name.title()
        raise SignatureInvalid("missing", f"{title} must be there once, not {len(values)} times, and be covered")
    return values[0]


@lru_cache(maxsize=64)
def write_component(component: Component) -> str:
    """Write a component as it stands in `Signature-Input`."""
    name, params = component
    flags = "".join(";req" if key == "req" else f';{key}="{value}"' for key, value in sorted(params, reverse=True))
    return f'"{name}"{flags}'


@lru_cache(maxsize=64)
def write_components(components: tuple[Component, ...]) -> tuple[tuple[str, ...], str]:
    """Write components as they stand in `Signature-Input`: each by itself, and all together."""
    names = tuple(write_component(component) for component in components)
    return names, " ".join(names)


def signature_base(lines: Iterable[tuple[str, str]], params: str) -> bytes:
    """Give what is signed: every covered component with its value, in order, then the parameters.

    Raises:
        ValueError: a value is not plain ASCII on one line.

    """
    written = [f"{name}: {value}" for name, value in lines]
    text = "\n".join([*written, f'"@signature-params": {params}'])
    if not text.isascii() or not "".join(written).isprintable():
        message = "a covered value is not plain ASCII on one line, so it cannot be signed"
        raise ValueError(message)
    return text.encode("ascii")


def field_dictionary(lines: Mapping[str, list[str]], name: str) -> dict[str, object]:
    """Read a field that is a dictionary of structured fields.

    Raises:
        SignatureInvalid: it is not there, or no such dictionary, or a key appears twice.

    """
    title = name.title()
    if name not in lines:
        raise SignatureInvalid("missing", f"the header {title} is missing: sign the message (RFC 9421)")

    def refuse(key: str, context: str) -> None:
        raise SignatureInvalid("malformed", f"{title}: {key!r} appears twice in one {context}")

    try:
        # Strict bytes: Latin-1 is what HTTP header text stands for, and http-sf refuses all beyond ASCII.
        raw = ", ".join(lines[name]).encode("latin-1")
        parsed = http_sf.parse(raw, tltype="dictionary", on_duplicate_key=refuse)
    except (ValueError, RecursionError) as error:
        raise SignatureInvalid(
            "malformed", f"{title} is no dictionary of structured fields (RFC 8941): {error}"
        ) from error
    return cast("dict[str, object]", parsed)

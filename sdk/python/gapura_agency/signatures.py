"""HTTP message signatures (RFC 9421) and content digests (RFC 9530) in the one profile of the wire protocol."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import http_sf
from http_sf.types import ParamsType
from msgspec import Struct

from gapura_agency.exchange import Fields
from gapura_agency.keys import PublicKey, SigningKey, encode

LABEL = "gapura"
VALID_FOR_S = 300
"""From `created` on, and between `created` and `expires`."""
SKEW_S = 30
"""How far two clocks may differ."""
REQUEST_TAG, RESPONSE_TAG = "gapura-request", "gapura-response"
_ALGORITHM = "ecdsa-p256-sha256"
_NONCE_LENGTHS = range(22, 129)
_PORTS = {"http": 80, "https": 443}

FindKey = Callable[[str], PublicKey | None]
"""Gives the key of a key id, None where it is not known."""


class SignatureInvalid(Exception):
    """A message is not signed as it must be; the text says what is wrong and what to do."""


class Verified(Struct, frozen=True):
    """A valid signature: whose, with which nonce, and when its nonce may be forgotten (seconds since 1970)."""

    key_id: str
    nonce: str
    forget_at: float


class Signed(Struct, frozen=True):
    """A request as its signature covers it: `url` is the absolute address under which the receiver is known."""

    url: str
    headers: Fields
    body: bytes
    method: str = "POST"


def content_digest(body: bytes) -> str:
    """Write the digest of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def sign_request(key: SigningKey, url: str, *, idempotency_key: str, body: bytes, now: float) -> Fields:
    """Give the header fields of a signed POST of JSON, with a nonce of its own; `now` in seconds since 1970."""
    headers = [("Content-Type", "application/json"), ("Content-Digest", content_digest(body))]
    headers += [("Idempotency-Key", idempotency_key)]
    values = _request_values(Signed(url, Fields(headers), body))
    created = int(now)
    extra = f';expires={created + VALID_FOR_S};nonce="{encode(secrets.token_bytes(16))}";tag="{REQUEST_TAG}"'
    return Fields([*headers, *_signature(key, values, created, extra)])


def sign_response(key: SigningKey, request: Signed, *, status: int, body: bytes, now: float) -> Fields:
    """Give the header fields of an answer of JSON, bound to the request that it answers."""
    headers = [("Content-Type", "application/json"), ("Content-Digest", content_digest(body))]
    values = _response_values(status, Fields(headers), request)
    return Fields([*headers, *_signature(key, values, int(now), f';tag="{RESPONSE_TAG}"')])


def verify_request(request: Signed, find: FindKey, *, now: float) -> Verified:
    """Verify a request. Whether its nonce is new is the caller's to ask.

    Raises:
        SignatureInvalid: missing, unreadable, stale, not covering what it must, or simply wrong.

    """
    return _verify(request.headers, request.body, REQUEST_TAG, lambda: _request_values(request), (find, now))


def verify_response(
    status: int, headers: Fields, body: bytes, request: Signed, find: FindKey, *, now: float
) -> Verified:
    """Verify that an answer is signed, and answers exactly this request; raises as `verify_request` does."""
    return _verify(headers, body, RESPONSE_TAG, lambda: _response_values(status, headers, request), (find, now))


# --- what is covered ------------------------------------------------------------------------------------------


def _request_values(request: Signed) -> dict[str, str]:
    parts = urlsplit(request.url)
    authority = parts.netloc.rpartition("@")[2].lower()
    port = _PORTS.get(parts.scheme)
    values = {
        '"@method"': request.method,
        '"@authority"': authority.removesuffix(f":{port}") if port else authority,
        '"@path"': parts.path or "/",
        '"@query"': f"?{parts.query}",
    }
    for name in ("content-digest", "content-type"):
        values[f'"{name}"'] = _once(request.headers, name)
    if request.headers.all("idempotency-key"):
        values['"idempotency-key"'] = _once(request.headers, "idempotency-key")
    return values


def _response_values(status: int, headers: Fields, request: Signed) -> dict[str, str]:
    asked = _bare(_dictionary(request.headers, "signature").get(LABEL))
    if not isinstance(asked, bytes):
        raise SignatureInvalid(f"the request that is answered has no signature labelled {LABEL}")
    return {
        '"@status"': str(status),
        '"content-digest"': _once(headers, "content-digest"),
        '"content-type"': _once(headers, "content-type"),
        f'"signature";req;key="{LABEL}"': f":{base64.b64encode(asked).decode()}:",
        '"content-digest";req': _once(request.headers, "content-digest"),
    }


def _once(headers: Fields, name: str) -> str:
    lines = headers.all(name)
    if len(lines) != 1:
        raise SignatureInvalid(f"{name.title()} must be there once, not {len(lines)} times, and be covered")
    return lines[0]


# --- signing --------------------------------------------------------------------------------------------------


def _signature(key: SigningKey, values: Mapping[str, str], created: int, extra: str) -> list[tuple[str, str]]:
    parameters = f'({" ".join(values)});created={created};keyid="{key.name}";alg="{_ALGORITHM}"{extra}'
    signature = base64.b64encode(key.sign(_base(list(values.items()), parameters))).decode()
    return [("Signature-Input", f"{LABEL}={parameters}"), ("Signature", f"{LABEL}=:{signature}:")]


def _base(lines: list[tuple[str, str]], parameters: str) -> bytes:
    text = "\n".join([*(f"{name}: {value}" for name, value in lines), f'"@signature-params": {parameters}'])
    if not text.isascii():
        raise SignatureInvalid("a covered value is not plain ASCII, so it cannot be signed")
    return text.encode()


# --- verifying ------------------------------------------------------------------------------------------------


def _verify(
    headers: Fields, body: bytes, tag: str, values: Callable[[], dict[str, str]], by: tuple[FindKey, float]
) -> Verified:
    find, now = by
    covered, parameters, signature = _found(headers, tag)
    key_id = str(parameters.get("keyid", ""))
    key = find(key_id)
    if key is None:
        raise SignatureInvalid(f"the key {key_id!r} is not known here")
    _judge_times(parameters, now, is_request=tag == REQUEST_TAG)
    expected = {_read_component(name): (name, value) for name, value in values().items()}
    missing = [name for component, (name, _) in expected.items() if component not in dict(covered)]
    surplus = [name for component, name in covered if component not in expected]
    if missing or surplus or len(dict(covered)) != len(covered):
        raise SignatureInvalid(f"the signature must cover {' '.join(name for name, _ in expected.values())}, each once")
    if headers.get("content-digest") != content_digest(body):
        raise SignatureInvalid(f"Content-Digest is not the sha-256 digest of the {len(body)} bytes that came")
    written = http_sf.ser(("", cast("ParamsType", parameters))).removeprefix('""')
    lines = [(name, expected[component][1]) for component, name in covered]
    base_end = f"({' '.join(name for _, name in covered)}){written}"
    if not key.verifies(signature, _base(lines, base_end)):
        raise SignatureInvalid(f"the signature is not that of {key_id!r} over this message: compare signature bases")
    forget_at = cast("int", parameters["created"]) + VALID_FOR_S + SKEW_S
    return Verified(key_id, str(parameters.get("nonce", "")), forget_at)


_Component = tuple[str, frozenset[tuple[str, object]]]


def _read_component(written: str) -> _Component:
    items = cast("dict[str, Any]", http_sf.parse(f"x=({written})".encode(), tltype="dictionary"))["x"][0]
    name, parameters = items[0]
    return name, frozenset(parameters.items())


def _found(headers: Fields, tag: str) -> tuple[list[tuple[_Component, str]], dict[str, object], bytes]:
    """Find the one signature with this tag; others (a proxy's) are no concern of ours."""
    inputs = _dictionary(headers, "signature-input")
    labels = [label for label, member in inputs.items() if _parameters(member).get("tag") == tag]
    if len(labels) != 1:
        raise SignatureInvalid(f'there must be one signature with the parameter tag="{tag}", not {len(labels)}')
    items = cast("tuple[Any, object]", inputs[labels[0]])[0]
    if not isinstance(items, list):
        raise SignatureInvalid("Signature-Input has no list of components")
    covered: list[tuple[_Component, str]] = []
    for name, parameters in cast("list[tuple[Any, dict[str, Any]]]", items):
        covered.append(((str(name), frozenset(parameters.items())), http_sf.ser((name, parameters))))
    signature = _bare(_dictionary(headers, "signature").get(labels[0]))
    if not isinstance(signature, bytes):
        raise SignatureInvalid(f"Signature has no bytes under the label {labels[0]}")
    return covered, dict(_parameters(inputs[labels[0]])), signature


def _judge_times(parameters: Mapping[str, object], now: float, *, is_request: bool) -> None:
    created, expires = parameters.get("created"), parameters.get("expires")
    if type(created) is not int:
        raise SignatureInvalid("Signature-Input must carry created in whole seconds since 1970")
    if not now - VALID_FOR_S <= created <= now + SKEW_S:
        raise SignatureInvalid(
            f"created is {now - created:.0f} s ago, and a signature lives {VALID_FOR_S} s: compare clocks"
        )
    if is_request or expires is not None:
        if type(expires) is not int:
            raise SignatureInvalid("Signature-Input must carry expires in whole seconds since 1970")
        if expires < now - SKEW_S or expires > created + VALID_FOR_S:
            raise SignatureInvalid(f"the signature has expired, or holds for more than {VALID_FOR_S} s")
    if is_request and len(str(parameters.get("nonce", ""))) not in _NONCE_LENGTHS:
        raise SignatureInvalid("nonce must have 22 to 128 characters: 16 random bytes in base64url, or more")
    if parameters.get("alg", _ALGORITHM) != _ALGORITHM:
        raise SignatureInvalid(f"alg must be {_ALGORITHM}")


def _dictionary(headers: Fields, name: str) -> dict[str, object]:
    lines = headers.all(name)
    if not lines:
        raise SignatureInvalid(f"{name.title()} is missing: every message is signed (RFC 9421)")
    try:
        parsed = http_sf.parse(", ".join(lines).encode("latin-1"), tltype="dictionary")
    except (ValueError, RecursionError) as error:
        raise SignatureInvalid(f"{name.title()} is no dictionary of structured fields: {error}") from error
    return cast("dict[str, object]", parsed)


def _parameters(member: object) -> dict[str, object]:
    return cast("tuple[object, dict[str, object]]", member)[1] if isinstance(member, tuple) else {}


def _bare(member: object) -> object:
    return cast("tuple[object, object]", member)[0] if isinstance(member, tuple) else member

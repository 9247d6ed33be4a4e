"""HTTP message signatures (RFC 9421) in the profile of the wire protocol, written from its page."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import cast

import http_sf
from cryptography.exceptions import InvalidSignature
from msgspec import Struct
from multidict import CIMultiDictProxy
from yarl import URL

from examples.purbalingga.agencies.keys import Jwk, SigningKey, encode, verify

LABEL = "gapura"
REQUEST_FIELDS = ("@method", "@authority", "@path", "@query", "content-digest", "content-type", "idempotency-key")
VALID_FOR_S = 300
AHEAD_S = 30
"""Clocks differ: a signature may be made this far in the future, and end this long ago."""
REMEMBER_NONCE_S = VALID_FOR_S + 2 * AHEAD_S
"""From its first use, the longest for which a signature can still be valid."""
_NONCE_LENGTH = 22
_SIGNATURE_BYTES = 64
_DEFAULT_PORTS = {"http": 80, "https": 443}

Parameters = Mapping[str, object]


class SignatureInvalid(Exception):
    """The signature of a request is not valid; the message says what is wrong with it."""


class Heading(Struct, frozen=True):
    """What a signature says of itself, before it is verified: `base_end` is the last line of what it signs."""

    key_id: str
    nonce: str
    fields: tuple[str, ...]
    base_end: str
    signature: bytes


def content_digest(body: bytes) -> str:
    """Write the RFC 9530 digest of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def authority(url: URL) -> str:
    """Give host and port as they are signed: lower case, without the scheme's own port."""
    host = (url.host or "").lower()
    named = f"[{host}]" if ":" in host else host
    return named if url.port == _DEFAULT_PORTS.get(url.scheme) else f"{named}:{url.port}"


def read_heading(headers: CIMultiDictProxy[str], *, now: float) -> Heading:
    """Read the signature of a request and judge what can be judged without its key: tag, age, fields, nonce.

    Raises:
        SignatureInvalid: missing, unreadable, stale, or not covering what it must.

    """
    inputs, signatures = _dictionary(headers, "Signature-Input"), _dictionary(headers, "Signature")
    items, parameters = _inner_list(inputs.get(LABEL))
    signature = _bare(signatures.get(LABEL))
    if not isinstance(signature, bytes) or len(signature) != _SIGNATURE_BYTES:
        raise SignatureInvalid(f"Signature has no 64 bytes under the label {LABEL}")
    fields = tuple(str(_bare(item)) for item in items)
    if sorted(fields) != sorted(REQUEST_FIELDS):
        raise SignatureInvalid(f"the signature must cover {' '.join(REQUEST_FIELDS)}, each once")
    _judge_parameters(parameters, now)
    base_end = http_sf.ser(cast("http_sf.StructuredType", [(items, parameters)]))
    return Heading(str(parameters["keyid"]), str(parameters["nonce"]), fields, base_end, signature)


def _judge_parameters(parameters: Parameters, now: float) -> None:
    created, expires = parameters.get("created"), parameters.get("expires")
    if parameters.get("tag") != "gapura-request":
        raise SignatureInvalid('the tag must be "gapura-request"')
    if parameters.get("alg", "ecdsa-p256-sha256") != "ecdsa-p256-sha256":
        raise SignatureInvalid("the algorithm must be ecdsa-p256-sha256")
    if not isinstance(created, int) or not isinstance(expires, int):
        raise SignatureInvalid("created and expires must be given in whole seconds")
    if not now - VALID_FOR_S <= created <= now + AHEAD_S:
        raise SignatureInvalid("the signature is too old, or from the future; check the clocks")
    if expires < now - AHEAD_S or not created <= expires <= created + VALID_FOR_S:
        raise SignatureInvalid("the signature has expired, or holds for more than 300 s")
    if len(str(parameters.get("nonce", ""))) < _NONCE_LENGTH:
        raise SignatureInvalid("the nonce must have at least 22 characters")


def verify_request(heading: Heading, key: Jwk, target: URL, headers: CIMultiDictProxy[str], body: bytes) -> None:
    """Verify a POST request against the key that its heading names.

    Args:
        heading: as read by `read_heading`.
        key: the public key of `heading.key_id`.
        target: the address that was asked, by our own configuration, not by its Host header.
        headers: of the request.
        body: its bytes as they came.

    Raises:
        SignatureInvalid: the body or the signature does not fit.

    """
    if not hmac.compare_digest(headers.get("Content-Digest", ""), content_digest(body)):
        raise SignatureInvalid("Content-Digest is not the digest of the body")
    values = {**_derived("POST", target), **_headers(headers)}
    base = _base([(f'"{name}"', values[name]) for name in heading.fields], heading.base_end)
    try:
        verify(key, heading.signature, base)
    except InvalidSignature:
        raise SignatureInvalid("the signature does not verify") from None


def sign_response(
    key: SigningKey, request: Heading, request_digest: str, *, status: int, body: bytes, created: int
) -> dict[str, str]:
    """Give the headers of an answer, signed and bound to the request that it answers: its signature and its digest."""
    digest = content_digest(body)
    asked = base64.b64encode(request.signature).decode()
    lines = [
        ('"@status"', str(status)),
        ('"content-digest"', digest),
        ('"content-type"', "application/json"),
        (f'"signature";req;key="{LABEL}"', f":{asked}:"),
        ('"content-digest";req', request_digest),
    ]
    parameters = f'created={created};keyid="{key.name}";alg="ecdsa-p256-sha256";tag="gapura-response"'
    return {"Content-Type": "application/json", "Content-Digest": digest, **_signed(key, lines, parameters)}


def sign_request(key: SigningKey, target: URL, *, idempotency_key: str, body: bytes, created: int) -> dict[str, str]:
    """Give the headers of a signed POST request (a callback), with a new nonce; `created` in seconds since 1970."""
    headers = {
        "Content-Type": "application/json",
        "Content-Digest": content_digest(body),
        "Idempotency-Key": idempotency_key,
    }
    values = {**_derived("POST", target), **{name.lower(): value for name, value in headers.items()}}
    nonce = encode(secrets.token_bytes(16))
    parameters = (
        f'created={created};keyid="{key.name}";alg="ecdsa-p256-sha256";expires={created + VALID_FOR_S}'
        f';nonce="{nonce}";tag="gapura-request"'
    )
    return {**headers, **_signed(key, [(f'"{name}"', values[name]) for name in REQUEST_FIELDS], parameters)}


def _signed(key: SigningKey, lines: list[tuple[str, str]], parameters: str) -> dict[str, str]:
    heading = f"({' '.join(name for name, _ in lines)});{parameters}"
    signature = base64.b64encode(key.sign(_base(lines, heading))).decode()
    return {"Signature-Input": f"{LABEL}={heading}", "Signature": f"{LABEL}=:{signature}:"}


def _base(lines: list[tuple[str, str]], base_end: str) -> bytes:
    return "\n".join([*(f"{name}: {value}" for name, value in lines), f'"@signature-params": {base_end}']).encode()


def _derived(method: str, target: URL) -> dict[str, str]:
    query = f"?{target.raw_query_string}"
    return {"@method": method, "@authority": authority(target), "@path": target.raw_path, "@query": query}


def _headers(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    """Give the covered headers, each of which must be there once: a second one would be another message."""
    names = [name for name in REQUEST_FIELDS if not name.startswith("@")]
    doubled = [name for name in names if len(headers.getall(name, [])) != 1]
    if doubled:
        raise SignatureInvalid(f"{doubled[0]} must be there once")
    return {name: headers[name].strip() for name in names}


def _dictionary(headers: CIMultiDictProxy[str], name: str) -> http_sf.DictionaryType:
    values = headers.getall(name, [])
    try:
        parsed = http_sf.parse(", ".join(values).encode(), tltype="dictionary")
    except (http_sf.StructuredFieldError, UnicodeEncodeError) as mistake:
        raise SignatureInvalid(f"{name} cannot be read: {mistake}") from None
    if not isinstance(parsed, dict) or LABEL not in parsed:
        raise SignatureInvalid(f"{name} has no label {LABEL}: every request must be signed")
    return parsed


def _inner_list(member: object) -> tuple[list[object], Parameters]:
    if isinstance(member, tuple) and isinstance(member[0], list):
        return cast("tuple[list[object], Parameters]", member)
    raise SignatureInvalid(f"Signature-Input has no list of fields under the label {LABEL}")


def _bare(item: object) -> object:
    """Give an item's value without its parameters; an item with parameters is none that this profile covers."""
    if isinstance(item, tuple):
        value, parameters = cast("tuple[object, Parameters]", item)
        return None if parameters else value
    return item

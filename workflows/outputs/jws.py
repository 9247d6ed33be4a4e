"""Compact JWS (RFC 7515), ES256 only, read strictly: one text, one meaning.

Every signed thing here (credential, status list, agency's part, QR code) goes through these functions. A base64url
text that decodes to the same bytes as another is refused, so no character of a signed text can be changed unseen.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry, deserialize_compact
from msgspec import Struct

ALGORITHM = "ES256"
MAX_CHARACTERS = 2 * 1024 * 1024
"""A longer text is not even looked at. The largest honest one is a credential with some dozens of parts."""

Keys: TypeAlias = Mapping[str, ECKey]
"""Public keys by their `kid`."""

_HALF = 32
"""Bytes of r and of s (RFC 7518, section 3.4)."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class JwsInvalid(ValueError):
    """The signed text cannot be relied on; the message says why."""


class JwsUnreadable(JwsInvalid):
    """It is no compact JWS of the expected type."""


class JwsKeyUnknown(JwsInvalid):
    """It names a key that is not among the trusted ones."""


class JwsAltered(JwsInvalid):
    """The signature does not belong to this text and key."""


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """The protected header: nothing but these three, so nothing else can steer how a text is verified."""

    alg: str
    typ: str
    kid: str


class Opened(Struct, frozen=True):
    """A JWS taken apart: the key that it names, and its payload."""

    kid: str
    payload: bytes


class _KeySet(Struct, frozen=True):
    keys: list[dict[str, Any]]


class _Registry(JWSRegistry):
    max_payload_length = MAX_CHARACTERS


_REGISTRY = _Registry(algorithms=[ALGORITHM])


def encode_base64url(data: bytes) -> str:
    """Give base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Decode base64url without padding.

    Raises:
        ValueError: another alphabet, padding, or bits that `encode_base64url` would not have written.

    """
    if _BASE64URL.fullmatch(text) is None or len(text) % 4 == 1:
        message = "not base64url without padding"
        raise ValueError(message)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_base64url(data) != text:
        message = "base64url with bits set that mean nothing"
        raise ValueError(message)
    return data


def read_keys(jwks: Mapping[str, Any]) -> dict[str, ECKey]:
    """Give the P-256 keys of a JWK Set by `kid`; keys for another use, and kinds unknown here, are passed over.

    Raises:
        ValueError: no JWK Set, a P-256 key that cannot be read, or two keys under one `kid`.

    """
    return dict(_read_keys(msgspec.json.encode(jwks)))


@lru_cache(maxsize=256)
def _read_keys(written: bytes) -> Mapping[str, ECKey]:
    """Read a key set once: an agency's is needed for each of its parts, and a point of a curve takes its time."""
    keys: dict[str, ECKey] = {}
    for entry in msgspec.json.decode(written, type=_KeySet).keys:
        if (entry.get("kty"), entry.get("crv"), entry.get("use", "sig")) != ("EC", "P-256", "sig"):
            continue
        key = _read_key(entry)
        kid = str(key.kid)
        if kid in keys:
            message = f"two keys are called {kid!r}"
            raise ValueError(message)
        keys[kid] = key
    return keys


def sign_jws(payload: bytes, *, typ: str, key: ECKey) -> str:
    """Sign with ES256; the header says `typ` and the key's `kid` (its RFC 7638 thumbprint if it has none).

    Signing is deterministic (RFC 6979): the same text and key give the same signature, so a document can be made
    again byte for byte, and no weak randomness can give the key away. joserfc does not offer that yet.

    Raises:
        ValueError: the key is not private.

    """
    private = key.private_key
    if private is None:
        message = "only a private key signs"
        raise ValueError(message)
    header = msgspec.json.encode(Header(ALGORITHM, typ, key.kid or key.thumbprint()))
    signed = f"{encode_base64url(header)}.{encode_base64url(payload)}"
    signature = private.sign(signed.encode("ascii"), ECDSA(SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(signature)
    return f"{signed}.{encode_base64url(r.to_bytes(_HALF, 'big') + s.to_bytes(_HALF, 'big'))}"


def peek_jws(text: str, *, typ: str) -> Opened:
    """Take a JWS apart WITHOUT verifying it: to find the key, or to say what an altered text claims.

    Raises:
        JwsUnreadable: no compact JWS, another algorithm, another `typ`, or a header with more than alg, typ and kid.

    """
    if len(text) > MAX_CHARACTERS:
        raise JwsUnreadable(f"longer than {MAX_CHARACTERS} characters")
    segments = text.split(".")
    if len(segments) != 3:  # noqa: PLR2004  # header.payload.signature, RFC 7515
        raise JwsUnreadable("a compact JWS has three parts between two dots")
    try:
        raw_header, payload, _ = [decode_base64url(segment) for segment in segments]
        header = msgspec.json.decode(raw_header, type=Header)
    except ValueError as error:
        raise JwsUnreadable(f"its encoding or header cannot be read: {error}") from error
    if header.alg != ALGORITHM:
        raise JwsUnreadable(f"it is signed by the algorithm {header.alg[:32]!r}; only {ALGORITHM} is accepted")
    if header.typ != typ:
        raise JwsUnreadable(f"its typ is {header.typ[:64]!r}, not {typ!r}")
    return Opened(header.kid, payload)


def open_jws(text: str, keys: Keys, *, typ: str) -> Opened:
    """Verify a JWS and give its payload.

    Raises:
        JwsUnreadable: as `peek_jws`.
        JwsKeyUnknown: no key of that `kid`.
        JwsAltered: the signature is not this key's over this text.

    """
    opened = peek_jws(text, typ=typ)
    key = keys.get(opened.kid)
    if key is None:
        raise JwsKeyUnknown(f"no trusted key is called {opened.kid[:64]!r}")
    try:
        deserialize_compact(text, key, registry=_REGISTRY)
    except JoseError as error:
        raise JwsAltered(f"the signature is not the one of key {opened.kid[:64]!r} over this text") from error
    return opened


def _read_key(entry: dict[str, Any]) -> ECKey:
    public: dict[str, str | list[str]] = {
        name: entry[name] for name in ("kty", "crv", "x", "y", "kid") if name in entry
    }
    try:
        key = ECKey.import_key(public)
    except (JoseError, ValueError, TypeError) as error:
        message = f"the key {str(entry.get('kid', ''))[:64]!r} cannot be read: {error}"
        raise ValueError(message) from error
    key.ensure_kid()
    return key

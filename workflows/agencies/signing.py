"""HTTP message signatures (RFC 9421) with content digests (RFC 9530): one fixed profile, `docs/reference/wire.md`.

Framework independent: a message is a method and URL, or a status, with header fields and the body's bytes. Only
ES256 (`ecdsa-p256-sha256`) and exactly the components that the profile names, so nothing in a message can steer
how it is verified. Parsing is http-sf's; the rest is ours, since the general library (`http-message-signatures`,
the judge in the tests) takes eight times as long as the elliptic curve itself.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Protocol, cast

import http_sf
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from http_sf.types import ParamsType
from msgspec import Struct

from contracts.ids import Instant
from workflows.agencies.keys import GATEWAY, KeyResolver, SigningKey, public_key
from workflows.agencies.messages import (
    LABEL,
    Component,
    Fault,
    Fields,
    Request,
    Response,
    SignatureInvalid,
    bare_value,
    digest_of,
    field_dictionary,
    labelled_signature,
    request_values,
    response_values,
    signature_base,
    single_field,
    write_component,
    write_components,
)

__all__ = [
    "CLOCK_SKEW_S",
    "GATEWAY",
    "MAX_AGE_S",
    "Fault",
    "Fields",
    "KeyResolver",
    "NonceMemory",
    "Request",
    "Response",
    "SignatureInvalid",
    "SigningKey",
    "Verified",
    "digest_of",
    "refuse_replay",
    "sign_request",
    "sign_response",
    "verify_request",
    "verify_response",
]

MAX_AGE_S = 300
"""A signature lives this long: between `created` and now, and between `created` and `expires`."""
CLOCK_SKEW_S = 30
"""How far two clocks may differ."""
NONCE_CHARACTERS = 22
"""At least: 16 random bytes in base64url."""
MOST_NONCE_CHARACTERS = 128
"""A nonce is remembered as it is."""
REQUEST_TAG = "gapura-request"
RESPONSE_TAG = "gapura-response"
ALGORITHM = "ecdsa-p256-sha256"

_COORDINATE_BYTES = 32
_ES256 = ec.ECDSA(hashes.SHA256())


class Verified(Struct, frozen=True, kw_only=True):
    """A valid signature: whose key made it, when, and what exactly was signed.

    `proof` is the signature base, an empty line, and the signature in base64: whoever has the public key can check it.
    """

    key_id: str
    created: Instant
    nonce: str
    proof: str

    @property
    def party(self) -> str:
        """The agency (or `gateway`) whose key it is."""
        return self.key_id.partition("/")[0]


class NonceMemory(Protocol):
    """Remembers the nonces of valid signatures, across restarts, so that no request can be repeated by another."""

    async def first_seen(self, key_id: str, nonce: str, *, until: Instant) -> bool:
        """Remember a nonce until a moment; say whether it was new."""
        ...


def sign_request(request: Request, key: SigningKey, *, now: Instant) -> dict[str, str]:
    """Give the header fields to add: `Content-Digest` (with a body), `Signature-Input` and `Signature`.

    Raises:
        ValueError: the URL is not absolute, or a covered value cannot be signed (not ASCII).

    """
    added = {"Content-Digest": digest_of(request.body)} if request.body else {}
    lines = request.lines | {name.lower(): [value] for name, value in added.items()}
    created = int(now.timestamp())
    extra = f';expires={created + MAX_AGE_S};nonce="{secrets.token_urlsafe(16)}";tag="{REQUEST_TAG}"'
    return added | _sign(request_values(request, lines), key, created, extra)


def sign_response(response: Response, request: Request, key: SigningKey, *, now: Instant) -> dict[str, str]:
    """Give the header fields to add to the answer of a signed request, to which the signature binds it.

    Raises:
        ValueError: the request is not signed with the profile's label, or a covered value cannot be signed.

    """
    added = {"Content-Digest": digest_of(response.body)}
    lines = response.lines | {"content-digest": [added["Content-Digest"]]}
    values = response_values(response, lines, request)
    return added | _sign(values, key, int(now.timestamp()), f';tag="{RESPONSE_TAG}"')


def verify_request(request: Request, resolve: KeyResolver, *, now: Instant) -> Verified:
    """Verify a signed request. Whether its nonce is new is asked afterwards: `refuse_replay`.

    Raises:
        SignatureInvalid: says what is wrong.

    """
    lines = request.lines
    return _verify(_Check(lines, request.body, REQUEST_TAG, now), resolve, lambda: request_values(request, lines))


def verify_response(response: Response, request: Request, resolve: KeyResolver, *, now: Instant) -> Verified:
    """Verify that a response is signed, and answers exactly this request.

    Raises:
        SignatureInvalid: says what is wrong.

    """
    lines = response.lines
    check = _Check(lines, response.body, RESPONSE_TAG, now)
    return _verify(check, resolve, lambda: response_values(response, lines, request))


async def refuse_replay(verified: Verified, memory: NonceMemory) -> None:
    """Remember a verified request's nonce for as long as its signature could be accepted.

    Raises:
        SignatureInvalid: this key has used the nonce before.
        Outage: it cannot be remembered, so nothing is accepted.

    """
    until = datetime.fromtimestamp(verified.created.timestamp() + MAX_AGE_S + CLOCK_SKEW_S, UTC)
    if not await memory.first_seen(verified.key_id, verified.nonce, until=until):
        raise SignatureInvalid(
            "replayed", "this signature was used before: sign every attempt afresh, with a new nonce and created"
        )


# --- signing --------------------------------------------------------------------------------------------------


def _sign(values: Mapping[Component, str], key: SigningKey, created: int, extra: str) -> dict[str, str]:
    names, covered = write_components(tuple(values))
    params = f'({covered});created={created};keyid="{key.key_id}";alg="{ALGORITHM}"{extra}'
    base = signature_base(zip(names, values.values(), strict=True), params)
    r, s = decode_dss_signature(key.private.sign(base, _ES256))
    raw = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
    signature = b2a_base64(raw, newline=False).decode("ascii")
    return {"Signature-Input": f"{LABEL}={params}", "Signature": f"{LABEL}=:{signature}:"}


# --- verifying ------------------------------------------------------------------------------------------------


class _Check(Struct, frozen=True):
    lines: dict[str, list[str]]
    body: bytes
    tag: str
    now: Instant


class _Found(Struct, frozen=True):
    """The one signature with the expected tag, taken apart and not yet trusted."""

    covered: list[tuple[Component, str]]
    params: dict[str, object]
    written: str
    signature: bytes


def _verify(check: _Check, resolve: KeyResolver, values: Callable[[], dict[Component, str]]) -> Verified:
    """Check in the order of the protocol page, cheap and telling things first."""
    found = _find(check.lines, check.tag)
    key_id = _text(found.params, "keyid")
    public = _resolve(resolve, key_id)
    created = _check_times(found.params, check.now, is_request=check.tag == REQUEST_TAG)
    base = _checked_base(found, check, values)
    _check_signature(public, found.signature, base, key_id)
    return Verified(
        key_id=key_id,
        created=datetime.fromtimestamp(created, UTC),
        nonce=_text(found.params, "nonce") if check.tag == REQUEST_TAG else "",
        proof=f"{base.decode('ascii')}\n\n{b2a_base64(found.signature, newline=False).decode('ascii')}",
    )


def _checked_base(found: _Found, check: _Check, values: Callable[[], dict[Component, str]]) -> bytes:
    """Give the base of this very message, once everything is covered and the body is the one that was signed."""
    try:
        expected = values()
        _check_coverage(found.covered, expected)
        _check_digest(check)
        return signature_base(((name, expected[component]) for component, name in found.covered), found.written)
    except ValueError as error:
        raise SignatureInvalid("malformed", str(error)) from error


def _find(lines: Mapping[str, list[str]], tag: str) -> _Found:
    """Find the one signature with this tag; others (a proxy's) are no concern of ours."""
    plain = _find_plain(lines, tag)
    if plain is not None:
        return plain
    inputs = field_dictionary(lines, "signature-input")
    labels = [label for label, member in inputs.items() if _params_of(member).get("tag") == tag]
    if len(labels) != 1:
        raise SignatureInvalid(
            "missing", f'there must be one signature with the parameter tag="{tag}", not {len(labels)}'
        )
    label = labels[0]
    member = cast("tuple[object, dict[str, object]]", inputs[label])
    if not isinstance(member[0], list):
        raise SignatureInvalid("malformed", f"Signature-Input: {label} is no list of components")
    covered = [_component(item) for item in cast("list[object]", member[0])]
    value = labelled_signature(lines, label)
    if value is None or len(value) != 2 * _COORDINATE_BYTES:
        raise SignatureInvalid("malformed", f"Signature: {label} must be 64 bytes, r and s of ES256, between colons")
    params = http_sf.ser(("", cast("ParamsType", member[1]))).removeprefix('""')
    written = f"({' '.join(name for _, name in covered)}){params}"
    return _Found(covered, member[1], written, value)


_PLAIN_INPUT = re.compile(
    r"(?P<label>[a-z]+)=(?P<written>\((?P<covered>[^()\\]{1,400})\);created=(?P<created>[1-9][0-9]{0,14})"
    r';keyid="(?P<keyid>[\x20\x21\x23-\x5b\x5d-\x7e]+)";alg="(?P<alg>[a-z0-9-]+)"'
    r'(?:;expires=(?P<expires>[1-9][0-9]{0,14});nonce="(?P<nonce>[A-Za-z0-9_-]+)")?;tag="(?P<tag>[a-z-]+)")'
)
"""`Signature-Input` as this profile writes it, its own serialisation (a test holds it to the general parser)."""


def _find_plain(lines: Mapping[str, list[str]], tag: str) -> _Found | None:
    """Find the signature of a message that is written as plainly as ours; None: look more closely."""
    given = lines.get("signature-input", ())
    plain = _PLAIN_INPUT.fullmatch(given[0]) if len(given) == 1 else None
    if plain is None or plain["tag"] != tag:
        return None
    covered, value = _covered(plain["covered"]), labelled_signature(lines, plain["label"])
    if covered is None or value is None or len(value) != 2 * _COORDINATE_BYTES:
        return None
    params: dict[str, object] = {"created": int(plain["created"]), "keyid": plain["keyid"], "alg": plain["alg"]}
    if plain["expires"]:
        params |= {"expires": int(plain["expires"]), "nonce": plain["nonce"]}
    return _Found(list(covered), params | {"tag": tag}, plain["written"], value)


@lru_cache(maxsize=64)
def _covered(text: str) -> tuple[tuple[Component, str], ...] | None:
    """Take a list of covered components apart, each with how it is written; None: not written plainly."""
    try:
        inputs = field_dictionary({"signature-input": [f"x=({text})"]}, "signature-input")
        items = cast("tuple[list[object], object]", inputs["x"])[0]
        covered = tuple(_component(item) for item in items)
    except SignatureInvalid:
        return None
    return covered if " ".join(name for _, name in covered) == text else None


def _component(item: object) -> tuple[Component, str]:
    name, params = cast("tuple[object, dict[str, object]]", item)
    if not isinstance(name, str):
        raise SignatureInvalid("malformed", "Signature-Input: components are strings in double quotes")
    return (name, frozenset(params.items())), _written(name, *chain.from_iterable(params.items()))


# Typed: `req` and `req=1` are equal to Python and differ on the wire; one must never be written as the other.
@lru_cache(maxsize=256, typed=True)
def _written(name: str, *params: object) -> str:
    """Write a component with its parameters (name, value, name, value ...) in the order in which they came."""
    pairs = dict(zip(params[::2], params[1::2], strict=True))
    return http_sf.ser((name, cast("ParamsType", pairs)))


def _params_of(member: object) -> dict[str, object]:
    return cast("tuple[object, dict[str, object]]", member)[1] if isinstance(member, tuple) else {}


def _text(params: Mapping[str, object], name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise SignatureInvalid("malformed", f'Signature-Input must carry {name}="..."')
    return value


def _resolve(resolve: KeyResolver, key_id: str) -> ec.EllipticCurvePublicKey:
    jwk = resolve(key_id)
    if jwk is None:
        raise SignatureInvalid(
            "unknown-key", f"the key {key_id!r} is not registered for this: register it, or sign as party/kid"
        )
    try:
        return public_key(jwk)
    except ValueError as error:
        raise SignatureInvalid("unknown-key", f"the key {key_id!r} is registered but unusable: {error}") from error


def _check_times(params: Mapping[str, object], now: Instant, *, is_request: bool) -> int:
    """Check created, expires, nonce and alg; give `created`."""
    created, expires, present = params.get("created"), params.get("expires"), now.timestamp()
    if type(created) is not int:
        raise SignatureInvalid("malformed", "Signature-Input must carry created=<seconds since 1970>")
    if created > present + CLOCK_SKEW_S:
        raise SignatureInvalid("in-future", f"created is {created - present:.0f} s ahead of this clock: check yours")
    if created < present - MAX_AGE_S:
        raise SignatureInvalid(
            "too-old", f"created was {present - created:.0f} s ago; a signature lives {MAX_AGE_S} s: sign afresh"
        )
    if (is_request or expires is not None) and type(expires) is not int:
        raise SignatureInvalid("malformed", "Signature-Input must carry expires=<seconds since 1970>")
    if type(expires) is int and expires < present - CLOCK_SKEW_S:
        raise SignatureInvalid("expired", f"the signature expired {present - expires:.0f} s ago: sign afresh")
    if type(expires) is int and expires - created > MAX_AGE_S:
        raise SignatureInvalid("malformed", f"expires may be at most {MAX_AGE_S} s after created")
    if is_request and not NONCE_CHARACTERS <= len(_text(params, "nonce")) <= MOST_NONCE_CHARACTERS:
        raise SignatureInvalid(
            "malformed",
            f"nonce must have {NONCE_CHARACTERS} to {MOST_NONCE_CHARACTERS} characters: 16 random bytes, or more",
        )
    if params.get("alg", ALGORITHM) != ALGORITHM:
        raise SignatureInvalid("malformed", f'alg must be "{ALGORITHM}" or left out')
    return created


def _check_coverage(covered: list[tuple[Component, str]], expected: Mapping[Component, str]) -> None:
    names = {component for component, _ in covered}
    missing = [write_component(component) for component in expected if component not in names]
    if missing:
        raise SignatureInvalid("not-covered", f"the signature must cover {' '.join(missing)}")
    surplus = [name for component, name in covered if component not in expected]
    if surplus:
        raise SignatureInvalid("not-covered", f"the signature covers {' '.join(surplus)}, which this protocol does not")
    if len(names) != len(covered):
        raise SignatureInvalid("not-covered", "the signature covers a component twice")


def _check_digest(check: _Check) -> None:
    if not check.body and "content-digest" not in check.lines:
        return
    value = single_field(check.lines, "content-digest")
    if value == digest_of(check.body):
        return
    members = field_dictionary(check.lines, "content-digest")
    known = {name: member for name, member in members.items() if name in {"sha-256", "sha-512"}}
    if not known:
        raise SignatureInvalid("digest", "Content-Digest names no sha-256 (nor sha-512) digest")
    for name, member in known.items():
        digest = hashlib.new(name.replace("-", ""), check.body).digest()
        if bare_value(member) != digest:
            raise SignatureInvalid(
                "digest", f"Content-Digest: {name} is not the digest of the {len(check.body)} bytes that came"
            )


def _check_signature(public: ec.EllipticCurvePublicKey, signature: bytes, base: bytes, key_id: str) -> None:
    r = int.from_bytes(signature[:_COORDINATE_BYTES], "big")
    s = int.from_bytes(signature[_COORDINATE_BYTES:], "big")
    try:
        public.verify(encode_dss_signature(r, s), base, _ES256)
    except InvalidSignature as error:
        raise SignatureInvalid(
            "wrong",
            f"the signature is not that of {key_id!r} over this message: compare signature bases",
        ) from error

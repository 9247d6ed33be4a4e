"""An agency's signed part: an SD-JWT (RFC 9901) over what it contributed.

The agency signs every output field as its own disclosure, bound to the ask (and so to the case), the contract and a
salted digest of what it was asked. The joint output presents it with only the fields that the plan shows: the
signature can be checked by anyone, and nothing more is told.

    header  {"alg": "ES256", "typ": "part+sd-jwt", "kid": ...}
    claims  {"iss": agency, "iat": ..., "ask_key": ..., "contract_digest": ..., "input_digest": ...,
             "output": {"_sd": [digest, ...]}, "_sd_alg": "sha-256"}

Every other claim is refused. Fields are disclosed whole: there is no selective disclosure inside of a field.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import msgspec
from joserfc.jwk import ECKey
from msgspec import Struct, field

from contracts.ids import Instant
from workflows.loading.hashing import canonical
from workflows.outputs.jws import (
    JwsInvalid,
    JwsKeyUnknown,
    decode_base64url,
    encode_base64url,
    open_jws,
    read_keys,
    sign_jws,
)

PART_TYPE = "part+sd-jwt"
CLOCK_SKEW = timedelta(minutes=5)
"""How far an agency's clock may be ahead of ours."""

_RESERVED = frozenset({"_sd", "..."})
_SALT_BYTES = 16


class PartInvalid(ValueError):
    """An agency's signed part cannot be relied on; the message says exactly what is wrong."""


class PartKeyUnknown(PartInvalid):
    """It names a key that is not among the agency's trusted ones."""


class Bindings(Struct, frozen=True, kw_only=True):
    """What a part is bound to. `input_digest` None when verifying: the input is not known here, so not compared."""

    agency: str
    ask_key: str
    contract_digest: str
    input_digest: str | None


class Part(Struct, frozen=True, kw_only=True):
    """A verified part: the fields it discloses, what it is bound to, which key signed it, and when."""

    disclosed: dict[str, Any]
    bindings: Bindings
    key_id: str
    issued_at: Instant


class _Digests(Struct, frozen=True, forbid_unknown_fields=True):
    digests: list[str] = field(name="_sd")


class _Claims(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    iss: str
    iat: int
    ask_key: str
    contract_digest: str
    input_digest: str
    output: _Digests
    hash_name: Literal["sha-256"] = field(name="_sd_alg", default="sha-256")


def input_digest(salt: bytes, input_: Mapping[str, Any]) -> str:
    """Give base64url(SHA-256(salt || canonical input)); canonical is RFC 8785.

    Raises:
        ValueError: the input has no canonical form (NaN, or an integer that a double does not hold).

    """
    return encode_base64url(hashlib.sha256(salt + canonical(dict(input_))).digest())


def issue_part(output: Mapping[str, Any], bindings: Bindings, *, key: ECKey, issued_at: datetime) -> str:
    """Sign an output with every field selectively disclosable; give the compact SD-JWT with all disclosures.

    Raises:
        ValueError: no input digest, or a field (at any depth) is called `_sd` or `...`.

    """
    if bindings.input_digest is None:
        message = "a part is always bound to the digest of its input"
        raise ValueError(message)
    reserved = _reserved_name(dict(output))
    if reserved:
        message = f"an output field may not be called {reserved!r}: RFC 9901 keeps that name for itself"
        raise ValueError(message)
    disclosures = [_disclosure(name, value) for name, value in output.items()]
    claims = _Claims(
        iss=bindings.agency,
        iat=int(issued_at.timestamp()),
        ask_key=bindings.ask_key,
        contract_digest=bindings.contract_digest,
        input_digest=bindings.input_digest,
        output=_Digests(sorted(_digest(text) for text in disclosures)),  # sorted: their order tells nothing
    )
    payload = msgspec.json.encode({**msgspec.to_builtins(claims), "_sd_alg": "sha-256"})
    return _join(sign_jws(payload, typ=PART_TYPE, key=key), disclosures)


def present(part: str, fields: Collection[str]) -> str:
    """Give the same signed part with only the disclosures of `fields`; fields that it lacks are no mistake.

    Raises:
        PartInvalid: it is no compact SD-JWT.

    """
    signed, disclosures = _split(part)
    return _join(signed, [text for text in disclosures if _read_disclosure(text)[0] in fields])


def verify_part(part: str, jwks: Mapping[str, Any], expected: Bindings, *, now: Instant | None = None) -> Part:
    """Verify an agency's part against its keys and what it must be bound to.

    Without `now`, the time of signing is not compared with the clock.

    Raises:
        PartInvalid: the signature, type, algorithm, key, a claim, a binding or a disclosure is wrong; says which.
        ValueError: `jwks` is no JWK Set.

    """
    signed, disclosures = _split(part)
    try:
        opened = open_jws(signed, read_keys(jwks), typ=PART_TYPE)
    except JwsKeyUnknown as error:
        raise PartKeyUnknown(f"the part of {expected.agency}: {error}") from error
    except JwsInvalid as error:
        raise PartInvalid(f"the part of {expected.agency}: {error}") from error
    try:
        claims = msgspec.json.decode(opened.payload, type=_Claims)
    except (ValueError, RecursionError) as error:
        raise PartInvalid(f"its claims are not those of a part: {error}") from error
    _check_bindings(claims, expected)
    issued_at = _issued_at(claims.iat, now)
    found = Bindings(
        agency=claims.iss,
        ask_key=claims.ask_key,
        contract_digest=claims.contract_digest,
        input_digest=claims.input_digest,
    )
    disclosed = _disclosed(claims.output.digests, disclosures)
    return Part(disclosed=disclosed, bindings=found, key_id=opened.kid, issued_at=issued_at)


def _check_bindings(claims: _Claims, expected: Bindings) -> None:
    compared = (
        ("iss", claims.iss, expected.agency),
        ("ask_key", claims.ask_key, expected.ask_key),
        ("contract_digest", claims.contract_digest, expected.contract_digest),
        ("input_digest", claims.input_digest, expected.input_digest),
    )
    for name, found, wanted in compared:
        if wanted is not None and found != wanted:
            raise PartInvalid(f"its {name} is {found[:128]!r}, not {wanted[:128]!r}")


def _issued_at(seconds: int, now: Instant | None) -> datetime:
    try:
        issued_at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise PartInvalid(f"its iat {seconds} is no moment") from error
    if now is not None and issued_at > now + CLOCK_SKEW:
        raise PartInvalid(f"it was signed in the future, at {issued_at:%Y-%m-%dT%H:%M:%SZ}: check the agency's clock")
    return issued_at


def _disclosed(digests: Sequence[str], disclosures: Sequence[str]) -> dict[str, Any]:
    """Give the disclosed fields, by the rules of RFC 9901, section 7.1."""
    if len(set(digests)) != len(digests):
        raise PartInvalid("a digest appears twice in its _sd")
    unmatched = set(digests)
    disclosed: dict[str, Any] = {}
    for text in disclosures:
        name, value = _read_disclosure(text)
        digest = _digest(text)
        if digest not in unmatched:
            state = "appears twice" if digest in digests else "is not covered by the signature"
            raise PartInvalid(f"the disclosure of {name[:64]!r} {state}")
        if name in disclosed:
            raise PartInvalid(f"the field {name[:64]!r} is disclosed twice")
        unmatched.remove(digest)
        disclosed[name] = value
    return disclosed


def _disclosure(name: str, value: object) -> str:
    salt = encode_base64url(secrets.token_bytes(_SALT_BYTES))
    return encode_base64url(msgspec.json.encode([salt, name, value]))


def _read_disclosure(text: str) -> tuple[str, Any]:
    try:
        _, name, value = msgspec.json.decode(decode_base64url(text), type=tuple[str, str, Any])
    except (ValueError, RecursionError) as error:
        raise PartInvalid(f"a disclosure is not base64url of [salt, name, value]: {error}") from error
    reserved = _reserved_name({name: value})
    if reserved:
        raise PartInvalid(f"a disclosure names {reserved!r}, which RFC 9901 keeps for itself")
    return name, value


def _reserved_name(value: object) -> str:
    """Give the first reserved name used as a key at any depth, or nothing. Iterative: depth is the sender's choice."""
    pending: list[object] = [value]
    while pending:
        looked_at = pending.pop()
        if isinstance(looked_at, dict):
            members = cast("dict[str, object]", looked_at)
            reserved = _RESERVED.intersection(members)
            if reserved:
                return min(reserved)
            pending.extend(members.values())
        elif isinstance(looked_at, list):
            pending.extend(cast("list[object]", looked_at))
    return ""


def _digest(disclosure: str) -> str:
    return encode_base64url(hashlib.sha256(disclosure.encode("ascii")).digest())


def _split(part: str) -> tuple[str, list[str]]:
    if not part.endswith("~"):
        raise PartInvalid('it does not end in "~": a part is an SD-JWT without key binding')
    signed, *disclosures = part.removesuffix("~").split("~")
    return signed, disclosures


def _join(signed: str, disclosures: Sequence[str]) -> str:
    return "~".join([signed, *disclosures, ""])

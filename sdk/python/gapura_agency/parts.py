"""The part that an agency signs for ever: an SD-JWT (RFC 9901) over its output, bound to what was asked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
import rfc8785
from msgspec import Struct

from gapura_agency.keys import PublicKey, SigningKey, decode, encode

_SALT_BYTES = 16


class PartInvalid(ValueError):
    """A part is not what the protocol wants; the text says what differs."""


class Bound(Struct, frozen=True):
    """What a part is bound to: the ask's key, the contract's digest, and the salted digest of the input."""

    ask_key: str
    contract_digest: str
    input_digest: str


def input_digest(salt: str, values: Mapping[str, Any]) -> str:
    """Give the salted digest of an input, each document in it as its description alone.

    Raises:
        ValueError: the salt is no base64url, or the input has no canonical form.

    """
    return _digest(decode(salt) + rfc8785.dumps(dict(values)))


def sign_part(key: SigningKey, bound: Bound, output: Mapping[str, Any], *, now: float) -> str:
    """Sign an output, every field disclosed by itself; `now` in seconds since 1970."""
    disclosures = [_disclosure(name, value) for name, value in output.items()]
    header = {"alg": "ES256", "typ": "part+sd-jwt", "kid": key.kid}
    claims = {
        "iss": key.agency,
        "iat": int(now),
        **msgspec.structs.asdict(bound),
        "output": {"_sd": sorted(_digest(text.encode()) for text in disclosures)},
        "_sd_alg": "sha-256",
    }
    signed = f"{encode(msgspec.json.encode(header))}.{encode(msgspec.json.encode(claims))}"
    return "~".join([f"{signed}.{encode(key.sign(signed.encode()))}", *disclosures, ""])


def verify_part(part: str, key: PublicKey, bound: Bound, output: Mapping[str, Any]) -> None:
    """Check that a part is signed, bound to this ask, and discloses exactly this output.

    Raises:
        PartInvalid: says what differs.

    """
    signed, *disclosures = part.removesuffix("~").split("~")
    try:
        head, body, signature = signed.split(".")
        header, claims = (msgspec.json.decode(decode(text), type=dict[str, Any]) for text in (head, body))
        disclosed = {name: value for _, name, value in (msgspec.json.decode(decode(text)) for text in disclosures)}
        valid = key.verifies(decode(signature), f"{head}.{body}".encode())
    except (ValueError, msgspec.MsgspecError) as error:
        raise PartInvalid(f"the part is no SD-JWT: {error}") from error
    if not valid:
        raise PartInvalid("the part's signature is not the agency's")
    if header.get("typ") != "part+sd-jwt":
        raise PartInvalid('the part\'s header must say typ "part+sd-jwt"')
    for name, wanted in msgspec.structs.asdict(bound).items():
        if claims.get(name) != wanted:
            raise PartInvalid(f"the part's {name} is that of something else than what was asked")
    if claims.get("output") != {"_sd": sorted(_digest(text.encode()) for text in disclosures)} or disclosed != output:
        raise PartInvalid("the part does not disclose exactly the output")


def _disclosure(name: str, value: object) -> str:
    return encode(msgspec.json.encode([encode(secrets.token_bytes(_SALT_BYTES)), name, value]))


def _digest(data: bytes) -> str:
    return encode(hashlib.sha256(data).digest())

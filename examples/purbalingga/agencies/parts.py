"""The part that an agency signs for ever: an SD-JWT (RFC 9901) over its output."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

import msgspec
import rfc8785

from examples.purbalingga.agencies.keys import SigningKey, decode, encode
from examples.purbalingga.agencies.messages import Ask

_SALT_BYTES = 16


def sign_part(key: SigningKey, ask: Ask, output: Mapping[str, object], *, at_s: int) -> str:
    """Sign an output, bound to the ask, its contract and its input, every field disclosed by itself.

    Args:
        key: the agency's key.
        ask: what was asked; its salt keeps the digest of the input from being guessed.
        output: the contribution.
        at_s: when, in seconds since 1970.

    """
    disclosures = [_disclosure(name, value) for name, value in output.items()]
    header = {"alg": "ES256", "typ": "part+sd-jwt", "kid": key.kid}
    claims = {
        "iss": key.agency,
        "iat": at_s,
        "ask_key": ask.key,
        "contract_digest": ask.contract_digest,
        "input_digest": input_digest(ask),
        "output": {"_sd": sorted(_digest(text.encode()) for text in disclosures)},
        "_sd_alg": "sha-256",
    }
    signed = f"{encode(msgspec.json.encode(header))}.{encode(msgspec.json.encode(claims))}"
    return "~".join([f"{signed}.{encode(key.sign(signed.encode()))}", *disclosures, ""])


def input_digest(ask: Ask) -> str:
    """Give the salted digest of an ask's input: it binds the part to what was asked and tells nothing to others."""
    return _digest(decode(ask.salt) + rfc8785.dumps(msgspec.json.decode(ask.input)))


def _disclosure(name: str, value: object) -> str:
    return encode(msgspec.json.encode([encode(secrets.token_bytes(_SALT_BYTES)), name, value]))


def _digest(data: bytes) -> str:
    return encode(hashlib.sha256(data).digest())

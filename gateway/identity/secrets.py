"""Secrets that are told once: of cases and of tokens. Only digests are kept; prefixes let scanners find leaked ones."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

CASE_PREFIX: Final = "gpc_"
TOKEN_PREFIX: Final = "gpt_"  # noqa: S105 - what every token begins with
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, lower case: no i, l, o, u, so that a reference can be read over the telephone."""
_GROUPS, _GROUP = 4, 4
_SIGNS: Final = _ALPHABET.encode() * 8
"""A sign for each byte: 32 signs, so each stands for as many bytes as every other."""


def new_case_secret() -> str:
    """Make the secret that opens one case: 256 bits."""
    return CASE_PREFIX + secrets.token_urlsafe(32)


def new_token() -> str:
    """Make the token of an officer, operator or agency: 256 bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def new_case_id() -> str:
    """Make a case's reference, such as `k7pm-2xq9-3fhz-8wtc`: 80 random bits, not to be guessed, easy to read out."""
    signs = secrets.token_bytes(_GROUPS * _GROUP).translate(_SIGNS).decode()
    return "-".join([signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP)])


def digest_of(secret: str) -> str:
    """Give what is kept of a secret. It has 256 bits, so a plain hash is enough."""
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()}"

"""A trust file: whose signatures to believe, and by which keys. Enough to verify a joint output without the gateway.

`GET /v1/keys` gives it; keep a copy from a time and a way that you trust (docs/reference/joint-output.md).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from contracts.ids import Instant

Jwk = dict[str, Any]
"""A public JSON Web Key (RFC 7517) with its `kid`."""


class AgencyKeys(Struct, frozen=True, kw_only=True):
    """An agency's public keys, older ones included, and its name for people. Itself a JWK Set."""

    keys: list[Jwk]
    title: str = ""


class TrustFile(Struct, frozen=True, kw_only=True):
    """The gateway's keys, its public URL (the issuer of its joint outputs), and every agency's keys by its name.

    It is a JWK Set of the gateway's keys, whose further members other readers of such sets pass over.
    """

    keys: list[Jwk]
    issuer: str
    agencies: dict[str, AgencyKeys] = field(default_factory=dict[str, AgencyKeys])
    made_at: Instant | None = None

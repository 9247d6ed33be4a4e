"""Keys that sign messages: private ones of our own, public ones of others, as JWKs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Struct

GATEWAY = "gateway"
"""The party in the key ids of the gateway's own keys; no agency may be called so."""

KeyResolver: TypeAlias = Callable[[str], Mapping[str, object] | None]
"""Gives the public JWK of a key id (`party/kid`), or None when no such key is trusted for this message."""


class SigningKey(Struct, frozen=True):
    """A private key and the id that others know it by, `party/kid`."""

    key_id: str
    private: ec.EllipticCurvePrivateKey

    @classmethod
    def from_jwk(cls, party: str, jwk: Mapping[str, object]) -> SigningKey:
        """Read a private P-256 JWK with a `kid`.

        Raises:
            ValueError: it is none.

        """
        private = _import(jwk).private_key
        kid = jwk.get("kid")
        if private is None or not isinstance(kid, str) or not kid:
            message = "a signing key is a private P-256 JWK with a kid"
            raise ValueError(message)
        return cls(f"{party}/{kid}", private)


def public_key(jwk: Mapping[str, object]) -> ec.EllipticCurvePublicKey:
    """Read a public P-256 JWK.

    Raises:
        ValueError: it is none.

    """
    return _public(str(jwk.get("kty")), str(jwk.get("crv")), str(jwk.get("x")), str(jwk.get("y")))


def thumbprint(jwk: Mapping[str, object]) -> str:
    """Give the thumbprint of a public P-256 JWK (RFC 7638, SHA-256): the same key has the same one everywhere.

    Raises:
        ValueError: it is none.

    """
    return _import({name: jwk.get(name) for name in ("kty", "crv", "x", "y")}).thumbprint()


@lru_cache(maxsize=1024)
def _public(kty: str, crv: str, x: str, y: str) -> ec.EllipticCurvePublicKey:
    return _import({"kty": kty, "crv": crv, "x": x, "y": y}).public_key


def _import(jwk: Mapping[str, object]) -> ECKey:
    named: dict[str, str | list[str]] = {
        name: value for name in ("kty", "crv", "x", "y", "d") if isinstance(value := jwk.get(name), str)
    }
    if (named.get("kty"), named.get("crv")) != ("EC", "P-256"):
        message = "only P-256 keys sign here (kty EC, crv P-256)"
        raise ValueError(message)
    try:
        return ECKey.import_key(named)
    except (JoseError, ValueError, TypeError) as error:
        message = f"not a P-256 JWK: {error}"
        raise ValueError(message) from error

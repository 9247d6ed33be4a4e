"""An agency's signing key, made on first start, and the gateway's public keys, read from a file or an address."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

REFRESH_AFTER_S = 5.0
"""An unknown key id makes us read the gateway's keys again, but not more often than this."""


class Jwk(msgspec.Struct):
    """A public P-256 key (RFC 7517)."""

    kid: str
    x: str
    y: str
    kty: str = "EC"
    crv: str = "P-256"
    alg: str = "ES256"
    use: str = "sig"

    def public(self) -> ec.EllipticCurvePublicKey:
        """Give the public key that verifies."""
        x, y = (int.from_bytes(decode(part)) for part in (self.x, self.y))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


class PrivateJwk(Jwk, kw_only=True):
    """A key of our own, as it is kept in our key file and nowhere else."""

    d: str


class JwkSet(msgspec.Struct):
    """The keys that we publish."""

    keys: list[Jwk]


class RawJwkSet(msgspec.Struct):
    """A JWK Set as it comes: each key as it stands."""

    keys: list[dict[str, object]]


def encode(data: bytes) -> str:
    """Write bytes in base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64url without padding.

    Raises:
        ValueError: not base64url.

    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


class SigningKey:
    """The agency's ES256 key: signs answers, callbacks and parts. `name` is `agency/kid`."""

    def __init__(self, agency: str, jwk: PrivateJwk) -> None:
        """Take the private key of an agency."""
        self.agency, self.kid = agency, jwk.kid
        self.name = f"{agency}/{jwk.kid}"
        self._private = ec.derive_private_key(int.from_bytes(decode(jwk.d)), ec.SECP256R1())
        self.published = JwkSet([Jwk(kid=jwk.kid, x=jwk.x, y=jwk.y)])

    def sign(self, message: bytes) -> bytes:
        """Give the 64-byte ES256 signature (r, then s)."""
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


def verify(key: Jwk, signature: bytes, message: bytes) -> None:
    """Check a 64-byte ES256 signature.

    Raises:
        InvalidSignature: of cryptography; the signature is not of this key over this message.

    """
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    key.public().verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))


def own_key(agency: str, folder: Path) -> SigningKey:
    """Read the agency's key from its folder, or make it there, readable by the agency alone."""
    path = folder / "signing-key.json"
    if not path.exists():
        _write_privately(path, msgspec.json.encode(_new_key()))
    return SigningKey(agency, msgspec.json.decode(path.read_bytes(), type=PrivateJwk))


def _new_key() -> PrivateJwk:
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    public = numbers.public_numbers
    x, y, d = (encode(part.to_bytes(32)) for part in (public.x, public.y, numbers.private_value))
    return PrivateJwk(kid=f"{datetime.now(UTC).year}-1", x=x, y=y, d=d)


def _write_privately(path: Path, content: bytes) -> None:
    """Write a file that exists whole or not at all, with mode 0600 from its first byte."""
    unfinished = path.with_suffix(".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


class GatewayKeys:
    """The gateway's public keys by key id (`gateway/kid`), from its JWK Set in a file or at an address."""

    def __init__(self, source: str, session: aiohttp.ClientSession) -> None:
        """Take where the JWK Set is; it is read when the first key is wanted, since the gateway may start later."""
        self._source, self._session = source, session
        self._keys: dict[str, Jwk] = {}
        self._read_at = -REFRESH_AFTER_S

    async def find(self, key_id: str) -> Jwk | None:
        """Give the key of this id; an unknown one is looked for again, at most every few seconds."""
        if key_id not in self._keys and time.monotonic() - self._read_at >= REFRESH_AFTER_S:
            self._keys = read_keys(await self._load())
            self._read_at = time.monotonic()
        return self._keys.get(key_id)

    async def _load(self) -> bytes:
        if not self._source.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(self._source).read_bytes)
        async with self._session.get(self._source, timeout=aiohttp.ClientTimeout(total=5)) as response:
            response.raise_for_status()
            return await response.read()


def read_keys(jwk_set: bytes) -> dict[str, Jwk]:
    """Read the P-256 keys of a JWK Set, by `gateway/kid`."""
    keys = msgspec.json.decode(jwk_set, type=RawJwkSet).keys
    usable = [msgspec.convert(key, Jwk) for key in keys if key.get("crv") == "P-256"]
    return {f"gateway/{key.kid}": key for key in usable}

"""The agency's signing key, and public keys as a JWK Set has them."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from msgspec import Struct

_ES256 = ec.ECDSA(hashes.SHA256())
_COORDINATE_BYTES = 32


class KeyUnusable(ValueError):
    """A key file or JWK Set cannot be used; the text names it and says what to do."""


class Jwk(Struct, frozen=True):
    """A public P-256 key (RFC 7517)."""

    kid: str
    x: str
    y: str
    kty: str = "EC"
    crv: str = "P-256"
    alg: str = "ES256"
    use: str = "sig"


class _PrivateJwk(Jwk, frozen=True, kw_only=True):
    d: str


class _JwkSet(Struct):
    keys: list[dict[str, Any]]


def encode(data: bytes) -> str:
    """Write bytes in base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64url without padding.

    Raises:
        ValueError: it is no base64url.

    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


class PublicKey:
    """A key that verifies ES256 signatures."""

    def __init__(self, jwk: Jwk) -> None:
        """Take a P-256 key. Raises ValueError: it is no point of the curve."""
        x, y = (int.from_bytes(decode(part), "big") for part in (jwk.x, jwk.y))
        self._key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Say whether a 64-byte signature (r, then s) is this key's over a message."""
        if len(signature) != 2 * _COORDINATE_BYTES:
            return False
        r, s = (int.from_bytes(half, "big") for half in (signature[:_COORDINATE_BYTES], signature[_COORDINATE_BYTES:]))
        try:
            self._key.verify(encode_dss_signature(r, s), message, _ES256)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A party's ES256 key: signs answers, calls and parts. `name` is `agency/kid`."""

    def __init__(self, agency: str, kid: str, private: ec.EllipticCurvePrivateKey) -> None:
        """Take the agency's name, the key's, and a P-256 key."""
        self.agency, self.kid, self.name = agency, kid, f"{agency}/{kid}"
        self._private = private

    @classmethod
    def new(cls, agency: str, kid: str = "1") -> SigningKey:
        """Make a key that is in no file."""
        return cls(agency, kid, ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def read(cls, agency: str, path: str | Path) -> SigningKey:
        """Read a key from a file: a private JWK, or a JWK Set whose first private key signs.

        Raises:
            KeyUnusable: the file is not there, or holds no private P-256 key.

        """
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise KeyUnusable(
                f"{path} cannot be read ({error.strerror}): make it with SigningKey.read_or_make"
            ) from error
        return cls.from_jwk(agency, content, str(path))

    @classmethod
    def from_jwk(cls, agency: str, content: bytes, where: str = "the key") -> SigningKey:
        """Read a key from JSON, as `read` does; `where` is what messages call it."""
        try:
            given: Any = msgspec.json.decode(content)
            keys = msgspec.convert(given.get("keys", [given]), list[dict[str, Any]])
            jwk = msgspec.convert(next(key for key in keys if "d" in key), _PrivateJwk)
            return cls(agency, jwk.kid, ec.derive_private_key(int.from_bytes(decode(jwk.d), "big"), ec.SECP256R1()))
        except (msgspec.MsgspecError, AttributeError, StopIteration, ValueError) as error:
            raise KeyUnusable(f"{where} holds no private P-256 key as a JWK with kid, x, y and d") from error

    @classmethod
    def read_or_make(cls, agency: str, path: str | Path, kid: str = "1") -> SigningKey:
        """Read a key from a file, or make it there at the first start, readable by its owner alone."""
        file = Path(path)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            _write_privately(file, msgspec.json.encode(cls.new(agency, kid).private_jwk()))
        return cls.read(agency, file)

    def sign(self, message: bytes) -> bytes:
        """Give the 64-byte signature of a message (r, then s)."""
        r, s = decode_dss_signature(self._private.sign(message, _ES256))
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")

    def private_jwk(self) -> dict[str, str]:
        """Give the whole key as a JWK: a secret."""
        secret = self._private.private_numbers().private_value
        return {**msgspec.structs.asdict(self.public_jwk()), "d": encode(secret.to_bytes(_COORDINATE_BYTES, "big"))}

    def public_jwk(self) -> Jwk:
        """Give the public half."""
        point = self._private.public_key().public_numbers()
        x, y = (encode(part.to_bytes(_COORDINATE_BYTES, "big")) for part in (point.x, point.y))
        return Jwk(self.kid, x, y)

    def jwk_set(self) -> bytes:
        """Give what the operator of the gateway registers: the public key as a JWK Set."""
        return msgspec.json.encode({"keys": [self.public_jwk()]})

    def verifier(self) -> PublicKey:
        """Give the key that verifies what this one signs."""
        return PublicKey(self.public_jwk())


def read_jwk_set(party: str, content: bytes, where: str) -> Mapping[str, PublicKey]:
    """Read the P-256 keys of a JWK Set by `party/kid`; keys of other kinds are left out.

    Raises:
        KeyUnusable: it is no JWK Set; `where` is what the message calls it.

    """
    try:
        keys = msgspec.json.decode(content, type=_JwkSet).keys
        usable = [msgspec.convert(key, Jwk) for key in keys if key.get("crv") == "P-256"]
        return {f"{party}/{jwk.kid}": PublicKey(jwk) for jwk in usable}
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise KeyUnusable(f"{where} is no JWK Set with P-256 keys: {error}") from error


def _write_privately(path: Path, content: bytes) -> None:
    """Write a file that exists whole or not at all, with mode 0600 from its first byte."""
    unfinished = path.with_suffix(".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)

"""The gateway's own signing keys: a file made on first start, one key that signs, older ones that still verify."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Struct

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFileUnusable(Exception):
    """The file of signing keys cannot be used; the message says why and what to do."""


class _Stored(Struct, frozen=True):
    keys: list[dict[str, str | list[str]]]


class SigningKeys:
    """P-256 keys in one file, newest first. The newest signs; of the older ones only the public half is kept."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it with a fresh key (mode 0600).

        Raises:
            KeyFileUnusable: it cannot be read or made, others may read it, or it holds no private key.

        """
        self._path = path
        if not path.exists():
            self._write([_fresh()])
        self._keys = self._read()

    @property
    def current(self) -> ECKey:
        """The key that signs."""
        return self._keys[0]

    def public(self) -> dict[str, Any]:
        """Give every key's public half as a JWK Set, ready to publish."""
        return {"keys": [{**key.as_dict(private=False), "alg": "ES256", "use": "sig"} for key in self._keys]}

    def rotate(self) -> ECKey:
        """Sign with a fresh key from now on; what older keys signed stays verifiable.

        Raises:
            KeyFileUnusable: the file cannot be written; the old key goes on signing.

        """
        older = [ECKey.import_key(key.as_dict(private=False)) for key in self._keys]
        keys = [_fresh(), *older]
        self._write(keys)
        self._keys = keys
        return self.current

    def _read(self) -> list[ECKey]:
        try:
            if self._path.stat().st_mode & _OTHERS:
                raise KeyFileUnusable(f"{self._path} can be read by others: chmod 600 {self._path}")
            stored = msgspec.json.decode(self._path.read_bytes(), type=_Stored)
            keys = [ECKey.import_key(entry) for entry in stored.keys]
        except (OSError, ValueError, JoseError) as error:
            raise KeyFileUnusable(f"{self._path} holds no JWK Set of P-256 keys: {error}") from error
        if not keys or not keys[0].is_private:
            raise KeyFileUnusable(f"the first key in {self._path} must be a private one: it signs")
        return keys

    def _write(self, keys: list[ECKey]) -> None:
        """Replace the file in one step, so that a crash leaves the old keys or the new ones."""
        body = msgspec.json.encode({"keys": [key.as_dict(private=key.is_private) for key in keys]})
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(descriptor)
            fresh.replace(self._path)
        except OSError as error:
            raise KeyFileUnusable(f"{self._path} cannot be written: {error.strerror}") from error


def _fresh() -> ECKey:
    """Give a new key whose `kid` is its RFC 7638 thumbprint."""
    return ECKey.generate_key("P-256", auto_kid=True)

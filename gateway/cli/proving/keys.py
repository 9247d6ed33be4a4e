"""Keys that the stand-in and the checks need: one of their own, and others' from a file or an address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from joserfc.jwk import ECKey
from msgspec import Struct

from gateway.cli.exits import USAGE, Ends
from gateway.cli.files import read_file
from workflows.agencies.keys import SigningKey, public_key


class OwnKey(Struct, frozen=True):
    """A private key in both of its forms: what signs messages, and what signs parts; and what others know it by."""

    signing: SigningKey
    jwk: ECKey

    @property
    def published(self) -> dict[str, Any]:
        """Give the JWK Set of its public half."""
        public = dict(self.jwk.as_dict(private=False))
        return {"keys": [public | {"alg": "ES256", "use": "sig"}]}


def own_key(party: str, file: Path | None, kid: str) -> OwnKey:
    """Read a private key, or make one that is kept nowhere.

    Raises:
        Ends: the file holds none.

    """
    if file is None:
        jwk = ECKey.generate_key("P-256", {"kid": kid})
        return OwnKey(SigningKey.from_jwk(party, jwk.as_dict(private=True)), jwk)
    try:
        read: dict[str, Any] = msgspec.json.decode(read_file(file), type=dict[str, Any])
        return OwnKey(SigningKey.from_jwk(party, read), ECKey.import_key(read))
    except (msgspec.DecodeError, ValueError) as error:
        raise Ends(USAGE, f"{file} cannot sign: {error}") from error


class KeysUnread(Exception):
    """A JWK Set cannot be had; the message says where and why."""


class NotThere(Exception):
    """Nothing answers at an address."""

    def __init__(self, error: aiohttp.ClientConnectorError) -> None:
        """Take why no connection came about."""
        number = error.os_error.errno or 0
        super().__init__(os.strerror(number) if number > 0 else str(error.os_error.strerror or error))


class OthersKeys:
    """A party's public keys by key id (`party/kid`), from a JWK Set in a file or at an address."""

    def __init__(self, party: str, source: str) -> None:
        """Take whose they are and where they are."""
        self._party, self._source = party, source
        self._known: dict[str, Mapping[str, object]] = {}

    def get(self, key_id: str) -> Mapping[str, object] | None:
        """Give a key that was read before."""
        return self._known.get(key_id)

    @property
    def published(self) -> dict[str, Any]:
        """Give the JWK Set that was read."""
        return {"keys": [dict(key) for key in self._known.values()]}

    async def read(self, session: aiohttp.ClientSession) -> None:
        """Read them, or read them again.

        Raises:
            KeysUnread: they cannot be had.
            NotThere: nothing answers where they are.

        """
        text = await self._text(session)
        try:
            # Others that a party shows beside them, for other purposes, are no concern of ours.
            found = [key for key in msgspec.json.decode(text, type=_JwkSet).keys if key.get("crv") == "P-256"]
            for key in found:
                public_key(key)
        except (msgspec.DecodeError, ValueError) as error:
            raise KeysUnread(f"{self._source} is no JWK Set of P-256 keys: {error}") from error
        named: dict[str, Mapping[str, object]] = {
            f"{self._party}/{kid}": key for key in found if isinstance(kid := key.get("kid"), str) and kid
        }
        if not named:
            raise KeysUnread(f"{self._source} has no P-256 key with a kid")
        self._known = named

    async def find(self, key_id: str, session: aiohttp.ClientSession) -> None:
        """Read them again where one is not known that is at an address: its party may have a new one.

        Raises:
            KeysUnread: they cannot be had.
            NotThere: nothing answers where they are.

        """
        if key_id not in self._known and (not self._known or _is_address(self._source)):
            await self.read(session)

    async def _text(self, session: aiohttp.ClientSession) -> bytes:
        if not _is_address(self._source):
            return read_file(Path(self._source))
        try:
            async with session.get(self._source, timeout=aiohttp.ClientTimeout(total=10)) as response:
                if response.status != HTTPStatus.OK:
                    raise KeysUnread(f"{self._source} gives no keys ({response.status})")
                return await response.read()
        except aiohttp.ClientConnectorError as error:
            raise NotThere(error) from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise KeysUnread(f"{self._source} gives no keys: {str(error) or type(error).__name__}") from error


class _JwkSet(Struct):
    keys: list[dict[str, Any]]


def _is_address(source: str) -> bool:
    return source.startswith(("http://", "https://"))

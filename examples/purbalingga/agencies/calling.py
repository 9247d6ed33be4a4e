"""Calls of an office to the gateway, each signed afresh with the office's own key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import aiohttp
from yarl import URL

from examples.purbalingga.agencies.keys import SigningKey
from examples.purbalingga.agencies.signatures import sign_request


class Gateway:
    """The gateway, as one office calls it."""

    def __init__(
        self, address: str, agency: str, key: SigningKey, session: aiohttp.ClientSession, now: Callable[[], float]
    ) -> None:
        """Take its address, whose office calls with which key, and the office's clock (seconds since 1970)."""
        self.agency = URL(f"{address.rstrip('/')}/v1/agencies/{agency}")
        self._key, self._session, self._now = key, session, now

    async def call(
        self, target: URL, key: str, body: bytes, headers: Mapping[str, str] | None = None, *, within_s: float
    ) -> tuple[int, bytes]:
        """Send a signed POST; give its status (0: not heard) and body."""
        signed = sign_request(self._key, target, idempotency_key=key, body=body, created=int(self._now()))
        timeout = aiohttp.ClientTimeout(total=within_s)
        try:
            async with self._session.post(
                target, data=body, headers={**signed, **(headers or {})}, timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError):
            return 0, b""

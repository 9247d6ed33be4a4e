"""The gateway as the agency knows it: its keys, and signed calls to it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from gapura_agency.exchange import ATTEMPT_S, Call, Fields, Response, Unheard, fetch, send_over_http
from gapura_agency.keys import KeyUnusable, PublicKey, SigningKey, read_jwk_set
from gapura_agency.signatures import SignatureInvalid, Signed, sign_request, verify_response

KEYS_LIVE_S = 3600.0
"""The gateway's keys are read again after this long: a withdrawn one is not believed for ever."""
REFRESH_AFTER_S = 5.0
"""An unknown key makes us read them again, but not more often than this."""

_log = logging.getLogger("gapura_agency")


class GatewayPort(Protocol):
    """What an agency needs of a gateway."""

    @property
    def address(self) -> str:
        """Where it is, without a slash at the end."""
        ...

    def find_key(self, key_id: str) -> PublicKey | None:
        """Give its key of this id, None where it has none such.

        Raises:
            Unheard: its keys cannot be had now.

        """
        ...

    def send(self, call: Call, *, within_s: float) -> Response:
        """Send it a call. Raises Unheard: nothing came back."""
        ...


class Gateway:
    """A gateway at an address; its public keys from there (`/v1/keys`), or from a file or an address that you name."""

    def __init__(self, address: str, *, keys: str | Path = "", now: Callable[[], float] = time.monotonic) -> None:
        """Take its address and where its JWK Set is, which is read when the first key is wanted."""
        self.address = address.rstrip("/")
        self._source = str(keys) or f"{self.address}/v1/keys"
        self._now, self._lock = now, threading.Lock()
        self._keys: Mapping[str, PublicKey] = {}
        self._read_at = float("-inf")

    def find_key(self, key_id: str) -> PublicKey | None:
        """Give a key; see `GatewayPort`."""
        with self._lock:
            age = self._now() - self._read_at
            if age >= KEYS_LIVE_S or (key_id not in self._keys and age >= REFRESH_AFTER_S):
                self._refresh(key_id)
            return self._keys.get(key_id)

    def send(self, call: Call, *, within_s: float) -> Response:
        """Send a call over HTTP; see `GatewayPort`."""
        return send_over_http(call, within_s=within_s)

    def _refresh(self, key_id: str) -> None:
        try:
            self._keys = read_jwk_set("gateway", self._load(), self._source)
            self._read_at = self._now()
        except (Unheard, KeyUnusable, OSError) as error:
            if key_id not in self._keys:
                raise Unheard(f"the gateway's keys cannot be read: {error}") from error
            _log.warning("the gateway's keys cannot be read again (%s); those of before are used", error)

    def _load(self) -> bytes:
        if self._source.startswith(("http://", "https://")):
            return fetch(self._source)
        return Path(self._source).read_bytes()


class Calls:
    """Calls of one agency to its gateway, each signed afresh."""

    def __init__(self, key: SigningKey, gateway: GatewayPort, now: Callable[[], float]) -> None:
        """Take whose key signs, and the clock (seconds since 1970)."""
        self.gateway = gateway
        self.agency = f"{gateway.address}/v1/agencies/{key.agency}"
        self._key, self._now = key, now

    def post(
        self,
        url: str,
        key: str,
        body: bytes,
        more: Mapping[str, str] | None = None,
        *,
        signed_reply: bool = False,
        within_s: float = ATTEMPT_S,
    ) -> Response:
        """POST a body under an idempotency key.

        Args:
            url: where to.
            key: the `Idempotency-Key`.
            body: JSON.
            more: header fields that are not signed.
            signed_reply: a 2xx counts only with the gateway's signature, bound to this call.
            within_s: how long it may take, in seconds.

        Raises:
            Unheard: nothing came back, or nothing that can be trusted.

        """
        headers = sign_request(self._key, url, idempotency_key=key, body=body, now=self._now())
        sent = Fields([*headers.items(), *(more or {}).items()])
        answer = self.gateway.send(Call(url, sent, body), within_s=within_s)
        if signed_reply and answer.status < 300:  # noqa: PLR2004 - the statuses of success
            try:
                asked = Signed(url, sent, body)
                verify_response(
                    answer.status, answer.headers, answer.body, asked, self.gateway.find_key, now=self._now()
                )
            except SignatureInvalid as error:
                raise Unheard(f"the reply of {url} is not the gateway's: {error}") from error
        return answer


def title_of(answer: Response) -> str:
    """Give what a problem says of itself, for logs."""
    try:
        said: Any = msgspec.json.decode(answer.body)
        return f"{answer.status} {said.get('title', '')} {said.get('detail', '')}".strip()
    except (msgspec.DecodeError, AttributeError):
        return str(answer.status)

"""A provider of payments over HTTP (`docs/reference/payments.md` is the protocol): four POSTs, signed with a secret."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar, cast

import msgspec
from aiohttp import ClientError, InvalidURL
from yarl import URL

from contracts.ids import AskKey, Instant
from contracts.payments import BillHeld, Billing, NotRefunded
from contracts.wire import NothingHeld, Unheard, Unreadable
from workflows.agencies.authorization import SecretMissing, Secrets
from workflows.agencies.exchange import HttpExchange, Outgoing, Progress, failure_in_words
from workflows.agencies.patience import patiently
from workflows.agencies.received import AnswerTooLarge, AnswerUndecodable, Received
from workflows.agencies.statuses import SUCCESS, meaning_of, retry_after_s
from workflows.loading.hashing import content_digest
from workflows.ports import Clock, Said

Named = TypeVar("Named", BillHeld, NotRefunded)

SIGNATURE: Final = "Payment-Signature"
SIGNED_AT: Final = "Payment-Signed-At"
SIGNATURE_LASTS: Final = timedelta(minutes=5)
_LONGEST_MOMENT: Final = 15
_DEADLINE_S: Final = 10.0
_UNKNOWN, _CONFLICT = 404, 409


def sign(secret: str, signed_at: str, path: str, body: bytes) -> str:
    """Give the signature of a call, or of a notice: HMAC-SHA-256 over its moment, its path and its body."""
    return hmac.digest(secret.encode(), b"\n".join((signed_at.encode(), path.encode(), body)), "sha256").hex()


def is_signed(  # each is a thing of its own that the signature covers
    secret: str, *, signature: str, signed_at: str, path: str, body: bytes, now: Instant
) -> bool:
    """Say whether a notice was signed with the secret, a short time ago."""
    if not (signed_at.isascii() and signed_at.isdigit() and len(signed_at) <= _LONGEST_MOMENT and signature.isascii()):
        return False
    if abs(now.timestamp() - int(signed_at)) > SIGNATURE_LASTS.total_seconds():
        return False
    return hmac.compare_digest(sign(secret, signed_at, path, body), signature)


class HttpPayments:
    """Reaches the provider at `url`; the secret is read each time that it is needed."""

    def __init__(  # each is a part of its own, given once when the product is put together
        self,
        url: str,
        *,
        secret: str,
        secrets: Secrets,
        notify: str,
        clock: Clock,
        exchange: HttpExchange,
        back: Callable[[AskKey], str] = lambda _: "",
    ) -> None:
        """Take its address, the name of the secret, where it sends notices, and where payers go back to."""
        self._url, self._secret, self._secrets = url.rstrip("/"), secret, secrets
        self._notify, self._clock, self._exchange, self._back = notify, clock, exchange, back

    def is_genuine(self, *, signature: str, signed_at: str, path: str, body: bytes) -> bool:
        """Say whether a notice comes from the provider, and is new enough to be looked at."""
        try:
            secret = self._secrets.get(self._secret)
        except SecretMissing:
            return False
        now = self._clock.now()
        return is_signed(secret, signature=signature, signed_at=signed_at, path=path, body=body, now=now)

    async def create(self, billing: Billing) -> Said:
        """Make a bill."""
        built: dict[str, Any] = msgspec.to_builtins(billing)
        body = {**built, "currency": "IDR", "notify": self._notify, "back": billing.back or self._back(billing.key)}
        return await self._call("bills", billing.key, body)

    async def find(self, key: AskKey) -> Said:
        """Say how a bill stands."""
        return await self._call("bills/find", key, {"key": key})

    async def cancel(self, key: AskKey) -> Said:
        """Let nobody pay it any more, unless it is paid."""
        return await self._call("bills/cancel", key, {"key": key})

    async def refund(self, key: AskKey, *, under: AskKey, keep: int, reason: str) -> Said:
        """Let at most `keep` rupiah stand."""
        return await self._call("bills/refund", key, {"key": key, "under": under, "keep": keep, "reason": reason})

    async def _call(self, path: str, key: AskKey, body: dict[str, Any]) -> Said:
        """Exchange under the deadline; whatever goes wrong there is silence, never an exception."""
        written = msgspec.json.encode(body)
        progress = Progress()
        try:
            outgoing = self._signed(path, written)
            async with asyncio.timeout(_DEADLINE_S):
                received = await patiently(lambda: self._exchange.send(outgoing, progress), self._clock)
        except SecretMissing as error:
            return _silent(key, written, f"the secret {error} is not there", sent=False)
        except TimeoutError:
            return _silent(key, written, f"no whole answer within {_DEADLINE_S:.0f} s", sent=progress.connected)
        except (ClientError, OSError, AnswerTooLarge, ValueError) as error:
            words, wrong = failure_in_words(error), isinstance(error, InvalidURL)
            return _silent(key, written, words, sent=progress.connected, final=wrong)
        what = self._read(received, key)
        sent = content_digest(written)
        return Said(what=what, digest=content_digest(received.raw), sent_digest=sent)

    def _signed(self, path: str, body: bytes) -> Outgoing:
        url = URL(f"{self._url}/{path}")
        signed_at = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "gapura",
            SIGNED_AT: signed_at,
            SIGNATURE: sign(self._secrets.get(self._secret), signed_at, url.raw_path, body),
        }
        return Outgoing("POST", url, headers, body)

    def _read(self, received: Received, key: AskKey) -> BillHeld | NotRefunded | NothingHeld | Unheard | Unreadable:
        status = received.status
        try:
            if status in SUCCESS:
                return _of(key, msgspec.json.decode(received.decoded(), type=BillHeld))
            if status == _UNKNOWN and _says(received, "nothing_held"):
                return NothingHeld(key=key)
            if status == _CONFLICT:
                return _of(key, msgspec.json.decode(received.decoded(), type=NotRefunded))
        except (ValueError, RecursionError, AnswerUndecodable, AnswerTooLarge) as error:
            return Unreadable(key=key, mistakes=[str(error)])
        meaning = meaning_of(status)
        later = retry_after_s(received.headers.get("Retry-After", "") or None, now=self._clock.now())
        return Unheard(key=key, reason=f"{status}: {meaning.words}", final=meaning.final, retry_after_s=later)


def _of(key: AskKey, read: Named) -> Named:
    """Give what was read, if it is about the bill that was asked for; raises ValueError otherwise."""
    if read.key != key:
        message = "it is about another bill"
        raise ValueError(message)
    bill = getattr(read, "bill", None)
    url: str = "" if bill is None else bill.url
    if url and not url.startswith(("https://", "http://")):
        message = "the page of the bill is no http(s) address"
        raise ValueError(message)
    return read


def _says(received: Received, code: str) -> bool:
    read: object = msgspec.json.decode(received.decoded())
    return isinstance(read, dict) and cast("dict[str, object]", read).get("code") == code


def _silent(key: AskKey, body: bytes, reason: str, *, sent: bool, final: bool = False) -> Said:
    unheard = Unheard(key=key, reason=reason, sent=sent, final=final)
    return Said(what=unheard, sent_digest=content_digest(body) if sent else "")

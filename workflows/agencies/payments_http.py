"""A provider of payments over HTTP (`docs/reference/payments.md` is the protocol): four POSTs, signed with a secret."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec
from aiohttp import ClientError, InvalidURL
from msgspec import Struct
from yarl import URL

from contracts.ids import AskKey, Instant
from contracts.payments import BillHeld, Billing, NotRefunded
from contracts.wire import NothingHeld, Unheard, Unreadable
from workflows.agencies.authorization import SecretMissing, Secrets
from workflows.agencies.exchange import HttpExchange, Outgoing, Progress, failure_in_words
from workflows.agencies.patience import patiently
from workflows.agencies.payment_answers import read_answer
from workflows.agencies.received import AnswerTooLarge, Received
from workflows.agencies.statuses import retry_after_s
from workflows.loading.hashing import content_digest
from workflows.ports import Clock, Said

SIGNATURE: Final = "Payment-Signature"
SIGNED_AT: Final = "Payment-Signed-At"
SIGNATURE_LASTS: Final = timedelta(minutes=5)
_LONGEST_MOMENT: Final = 15
_DEADLINE_S: Final = 10.0
_NOBODYS: Final = AskKey("nobody/nothing/ask/1")


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


class Probe(Struct, frozen=True, kw_only=True):
    """What came of asking about nobody's bill; `apart_s`: so far its clock is ahead of ours, where it says its time."""

    what: BillHeld | NotRefunded | NothingHeld | Unheard | Unreadable
    apart_s: float | None = None


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

    async def probe(self) -> Probe:
        """Ask about a bill that no case has: whether it answers, takes our signature, and has our time."""
        received = await self._sent("bills/find", _NOBODYS, {"key": _NOBODYS})
        if isinstance(received, Said):
            return Probe(what=received.what)
        return Probe(what=self._read(received, _NOBODYS), apart_s=_apart_s(received, self._clock.now()))

    async def _call(self, path: str, key: AskKey, body: dict[str, Any]) -> Said:
        """Exchange under the deadline; whatever goes wrong there is silence, never an exception."""
        received = await self._sent(path, key, body)
        if isinstance(received, Said):
            return received
        sent = content_digest(msgspec.json.encode(body))
        return Said(what=self._read(received, key), digest=content_digest(received.raw), sent_digest=sent)

    async def _sent(self, path: str, key: AskKey, body: dict[str, Any]) -> Received | Said:
        written = msgspec.json.encode(body)
        progress = Progress()
        try:
            outgoing = self._signed(path, written)
            async with asyncio.timeout(_DEADLINE_S):
                return await patiently(lambda: self._exchange.send(outgoing, progress), self._clock)
        except SecretMissing as error:
            return _silent(key, written, f"the secret {error} is not there", sent=False)
        except TimeoutError:
            return _silent(key, written, f"no whole answer within {_DEADLINE_S:.0f} s", sent=progress.connected)
        except (ClientError, OSError, AnswerTooLarge, ValueError) as error:
            words, wrong = failure_in_words(error), isinstance(error, InvalidURL)
            return _silent(key, written, words, sent=progress.connected, final=wrong)

    def _read(self, received: Received, key: AskKey) -> BillHeld | NotRefunded | NothingHeld | Unheard | Unreadable:
        later = retry_after_s(received.headers.get("Retry-After", "") or None, now=self._clock.now())
        return read_answer(received, key, plain=not self._url.startswith("https://"), later=later)

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


def _silent(key: AskKey, body: bytes, reason: str, *, sent: bool, final: bool = False) -> Said:
    unheard = Unheard(key=key, reason=reason, sent=sent, final=final)
    return Said(what=unheard, sent_digest=content_digest(body) if sent else "")


def _apart_s(received: Received, now: Instant) -> float | None:
    try:
        return (parsedate_to_datetime(received.headers.get("Date", "")) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None

"""A worker for an agency behind a firewall: it fetches what is asked, and brings the signed answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from gapura_agency.agency import Agency
from gapura_agency.asked import NotNow
from gapura_agency.deliveries import retry_after_s
from gapura_agency.exchange import ATTEMPT_S, Response, Unheard
from gapura_agency.gateway import title_of
from gapura_agency.messages import Unreadable
from gapura_agency.procedure import NotAsked
from gapura_agency.tracing import CarryingTracer, Tracer

_OK, _NO_CONTENT = 200, 204
_AGAIN = frozenset({401, 408, 429, 500, 502, 503, 504, 507})
"""Not taken: the same answer again, signed afresh."""
_TRIES = 6
_PAUSE_S = 1.0
_SHORTEST_BEAT_S = 0.2

_log = logging.getLogger("gapura_agency")


class _Lease(Struct):
    lease: str
    verb: Literal["ask", "undo", "lookup"]
    until: datetime
    message: Raw
    traceparent: str = ""


class _Keyed(Struct):
    key: str


class _Leases(Struct):
    leases: list[_Lease]


class Puller:
    """Fetches for one agency, does what its functions say, and answers. Dying at any moment does nothing twice."""

    def __init__(
        self, agency: Agency, *, worker: str = "", most: int = 5, wait_s: int = 20, tracer: Tracer | None = None
    ) -> None:
        """Take the agency, the worker's own name, how many messages it takes at once, and how long it waits for one."""
        self._agency, self._wait_s, self._tracer = agency, wait_s, tracer or CarryingTracer()
        self._wish = {"most": most, "worker": worker, "contracts": list(agency.contracts)}
        self._leases = f"{agency.calls.agency}/leases"
        self._stopped = threading.Event()

    def run(self) -> None:
        """Work until `stop`; a gateway that is away, or does not know us yet, is asked again.

        Raises:
            FunctionMissing: contracts and functions do not fit together.

        """
        self._agency.check()
        while not self._stopped.is_set():
            try:
                if not self.fetch_once() and not self._wait_s:
                    self._stopped.wait(_PAUSE_S)
            except Unheard as error:
                _log.info("nothing could be fetched: %s", error)
                self._stopped.wait(_PAUSE_S)

    def stop(self) -> None:
        """Stop after what is under way."""
        self._stopped.set()

    def fetch_once(self) -> int:
        """Fetch what waits, do it and answer; give how much it was.

        Raises:
            Unheard: the gateway was not reached, or said no.

        """
        prefer = {"Prefer": f"wait={self._wait_s}"} if self._wait_s else {}
        body = msgspec.json.encode({name: value for name, value in self._wish.items() if value})
        answer = self._agency.calls.post(
            self._leases, "leases", body, prefer, signed_reply=True, within_s=self._wait_s + ATTEMPT_S
        )
        if answer.status != _OK:
            raise Unheard(title_of(answer))
        leases = msgspec.json.decode(answer.body, type=_Leases).leases
        for lease in leases:
            self._carry_out(lease)
        return len(leases)

    def _carry_out(self, lease: _Lease) -> None:
        """Do it, and answer until that is taken; give it back where it cannot be done."""
        key = msgspec.json.decode(lease.message, type=_Keyed).key
        try:
            with (
                self._kept_alive(lease, key),
                self._tracer.span(f"{self._agency.name} {lease.verb}", lease.traceparent) as span,
            ):
                reply = self._agency.reply_to(lease.verb, bytes(lease.message), span.traceparent)
        except (NotAsked, Unreadable) as error:
            self._release(lease, key, {"reason": str(error)[:200], "final": True})
        except NotNow as error:
            self._release(lease, key, {"reason": str(error)[:200], "after": f"{error.retry_after_s} s"})
        except Exception:  # noqa: BLE001 - whatever a function of the agency raises
            _log.exception("a function of the agency failed; %s is given back", key)
            self._release(lease, key, {"reason": "the agency's system failed", "after": "1 min"})
        else:
            self._answer(lease, key, reply.body)

    def _answer(self, lease: _Lease, key: str, body: bytes) -> None:
        for attempt in range(_TRIES):
            pause_s = _PAUSE_S * 2.0**attempt
            try:
                answer = self._call(lease, "answer", key, body)
                if answer.status not in _AGAIN:
                    if answer.status != _NO_CONTENT:
                        _log.error("the answer under %s is not taken, a person must look: %s", key, title_of(answer))
                    return
                pause_s = max(pause_s, retry_after_s(answer))
                _log.warning("the answer under %s was not taken: %s", key, title_of(answer))
            except Unheard as error:
                _log.warning("the answer under %s was not heard: %s", key, error)
            if self._stopped.wait(pause_s):
                return  # remembered: it is offered again under the same key

    def _release(self, lease: _Lease, key: str, said: Mapping[str, object]) -> None:
        try:
            self._call(lease, "release", key, msgspec.json.encode(said))
        except Unheard as error:
            _log.warning("%s was not given back, its lease ends by itself: %s", key, error)

    @contextmanager
    def _kept_alive(self, lease: _Lease, key: str) -> Generator[None]:
        """Send heartbeats while a block runs that takes longer than a third of the lease."""
        done = threading.Event()
        beat_s = max((lease.until.timestamp() - self._agency.now()) / 3, _SHORTEST_BEAT_S)

        def beat() -> None:
            while not done.wait(beat_s):
                try:
                    self._call(lease, "heartbeat", key, b"{}")
                except Unheard as error:
                    _log.warning("a heartbeat of %s was not heard: %s", key, error)

        thread = threading.Thread(target=beat, name="gapura-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _call(self, lease: _Lease, act: str, key: str, body: bytes) -> Response:
        return self._agency.calls.post(f"{self._leases}/{lease.lease}/{act}", key, body)

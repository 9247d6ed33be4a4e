"""Answers that come later: sent until the gateway has taken them, across restarts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from msgspec import structs

from gapura_agency.exchange import Response, Unheard
from gapura_agency.gateway import Calls, title_of
from gapura_agency.stores import Owed, Store

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 600.0
_FOR_NOTHING = frozenset({400, 404, 413, 415, 422})
"""The gateway will never take this body: sending it again cannot help, and a person must look at it."""

_log = logging.getLogger("gapura_agency")


def deliver_due(store: Store, calls: Calls, now: Callable[[], float], longest_wait_s: float = LONGEST_WAIT_S) -> None:
    """Send every answer whose time has come, each signed afresh; waits grow from one second to `longest_wait_s`."""
    with store.transaction() as memory:
        owed = memory.owed(now())
    for one in owed:
        later_s = _delivered(one, calls, longest_wait_s)
        with store.transaction() as memory:
            if later_s is None:
                memory.settle(one.key)
            elif any(other.key == one.key for other in memory.owed(one.next_at)):  # not taken back meanwhile
                memory.owe(structs.replace(one, next_at=now() + later_s, attempts=one.attempts + 1))


def _delivered(owed: Owed, calls: Calls, longest_wait_s: float) -> float | None:
    """Send one answer; give after how many seconds to try again, None where it is settled."""
    wait_s = min(FIRST_WAIT_S * 2.0 ** min(owed.attempts, 20), longest_wait_s)
    try:
        answer = calls.post(owed.address, owed.key, owed.body, {"traceparent": owed.traceparent})
    except Unheard as error:
        _log.warning("the answer under %s was not heard: %s; again in %.0f s", owed.key, error, wait_s)
        return wait_s
    if answer.status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
        return None
    if answer.status in _FOR_NOTHING:
        _log.error("the answer under %s is not taken, and a person must look: %s", owed.key, title_of(answer))
        return None
    _log.warning("the answer under %s was not taken: %s; again in %.0f s", owed.key, title_of(answer), wait_s)
    return max(wait_s, retry_after_s(answer))


def retry_after_s(answer: Response) -> float:
    """Give how long the gateway asks to wait, in seconds."""
    asked = answer.headers.get("Retry-After")
    return float(asked) if asked.isdecimal() else 0.0

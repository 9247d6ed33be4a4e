"""The thread that does what is due later, sleeping until the next moment or until there is news."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from gapura_agency.exchange import Unheard

if TYPE_CHECKING:
    from gapura_agency.agency import Agency

_REST_S = 5.0
"""After a failure; and the longest sleep, since another process may owe something in the same store."""
_LAST_S = 5.0
"""At the end, for what is under way: what is cut off then is remembered, and done after the next start."""
_log = logging.getLogger("gapura_agency")


class Background:
    """Works for one agency while it is started."""

    def __init__(self, agency: Agency) -> None:
        """Take the agency; nothing runs yet."""
        self._agency = agency
        self._news, self._stopped = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Say that something may be due."""
        self._news.set()

    def start(self) -> None:
        """Start, unless it runs already."""
        if self._thread is None:
            self._stopped.clear()
            self._thread = threading.Thread(target=self._run, name="gapura-agency", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop after what is under way."""
        if self._thread is not None:
            self._stopped.set()
            self._news.set()
            self._thread.join(_LAST_S)
            self._thread = None

    def _run(self) -> None:
        look_at = time.monotonic()
        while not self._stopped.is_set():
            self._news.clear()
            try:
                self._agency.work()
                if self._agency.look_every_s is not None and time.monotonic() >= look_at:
                    self._look()
                    look_at = time.monotonic() + self._agency.look_every_s
                rest_s = min(self._until_due(), _REST_S)
                if self._agency.look_every_s is not None:
                    rest_s = min(rest_s, look_at - time.monotonic())
            except Exception:  # noqa: BLE001 - the thread lives on, whatever happens
                _log.exception("work in the background failed; it goes on in %.0f s", _REST_S)
                rest_s = _REST_S
            self._news.wait(max(rest_s, 0.0))

    def _look(self) -> None:
        try:
            self._agency.look()
        except Unheard as error:
            _log.info("nothing could be fetched: %s", error)

    def _until_due(self) -> float:
        with self._agency.store.transaction() as memory:
            next_at = memory.next_at()
        return _REST_S if next_at is None else next_at - self._agency.now()

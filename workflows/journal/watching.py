"""Who waits for a stream to grow: woken by a commit, told the latest version only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable


class _Watcher:
    """One waiting reader: the newest version it was told of, and a bell."""

    __slots__ = ("bell", "version")

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self.version = 0


class Watchers:
    """Everyone who watches a stream of one journal; nothing is kept of those who left."""

    def __init__(self) -> None:
        """Start with nobody watching."""
        self._watching: dict[str, set[_Watcher]] = {}
        self._closed = False

    def __len__(self) -> int:
        """Count the watchers of all streams."""
        return sum(map(len, self._watching.values()))

    def notify(self, stream: str, version: int) -> None:
        """Tell everyone who watches `stream` that it is at `version` now."""
        for watcher in self._watching.get(stream, ()):
            watcher.version = max(watcher.version, version)
            watcher.bell.set()

    def close(self) -> None:
        """Let every watch end; one that begins later gives the current version and ends."""
        self._closed = True
        for watchers in self._watching.values():
            for watcher in watchers:
                watcher.bell.set()

    async def watch(self, stream: str, current: Callable[[str], Awaitable[int]]) -> AsyncGenerator[int, None]:
        """Yield the version that `current` gives for the stream, then each later one, the latest first.

        The watcher joins before `current` is asked, so nothing committed in between is missed. Whoever leaves the
        loop early closes the iterator (`contextlib.aclosing`), or lets it be collected.
        """
        watcher = _Watcher()
        self._watching.setdefault(stream, set()).add(watcher)
        try:
            told = max(await current(stream), watcher.version)
            yield told
            while not self._closed:
                await watcher.bell.wait()
                watcher.bell.clear()
                if watcher.version > told:
                    told = watcher.version
                    yield told
        finally:
            self._leave(stream, watcher)

    def _leave(self, stream: str, watcher: _Watcher) -> None:
        watchers = self._watching[stream]
        watchers.discard(watcher)
        if not watchers:
            del self._watching[stream]

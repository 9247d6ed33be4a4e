"""MemoryJournal: the journal as a fake, for tests and simulations. It is held to the same suite as the durable ones."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime

from msgspec import structs

from contracts.ids import CaseId, Instant
from contracts.views import CaseLine
from workflows.journal.watching import Watchers
from workflows.loading.hashing import content_digest
from workflows.ports import (
    Append,
    CaseFilter,
    CasePage,
    Claim,
    Conflict,
    Erased,
    KeyTaken,
    Recorded,
)
from workflows.waiting import DueCursor, Waited, WaitedPage, due_place

SALT_BYTES = 16


class _Stream:
    """One stream: its events, and what the case list and the timers need to know of it."""

    __slots__ = ("documents", "erased", "events", "line", "number", "owes", "wake_at")

    def __init__(self, number: int) -> None:
        self.number = number
        self.events: list[Recorded] = []
        self.line: CaseLine | None = None
        self.wake_at: Instant | None = None
        self.owes = False
        self.erased = False
        self.documents: dict[str, bytes] = {}


class MemoryJournal:
    """Keeps everything in this object: a "restart" is to go on using it."""

    def __init__(self, *, on_commit: Callable[[Sequence[Recorded]], None] | None = None) -> None:
        """Start empty; `on_commit` is given what each append recorded, after it was recorded."""
        self._streams: dict[str, _Stream] = {}
        self._all: list[Recorded] = []
        self._claims: dict[tuple[str, str], tuple[Claim, datetime]] = {}
        self._counters: defaultdict[str, int] = defaultdict(int)
        self._sign: Instant | None = None
        self._watchers = Watchers()
        self._on_commit = on_commit

    @property
    def healthy(self) -> bool:
        """Whether it can still record: memory always can."""
        return True

    @property
    def watchers(self) -> int:
        """How many watches are open."""
        return len(self._watchers)

    async def append(self, append: Append) -> int:
        """Record the events; give the stream's new version (see `Journal.append`)."""
        claim = append.claim
        if claim is not None:
            taken = self._claims.get((claim.scope, claim.key))
            if taken is not None:
                raise KeyTaken(taken[0])
            if not append.events:
                raise ValueError("a claim is made with the events that it stands for: this append has none")
        stream = self._streams.get(append.stream)
        actual = len(stream.events) if stream else 0
        if actual != append.expected_version:
            raise Conflict(append.stream, append.expected_version, actual)
        if stream is None:
            stream = self._streams[append.stream] = _Stream(len(self._streams) + 1)
        if stream.erased:
            raise Erased(f"the key of {append.stream} was destroyed: nothing can be added to it")
        self._record(stream, append)
        return len(stream.events)

    def _record(self, stream: _Stream, append: Append) -> None:
        first = len(stream.events) + 1
        recorded = [
            Recorded(append.stream, version, len(self._all) + index, event)
            for index, (version, event) in enumerate(enumerate(append.events, first), 1)
        ]
        stream.events += recorded
        self._all += recorded
        stream.line = append.line or stream.line
        stream.wake_at, stream.owes = append.wake_at, append.owes
        if append.claim is not None:
            self._claims[append.claim.scope, append.claim.key] = (append.claim, append.events[0].at)
        self._watchers.notify(append.stream, len(stream.events))
        if self._on_commit and recorded:
            self._on_commit(recorded)

    async def read(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Give the stream's events with a version above `after`, in order.

        Raises:
            Erased: the stream's key was destroyed.

        """
        known = self._streams.get(stream)
        if known is None:
            return []
        if known.erased:
            raise Erased(f"the key of {stream} was destroyed")
        return known.events[max(after, 0) :]

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> list[Recorded]:
        """Give committed events of all streams but the erased ones with a sequence above `after`, in order."""
        given: list[Recorded] = []
        for recorded in self._all[max(after, 0) :]:
            if len(given) == limit:
                break
            if not self._streams[recorded.stream].erased:
                given.append(recorded)
        return given

    def watch(self, stream: str) -> AsyncGenerator[int, None]:
        """Yield the stream's version whenever it has grown, at once for the current one; latest wins."""
        return self._watchers.watch(stream, self._version)

    async def _version(self, stream: str) -> int:
        known = self._streams.get(stream)
        return len(known.events) if known else 0

    async def claimed(self, scope: str, key: str) -> Claim | None:
        """Give the claim made under this Idempotency-Key, if any."""
        taken = self._claims.get((scope, key))
        return taken[0] if taken else None

    async def keep_sign(self, at: Instant) -> None:
        """Keep a sign of life."""
        self._sign = at

    async def last_sign(self) -> Instant | None:
        """Give the sign of life that was kept last, if any was."""
        return self._sign

    async def purge(self, before: Instant) -> int:
        """Forget claims made before this moment; give how many."""
        old = [name for name, (_, made_at) in self._claims.items() if made_at < before]
        for name in old:
            del self._claims[name]
        return len(old)

    async def due(self, now: Instant, *, limit: int = 1000) -> list[CaseId]:
        """Give cases whose `wake_at` is not after `now`, longest overdue first."""
        waiting = [
            (stream.wake_at, stream.number, name)
            for name, stream in self._streams.items()
            if stream.wake_at is not None and stream.wake_at <= now
        ]
        return [CaseId(name) for _, _, name in sorted(waiting)[:limit]]

    async def next_wake(self) -> Instant | None:
        """Give the earliest `wake_at` of all cases."""
        return min((s.wake_at for s in self._streams.values() if s.wake_at is not None), default=None)

    async def owing(self) -> list[CaseId]:
        """Give every case that owes effects, oldest first."""
        return [CaseId(name) for name, stream in self._streams.items() if stream.owes]

    async def list_cases(self, wanted: CaseFilter) -> CasePage:
        """List cases, newest first."""
        found: list[tuple[int, CaseLine]] = []
        for stream in reversed(self._streams.values()):
            if stream.line is not None and _is_wanted(stream.number, stream.line, wanted):
                found.append((stream.number, stream.line))
            if len(found) > wanted.limit:
                break
        page = found[: wanted.limit]
        more = len(found) > wanted.limit
        return CasePage([line for _, line in page], page[-1][0] if more and page else None)

    async def waited(self, *, after: DueCursor | None = None, limit: int = 100) -> WaitedPage:
        """List the cases whose line waits for somebody, the earliest due first, from behind a place in that order."""
        found = [
            Waited(stream.line, (place, stream.number))
            for stream in self._streams.values()
            if stream.line is not None and not stream.erased and (place := due_place(stream.line)) is not None
        ]
        behind = sorted((each for each in found if after is None or each.at > after), key=lambda each: each.at)
        return WaitedPage(behind[:limit], more=len(behind) > limit)

    async def weigh_drafts(self) -> tuple[int, int]:
        """Give how many drafts are kept, and the bytes of all their documents."""
        drafts = [stream for stream in self._streams.values() if stream.line is None and stream.wake_at is not None]
        return len(drafts), sum(len(content) for draft in drafts for content in draft.documents.values())

    async def take_index(self, name: str) -> int:
        """Give a number that this counter never gave before, from 0."""
        index = self._counters[name]
        self._counters[name] += 1
        return index

    async def salt(self, stream: str, key: str) -> bytes:
        """Give 16 bytes, always the same for this stream and key. A fake's are no secret, so that runs repeat.

        Raises:
            Erased: the stream's key was destroyed, or there never was one.

        """
        known = self._streams.get(stream)
        if known is None or known.erased:
            raise Erased(f"there is no key for {stream}, or it was destroyed")
        return hashlib.sha256(f"{stream}\0{key}".encode()).digest()[:SALT_BYTES]

    async def keep_document(self, stream: str, content: bytes) -> str:
        """Keep a document in a stream; give its digest.

        Raises:
            Erased: the stream's key was destroyed, or there never was one.

        """
        known = self._streams.get(stream)
        if known is None or known.erased:
            raise Erased(f"there is no key for {stream}, or it was destroyed")
        digest = content_digest(content)
        known.documents[digest] = content
        return digest

    async def document(self, stream: str, digest: str) -> bytes | None:
        """Give a document of a stream by its digest, if it has it.

        Raises:
            Erased: the stream's key was destroyed.

        """
        known = self._streams.get(stream)
        if known is not None and known.erased:
            raise Erased(f"the key of {stream} was destroyed")
        return known.documents.get(digest) if known else None

    async def erase(self, stream: str) -> None:
        """Destroy the stream's key: its events stay counted, and nobody can read them. Timers and debts end."""
        known = self._streams.get(stream)
        if known is not None:
            known.erased, known.owes, known.wake_at = True, False, None
            known.documents.clear()
            self._claims = {name: made for name, made in self._claims.items() if made[0].stream != stream}
            if known.line is not None:
                known.line = _without_words(known.line)

    async def close(self) -> None:
        """End every watch. What was recorded stays, as on a disk."""
        self._watchers.close()
        self._watchers = Watchers()


def _is_wanted(number: int, line: CaseLine, wanted: CaseFilter) -> bool:
    return (
        (wanted.before is None or number < wanted.before)
        and wanted.state in {"", line.state}
        and wanted.service in {"", line.service}
        and (not wanted.mark or wanted.mark in line.marks)
    )


def _without_words(line: CaseLine) -> CaseLine:
    return structs.replace(line, last_error="")

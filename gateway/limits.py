"""How much is taken at once: requests, open streams, requests of one address, and guesses of secrets."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Final, Self

from gateway.problems import Overloaded, TooManyRequests
from gateway.settings import Settings

Monotonic = Callable[[], float]

REMEMBERED: Final = 10_000
"""Addresses, and proved secrets, that are remembered; the ones unused for longest are forgotten."""


DOCUMENTS: Final = 8
"""Documents that are made or judged at once: each keeps a processor busy, for strangers too."""


UPLOADS: Final = 32
"""Forms with files that are read at once: each may be tens of megabytes, in memory, and anybody may send one."""


DRAFTS_PER_MIN, DRAFTS_AT_ONCE = 3, 30
"""Drafts, and forms with files, that one address may begin on average, and at once: each takes space for weeks."""


AWAIT_S: Final = 5
"""When to come back where one's own requests take the places."""
SHARE: Final = 4
"""One address takes at most this part of the places for streams and slow bodies: the rest is for others."""


class Place:
    """A place that is taken, until it is left, or its block ends; leaving it twice is leaving it once."""

    __slots__ = ("_address", "_left", "_slots")

    def __init__(self, slots: Slots, address: str) -> None:
        """Take one of the places."""
        self._slots, self._address, self._left = slots, address, False
        slots.taken += 1
        slots.held[address] = slots.held.get(address, 0) + 1

    def __enter__(self) -> Self:
        """Hold it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back, whatever happened."""
        self.leave()

    def leave(self) -> None:
        """Give the place back."""
        if not self._left:
            self._left = True
            self._slots.taken -= 1
            self._slots.held[self._address] -= 1
            if not self._slots.held[self._address]:
                del self._slots.held[self._address]


class Slots:
    """So many at once and no more, and of them so many for one address."""

    def __init__(self, most: int, what: str, *, share: int = 1) -> None:
        """Take the number, the name of what is counted, and which part of them one address may take."""
        self._most, self._most_of_one, self._what = most, max(1, most // share), what
        self.taken = 0
        self.held: Counter[str] = Counter()

    def one(self, address: str = "") -> Place:
        """Take a place: `with` holds it until the end of the block, unless it is left before.

        Raises:
            Overloaded: none is free.
            TooManyRequests: this address holds as many as one may.

        """
        if self.taken >= self._most:
            raise Overloaded(f"All {self._most} {self._what} are taken. Try again in a moment.")
        if self.held.get(address, 0) >= self._most_of_one:
            raise TooManyRequests(f"Your address holds {self._most_of_one} {self._what}. Let some go first.", AWAIT_S)
        return Place(self, address)


class Buckets:
    """A token bucket per name: `per_s` on average, `burst` at once. What is unused for longest is forgotten."""

    def __init__(self, per_s: float, burst: float, monotonic: Monotonic) -> None:
        """Take the rate, the burst and a clock that never goes back."""
        self._per_s, self._burst, self._monotonic = per_s, burst, monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def level(self, name: str) -> float:
        """Give how many this name may still have now."""
        level, at = self._levels.get(name, (self._burst, self._monotonic()))
        return min(self._burst, level + (self._monotonic() - at) * self._per_s)

    def wait_s(self, name: str) -> float:
        """Give the seconds until this name may have one; 0: now."""
        return max(0.0, (1 - self.level(name)) / self._per_s)

    def take(self, name: str) -> None:
        """Count one; below zero it stays at zero, so that knocking on does not lengthen the wait."""
        self._levels[name] = (max(0.0, self.level(name) - 1), self._monotonic())
        self._levels.move_to_end(name)
        if len(self._levels) > REMEMBERED:
            self._levels.popitem(last=False)


class Guesses:
    """Slows whoever tries secrets and tokens: an address that was wrong too often waits, right or wrong.

    Secrets that proved right from an address lately are let through, so that one guesser behind a shared address
    does not lock the others out.
    """

    def __init__(self, per_min: float, monotonic: Monotonic) -> None:
        """Take how many wrong ones a minute are borne."""
        self._wrong = Buckets(per_min / 60, per_min, monotonic)
        self._right: OrderedDict[tuple[str, str], None] = OrderedDict()

    def check(self, address: str, *proofs: str) -> None:
        """Let a try through, whatever its proofs are, or because one of them proved right from there before.

        Raises:
            TooManyRequests: not before a while.

        """
        for proof in proofs:
            if (address, proof) in self._right:
                return
        wait_s = self._wrong.wait_s(address)
        if wait_s > 0:
            raise TooManyRequests(
                "Too many wrong secrets came from your address. Wait, then send the right one.", wait_s
            )

    def wrong(self, address: str) -> None:
        """Count a wrong one."""
        self._wrong.take(address)

    def right(self, address: str, proof: str) -> None:
        """Remember a right one."""
        self._right[address, proof] = None
        self._right.move_to_end((address, proof))
        if len(self._right) > REMEMBERED:
            self._right.popitem(last=False)


class Limits:
    """Everything that bounds what one gateway process takes."""

    def __init__(
        self, *, requests: int, streams: int, per_address_s: float, guesses_per_min: float, monotonic: Monotonic
    ) -> None:
        """Take the numbers of `Settings`; `per_address_s` 0 means no such limit."""
        self.requests = Slots(requests, "places for requests")
        self.streams = Slots(streams, "places for streams", share=SHARE)
        self.slow_bodies = Slots(max(1, requests // 2), "places for bodies that arrive slowly", share=SHARE)
        self.documents = Slots(DOCUMENTS, "places for making and judging documents")
        self.uploads = Slots(UPLOADS, "places for forms with files", share=SHARE)
        self.drafts = Buckets(DRAFTS_PER_MIN / 60, DRAFTS_AT_ONCE, monotonic)
        self.guesses = Guesses(guesses_per_min, monotonic)
        self._addresses = Buckets(per_address_s, 4 * per_address_s + 20, monotonic) if per_address_s > 0 else None

    @classmethod
    def of(cls, settings: Settings, monotonic: Monotonic = time.monotonic) -> Limits:
        """Give the limits that the settings name."""
        return cls(
            requests=settings.requests_in_flight,
            streams=settings.streams,
            per_address_s=settings.requests_per_s,
            guesses_per_min=settings.guesses_per_min,
            monotonic=monotonic,
        )

    def begin_draft(self, address: str) -> None:
        """Count a draft, or a form with files, of an address.

        Raises:
            TooManyRequests: it begins more than it may.

        """
        wait_s = self.drafts.wait_s(address)
        if wait_s > 0:
            raise TooManyRequests("Too many drafts or files come from your address. Begin them more slowly.", wait_s)
        self.drafts.take(address)

    @property
    def idle(self) -> bool:
        """Whether no request is at work and none waits."""
        return not self.requests.taken and not self.streams.taken

    def arrive(self, address: str) -> None:
        """Count a request of an address.

        Raises:
            TooManyRequests: it sends more than it may.

        """
        if self._addresses is None:
            return
        wait_s = self._addresses.wait_s(address)
        if wait_s > 0:
            raise TooManyRequests("Too many requests come from your address. Send them more slowly.", wait_s)
        self._addresses.take(address)

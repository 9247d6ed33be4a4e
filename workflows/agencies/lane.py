"""One agency's lane: who waits, who is in, and whether the next may go. Over a given `now`; it never waits itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Final, TypeAlias

from msgspec import Struct

from contracts.contract import Contract
from contracts.events import HeldBackBecause
from contracts.ids import Instant
from contracts.views import HeldBackView
from contracts.wire import Heard, Unheard
from workflows.agencies.breaker import Breaker, Standing
from workflows.agencies.fairness import FairQueue
from workflows.agencies.rates import Rates
from workflows.core.maintenance import Window, closed_until, read_window
from workflows.loading.zones import zone_of

PATIENCE_S: Final = 5.0
"""Whoever has waited for so long is told that it is held back."""
LONGEST_RETRY_AFTER_S: Final = 3600.0
"""An agency that asks for more is asked again after an hour: a slip of one header must not silence it for a day."""
JITTER_S: Final = 30.0


class Now(Struct, frozen=True):
    """A moment on two clocks: seconds that never go back, and the time of day."""

    seconds: float
    instant: Instant


class Ticket:
    """One attempt that wants to go, small enough to be kept by the ten thousand.

    `record` gives the contract as it is today. `start` is called with the place once it is its turn, unless that was at
    once; `hold_back` when it has waited for long.
    """

    __slots__ = ("case", "hold_back", "place", "record", "repeat", "service", "since", "start", "waits")

    def __init__(  # each is told by whoever wants to go
        self,
        *,
        service: str,
        case: str,
        repeat: bool,
        record: Callable[[], Contract],
        start: Callable[[Place], None],
        hold_back: Callable[[HeldBackBecause], None] | None = None,
    ) -> None:
        """Take for whom it is, and what to do when it is its turn."""
        self.service, self.case, self.repeat, self.record = service, case, repeat, record
        self.start, self.hold_back = start, hold_back
        self.since = 0.0
        self.waits = False
        self.place: Place | None = None


class Place:
    """A place with an agency, for one attempt."""

    __slots__ = ("_left", "call")

    def __init__(self, call: int, left: Callable[[Place, Heard | None], None]) -> None:
        """Take the number of the call, and what is told when it is over."""
        self.call = call
        self._left: Callable[[Place, Heard | None], None] | None = left

    def leave(self, heard: Heard | None) -> None:
        """Give the place back with what was heard; None: no attempt was made. Only the first time counts."""
        left, self._left = self._left, None
        if left is not None:
            left(self, heard)


Left: TypeAlias = Callable[[Place, Heard | None], None]
"""What is told when a place is given back."""


class _Parked(Struct):
    """Attempts under one contract that wait for the end of its maintenance."""

    windows: tuple[str, ...]
    until: Instant
    tickets: deque[Ticket]


class Lane:
    """One agency's."""

    def __init__(self) -> None:
        """Start with an agency of which nothing is known."""
        self.breaker = Breaker()
        self.running = 0
        self._rates = Rates()
        self._quiet_until = 0.0
        self._firsts, self._repeats = FairQueue[Ticket](), FairQueue[Ticket]()
        self._parked: dict[str, _Parked] = {}
        self._untold: deque[Ticket] = deque()
        self._calls = 0

    def waiting(self, now: Now) -> dict[str, int]:
        """Give how many wait, by what they wait for."""
        silence = self._silence(now)
        return {
            "maintenance": sum(len(each.tickets) for each in self._parked.values()),
            silence.because if silence else "queue": len(self._firsts) + len(self._repeats),
        }

    def standing(self, now: Now) -> Standing:
        """Say how the breaker stands."""
        return self.breaker.standing(now.seconds)

    def add(self, ticket: Ticket, now: Now) -> None:
        """Let one more wait for its turn."""
        ticket.since = now.seconds
        self._untold.append(ticket)
        self._queue(ticket)

    def enter_at_once(self, ticket: Ticket, contract: Contract, now: Now, left: Left) -> Place | None:
        """Give a place where nobody waits and nothing is in the way, as `add` and `admit` would; None: it must wait."""
        if ticket.repeat or not self.idle or not self._open(now) or self._closed(contract, now):
            return None
        if self.running >= contract.limits.in_flight or self._room_at(contract, now) > now.seconds:
            return None
        ticket.since = now.seconds
        return self._enter(ticket, now, left).place

    @property
    def idle(self) -> bool:
        """Whether nobody waits, nor waits to be told why."""
        return not (self._untold or self._parked or self._firsts or self._repeats)

    def _queue(self, ticket: Ticket) -> None:
        (self._repeats if ticket.repeat else self._firsts).add(ticket)

    # --- going ------------------------------------------------------------------------------------------------

    def admit(self, now: Now, left: Left) -> list[Ticket]:
        """Give a place to each whose turn it is."""
        self._unpark(now)
        admitted: list[Ticket] = []
        while self._open(now) and (queue := self._next(now)) is not None:
            contract = queue.first().record()
            if self._closed(contract, now):
                self._park(queue.take(), contract, now)
            elif self.running < contract.limits.in_flight and self._room_at(contract, now) <= now.seconds:
                admitted.append(self._enter(queue.take(), now, left))
            else:
                break
        return admitted

    def _open(self, now: Now) -> bool:
        return now.seconds >= self._quiet_until and self.breaker.lets_in(now.seconds)

    def _next(self, now: Now) -> FairQueue[Ticket] | None:
        """Repeats go first as far as their budget reaches: they are few, and what they are about has waited longest."""
        if self._repeats and self._rates.may_repeat_at(now.seconds) <= now.seconds:
            return self._repeats
        return self._firsts or None

    def _room_at(self, contract: Contract, now: Now) -> float:
        return self._rates.room_at(contract.limits.rate, now.seconds)

    def _enter(self, ticket: Ticket, now: Now, left: Left) -> Ticket:
        self._calls += 1
        self.running += 1
        self.breaker = self.breaker.entered(self._calls)
        self._rates.note(now.seconds, repeat=ticket.repeat)
        ticket.place = Place(self._calls, left)
        return ticket

    def leave(self, place: Place, heard: Heard | None, now: Now) -> None:
        """Take a place back, and learn from what was heard."""
        self.running -= 1
        call = place.call
        if heard is None or (isinstance(heard, Unheard) and heard.final and not heard.sent):
            # No attempt was made, or none can be: that is no word about the agency.
            self.breaker = self.breaker.abandoned(call)
        elif isinstance(heard, Unheard) and not heard.final:
            self.breaker = self.breaker.unheard(call, now.seconds)
            wait_s = min(heard.retry_after_s or 0.0, LONGEST_RETRY_AFTER_S)
            self._quiet_until = max(self._quiet_until, now.seconds + wait_s)
        else:
            self.breaker = self.breaker.heard(call)

    # --- maintenance ------------------------------------------------------------------------------------------

    def _closed(self, contract: Contract, now: Now) -> bool:
        return contract.name in self._parked or maintenance_until(contract, now.instant) is not None

    def _park(self, ticket: Ticket, contract: Contract, now: Now) -> None:
        parked = self._parked.get(contract.name)
        if parked is None:
            until = maintenance_until(contract, now.instant) or now.instant
            windows = tuple(contract.limits.maintenance)
            parked = self._parked[contract.name] = _Parked(windows, until + _jitter(contract.name, until), deque())
        parked.tickets.append(ticket)

    def _unpark(self, now: Now) -> None:
        """Let those go on whose maintenance is over, or was called off."""
        for name, parked in list(self._parked.items()):
            contract = parked.tickets[0].record()
            changed = tuple(contract.limits.maintenance) != parked.windows
            if changed or now.instant >= parked.until:
                del self._parked[name]
                for ticket in parked.tickets:
                    self._queue(ticket)

    # --- waiting ----------------------------------------------------------------------------------------------

    def impatient(self, now: Now) -> list[tuple[Ticket, HeldBackBecause]]:
        """Give those who have waited for long and were not told why, each once."""
        found: list[tuple[Ticket, HeldBackBecause]] = []
        while self._untold and (self._untold[0].place or self._untold[0].since + PATIENCE_S <= now.seconds):
            ticket = self._untold.popleft()
            if ticket.place is None:
                held = self.held_back(ticket.record(), now)
                found.append((ticket, held.because if held else "queue"))
        return found

    def held_back(self, contract: Contract, now: Now) -> HeldBackView | None:
        """Say why nothing is let in under this contract; None: only the queue, if there is one, is before it."""
        parked = self._parked.get(contract.name)
        until = parked.until if parked else maintenance_until(contract, now.instant)
        return HeldBackView(because="maintenance", until=until) if until else self._silence(now)

    def _silence(self, now: Now) -> HeldBackView | None:
        if now.seconds < self._quiet_until:
            until = now.instant + timedelta(seconds=self._quiet_until - now.seconds)
            return HeldBackView(because="told_to_wait", until=until)
        return HeldBackView(because="unreachable") if self.breaker.open_until is not None else None

    def look_again_at(self, now: Now) -> float | None:
        """Give the moment at which time itself may let somebody in, or somebody is told (None: it will not)."""
        moments: list[float] = []
        if self._untold:
            moments.append(self._untold[0].since + PATIENCE_S)
        moments += [now.seconds + (each.until - now.instant).total_seconds() for each in self._parked.values()]
        if self._firsts or self._repeats:
            moments += self._turn_at(now)
        return max(now.seconds, min(moments)) if moments else None

    def _turn_at(self, now: Now) -> list[float]:
        """Give when whoever is next may go; nothing where it waits for a place: that is told by who leaves."""
        opens_at = max(self._quiet_until, self.breaker.open_until or 0.0)
        if opens_at > now.seconds:
            return [opens_at]
        if self.breaker.probe is not None:
            return []
        queue = self._next(now)
        if queue is None:
            return [self._rates.may_repeat_at(now.seconds)]
        contract = queue.first().record()
        moments = [self._room_at(contract, now)] if self.running < contract.limits.in_flight else []
        return [*moments, self._rates.may_repeat_at(now.seconds)] if self._repeats else moments


def maintenance_until(contract: Contract, now: Instant) -> Instant | None:
    """Give when the maintenance that is now ends; None: there is none."""
    if not contract.limits.maintenance:
        return None
    return closed_until(_windows(tuple(contract.limits.maintenance)), now, zone_of)


@lru_cache(maxsize=1024)
def _windows(texts: tuple[str, ...]) -> tuple[Window, ...]:
    """Read windows; what was registered before it was checked, and is none, keeps nobody waiting."""
    windows: list[Window] = []
    for text in texts:
        with suppress(ValueError):
            windows.append(read_window(text))
    return tuple(windows)


def _jitter(name: str, until: Instant) -> timedelta:
    """Agencies that share a window are not all called in the second in which it ends."""
    drawn = int.from_bytes(blake2b(f"{name}#{until.isoformat()}".encode(), digest_size=4).digest(), "big") / 0xFFFFFFFF
    return timedelta(seconds=JITTER_S * drawn)

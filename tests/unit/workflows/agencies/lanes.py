"""A lane at hand: tickets, moments, and what comes of calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from contracts.contract import Contract, Limits
from contracts.events import HeldBackBecause
from contracts.wire import Contributed, Heard, Unheard
from tests.conformance.agencies import make_ask, make_contract
from workflows.agencies.lane import Lane, Now, Place, Ticket

SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""19:00 in Jakarta."""
KEY = make_ask().key
ANSWER: Heard = Contributed(key=KEY, output={"number": "1"})
SILENCE: Heard = Unheard(key=KEY, reason="silence")


def busy(retry_after_s: float) -> Heard:
    """The agency says when it wants to be asked again."""
    return Unheard(key=KEY, reason="503", retry_after_s=retry_after_s)


def bears(
    *, in_flight: int = 10, rate: str | None = None, maintenance: tuple[str, ...] = (), name: str = "match-person"
) -> Contract:
    """Give a contract of an agency whose system bears so much."""
    limits = Limits(in_flight=in_flight, rate=rate, maintenance=list(maintenance))
    return msgspec.structs.replace(make_contract("https://civil.example"), contract=name, limits=limits)


class Gate:
    """A lane with its time; whoever is let in is noted."""

    def __init__(self, contract: Contract | None = None) -> None:
        self.lane, self.contract = Lane(), contract or bears()
        self.seconds = 1000.0
        self.shift = timedelta()
        self.inside: list[Ticket] = []
        self.order: list[str] = []
        self.told: list[tuple[str, HeldBackBecause]] = []

    @property
    def now(self) -> Now:
        return Now(self.seconds, SUNDAY + timedelta(seconds=self.seconds - 1000) + self.shift)

    def wants(
        self, *names: str, service: str = "s", repeat: bool = False, contract: Contract | None = None
    ) -> list[Ticket]:
        """Let cases of these names each want a call."""
        tickets: list[Ticket] = []
        for name in names:
            ticket = Ticket(
                service=service,
                case=name,
                repeat=repeat,
                record=lambda: contract or self.contract,
                start=lambda place: None,  # noqa: ARG005 - nobody waits in these tests
                hold_back=lambda because: None,  # noqa: ARG005 - nor is told
            )
            tickets.append(ticket)
            self.lane.add(ticket, self.now)
        self.look()
        return tickets

    def look(self) -> None:
        """Let in whose turn it is, and tell who has waited for long."""
        admitted = self.lane.admit(self.now, self._left)
        self.inside += admitted
        self.order += [ticket.case for ticket in admitted]
        for ticket, because in self.lane.impatient(self.now):
            self.told.append((ticket.case, because))

    def _left(self, place: Place, heard: Heard | None) -> None:
        self.lane.leave(place, heard, self.now)
        self.look()

    def hears(self, heard: Heard | None, *, of: int = 0) -> None:
        """Let one of those inside come out."""
        place = self.inside.pop(of).place
        assert place is not None
        place.leave(heard)

    def passes(self, seconds: float) -> None:
        """Let time pass; whoever may go on the way goes when the lane says that it may."""
        until = self.seconds + seconds
        looks = 0
        while (at := self.lane.look_again_at(self.now)) is not None and at <= until:
            self.seconds = max(at, self.seconds)
            self.look()
            looks += 1
            assert looks < 10_000, "the lane looks again and again, and nothing changes"
        self.seconds = until
        self.look()

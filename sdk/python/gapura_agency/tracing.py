"""W3C trace context: the agency's work is a child of the gateway's attempt, its late answer a child of that work."""

from __future__ import annotations

import re
import secrets
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

_TRACEPARENT = re.compile(r"^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$")


class Span(Protocol):
    """Work under way: `traceparent` is what its own calls carry on."""

    traceparent: str

    def note(self, name: str, value: str) -> None:
        """Say something of the work, never a personal datum."""
        ...


class Tracer(Protocol):
    """Makes spans; write one to export them."""

    def span(self, name: str, parent: str) -> AbstractContextManager[Span]:
        """Open a span under a `traceparent`; an absent or broken one begins a new trace."""
        ...


class CarriedSpan:
    """A span that nobody stores."""

    def __init__(self, traceparent: str) -> None:
        """Take its own `traceparent`."""
        self.traceparent = traceparent

    def note(self, name: str, value: str) -> None:
        """Forget what is said."""


class CarryingTracer:
    """Carries trace ids on and stores nothing."""

    @contextmanager
    def span(self, name: str, parent: str) -> Generator[Span]:
        """Open a span that only has an id."""
        del name
        known = _TRACEPARENT.match(parent)
        trace, flags = (known[1], known[3]) if known else (secrets.token_hex(16), "01")
        yield CarriedSpan(f"00-{trace}-{secrets.token_hex(8)}-{flags}")

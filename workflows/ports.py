"""What the engines need of the world, as Protocols, and the errors that cross them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from msgspec import Struct

from contracts.contract import Contract
from contracts.events import CaseEvent, RegisterEvent
from contracts.ids import AskKey, CaseId, Instant
from contracts.payments import BillHeld, Billing, NotRefunded
from contracts.views import CaseLine, JointOutput
from contracts.wire import Ask, Evidence, Heard, Lookup, NothingHeld, Undo, Unheard, Unreadable
from workflows.waiting import DueCursor, WaitedPage

REGISTER = "register"
"""The stream of the register; every other stream is a case, named by its id."""


class Outage(Exception):
    """Not possible at the moment: the same call may work later."""

    retry_after_s: float = 5

    def __init__(self, message: str = "") -> None:
        """Take the message, or speak with the class's docstring."""
        super().__init__(message or (self.__doc__ or "").strip())


class JournalUnavailable(Outage):
    """The journal cannot be written or read at the moment; nothing was acknowledged."""


class JournalFull(JournalUnavailable):
    """There is no space to record anything; nothing was acknowledged."""


class JournalLocked(Exception):
    """Another process has this journal open: only one may."""


class JournalUnusable(Exception):
    """This journal cannot be opened as it is: another master key, a newer version of Gapura, or no journal at all."""


class JournalDamaged(Exception):
    """What is stored is not what was recorded: a row is altered, missing, or belongs elsewhere."""


class Erased(Exception):
    """The key of this stream was destroyed: nobody can read its content any more."""


class Conflict(Exception):
    """Something else was recorded meanwhile: fold again and decide again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        """Say which stream, at which version it was expected, and where it is."""
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class Claim(Struct, frozen=True, kw_only=True):
    """An Idempotency-Key taken: `scope` is caller and route, `body_digest` what it was first used with."""

    scope: str
    key: str
    body_digest: str
    stream: str
    sealed_reply: str = ""


class KeyTaken(Exception):
    """This Idempotency-Key was claimed before."""

    def __init__(self, claim: Claim) -> None:
        """Carry the earlier claim."""
        super().__init__("this Idempotency-Key was claimed before")
        self.claim = claim


class Recorded(Struct, frozen=True):
    """One committed event: `sequence` grows over all streams, `version` counts within the stream from 1."""

    stream: str
    version: int
    sequence: int
    event: CaseEvent | RegisterEvent


class Append(Struct, frozen=True, kw_only=True):
    """What is to be recorded at once in one stream, or not at all.

    `line` is the case's new line in the list, `wake_at` the next moment at which time itself moves the case
    (None: never), `owes` whether it owes effects to the world: both replace what was stored before.
    """

    stream: str
    expected_version: int
    events: Sequence[CaseEvent | RegisterEvent]
    line: CaseLine | None = None
    wake_at: Instant | None = None
    owes: bool = False
    claim: Claim | None = None


class CaseFilter(Struct, frozen=True, kw_only=True):
    """Which cases to list: newest first, `before` is the cursor (a sequence number; None: from the newest)."""

    state: str = ""
    mark: str = ""
    service: str = ""
    before: int | None = None
    limit: int = 50


class CasePage(Struct, frozen=True):
    """Cases of a list, and the cursor of the next page (None: no more)."""

    cases: list[CaseLine]
    next_before: int | None


class Journal(Protocol):
    """The events in order: the only truth. Payloads are encrypted at rest."""

    async def append(self, append: Append) -> int:
        """Record the events; give the stream's new version once they are durable.

        Raises:
            Conflict: the stream is not at `expected_version`.
            KeyTaken: the claim's scope and key were claimed before.
            Erased: the stream's key was destroyed.
            JournalUnavailable: nothing was recorded.

        """
        ...

    async def read(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Give the stream's events with a version above `after`, in order (none: an unknown stream is empty).

        Raises:
            Erased: the stream's key was destroyed.
            JournalDamaged: what is stored is not what was recorded.
            JournalUnavailable: not now.

        """
        ...

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> list[Recorded]:
        """Give committed events of all streams, but the erased ones, with a sequence above `after`, in order."""
        ...

    def watch(self, stream: str) -> AsyncGenerator[int, None]:
        """Yield the stream's version whenever it has grown, at once for the current one; latest wins.

        It ends when the journal is closed. Whoever leaves it early closes it: `async with aclosing(...)`.
        """
        ...

    async def claimed(self, scope: str, key: str) -> Claim | None:
        """Give the claim made under this Idempotency-Key, if any."""
        ...

    async def due(self, now: Instant, *, limit: int = 1000) -> list[CaseId]:
        """Give cases whose `wake_at` is not after `now`, longest overdue first."""
        ...

    async def next_wake(self) -> Instant | None:
        """Give the earliest `wake_at` of all cases."""
        ...

    async def owing(self) -> list[CaseId]:
        """Give every case that owes effects: what a restart must take up."""
        ...

    async def list_cases(self, wanted: CaseFilter) -> CasePage:
        """List cases, newest first."""
        ...

    async def waited(self, *, after: DueCursor | None = None, limit: int = 100) -> WaitedPage:
        """List the cases whose line waits for somebody, the earliest due first, from behind a place in that order."""
        ...

    async def weigh_drafts(self) -> tuple[int, int]:
        """Give how many drafts are kept (streams that wait for their time and are in no list of cases), and how large.

        The second is the bytes of all their documents, as stored.
        """
        ...

    async def take_index(self, name: str) -> int:
        """Give a number that this counter never gave before, from 0; a restart may leave gaps."""
        ...

    async def salt(self, stream: str, key: str) -> bytes:
        """Give 16 secret bytes that are always the same for this stream and key, and gone with the stream's key.

        Raises:
            Erased: it was destroyed, or nothing was ever recorded in the stream.

        """
        ...

    async def keep_document(self, stream: str, content: bytes) -> str:
        """Keep a document in a stream that has events; give its digest (`sha256:` and hex) once it is durable.

        The same content again is kept once.

        Raises:
            Erased: the stream's key was destroyed, or nothing was ever recorded in the stream.
            JournalUnavailable: it was not kept.

        """
        ...

    async def document(self, stream: str, digest: str) -> bytes | None:
        """Give a document of a stream by its digest, whole; None where the stream has none of this digest.

        Raises:
            Erased: the stream's key was destroyed.
            JournalDamaged: what is stored is not what was kept.
            JournalUnavailable: not now.

        """
        ...

    async def keep_sign(self, at: Instant) -> None:
        """Keep a sign of life: at this moment somebody was here to record what is told. The last one kept counts.

        Raises:
            JournalUnavailable: it was not kept.

        """
        ...

    async def last_sign(self) -> Instant | None:
        """Give the sign of life that was kept last, by whatever process (None: none ever was)."""
        ...

    async def purge(self, before: Instant) -> int:
        """Forget claims made before this moment, at least a day ago; give how many."""
        ...

    async def erase(self, stream: str) -> None:
        """Destroy the stream's key: its events stay, and nobody can read them.

        Its timers, debts, claims and documents end.
        """
        ...

    @property
    def healthy(self) -> bool:
        """Whether it can still be trusted to record; False: the process must be restarted."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of the store."""
        ...


class Vault(Protocol):
    """Keeps the master key: wraps and unwraps the key of a case."""

    def wrap(self, key: bytes) -> bytes:
        """Encrypt a case key for storage."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """Give a case key back.

        Raises:
            ValueError: it was wrapped under another master key, or altered.

        """
        ...


class Told(Struct, frozen=True):
    """What came of one attempt, what shows it, and the documents that came with it (described in `heard`)."""

    heard: Heard
    evidence: Evidence
    documents: tuple[bytes, ...] = ()


class Agency(Protocol):
    """A way to reach agencies: one per kind of connection. Never raises for what an agency does."""

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an ask."""
        ...

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an undo."""
        ...

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        """Ask what is held under a key."""
        ...


class Said(Struct, frozen=True, kw_only=True):
    """What the provider of payments said, or what came instead; the digests are of what was received and sent."""

    what: BillHeld | NotRefunded | NothingHeld | Unheard | Unreadable
    digest: str = ""
    sent_digest: str = ""


class Payments(Protocol):
    """Whoever takes payments for the gateway. Never raises for what the provider does.

    Every call may be repeated: a bill is one bill by our key, and no payment is paid back twice.
    """

    async def create(self, billing: Billing) -> Said:
        """Make a bill; the same key again gives the first bill, however it stands by now."""
        ...

    async def find(self, key: AskKey) -> Said:
        """Say how the bill under our key stands."""
        ...

    async def cancel(self, key: AskKey) -> Said:
        """Let nobody pay the bill any more, unless it is paid already; one that never came is never made then."""
        ...

    async def refund(self, key: AskKey, *, under: AskKey, keep: int, reason: str) -> Said:
        """Let at most `keep` rupiah stand: pay back what is above, cancel what is unpaid. `under` names the wish."""
        ...


class SealUnavailable(Outage):
    """The joint output cannot be sealed at the moment."""


class Sealed(Struct, frozen=True):
    """A sealed joint output: the compact `vc+jwt` and its SHA-256 digest."""

    credential: str
    digest: str


class Seal(Protocol):
    """Signs joint outputs."""

    async def seal(self, output: JointOutput, *, status_index: int) -> Sealed:
        """Seal a joint output.

        Raises:
            SealUnavailable: not now.

        """
        ...


class Notifier(Protocol):
    """Tells people and systems that something happened to a case."""

    async def notify(self, recorded: Sequence[Recorded]) -> None:
        """Take committed events; never raises."""
        ...


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> Instant:
        """Give the present moment in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Observer(Protocol):
    """Sees what was recorded, and what an attempt did: never a personal datum."""

    def committed(self, recorded: Sequence[Recorded]) -> None:
        """Take committed events, in batches, off the request path."""
        ...

    def attempt_headers(
        self, case: CaseId, key: str, attempt: int, traceparent: str, *, opened_at: Instant, now: Instant
    ) -> str:
        """Give the `traceparent` that this attempt carries: the id of the span that its events will make.

        `traceparent` is the submission's; attempts soon after it share its trace, later ones are their own.
        """
        ...

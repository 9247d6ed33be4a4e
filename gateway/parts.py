"""What the gateway is put together from: `bootstrap` fills it with adapters, tests with fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from msgspec import Struct

from contracts.agreement import PaperWord
from contracts.commands import CaseCommand, OpenCase, SaveDraft
from contracts.contract import Contract
from contracts.events import RegisterEvent
from contracts.ids import CaseId, Instant
from contracts.task_views import DoneTaskView, TaskView
from contracts.views import ClosingRecord, HeldBackView
from gateway.settings import Settings
from observability.tracing import Identity
from workflows.agencies.pull import PullAgency
from workflows.agencies.reading import AnswerChecks
from workflows.agencies.signing import NonceMemory, SigningKey
from workflows.core.compiled import CompiledPlan
from workflows.core.state import CaseState
from workflows.hooks.sending import Sending
from workflows.outputs.status import Revoked
from workflows.ports import Claim, Clock, Journal, Vault

if TYPE_CHECKING:
    from workflows.projections.directory import Directory


class Presence(Protocol):
    """Signs of life, by which it is known how long nobody was here."""

    async def show(self) -> None:
        """Keep one, and record an absence before it.

        Raises:
            JournalUnavailable: nothing was kept.

        """
        ...

    async def keep(self) -> NoReturn:
        """Keep one every so often, until cancelled."""
        ...


class Engine(Protocol):
    """What carries cases out, as the gateway sees it."""

    @property
    def directory(self) -> Directory:
        """The register as it stands: agencies, keys, contracts, plans, agreements, tokens."""
        ...

    @property
    def presence(self) -> Presence:
        """The signs of life that are kept while somebody serves."""
        ...

    async def open(self, plan: str, command: OpenCase, claim: Claim | None = None) -> int:
        """Open a case under the plan of this digest; give its version once that is durable.

        Raises:
            Rejection: the core does not open it.
            KeyTaken: the claim was made before.
            JournalUnavailable: nothing was recorded.

        """
        ...

    async def begin_draft(self, plan: str, command: SaveDraft, claim: Claim | None = None) -> CaseState:
        """Begin a draft of a case under the plan of this digest; give it once that is durable. Raises as `open`."""
        ...

    async def go_on(self, plan: str, command: SaveDraft | OpenCase, claim: Claim | None = None) -> CaseState:
        """Save a draft again, or open it as the case of its name, under the plan of this digest. Raises as `open`."""
        ...

    async def end_draft(self, draft: CaseId) -> None:
        """Let a draft be no more, and destroy its key.

        Raises:
            Rejection: it became a case.
            JournalUnavailable: not now.

        """
        ...

    def plan(self, digest: str) -> CompiledPlan:
        """Give a published plan, ready to run; raises KeyError."""
        ...

    async def submit(self, case: CaseId, command: CaseCommand, claim: Claim | None = None) -> CaseState:
        """Decide a command, record what follows, carry it out; give the case as it then stands.

        Raises:
            Rejection: the case does not allow it now.
            KeyTaken: the claim was made before.
            JournalUnavailable: nothing was recorded.

        """
        ...

    async def state(self, case: CaseId) -> CaseState | None:
        """Fold the case, or give None where there is none."""
        ...

    async def register(self, events: Sequence[RegisterEvent], claim: Claim | None = None) -> None:
        """Record events of the register; the directory shows them when this returns. Raises KeyTaken as `submit`."""
        ...

    def watch(self, case: CaseId, *, after: int = 0) -> AsyncIterator[int]:
        """Yield the case's version whenever it has grown beyond `after`; latest wins."""
        ...

    async def tasks(self, agency: str) -> list[TaskView]:
        """Give what waits for this agency's officers, longest waiting first."""
        ...

    async def decided(self, agency: str) -> list[DoneTaskView]:
        """Give what this agency's officers decided, newest first, as far as it is kept at hand."""
        ...

    def held_back(self, contract: Contract) -> HeldBackView | None:
        """Say why nothing is sent under this contract at the moment, if so."""
        ...

    async def start(self) -> None:
        """Take up everything that is owed."""
        ...

    async def drain(self) -> None:
        """Take nothing new up, finish what is under way, let go."""
        ...


class Documents(Protocol):
    """Makes what people hold in their hands, and what others check it by."""

    def public_keys(self) -> dict[str, Any]:
        """Give the gateway's public keys as a JWK Set."""
        ...

    def status_list(self, revoked: Revoked, *, number: int, now: Instant) -> str:
        """Give a status list as a compact `vc+jwt`."""
        ...

    def record(self, word: PaperWord) -> str:
        """Give the gateway's signed record of a word on an agreement that came back on paper."""
        ...

    async def pdf(
        self, *, credential: str, record: ClosingRecord | None, content: Callable[[str], Awaitable[bytes]]
    ) -> bytes:
        """Give the PDF of a sealed joint output, the credential attached, or of a closing record.

        `content` gives a document of the case by its digest: those that fit are attached.
        """
        ...


class Notices(Protocol):
    """Knows the provider of payments by its signature."""

    def is_genuine(self, *, signature: str, signed_at: str, path: str, body: bytes) -> bool:
        """Say whether a notice comes from the provider, and is new enough to be looked at."""
        ...


class Parts(Struct, frozen=True, kw_only=True):
    """Everything that a running gateway needs, behind ports.

    `nonces` remembers used signatures, `pull` is where agencies' workers fetch, `key` signs what they are given.
    """

    settings: Settings
    engine: Engine
    journal: Journal
    clock: Clock
    vault: Vault
    nonces: NonceMemory
    checks: AnswerChecks
    pull: PullAgency
    key: SigningKey
    documents: Documents
    metrics: Callable[[], bytes]
    hooks: Sending
    """Tells other systems what happened."""
    payments: Notices | None = None
    """Nobody takes payments for this gateway: no service with a payment is offered."""
    finished: Callable[[str, str, int, float, Identity], None]
    """Is told of each request: method, path template, status, seconds, its place in a trace."""

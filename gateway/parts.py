"""What the gateway is put together from: `bootstrap` fills it with adapters, tests with fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from litestar import Request, Response
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from contracts.commands import CaseCommand, OpenCase
from contracts.events import RegisterEvent
from contracts.ids import CaseId
from contracts.problems import Problem
from gateway.identity.rules import Owners
from gateway.settings import Settings
from workflows.core.state import CaseState
from workflows.ports import Claim, Clock, Journal, Vault

if TYPE_CHECKING:
    from workflows.projections.directory import Directory

GatewayRequest = Request[None, None, State]


class Engine(Protocol):
    """What carries cases out, as the gateway sees it."""

    @property
    def directory(self) -> Directory:
        """The register as it stands: agencies, keys, contracts, plans, agreements, tokens."""
        ...

    async def open(self, plan: str, command: OpenCase, claim: Claim | None = None) -> int:
        """Open a case under the plan of this digest; give its version once that is durable.

        Raises:
            Rejection: the core does not open it.
            KeyTaken: the claim was made before.
            JournalUnavailable: nothing was recorded.

        """
        ...

    async def submit(self, case: CaseId, command: CaseCommand) -> CaseState:
        """Decide a command, record what follows, carry it out; give the case as it then stands.

        Raises:
            Rejection: the case does not allow it now.
            JournalUnavailable: nothing was recorded.

        """
        ...

    async def state(self, case: CaseId) -> CaseState | None:
        """Fold the case, or give None where there is none."""
        ...

    async def register(self, events: Sequence[RegisterEvent]) -> None:
        """Record events of the register; the directory shows them when this returns."""
        ...

    def watch(self, case: CaseId, *, after: int = 0) -> AsyncIterator[int]:
        """Yield the case's version whenever it has grown beyond `after`; latest wins."""
        ...

    async def start(self) -> None:
        """Take up everything that is owed."""
        ...

    async def drain(self) -> None:
        """Take nothing new up, finish what is under way, let go."""
        ...


class Pages(Struct, frozen=True, kw_only=True):
    """The browser's face: its routes, who owns each, and the page that a problem becomes for a browser."""

    routes: Sequence[ControllerRouterHandler] = ()
    owners: Owners = {}
    problem: Callable[[GatewayRequest, Problem], Response[bytes]] | None = None


class Parts(Struct, frozen=True, kw_only=True):
    """Everything that a running gateway needs, behind ports."""

    settings: Settings
    engine: Engine
    journal: Journal
    clock: Clock
    vault: Vault
    public_keys: Mapping[str, object]
    metrics: Callable[[], bytes]
    close: Callable[[], Awaitable[None]]

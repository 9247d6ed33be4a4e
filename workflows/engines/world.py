"""What an engine works with: everything outside of the core, behind ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from contracts.contract import Contract
from contracts.ids import CaseId
from workflows.agencies.protection import Protection
from workflows.core.compiled import CompiledPlan
from workflows.engines.presence import Presence
from workflows.ports import Agency, Clock, Journal, Observer, Seal


class Register(Protocol):
    """What the driver needs of the register."""

    def plan(self, digest: str) -> CompiledPlan:
        """Give a published plan, ready to run, with today's operational records; raises KeyError."""
        ...

    async def revoke_status(self, status_index: int, case: CaseId, *, step: str = "", legal_basis: str = "") -> None:
        """Let the status list say that this output, or a part of it, is revoked; twice is once."""
        ...

    def agency_titles(self) -> Mapping[str, str]:
        """Give every agency's name for people."""
        ...

    def agreement_of(self, plan_digest: str) -> str:
        """Give the digest of the agreement under which the plan is offered, or nothing."""
        ...


class Ways(Struct, frozen=True):
    """How agencies are reached: by kind of connection. Undos by officers go to the desk whatever the connection."""

    by_kind: Mapping[str, Agency]

    def to_ask(self, contract: Contract) -> Agency:
        """Give the way for an ask or a lookup: what has terms of nobody is paid, at the provider of payments."""
        if not contract.agency:
            return self.by_kind["payments"]
        return self.by_kind[str(contract.connection.__struct_config__.tag)]

    def protects(self, contract: Contract, *, undo: bool) -> bool:
        """Whether there is a system to be protected: a desk is people, and the desk is ours."""
        way = self.to_undo(contract) if undo else self.to_ask(contract)
        return way is not self.by_kind["desk"]

    def to_undo(self, contract: Contract) -> Agency:
        """Give the way for an undo."""
        if contract.undo is not None and contract.undo.by == "officer":
            return self.by_kind["desk"]
        return self.to_ask(contract)


class World(Struct, frozen=True, kw_only=True):
    """Everything outside the core that a driver works with, behind ports. `callback` is where agencies answer later."""

    journal: Journal
    register: Register
    ways: Ways
    seal: Seal
    clock: Clock
    observer: Observer
    protection: Protection
    presence: Presence
    callback: str

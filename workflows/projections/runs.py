"""How runs of operators' acts and revoked tokens stand: what the register's events make of one."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct, structs

from contracts import events as ev


class BulkRun(Struct, frozen=True, kw_only=True):
    """An act that is carried out as a run: how it stands, and what came of each case so far."""

    started: ev.BulkStarted
    waits: bool
    approved_by: str = ""
    stopped: ev.BulkStopped | None = None
    reviewed: ev.BulkReviewed | None = None
    results: tuple[ev.BulkResult, ...] = ()


class Erasure(Struct, frozen=True):
    """What was decided to be erased, and whether it is."""

    decided: ev.ErasureDecided
    done: bool = False


class RevokedToken(Struct, frozen=True):
    """A token that opens nothing any more, and who took it back."""

    issued: ev.TokenIssued
    revoked: ev.TokenRevoked


RunEvent: TypeAlias = ev.BulkApproved | ev.BulkStopped | ev.BulkReviewed | ev.BulkDone


def after(run: BulkRun, event: RunEvent) -> BulkRun:
    """Give a run as an event leaves it."""
    match event:
        case ev.BulkApproved():
            return structs.replace(run, waits=False, approved_by=event.actor)
        case ev.BulkStopped():
            return structs.replace(run, stopped=event)
        case ev.BulkReviewed():
            return structs.replace(run, reviewed=event)
        case ev.BulkDone():
            return structs.replace(run, results=(*run.results, *event.results))

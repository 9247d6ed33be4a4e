"""What travels in the simulated world: the commands that come of effects, and their names."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts import commands as cm
from contracts import effects as ef
from contracts import wire
from contracts.contract import Contract, OpenApiConnection
from contracts.ids import CaseId, Place
from contracts.revocation import SealedPart
from workflows.core.state import CaseState

CASE = CaseId("sim")
START = datetime(2026, 11, 2, 8, tzinfo=UTC)


def is_bound(contract: Contract) -> bool:
    """Whether an agency is reached by an API of its own."""
    return isinstance(contract.connection, OpenApiConnection)


def told_of(effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, heard: wire.Heard) -> cm.RecordAnswer:
    """What came of an attempt."""
    verb = "ask" if isinstance(effect, ef.SendAsk) else "undo" if isinstance(effect, ef.SendUndo) else "lookup"
    place = effect.place
    return cm.RecordAnswer(
        step=place.step,
        item=place.item,
        round=place.round,
        verb=verb,  # type: ignore[arg-type]
        attempt=effect.attempt,
        heard=heard,
        evidence=proof(),
    )


def fetch_of(effect: ef.SendAsk | ef.SendUndo) -> cm.RecordFetch:
    """A worker of the agency fetches this attempt."""
    place = effect.place
    return cm.RecordFetch(
        step=place.step,
        item=place.item,
        round=place.round,
        verb="ask" if isinstance(effect, ef.SendAsk) else "undo",
        attempt=effect.attempt,
        worker="w",
        evidence=proof(),
    )


def sign_of(effect: ef.SendAsk) -> cm.RecordReceipt:
    """A worker that has this ask says so."""
    place = effect.place
    return cm.RecordReceipt(step=place.step, item=place.item, round=place.round, worker="w", evidence=proof())


def heard_of(place: Place, verb: str, heard: wire.Heard) -> cm.RecordAnswer:
    """What came by itself: of no attempt."""
    return cm.RecordAnswer(
        step=place.step,
        item=place.item,
        round=place.round,
        verb=verb,  # type: ignore[arg-type]
        heard=heard,
        evidence=proof(),
    )


def proof() -> wire.Evidence:
    """Evidence of something."""
    return wire.Evidence(kind="attested", received_at=START, digest="sha256:0")


def name_of(effect: ef.CaseEffect) -> tuple[str, str, int]:
    """The name under which an effect is under way."""
    if isinstance(effect, ef.SealOutput):
        return "seal", "", effect.attempt
    if isinstance(effect, ef.PublishStatus):
        return "status", "", effect.status_index
    if isinstance(effect, ef.TellParent):
        return "tell", "", effect.telling
    return effect.key, type(effect).__name__, effect.attempt


def places_of(state: CaseState) -> list[SealedPart]:
    """Give each part that stands its place in the status list."""
    standing = [place for step, place, entry in state.currents() if entry.granted and step.spec.ask]
    return [
        SealedPart(step=place.step, item=place.item, round=place.round, status_index=1 + index)
        for index, place in enumerate(standing)
    ]

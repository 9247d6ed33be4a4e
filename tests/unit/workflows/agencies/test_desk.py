"""A desk takes everything and answers nothing by itself."""

from __future__ import annotations

from contracts.wire import Accepted, NothingHeld
from tests.conformance.agencies import PromptClock, make_ask, make_contract, make_lookup, make_undo
from workflows.agencies.desk import DeskAgency

ASK = make_ask()


async def test_what_lies_on_the_desk_is_with_an_officer_and_dated_by_us() -> None:
    desk = DeskAgency(PromptClock())
    asked = await desk.ask(ASK, make_contract(), traceparent="")
    undone = await desk.undo(make_undo(ASK), make_contract(), traceparent="")
    assert asked.heard == Accepted(key=ASK.key)
    assert undone.heard == Accepted(key=make_undo(ASK).key)
    assert {asked.evidence.kind, undone.evidence.kind} == {"attested"}
    assert asked.evidence.sent_digest.startswith("sha256:")
    assert asked.evidence.sent_digest != undone.evidence.sent_digest


async def test_a_desk_holds_nothing_beside_the_journal() -> None:
    told = await DeskAgency(PromptClock()).lookup(make_lookup(ASK), make_contract(), traceparent="")
    assert told.heard == NothingHeld(key=ASK.key)

"""The bills of a case for operations: each with every call to the provider of payments, and what it gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from contracts import wire
from contracts.bills import BillCall, BillEntry, BillView
from contracts.ids import NO_ITEM, Place
from contracts.views import IncidentView
from workflows.core.graph import AMOUNT
from workflows.core.state import CaseState
from workflows.ports import Recorded
from workflows.projections.payments import payment_view

Result = dict[str, Any]


def bills(state: CaseState, rows: Iterable[Recorded], incidents: Mapping[Place, IncidentView]) -> list[BillView]:
    """Give every bill of a case, in the plan's order; `incidents` are those that are shown of its rounds.

    How it is paid (code and address) is whoever pays's alone.
    """
    entries: dict[Place, list[BillEntry]] = {}
    for row in rows:
        if isinstance(row.event, ev.StepEvent) and row.event.step in state.plan.paid:
            _tell(row.event, entries.setdefault(row.event.place, []))
    shown: list[BillView] = []
    for name in state.plan.paid:
        step = state.step(name)
        for entry in state.rounds((name, NO_ITEM)):
            payment = payment_view(state, step, entry)
            if payment is None:
                continue
            bill, place = entry.paying.bill, Place(name, NO_ITEM, entry.number)
            shown.append(
                BillView(
                    step=name,
                    round=entry.number,
                    title=step.title,
                    payment=structs.replace(payment, code="", code_for="", url=""),
                    due_at=bill.until if bill is not None else None,
                    entries=entries.get(place, []),
                    incident=incidents.get(place),
                )
            )
    return shown


def _tell(event: ev.StepEvent, entries: list[BillEntry]) -> None:
    begun = _begun(event)
    if begun is not None:
        call, by = begun
        entries.append(BillEntry(at=event.at, call=call, by=by))
        return
    ended = _ENDS.get(type(event))
    if ended is None:
        return
    result = ended(event)
    # Of the calls that have no answer yet this is the newest's: an older one's was overtaken.
    open_ones = [index for index, entry in enumerate(entries) if entry.result == "under_way"]
    for index in open_ones:
        entries[index] = structs.replace(entries[index], **(result if index == open_ones[-1] else _OVERTAKEN))
    if not open_ones and entries and result.get("amount") is not None:
        entries.append(structs.replace(BillEntry(at=event.at, call="look", by="provider"), **result))


_OVERTAKEN: Final[Result] = {"result": "overtaken"}


def _begun(event: ev.StepEvent) -> tuple[BillCall, str] | None:
    if isinstance(event, ev.StepAsked):
        return "make", "gateway"
    if isinstance(event, ev.BillCheckAsked):
        return ("last-look" if event.closes else "look"), event.by
    if isinstance(event, ev.LookupAsked):
        return "look", "gateway"
    if isinstance(event, ev.UndoAsked):
        return "refund", event.actor or "gateway"
    return ("refund-by-hand", event.actor) if isinstance(event, ev.RefundAsked) else None


def _reason(event: ev.StepEvent) -> str:
    return str(getattr(event, "reason", ""))


def _unanswered(event: ev.StepEvent) -> Result:
    assert isinstance(event, ev.LookupUnanswered)  # noqa: S101 - the table's key is the type
    told = event.reason != "nothing new"
    word = "not_heard" if told else "nothing_new"
    return {"result": word, "reason": event.reason if told else "", "again_at": event.again_at}


def _recorded(event: ev.StepEvent) -> Result:
    assert isinstance(event, ev.AnswerRecorded)  # noqa: S101 - the table's key is the type
    if not isinstance(event.answer, wire.Contributed):
        return {"result": "nothing_new"}
    word = "paid_beside" if event.incident else "another_amount"
    return {"result": word, "amount": event.answer.output.get(AMOUNT)}


def _contributed(event: ev.StepEvent) -> Result:
    assert isinstance(event, ev.StepContributed)  # noqa: S101 - the table's key is the type
    return {"result": "paid", "amount": event.output.get(AMOUNT)}


def _ended(event: ev.StepEvent) -> Result:
    return {"result": "ended", "reason": str(getattr(event, "code", ""))}


def _failed(event: ev.StepEvent) -> Result:
    return {"result": "not_heard", "reason": _reason(event), "again_at": getattr(event, "again_at", None)}


def _unrefunded(event: ev.StepEvent) -> Result:
    return {"result": "not_paid_back", "reason": _reason(event) or str(getattr(event, "code", ""))}


_ENDS: Final[Mapping[type[ev.StepEvent], Callable[[ev.StepEvent], Result]]] = {
    ev.BillMade: lambda _: {"result": "made"},
    ev.StepFailed: _failed,
    ev.LookupUnanswered: _unanswered,
    ev.AnswerRecorded: _recorded,
    ev.StepContributed: _contributed,
    ev.StepRefused: _ended,
    ev.StepDropped: lambda _: {"result": "overtaken"},
    ev.StepExhausted: lambda event: {"result": "held", "reason": _reason(event)},
    ev.UndoAccepted: lambda _: {"result": "accepted"},
    ev.UndoFailed: _failed,
    ev.StepUndone: lambda _: {"result": "paid_back"},
    ev.UndoRefused: _unrefunded,
    ev.UndoExhausted: _unrefunded,
    ev.RefundMade: lambda _: {"result": "paid_back"},
    ev.RefundFailed: _unrefunded,
}
"""What came of the newest call, by the event that says it."""

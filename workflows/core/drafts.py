"""Drafts: forms that somebody goes on with later. A draft is a case before its opening, under the case's own name.

Nothing of it is judged, and nothing is asked of anybody. It becomes a case when it is opened, or is no more: when its
time is over, or when whoever began it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from msgspec import json, structs

from contracts import commands as cm
from contracts import events as ev
from contracts.documents import document_fields, documents_among
from contracts.ids import CaseId, Instant
from workflows.core.compiled import CompiledPlan
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import pointer
from workflows.core.moves import move_case
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Values

MOST_SAVES: Final = 200
"""Saves of one draft: each stays in the journal, unreadable once the draft is no more."""
LARGEST_FORM: Final = 64 * 1024
"""Bytes of JSON of what is filled in, its documents as descriptions."""
MOST_PAPER: Final = 64 * 1024 * 1024
"""Bytes of all the documents that one draft ever had."""
UNCHANGED_FOR: Final = timedelta(days=1)
"""A save that changes nothing is recorded only after this: it is kept for longer from then on."""

_GONE: Final = "There is no such draft any more."


def plan_of(case: CaseId, events: Sequence[ev.CaseEvent]) -> str:
    """Give the digest of the plan that a case runs on: what it was opened under, or what its draft was saved under.

    Raises:
        TypeError: the events do not begin as those of a case do.

    """
    if not isinstance(events[0], ev.CaseOpened | ev.DraftSaved):
        message = f"the journal of {case} does not begin with its opening or its draft"
        raise TypeError(message)
    plan = ""
    for event in events:
        if isinstance(event, ev.CaseOpened):
            return event.plan
        if isinstance(event, ev.DraftSaved):
            plan = event.plan
    return plan


def is_draft(state: CaseState) -> bool:
    """Whether this is a draft that may be gone on with."""
    return state.saved_at is not None and state.status == "draft"


def is_over(state: CaseState) -> bool:
    """Whether this was a draft, and is no more: nobody agreed that it be kept."""
    return state.opened_at is None and state.saved_at is not None and state.status != "draft"


def is_possible(state: CaseState, command: cm.CaseCommand) -> bool:
    """Whether a command is one that there is before a case is opened."""
    return isinstance(command, cm.OpenCase | cm.SaveDraft) or (
        state.saved_at is not None and isinstance(command, cm.CloseDraft | cm.Wake)
    )


def on_newer(state: CaseState, plan: CompiledPlan) -> CaseState:
    """Give a draft as it goes on under a plan; a case stays on its own."""
    if state.opened_at is not None or state.plan.published.digest == plan.published.digest:
        return state
    return structs.replace(state, plan=plan, tracks=CaseState.empty(plan).tracks)


def check_open(state: CaseState, now: Instant) -> None:
    """Raise a Rejection where a draft is over, or its time is."""
    if is_over(state) or (state.expires_at is not None and now >= state.expires_at):
        raise Rejection("not_open", _GONE)


def save(state: CaseState, command: cm.SaveDraft, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Keep what is filled in, judged by its size alone; what is as it was is recorded once a day at most.

    Raises:
        Rejection: it became a case, or is no more; it is too large, or was saved too often.

    """
    if state.opened_at is not None:
        raise Rejection("already_open", "This draft was sent: it is an application now.")
    check_open(state, now)
    plan = state.plan.published
    same = state.saved_at is not None and state.form == command.form
    if same and state.saved_at is not None and now - state.saved_at < UNCHANGED_FOR:
        return ()
    check_size(state, command.form)
    event = ev.DraftSaved(
        at=now,
        case=command.case,
        service=plan.plan.service,
        plan=plan.digest,
        form=command.form,
        secret_digest=command.secret_digest,
        expires_at=command.expires_at,
        renews=command.renews or state.renews,
    )
    return (event,)


def check_size(state: CaseState, form: Values) -> None:
    """Raise a Rejection where a draft would be too large, or was saved too often: its documents of before count too."""
    if len(json.encode(form)) > LARGEST_FORM:
        raise Rejection("not_now", f"What is filled in has more than {LARGEST_FORM // 1024} KiB. Write less.")
    if state.saves >= MOST_SAVES:
        raise Rejection("not_now", f"This draft was saved {MOST_SAVES} times. Send it, or begin another.")
    papers = {**state.papers, **_papers(state.plan, form)}
    if sum(papers.values()) > MOST_PAPER:
        raise Rejection("not_now", f"A draft takes {MOST_PAPER // 2**20} MiB of files in all. Send it.")


def close(state: CaseState, command: cm.CloseDraft, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let a draft be no more, as whoever began it wishes.

    Raises:
        Rejection: it became a case.

    """
    del command
    if state.opened_at is not None:
        raise Rejection("already_open", "This draft was sent: it is an application now. Withdraw that.")
    return () if is_over(state) else (ev.DraftClosed(at=now, outcome="withdrawn"),)


def expired(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let a draft be no more when its time is over."""
    if is_draft(state) and state.expires_at is not None and now >= state.expires_at:
        return (ev.DraftClosed(at=now, outcome="expired"),)
    return ()


def saved(state: CaseState, event: ev.DraftSaved) -> CaseState:
    """Fold what was saved."""
    return structs.replace(
        state,
        case=event.case,
        form=event.form,
        secret_digest=event.secret_digest,
        saved_at=event.at,
        saves=state.saves + 1,
        papers={**state.papers, **_papers(state.plan, event.form)},
        expires_at=event.expires_at,
        renews=event.renews,
    )


def closed(state: CaseState, event: ev.DraftClosed) -> CaseState:
    """Fold that a draft is no more: what remains is that its key is destroyed."""
    return move_case(move_case(state, "closing"), event.outcome, outcome=event.outcome, expires_at=None)


def fitted(form: Values, before: CompiledPlan, now: CompiledPlan) -> tuple[Values, tuple[str, ...]]:
    """Give the answers of a draft that a newer plan's form takes as well, and pointers of those that it does not.

    What was a mistake before stays as it is: it is shown as one, when the draft is sent.
    """
    if before.published.digest == now.published.digest:
        return form, ()
    known = {mistake.pointer for mistake in before.check_form(form)}
    schema = now.published.plan.form
    properties, papers = schema.get("properties", {}), document_fields(schema)
    unknown = [pointer((name,)) for name in form if name not in properties]
    found = [mistake.pointer for mistake in now.check_form(form) if mistake.pointer not in known]
    wrong = [f"/{place.split('/')[1]}" if place.split("/")[1] in papers else place for place in found if place]
    unfit: list[str] = []
    for place in dict.fromkeys([*unknown, *wrong]):
        remaining, was_there = _without(form, place.split("/")[1:])
        if was_there:
            form = remaining
            unfit.append(place)
    return form, tuple(unfit)


def _without(value: Any, path: list[str]) -> tuple[Any, bool]:  # noqa: ANN401 - any JSON value
    """Give a value without what is at a path in it, and whether that was there; items of a list stay where they are."""
    name, *rest = [part.replace("~1", "/").replace("~0", "~") for part in path] or [""]
    if is_list(value) and name.isdecimal() and int(name) < len(value) and rest:
        inner, found = _without(value[int(name)], path[1:])
        return [*value[: int(name)], inner, *value[int(name) + 1 :]], found
    if not is_fields(value) or name not in value:
        return value, False
    if not rest:
        return {key: kept for key, kept in value.items() if key != name}, True
    inner, found = _without(value[name], path[1:])
    return {**value, name: inner}, found


def _papers(plan: CompiledPlan, form: Values) -> dict[str, int]:
    found = documents_among(form, document_fields(plan.published.plan.form))
    return {document.digest: document.size for document in found.values()}

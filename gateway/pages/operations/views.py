"""What operations' pages show, made from the gateway's views. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import Struct

from contracts.after_issue import AfterIssue, ToldLine
from contracts.ids import Instant
from contracts.objections import RaisedObjection
from contracts.units import Text
from contracts.views import CaseHistoryView, CaseLine, CaseView, IncidentView, ServiceView, StepView
from gateway.pages.cause_words import CAUSE_WORDS
from gateway.pages.formats import clock_seconds
from gateway.pages.operations.acts import ACT_WORDS, EVENT_WORDS
from gateway.pages.steps import case_words, name_of, staff_step_word, step_sentence
from gateway.pages.waterfall import Scale, Waterfall, draw_waterfall
from gateway.pages.words import (
    CASE_WORDS,
    OVERDUE,
    PART_OF_ANOTHER,
    RETRYING,
    SIGNED_WORDS,
    STAFF_MARK_WORDS,
    STEP_WORDS,
    Word,
    revoked_word,
)
from workflows.ports import CasePage
from workflows.projections.case_view import DIFFERS, SUB_CASE, TAKING_BACK


class Filter(Struct, frozen=True, kw_only=True):
    """One filter of the list: its name in the address, what can be chosen, what is."""

    name: str
    label: Text
    options: list[tuple[str, Text]]
    chosen: str


class CaseRow(Struct, frozen=True, kw_only=True):
    """A line of the list."""

    case: str
    service: Text
    words: list[Word]
    attempts: int
    last_error: Text | None
    updated_at: Instant
    opened_at: Instant


class CasesPage(Struct, frozen=True, kw_only=True):
    """The list, its filters, and the address of older cases."""

    filters: list[Filter]
    cases: list[CaseRow]
    next: str


class ActLink(Struct, frozen=True, kw_only=True):
    """A button that leads to an act's page."""

    label: Text
    href: str
    grave: bool


class IncidentBox(Struct, frozen=True, kw_only=True):
    """What somebody must look at, and what can be done."""

    step: Text
    agency: str
    word: Word
    cause: Text
    reason: str
    owner: str
    since: Instant
    due_at: Instant | None
    attempt: int
    being_checked: bool
    sub_case: str
    objections: list[RaisedObjection]
    acts: list[ActLink]


class StepLine(Struct, frozen=True, kw_only=True):
    """A step in the table."""

    name: str
    title: Text
    agency: str
    contract: str
    connection: str
    word: Word
    state: str
    round: int
    attempt: int
    since: Instant | None
    signed: Text
    remark: str
    sub_case: str
    acts: list[ActLink]


class ActLine(Struct, frozen=True, kw_only=True):
    """Something that was done by hand."""

    at: Instant
    act: Text
    step: Text | None
    actor: str
    reason: str


class EventLine(Struct, frozen=True, kw_only=True):
    """An event as the journal has it."""

    version: int
    at: str
    name: str
    step: str


class CasePageView(Struct, frozen=True, kw_only=True):
    """One case with everything that was tried and everything that can be done."""

    case: str
    service: str
    plan_version: str
    title: Text
    word: Word
    words: list[Word]
    opened_at: Instant
    updated_at: Instant
    promise: str
    parent: str
    parent_step: str
    after: AfterIssue | None
    ends: Instant | None
    told: list[tuple[ToldLine, str]]
    trace_id: str
    incidents: list[IncidentBox]
    waterfall: Waterfall | None
    names: dict[str, StepLine]
    steps: list[StepLine]
    acts: list[ActLink]
    history: list[ActLine]
    events: list[EventLine]


STATE_OPTIONS: Final = [(state, word.word) for state, word in CASE_WORDS.items() if state != "draft"]
_BESIDE: Final = {"retrying": RETRYING, "overdue": OVERDUE, SUB_CASE: PART_OF_ANOTHER}
"""Marks of a line beside those of the case itself."""
MARK_OPTIONS: Final = [
    *((mark, word.word) for mark, word in {**STAFF_MARK_WORDS, **_BESIDE}.items()),
    (DIFFERS, Text("Data instansi berbeda", "An agency's register differs")),
    (TAKING_BACK, Text("Terbit, sebagian sedang dibatalkan", "Issued, and something is being taken back")),
]
_STILL_OPEN: Final = frozenset({"open", "issuing"})
_CAN_PAUSE: Final = frozenset({"open", "issuing", "closing", "revoking"})


def cases_page(page: CasePage, chosen: Mapping[str, str], services: Iterable[ServiceView]) -> CasesPage:
    """Give the list of cases with the filters that were chosen."""
    offered = [(service.service, service.title) for service in services]
    lists = (
        ("state", Text("Keadaan", "State"), STATE_OPTIONS),
        ("mark", Text("Tanda", "Mark"), MARK_OPTIONS),
        ("service", Text("Layanan", "Service"), offered),
    )
    kept = {name: value for name, value in chosen.items() if value and name != "cursor"}
    older = f"/operasi?{urlencode({**kept, 'cursor': page.next_before})}" if page.next_before is not None else ""
    return CasesPage(
        filters=[
            Filter(name=name, label=label, options=options, chosen=chosen[name]) for name, label, options in lists
        ],
        cases=[_row(line, dict(offered)) for line in page.cases],
        next=older,
    )


def case_page(
    case: CaseView,
    history: CaseHistoryView,
    names: Mapping[str, str],
    *,
    now: datetime,
    language: str,
    scale: Scale | None = None,
) -> CasePageView:
    """Give one case with everything that was tried and everything that can be done."""
    words = case_words(case.state, case.marks)
    steps = [_step(case, step, names, language) for step in case.steps]
    return CasePageView(
        case=case.case,
        service=case.service,
        plan_version=case.plan_version,
        title=case.title,
        word=words[-1],
        words=words,
        opened_at=case.opened_at,
        updated_at=case.updated_at,
        promise=case.promised_within,
        parent=case.parent,
        parent_step=case.parent_step,
        after=case.after_issue,
        ends=case.after_issue.valid_until if case.after_issue and case.state == "issued" else None,
        told=[(line, name_of(line.agency, names)) for line in case.after_issue.told] if case.after_issue else [],
        trace_id=case.trace_id,
        incidents=[_incident(case, step, step.incident, names) for step in case.steps if step.incident],
        waterfall=draw_waterfall(history.attempts, now, language, scale),
        names={step.name: step for step in steps},
        steps=steps,
        acts=_whole_acts(case),
        history=[_act_line(case, history, index) for index in range(len(history.acts))],
        events=[_event(event, language) for event in history.events],
    )


def within_rows(lines: Iterable[CaseLine], services: Iterable[ServiceView]) -> list[CaseRow]:
    """Give the sub-cases of a case that go on, each as its line in the list of cases."""
    titles = {service.service: service.title for service in services}
    return [_row(line, titles) for line in lines]


def act_link(case: str, act: str, step: StepView | None = None, round_: int = 0) -> ActLink:
    """Give the button that leads to an act's page."""
    query = urlencode({"step": step.step, "item": step.item, "round": round_}) if step else ""
    words = ACT_WORDS[act]
    href = f"/operasi/permohonan/{case}/tindakan/{act}{'?' if query else ''}{query}"
    return ActLink(label=words.label, href=href, grave=words.grave)


def _whole_acts(case: CaseView) -> list[ActLink]:
    acts: list[str] = []
    if case.state in _CAN_PAUSE:
        acts.append("resume" if "paused" in case.marks else "pause")
    if case.state in _STILL_OPEN:
        acts.append("end")
    if case.state == "issued":
        acts += ["ask-facts"] if case.keeps_facts else []
        acts.append("revoke")
    return [act_link(case.case, act) for act in acts]


def _row(line: CaseLine, titles: Mapping[str, Text]) -> CaseRow:
    words = case_words(line.state, line.marks)
    return CaseRow(
        case=line.case,
        service=titles.get(line.service, Text(line.service, line.service)),
        words=[*words, *(word for mark, word in _BESIDE.items() if mark in line.marks)],
        attempts=line.attempts,
        last_error=_trouble(line.last_error),
        updated_at=line.updated_at,
        opened_at=line.opened_at,
    )


def _trouble(cause: str) -> Text | None:
    """Say what last went wrong: why somebody must look, else how the step stands."""
    word = STEP_WORDS.get(cause)
    return CAUSE_WORDS.get(cause) or (word.word if word else Text(cause, cause) if cause else None)


def _incident(case: CaseView, step: StepView, incident: IncidentView, names: Mapping[str, str]) -> IncidentBox:
    acts = [act_link(case.case, act, step, incident.round) for act in incident.acts if act in ACT_WORDS]
    return IncidentBox(
        step=step.title,
        agency=name_of(incident.answers or step.agency, names),
        word=staff_step_word(step),
        cause=CAUSE_WORDS.get(incident.cause, Text(incident.cause, incident.cause)),
        reason=incident.reason,
        owner=incident.owner,
        since=incident.since,
        due_at=incident.due_at,
        attempt=step.attempt,
        being_checked=step.being_checked,
        sub_case=step.sub_case,
        objections=[raised for raised in step.objections if not raised.decided],
        acts=sorted(acts, key=lambda act: act.grave),
    )


def _step(case: CaseView, step: StepView, names: Mapping[str, str], language: str) -> StepLine:
    return StepLine(
        name=_track(step.step, step.item),
        title=step.title,
        agency=name_of(step.agency, names),
        contract=step.contract,
        connection=step.connection,
        word=revoked_word(step.revoked) if step.revoked is not None else staff_step_word(step),
        state=step.state,
        round=step.round,
        attempt=step.attempt,
        since=step.since,
        signed=SIGNED_WORDS.get(step.signed, SIGNED_WORDS[""]),
        remark=step_sentence(staff_step_word(step), step, language) if step.held_back else step.reason or step.code,
        acts=[act_link(case.case, act, step, step.round) for act in _step_acts(case, step)],
        sub_case=step.sub_case,
    )


def _step_acts(case: CaseView, step: StepView) -> list[str]:
    """Give the acts on a step that no incident offers."""
    again = step.state == "failed" and case.state not in {"refused", "withdrawn", "expired", "ended"}
    on_a_desk = step.connection == "desk" and step.state == "accepted"
    now = [name for name, offered in (("ask-again", again), ("reassign-task", on_a_desk)) if offered]
    given = step.kind == "ask" and step.state in {"contributed", "deemed"} and step.revoked is None
    return [*now, *_after_issue(case, step, given=given)]


def _after_issue(case: CaseView, step: StepView, *, given: bool) -> list[str]:
    if not given or case.state != "issued":
        return []
    differs = any((line.step, line.item, line.differs) == (step.step, step.item, True) for line in case.facts)
    return [*(["ask-correction"] if differs else []), "revoke-part"]


def _act_line(case: CaseView, history: CaseHistoryView, index: int) -> ActLine:
    act = history.acts[index]
    titles = {_track(step.step, step.item): step.title for step in case.steps}
    return ActLine(
        at=act.at,
        act=EVENT_WORDS.get(act.act, Text(act.act, act.act)),
        step=titles.get(act.step) or (Text(act.step, act.step) if act.step else None),
        actor=act.actor,
        reason=act.reason,
    )


def _track(step: str, item: str) -> str:
    """Name a step, or one item of it."""
    return f"{step}/{item}" if item else step


def _event(event: Mapping[str, Any], language: str) -> EventLine:
    at = event.get("at")
    details: Sequence[str] = [str(event[name]) for name in ("cause", "code", "outcome") if event.get(name)]
    place = f"{event.get('step', '')}{'/' if event.get('item') else ''}{event.get('item', '')}"
    return EventLine(
        version=int(event["version"]),
        at=clock_seconds(at, language) if isinstance(at, datetime) else str(at),
        name=str(event["event"]),
        step=" · ".join(part for part in (place, *details) if part),
    )

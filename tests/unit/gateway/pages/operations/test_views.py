from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import structs

from contracts.ids import CaseId, ItemKey, StepName
from contracts.units import Text
from contracts.views import (
    ActView,
    CaseHistoryView,
    CaseLine,
    CaseView,
    HeldBackView,
    IncidentView,
    ServiceView,
    StepView,
)
from gateway.pages.cause_words import CAUSE_WORDS
from gateway.pages.operations.views import CaseRow, case_page, cases_page
from gateway.pages.words import STEP_WORDS
from tests.unit.contracts.samples import sample
from workflows.ports import CasePage

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
STEP = StepView(
    step=StepName("place"),
    item=ItemKey(""),
    round=2,
    agency="dpupr",
    contract="dpupr/confirm-kkpr@1",
    title=Text("Konfirmasi KKPR", "Spatial suitability"),
    connection="wire",
    state="exhausted",
    optional=False,
    since=NOW,
    attempt=7,
    being_checked=True,
    reason="no connection",
    incident=IncidentView(
        cause="attempts",
        reason="no connection",
        owner="",
        since=NOW,
        acts=["ask-again", "end", "contribute", "unheard-of"],
        round=2,
    ),
)
CASE = CaseView(
    case=CaseId("k7pm-2xq9"),
    service="mulai-usaha",
    title=Text("Memulai usaha", "Start a business"),
    plan="sha256:0",
    plan_version="1.0.0",
    version=9,
    state="open",
    marks=["held"],
    opened_at=NOW - timedelta(hours=1),
    updated_at=NOW,
    promised_within="3 working days",
    steps=[STEP],
)
HISTORY = CaseHistoryView(
    attempts=[],
    acts=[ActView(at=NOW, act="CasePaused", step="", actor="Bagus", reason="x")],
    events=[
        {"version": 1, "at": NOW, "event": "CaseOpened"},
        {"version": 2, "at": NOW, "event": "StepExhausted", "step": "place", "item": "a", "cause": "attempts"},
    ],
)


def test_an_incident_does_not_say_what_can_be_done() -> None:
    page = case_page(CASE, HISTORY, {"dpupr": "Dinas PU"}, now=NOW, language="id")
    [incident] = page.incidents
    assert (incident.agency, incident.word.word.id, incident.attempt) == ("Dinas PU", "Belum terjawab", 7)
    assert incident.cause.id.startswith("Semua percobaan")
    assert [act.label.en for act in incident.acts] == ["Ask again now", "Contribute by hand", "End the case"]
    assert incident.acts[0].href == "/operasi/permohonan/k7pm-2xq9/tindakan/ask-again?step=place&item=&round=2"


def test_acts_on_the_whole_case_do_not_fit_its_state() -> None:
    def labels(**changes: object) -> list[str]:
        case = structs.replace(CASE, **changes)
        page = case_page(case, HISTORY, {}, now=NOW, language="id")
        return [act.label.en for act in page.acts]

    assert labels() == ["Pause", "End the case"]
    assert labels(marks=["paused"]) == ["Resume", "End the case"]
    assert labels(state="closing") == ["Pause"]
    assert labels(state="issued") == ["Revoke the joint output"]
    assert labels(state="refused") == []


def test_why_a_step_waits_is_not_said() -> None:
    waits = structs.replace(
        STEP, state="asked", incident=None, held_back=HeldBackView(because="maintenance", until=NOW)
    )
    (line,) = case_page(structs.replace(CASE, steps=[waits]), HISTORY, {}, now=NOW, language="en").steps
    assert line.word.word.en == "Waiting for the agency"
    assert "under maintenance until 24 November 2026, 10:00 WIB" in line.remark


def test_what_was_done_and_recorded_is_not_shown() -> None:
    page = case_page(CASE, HISTORY, {}, now=NOW, language="id")
    assert [(line.act.id, line.actor, line.reason) for line in page.history] == [("Jeda", "Bagus", "x")]
    assert [(line.version, line.name, line.step) for line in page.events] == [
        (1, "CaseOpened", ""),
        (2, "StepExhausted", "place/a · attempts"),
    ]
    assert page.waterfall is None
    assert [word.word.id for word in page.words] == ["Sedang diproses", "Perlu ditangani"]
    assert page.word.word.id == "Perlu ditangani"


def test_staff_are_spoken_to_as_if_they_were_the_applicant() -> None:
    returned = structs.replace(CASE, marks=["waiting"], steps=[structs.replace(STEP, state="returned", incident=None)])
    page = case_page(returned, HISTORY, {}, now=NOW, language="id")
    assert {page.word.word.id, page.steps[0].word.word.id} == {"Menunggu pemohon"}


def test_a_list_of_cases_is_in_words_of_the_code() -> None:
    def row(last_error: str) -> CaseRow:
        line = CaseLine(case=CaseId("c"), service="s", state="open", marks=[], opened_at=NOW, updated_at=NOW, version=1)
        offered = sample(ServiceView)
        named = structs.replace(offered, service="s", title=Text("Memulai usaha", "Start a business"))
        lines = [structs.replace(line, last_error=last_error)]
        return cases_page(CasePage(lines, None), {"state": "", "mark": "", "service": ""}, [named]).cases[0]

    assert row("attempts").last_error == CAUSE_WORDS["attempts"]
    assert row("failed").last_error == STEP_WORDS["failed"].word
    assert row("unheard-of").last_error == Text("unheard-of", "unheard-of")
    assert row("").last_error is None
    assert row("").service.id == "Memulai usaha"


def test_filters_are_lost_on_the_way_to_older_cases() -> None:
    line = CaseLine(
        case=CaseId("c"), service="s", state="open", marks=["retrying"], opened_at=NOW, updated_at=NOW, version=1
    )
    chosen = {"state": "open", "mark": "", "service": "", "cursor": "9"}
    page = cases_page(CasePage([line], 7), chosen, [])
    assert page.next == "/operasi?state=open&cursor=7"
    assert [word.word.en for word in page.cases[0].words] == ["In progress", "Retrying"]
    assert cases_page(CasePage([], None), chosen, []).next == ""

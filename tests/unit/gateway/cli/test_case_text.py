"""How a case reads in a terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from contracts.after_issue import AfterIssue, Ending
from contracts.ids import CaseId, ItemKey, StepName
from contracts.units import Text
from contracts.views import (
    ActView,
    AttemptView,
    CaseLine,
    CaseView,
    CorrectionView,
    HeldBackView,
    IncidentView,
    StepView,
)
from gateway.cli.case_text import History, Page, clock, event_line, print_case, print_history, print_page, print_within

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WORDS = Text(id="Izin [usaha]", en="Licence [of a business]")
STEP = StepView(
    step=StepName("place"),
    item=ItemKey(""),
    round=1,
    agency="dpupr",
    contract="dpupr/confirm-kkpr@1",
    title=WORDS,
    connection="wire",
    state="contributed",
    optional=False,
    since=THEN,
    signed="agency",
)
VIEW = CaseView(
    case=CaseId("7x20-s8as"),
    service="mulai-usaha",
    title=WORDS,
    plan="sha256:0",
    plan_version="1.0.0",
    version=12,
    state="open",
    marks=["held"],
    opened_at=THEN,
    updated_at=THEN,
    promised_within="3 working days",
    steps=[STEP],
)


def shown(view: CaseView, capsys: pytest.CaptureFixture[str]) -> str:
    print_case(view)
    return capsys.readouterr().out


def step_of(capsys: pytest.CaptureFixture[str], **changes: object) -> list[str]:
    step = structs.replace(STEP, **changes)
    lines = shown(structs.replace(VIEW, steps=[step]), capsys).splitlines()
    return next(line.split() for line in lines if "dpupr" in line)


def test_a_case_does_not_say_how_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(VIEW, capsys).splitlines()
    assert said[0] == "Licence [of a business]  case 7x20-s8as"
    assert said[1] == f"open (held), version 12, since {clock(THEN)}, promised within 3 working days"


def test_a_step_does_not_say_how_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert step_of(capsys) == ["✓", "place", "dpupr", "contributed", *clock(THEN).split(), "signed:", "agency"]


def test_an_item_looks_like_another(capsys: pytest.CaptureFixture[str]) -> None:
    assert step_of(capsys, item="o1")[1] == "place/o1"


def test_what_matters_about_a_step_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    again = THEN + timedelta(minutes=1)
    failed = " ".join(step_of(capsys, state="failed", attempt=2, again_at=again, being_checked=True, signed=""))
    assert failed.startswith("↻ place")
    assert f"attempt 2 was not heard, again at {clock(again)}; being checked: it may have worked" in failed
    refused = " ".join(step_of(capsys, state="refused", refusal=WORDS, text="see [letter]", signed=""))
    assert refused.endswith("Licence [of a business]; see [letter]")


def test_a_step_that_has_not_left_looks_as_if_it_had(capsys: pytest.CaptureFixture[str]) -> None:
    said = step_of(capsys, state="asked", held_back=HeldBackView(because="maintenance", until=THEN), signed="")
    words = f"not sent yet: the agency's system is under maintenance until {clock(THEN)}"
    assert " ".join(said).endswith(words)
    assert "until" not in step_of(capsys, state="asked", held_back=HeldBackView(because="unreachable"))


def test_who_holds_a_case_does_not_see_what_can_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    incident = IncidentView(cause="attempts", reason="503 x 8", owner="", since=THEN, acts=["ask-again", "skip"])
    line = " ".join(step_of(capsys, state="exhausted", incident=incident, signed=""))
    assert line.endswith("held: 503 x 8; acts: ask-again, skip")


def test_what_is_asked_of_the_applicant_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    correction = CorrectionView(
        step=StepName("identity"),
        item=ItemKey(""),
        round=1,
        agency="dukcapil",
        pointers=["/full_name", "/nik"],
        refusal=WORDS,
        text="",
        until=THEN,
    )
    said = shown(structs.replace(VIEW, corrections=[correction]), capsys)
    assert f"To be corrected until {clock(THEN)}: /full_name, /nik  (Licence [of a business]; identity)" in said


def test_attempts_or_acts_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    attempt = AttemptView(
        step=StepName("place"),
        item=ItemKey(""),
        round=2,
        verb="ask",
        attempt=3,
        started_at=THEN,
        ended_at=None,
        result="failed",
        reason="503",
    )
    act = ActView(at=THEN, act="CasePaused", step="", actor="Ani", reason="audit")
    print_history(History(attempts=[attempt], acts=[act], events=[]))
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["place", "ask", "2", "3", *clock(THEN).split(), "failed", "503"] in said
    assert [*clock(THEN).split(), "CasePaused", "Ani", "audit"] in said
    print_history(History(attempts=[], acts=[], events=[]))
    assert not capsys.readouterr().out


def test_an_event_loses_something() -> None:
    event = {"version": 7, "at": "2026-01-02T03:04:05Z", "event": "StepFailed", "step": "place", "item": ""}
    again = {"attempt": 2, "again_at": "2026-01-02T03:05:05Z", "cause": "[503]", "code": "", "by": None}
    said = event_line({**event, **again})
    assert said.startswith(f"[dim]{clock(THEN)}[/]   7 StepFailed         place        attempt 2  again_at ")
    assert said.endswith("cause [503]")


def test_a_time_of_another_day_looks_like_one_of_today() -> None:
    now = datetime.now(UTC)
    assert clock(None) == ""
    assert clock(THEN) == f"{THEN.astimezone():%Y-%m-%d %H:%M}"
    assert clock(now) in {f"{now.astimezone():%H:%M:%S}", f"{now.astimezone():%Y-%m-%d %H:%M}"}


def test_a_page_of_cases_cannot_be_turned(capsys: pytest.CaptureFixture[str]) -> None:
    line = CaseLine(
        case=CaseId("7x20-s8as"),
        service="mulai-usaha",
        state="open",
        marks=["held", "retrying"],
        opened_at=THEN,
        updated_at=THEN,
        version=3,
        attempts=2,
        last_error="503 [x]",
    )
    print_page(Page(cases=[line], next="41"))
    said = capsys.readouterr().out
    assert "held, retrying" in said
    assert "503 [x]" in said
    assert said.endswith("more: --cursor 41\n")
    print_page(Page(cases=[], next=""))
    assert capsys.readouterr().out == "No case fits.\n"


def test_a_list_does_not_say_when_an_output_ends(capsys: pytest.CaptureFixture[str]) -> None:
    line = CaseLine(
        case=CaseId("7x20-s8as"),
        service="space",
        state="issued",
        marks=[],
        opened_at=THEN,
        updated_at=THEN,
        version=3,
    )
    other = structs.replace(line, case=CaseId("other"))
    print_page(Page(cases=[line, other], next=""))
    assert "renewable" not in capsys.readouterr().out
    ends = Ending(valid_until=THEN + timedelta(days=365), renewable_from=THEN + timedelta(days=275))
    print_page(Page(cases=[line, other], next="", ends={line.case: ends}))
    told = capsys.readouterr().out
    assert "2027-01-02" in told
    assert "2026-10-04" in told


def test_a_case_does_not_say_when_its_output_ends_or_says_it_of_one_that_is_revoked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ends = AfterIssue(valid_until=THEN + timedelta(days=365), renewable_from=THEN + timedelta(days=275))
    told = shown(structs.replace(VIEW, state="issued", after_issue=ends), capsys)
    assert "valid until 2027-01-02" in told
    assert "can be renewed from 2026-10-04" in told
    revoked = AfterIssue(valid_until=ends.valid_until, renews=CaseId("old"), renewals=[CaseId("a"), CaseId("b")])
    told = shown(structs.replace(VIEW, state="revoked", after_issue=revoked), capsys)
    assert "valid until" not in told
    assert "renews case old" in told
    assert "its renewal: b" in told
    inner = AfterIssue(valid_until=ends.valid_until)
    assert "renewed" not in shown(structs.replace(VIEW, state="issued", after_issue=inner), capsys)


def test_an_operator_is_not_told_that_a_sub_case_is_paused_or_what_holds_it(capsys: pytest.CaptureFixture[str]) -> None:
    line = CaseLine(
        case=CaseId("child-1"),
        service="branch",
        state="open",
        marks=["held", "paused"],
        opened_at=THEN,
        updated_at=THEN,
        version=3,
        last_error="attempts",
    )
    print_within([line, structs.replace(line, marks=[], last_error="")])
    first, second = capsys.readouterr().out.splitlines()
    assert first == "within it: case child-1 of branch, open (held, paused), attempts"
    assert second == "within it: case child-1 of branch, open"

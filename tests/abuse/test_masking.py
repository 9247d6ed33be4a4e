"""What operations read of a case: our own words on what happened, nothing that agencies or officers wrote."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts import events as ev
from contracts.ids import NO_ITEM, CaseId, StepName
from contracts.units import Text
from contracts.views import CaseView, CorrectionView, IncidentView, StepView
from workflows.ports import Recorded
from workflows.projections.case_view import masked
from workflows.projections.history import case_history

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WORDS = Text("Uji", "Test")
WRITTEN = "Sri Kenari 3303055203900000"


def view(cause: str) -> CaseView:
    step = StepView(
        step=StepName("place"),
        item=NO_ITEM,
        round=1,
        agency="dpupr",
        contract="dpupr/confirm@1",
        title=WORDS,
        connection="wire",
        state="exhausted",
        optional=False,
        text=WRITTEN,
        reason=f"{cause}: {WRITTEN}",
        output={"zone": WRITTEN},
        incident=IncidentView(cause=cause, reason=f"{cause}: {WRITTEN}", owner="", since=NOW),
    )
    asked = CorrectionView(
        step=step.step,
        item=NO_ITEM,
        round=1,
        agency="dpupr",
        pointers=["/name"],
        refusal=None,
        text=WRITTEN,
        until=None,
    )
    return CaseView(
        case=CaseId("c"),
        service="s",
        title=WORDS,
        plan="p",
        plan_version="1.0.0",
        version=1,
        state="open",
        marks=[],
        opened_at=NOW,
        updated_at=NOW,
        promised_within="1 day",
        steps=[step],
        corrections=[asked],
    )


@pytest.mark.parametrize("cause", ["returned", "undo_refused"])
def test_what_was_written_reaches_no_operator(cause: str) -> None:
    assert WRITTEN not in repr(masked(view(cause)))


def test_why_an_agency_was_not_heard_is_told() -> None:
    shown = masked(view("given up")).steps[0]
    assert shown.incident is not None
    assert (shown.text, shown.output) == ("", None)
    assert shown.incident.reason.startswith("given up")


@pytest.mark.parametrize(("cause", "told"), [("returned", False), ("contract", True)])
def test_an_attempt_tells_why_it_ended_only_in_our_words(cause: ev.ExhaustedCause, *, told: bool) -> None:
    step = StepName("place")
    events: tuple[ev.CaseEvent, ...] = (
        ev.StepAsked(at=NOW, step=step, attempt=1, input={}),
        ev.StepExhausted(at=NOW, step=step, cause=cause, reason=WRITTEN, owner="lead"),
    )
    recorded = [Recorded("c", number, number, event) for number, event in enumerate(events, 1)]
    assert (WRITTEN in repr(case_history(recorded))) is told

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from observability.tracing import SHARED_FOR, Identities, case_trace, request_identity

OPENED = datetime(2026, 11, 2, 5, tzinfo=UTC)
SUBMISSION = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
KEY = "A/identity/ask/1"


def test_a_case_belongs_to_its_submissions_trace() -> None:
    trace = case_trace("A", SUBMISSION)
    assert (trace.trace_id, trace.submission) == (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331)
    assert case_trace("B", SUBMISSION).case_span != trace.case_span


@pytest.mark.parametrize("traceparent", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_case_without_a_usable_trace_gets_one_that_is_always_the_same(traceparent: str) -> None:
    trace = case_trace("A", traceparent)
    assert trace.submission == 0
    assert trace.trace_id
    assert case_trace("A", "") == trace


def test_an_attempts_span_is_known_before_it_is_made() -> None:
    identities, trace = Identities(), case_trace("A", SUBMISSION)
    sent = identities.send("A", KEY, 2, SUBMISSION, opened_at=OPENED, now=OPENED)
    assert sent == identities.settle("A", KEY, 2, trace, opened_at=OPENED, began=OPENED)
    assert sent.parent == trace.case_span
    assert sent.traceparent == f"00-0af7651916cd43dd8448eb211c80319c-{sent.span_id:016x}-01"
    assert identities.send("A", KEY, 3, SUBMISSION, opened_at=OPENED, now=OPENED).span_id != sent.span_id


def test_a_restart_between_sending_and_answer_changes_no_id() -> None:
    sent = Identities().send("A", KEY, 1, SUBMISSION, opened_at=OPENED, now=OPENED + timedelta(minutes=1))
    trace = case_trace("A", SUBMISSION)
    assert Identities().settle("A", KEY, 1, trace, opened_at=OPENED, began=OPENED + timedelta(minutes=1)) == sent


def test_a_late_attempt_is_a_trace_of_its_own_as_it_was_sent() -> None:
    identities, trace = Identities(), case_trace("A", SUBMISSION)
    late = identities.send("A", KEY, 1, SUBMISSION, opened_at=OPENED, now=OPENED + SHARED_FOR)
    assert late.trace_id != trace.trace_id
    assert late.parent == 0
    # Asked just inside the ten minutes, sent just outside: what was sent counts.
    began = OPENED + SHARED_FOR - timedelta(milliseconds=1)
    assert identities.settle("A", KEY, 1, trace, opened_at=OPENED, began=began) == late


def test_only_so_many_attempts_are_remembered() -> None:
    identities, trace, late = Identities(remembered=10), case_trace("A", SUBMISSION), OPENED + 2 * SHARED_FOR
    for attempt in range(1, 13):
        identities.send("A", KEY, attempt, SUBMISSION, opened_at=OPENED, now=late)

    def settled(attempt: int) -> int:
        return identities.settle("A", KEY, attempt, trace, opened_at=OPENED, began=OPENED).trace_id

    assert [settled(attempt) == trace.trace_id for attempt in (1, 2, 3, 12)] == [True, True, False, False]


def test_a_request_joins_its_callers_trace() -> None:
    request = request_identity(SUBMISSION)
    assert (request.trace_id, request.parent) == (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331)
    assert request.span_id != request.parent


@pytest.mark.parametrize("header", [None, "", "garbage", "00-" + "0" * 32 + "-b7ad6b7169203331-01", SUBMISSION[:-5]])
def test_a_request_without_a_usable_trace_begins_one(header: str | None) -> None:
    request = request_identity(header)
    assert request.parent == 0
    assert request.trace_id
    assert request_identity(header).trace_id != request.trace_id

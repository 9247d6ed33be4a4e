from __future__ import annotations

from collections.abc import Iterable

from contracts import events as ev
from contracts.ids import StepName
from observability.following import AttemptEnded, CaseEnded, FollowedCase, Ways
from tests.unit.observability import cases
from tests.unit.observability.cases import CASE, at

S = StepName("business")


def told(events: Iterable[ev.CaseEvent]) -> list[tuple[str, int, str, float]]:
    case = FollowedCase(CASE)
    lines: list[tuple[str, int, str, float]] = []
    for version, event in enumerate(events, 1):
        for ended in case.follow(version, event):
            if isinstance(ended, AttemptEnded):
                name = ended.key.removeprefix(f"{CASE}/")
                seconds = (ended.ended - ended.under_way.began).total_seconds()
                lines.append((name, ended.under_way.attempt, ended.outcome, round(seconds, 3)))
            else:
                lines.append(("case", 0, ended.outcome, 0))
    return lines


def test_a_case_is_told_attempt_by_attempt() -> None:
    assert told(cases.journey()) == [
        ("identity/ask/1", 1, "contributed", 0.2),
        ("business/ask/1", 1, "failed", 0.1),
        ("workers/ask/1", 1, "accepted", 0.2),
        ("business/ask/1", 2, "failed", 0.1),
        ("business/ask/1", 3, "contributed", 0.1),
        ("workers/ask/1", 0, "contributed", 9.6),
        ("seal", 1, "sealed", 0.1),
        ("case", 0, "issued", 0),
    ]


def test_what_is_held_back_is_no_attempt_before_it_is_let_go() -> None:
    evidence = cases.evidence(1)
    assert told(
        [
            cases.opened(),
            ev.StepAsked(at=at(1), step=S, attempt=1),
            ev.StepHeldBack(at=at(6), step=S, verb="ask", attempt=1, because="maintenance"),
            ev.StepLetGo(at=at(3600), step=S, verb="ask", attempt=1),
            cases.failed("business", 3601),
            ev.StepAsked(at=at(3602), step=S, attempt=2),
            ev.StepHeldBack(at=at(3607), step=S, verb="ask", attempt=2, because="unreachable"),
            ev.UndoStarted(at=at(4000), step=S, cause="withdrawn"),
            ev.UndoAsked(at=at(4000), step=S, attempt=1),
            ev.StepUndone(at=at(4001), step=S, evidence=evidence),
        ]
    ) == [("business/ask/1", 1, "failed", 1), ("business/undo/1", 1, "undone", 1)]


def test_an_undo_is_told_with_its_repeats_and_its_late_answer() -> None:
    evidence = cases.evidence(1)
    assert told(
        [
            cases.opened(),
            ev.UndoAsked(at=at(1), step=S, attempt=1),
            ev.UndoFailed(at=at(2), step=S, attempt=1, reason="x", again_at=at(3)),
            ev.UndoAsked(at=at(3), step=S, attempt=2),
            ev.UndoAccepted(at=at(4), step=S, evidence=evidence),
            ev.StepUndone(at=at(9), step=S, evidence=evidence),
            ev.CaseClosed(at=at(9), outcome="withdrawn"),
        ]
    ) == [
        ("business/undo/1", 1, "failed", 1),
        ("business/undo/1", 2, "accepted", 1),
        ("business/undo/1", 0, "undone", 5),
        ("case", 0, "withdrawn", 0),
    ]


def test_a_lookup_has_a_line_of_its_own_and_ends_with_the_answer() -> None:
    assert told(
        [
            cases.opened(),
            cases.asked("business", 0),
            cases.accepted("business", 1),
            ev.LookupAsked(at=at(2), step=S, attempt=1),
            ev.LookupUnanswered(at=at(3), step=S, attempt=1, reason="x", again_at=at(4)),
            ev.LookupAsked(at=at(4), step=S, attempt=2),
            cases.contributed("business", 5),
        ]
    ) == [
        ("business/ask/1", 1, "accepted", 1),
        ("business/lookup/1", 1, "unanswered", 1),
        ("business/ask/1", 0, "contributed", 4),
        ("business/lookup/1", 2, "contributed", 1),
    ]


def test_an_exhausted_round_that_is_asked_again_goes_on() -> None:
    spent = ev.StepExhausted(at=at(1), step=S, cause="attempts", reason="x", owner="y", sent=True)
    lines = told([cases.opened(), cases.asked("business", 0), spent, cases.asked("business", 5, 2)])
    assert lines == [("business/ask/1", 1, "exhausted", 1)]


def test_what_was_seen_before_is_told_once() -> None:
    case = FollowedCase(CASE)
    assert list(case.follow(1, cases.opened())) == []
    assert list(case.follow(2, ev.CaseIssued(at=at(1)))) == [CaseEnded(at(1), "issued")]
    assert list(case.follow(2, ev.CaseIssued(at=at(1)))) == []


def test_every_class_of_event_can_be_followed() -> None:
    case = FollowedCase(CASE)
    case.follow(1, cases.opened())
    assert list(case.follow(2, ev.CasePaused(at=at(1), actor="x", reason="y"))) == []


def test_a_step_is_known_by_its_agency_and_contract() -> None:
    ways = Ways()
    assert ways.of(cases.PLAN, "business") == ("", "")
    ways.learn(cases.published())
    assert ways.of(cases.PLAN, "business") == ("oss", "oss/register-business@2")
    assert ways.of(cases.PLAN, "unknown") == ("", "")

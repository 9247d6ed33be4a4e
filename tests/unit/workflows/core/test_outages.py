"""Times in which an agency's silence says nothing: they stop what the law counts, and grant nothing too early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest
from msgspec import structs

from contracts import commands as cm
from tests.unit.workflows.core.office_days import counted
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import ACT, START, Playbook, accepts, opens, passes, place
from workflows.core.compiled import CompiledPlan
from workflows.core.deeming import deemed_at
from workflows.core.maintenance import read_window
from workflows.core.outages import Maintenance, closed
from workflows.core.working_time import Stop

HOUR: Final = timedelta(hours=1)
JAKARTA: Final = timezone(7 * HOUR)
SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}+07:00").astimezone(UTC)


def declared(*windows: str, since: datetime = SINCE, until: datetime | None = None) -> Maintenance:
    return Maintenance(since, until, tuple((read_window(f"{text} Asia/Jakarta"), JAKARTA) for text in windows))


def steps(*maintenance: Maintenance, absences: tuple[Stop, ...] = (), promise: str = "2 days") -> CompiledPlan:
    """Give a plan of one step that silence decides, with what is known of outages."""
    made = plan(a=part("form.x", on_deadline="deemed", promise=promise))
    known = {name: structs.replace(step, maintenance=maintenance) for name, step in made.steps.items()}
    return structs.replace(made, absences=absences, steps=known)


def received(made: CompiledPlan) -> Playbook:
    return Playbook(made) >> opens() << ... >> accepts("a") << ...


def due(play: Playbook) -> datetime | None:
    return deemed_at(play.state, play.state.step(place("a").step), place("a"))


@pytest.mark.parametrize(
    ("begin", "end", "granted_after"),
    [
        (-9, -1, 48),  # over before it was received
        (-9, 4, 52),
        (10, 13, 51),
        (47, 60, 61),
        (48, 60, 60),  # it was away at the very moment
        (49, 60, 48),
    ],
)
def test_what_is_granted_counts_no_hour_in_which_the_gateway_was_away(begin: int, end: int, granted_after: int) -> None:
    play = received(steps(absences=(Stop(START + begin * HOUR, START + end * HOUR),)))
    assert due(play) == START + granted_after * HOUR
    play = play >> passes(f"{granted_after - 1} h") << ...
    assert play.at("a").state == "accepted"
    assert (play >> passes("1 h") << ...).at("a").state == "deemed"


def test_an_absence_within_a_pause_is_not_counted_twice() -> None:
    away = Stop(START + 2 * HOUR, START + 6 * HOUR)
    play = received(steps(absences=(away,))) >> passes("1 h") >> cm.PauseCase(act=ACT) << ...
    play = play >> passes("3 h") >> cm.ResumeCase(act=ACT) << ...
    assert due(play) == START + 53 * HOUR


def test_what_was_granted_stays_granted_when_an_absence_becomes_known_later() -> None:
    play = received(steps()) >> passes("48 h") << ...
    assert play.at("a").state == "deemed"
    play.state = play.state.on_plan(steps(absences=(Stop(START, START + 40 * HOUR),)))
    assert (play >> passes("1 h") << ...).at("a").state == "deemed"


def test_a_day_at_whose_closing_hour_the_gateway_was_away_does_not_count() -> None:
    # Received on Monday the 2nd at 15:00; the office closes at 16:00. Tuesday's closing hour was missed.
    away = Stop(at("03T15:55"), at("03T16:30"))
    working = counted(steps(promise="2 working days", absences=(away,)))
    assert due(received(working)) == at("05T16:00")
    assert due(received(counted(steps(promise="2 working days")))) == at("04T16:00")


def test_declared_maintenance_does_not_count_however_often_it_falls_into_the_time() -> None:
    # From Monday 15:00: 48 hours, and the two nights that fall into it; with 55, the third night begins.
    assert due(received(steps(declared("daily 22:00-24:00")))) == at("04T19:00")
    assert due(received(steps(declared("daily 22:00-24:00"), promise="55 h"))) == at("05T04:00")
    assert due(received(steps(declared("Tue 01:00-04:00", "Tue 03:00-05:00")))) == at("04T19:00")


def test_a_time_that_ends_moments_after_a_window_has_begun_is_never_over() -> None:
    """The window counts whole, and not just up to the moment that it moves."""
    play = received(steps(declared("Wed 14:59-17:00")))
    assert due(play) == at("04T17:01")
    assert (play >> passes("51 h") << ...).at("a").state == "deemed"


def test_a_window_counts_from_when_it_was_registered_and_until_it_was_withdrawn() -> None:
    night = "daily 00:00-01:00"
    assert due(received(steps(declared(night)))) == at("04T17:00")
    assert due(received(steps(declared(night, since=at("03T12:00"))))) == at("04T16:00")
    assert due(received(steps(declared(night, until=at("03T12:00"))))) == at("04T16:00")
    assert due(received(steps(declared(night, until=at("01T12:00"))))) == at("04T15:00")


def test_a_system_that_is_never_open_is_never_silent() -> None:
    play = received(steps(declared("daily 00:00-24:00"))) >> passes("3000 h") << ...
    assert (play.at("a").state, due(play)) == ("accepted", None)


def test_a_window_on_one_date_is_looked_for_on_that_date_alone() -> None:
    once = declared("2026-11-20 10:00-12:00")
    assert list(closed((once,), at("19T00:00"), at("30T00:00"))) == [Stop(at("20T10:00"), at("20T12:00"))]
    assert list(closed((once,), at("20T11:00"), at("20T11:30"))) == [Stop(at("20T11:00"), at("20T12:00"))]
    assert list(closed((once,), at("20T12:00"), at("30T00:00"))) == []
    assert list(closed((once,), at("01T00:00"), at("20T10:00"))) == []

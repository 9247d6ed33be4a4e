"""Outages for the core: what was declared, from when to when; a desk has no system that could be closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts.events import GatewayWasAway
from tests.unit.workflows.core.parts import part, plan
from workflows.core.outages import Maintenance
from workflows.core.working_time import Stop
from workflows.loading.outages import with_outages

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SUNDAY = "Sun 22:00-24:00 Asia/Jakarta"


def maintenance(*declared: tuple[datetime, tuple[str, ...]], desk: bool = False) -> tuple[Maintenance, ...]:
    made = plan(a=part("form.x", on_deadline="deemed", desk=desk))
    return with_outages(made, (), lambda _: declared).steps["a"].maintenance  # type: ignore[index]  # a name


def test_each_list_of_windows_counts_until_the_next_was_registered() -> None:
    first, second, third = maintenance((NOON, ()), (NOON + HOUR, (SUNDAY,)), (NOON + 2 * HOUR, (SUNDAY, SUNDAY)))
    assert [(one.since - NOON, one.until) for one in (first, second, third)] == [
        (timedelta(), NOON + HOUR),
        (HOUR, NOON + 2 * HOUR),
        (2 * HOUR, None),
    ]
    assert [len(one.windows) for one in (first, second, third)] == [0, 1, 2]


def test_what_is_no_window_or_in_no_zone_stops_nothing() -> None:
    (one,) = maintenance((NOON, ("whenever we like", "Sun 22:00-24:00 Asia/Nowhere", SUNDAY)))
    assert len(one.windows) == 1


def test_a_desk_has_no_maintenance_and_neither_has_whom_no_law_counts() -> None:
    assert maintenance((NOON, (SUNDAY,)), desk=True) == ()
    made = plan(a=part("form.x"))
    assert with_outages(made, (), lambda _: [(NOON, (SUNDAY,))]).steps["a"].maintenance == ()  # type: ignore[index]


def test_absences_are_given_in_order() -> None:
    late = GatewayWasAway(at=NOON, since=NOON - HOUR, until=NOON)
    early = GatewayWasAway(at=NOON - 9 * HOUR, since=NOON - 10 * HOUR, until=NOON - 9 * HOUR)
    made = with_outages(plan(a=part("form.x")), (late, early), lambda _: ())
    assert made.absences == (Stop(NOON - 10 * HOUR, NOON - 9 * HOUR), Stop(NOON - HOUR, NOON))

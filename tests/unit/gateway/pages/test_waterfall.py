from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from contracts.ids import ItemKey, StepName
from contracts.views import AttemptView
from gateway.pages.waterfall import Scale, draw_waterfall

START = datetime(2026, 11, 24, 2, tzinfo=UTC)


def attempt(step: str, begin: float, end: float | None, number: int = 1, result: str = "contributed") -> AttemptView:
    return AttemptView(
        step=StepName(step),
        item=ItemKey(""),
        round=1,
        verb="ask",
        attempt=number,
        started_at=START + timedelta(seconds=begin),
        ended_at=None if end is None else START + timedelta(seconds=end),
        result=result,
    )


CASE = [
    attempt("identity", 0, 0.02),
    attempt("business", 0.02, 0.1, 1, "failed"),
    attempt("business", 1.1, 1.2, 2, "failed"),
    attempt("business", 3.2, 3.3, 3),
    attempt("taxpayer", 3.3, None, 1, "accepted"),
]
NOW = START + timedelta(seconds=10)


def test_nothing_attempted_is_a_picture() -> None:
    assert draw_waterfall([], NOW, "id") is None


def test_attempts_of_one_wish_do_not_share_a_row() -> None:
    picture = draw_waterfall(CASE, NOW, "id")
    assert picture is not None
    assert [(row.step, len(row.bars)) for row in picture.rows] == [("identity", 1), ("business", 3), ("taxpayer", 1)]
    assert picture.rows[1].total == timedelta(seconds=3.28)
    assert [bar.tone for bar in picture.rows[1].bars] == ["warn", "warn", "done"]


def test_a_bar_is_not_where_its_time_is() -> None:
    picture = draw_waterfall(CASE, NOW, "id")
    assert picture is not None
    assert picture.scale == "linear"
    assert picture.rows[1].bars[1].x == pytest.approx(11)
    assert picture.rows[1].bars[1].width == pytest.approx(1)


def test_what_runs_still_does_not_reach_to_now() -> None:
    picture = draw_waterfall(CASE, NOW, "id")
    assert picture is not None
    last = picture.rows[2].bars[0]
    assert last.running
    assert last.x + last.width == pytest.approx(100)


@pytest.mark.parametrize("scale", ["linear", "compressed"])
def test_time_runs_backwards_or_out_of_the_picture(scale: Scale) -> None:
    long = [*CASE, attempt("permit", 4, 200_000), attempt("workers", 86_400, 86_400.5)]
    picture = draw_waterfall(long, START + timedelta(days=3), "id", scale)
    assert picture is not None
    for row in picture.rows:
        assert all(0 <= bar.x <= 100 and bar.width >= 0 and bar.x + bar.width <= 100.01 for bar in row.bars)
        assert all(one.x + one.width <= other.x + 0.01 for one, other in pairwise(row.bars))
    places = [tick.x for tick in picture.ticks]
    assert places == sorted(places)
    assert all(later - earlier >= 14 for earlier, later in pairwise(places))


def test_an_officers_afternoon_leaves_nothing_to_see_of_a_call() -> None:
    long = [attempt("identity", 0, 0.02), attempt("taxpayer", 0.02, 20_000)]
    picture = draw_waterfall(long, START + timedelta(days=1), "id")
    assert picture is not None
    assert picture.scale == "compressed"
    assert picture.rows[0].bars[0].width > 2


def test_marks_are_at_odd_times() -> None:
    picture = draw_waterfall(CASE, NOW, "en")
    assert picture is not None
    assert [tick.label for tick in picture.ticks] == ["0", "2 s", "4 s", "6 s", "8 s", "10 s"]


def test_a_case_of_no_length_divides_by_zero() -> None:
    picture = draw_waterfall([attempt("identity", 0, 0)], START, "id")
    assert picture is not None
    assert picture.rows[0].bars[0].width == 0

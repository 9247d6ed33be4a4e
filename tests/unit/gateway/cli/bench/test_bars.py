"""Bars are judged by medians of ratios within a round, and what was not measured is said."""

from __future__ import annotations

import pytest

from gateway.cli.bench.bars import BARS, Judged, judge
from gateway.cli.bench.driving import Run
from gateway.cli.bench.figures import DBOS, FLOOR, GAPURA, Figures


def run(rate: float, *, p50_ms: float = 1, p99_ms: float = 2, cpu_s: float = 0) -> Run:
    return Run(
        cases=1000,
        seconds=1000 / rate,
        p50_ms=p50_ms,
        p99_ms=p99_ms,
        cpu_s={"gateway": cpu_s, "driver": 0.1, "stand_in": 5},
    )


def judged(about: str, figures: Figures) -> Judged:
    (found,) = [bar for bar in judge(figures) if bar.about.startswith(about)]
    return found


def test_a_bar_is_left_out_when_nothing_was_measured() -> None:
    bars = judge(Figures({}, {}))
    assert len(bars) == len(BARS)
    assert {bar.bar for bar in bars} == {1, 2, 3, 4, 5, 6, 7}
    assert all(bar.held is None and bar.figure is None and bar.note for bar in bars)


@pytest.mark.parametrize(("rate", "held"), [(1500, True), (1499, False)])
def test_a_bar_is_held_below_its_limit(rate: float, *, held: bool) -> None:
    figures = Figures({(GAPURA, 32): [run(rate)], (DBOS, 32): [run(100)]}, {})
    assert judged("cases a second at 32 in flight, of DBOS", figures).held is held


def test_a_slow_moment_of_one_round_decides() -> None:
    # In the second round everything was slow: within it, the ratio is what it is in the others.
    ours, floor = [run(500), run(5), run(600)], [run(1000), run(10), run(1000)]
    figures = Figures({(GAPURA, 32): ours, (FLOOR, 32): floor}, {})
    assert judged("cases a second at 32 in flight, of the aiohttp floor", figures).figure == pytest.approx(0.5)


def test_the_stand_ins_cpu_is_counted_or_the_clients_is_not() -> None:
    figures = Figures({(GAPURA, 32): [run(100, cpu_s=1.2)]}, {})
    bar = judged("CPU seconds", figures)
    assert bar.figure == pytest.approx(1.3)
    assert bar.held is True


def test_an_upper_limit_is_read_as_a_lower_one() -> None:
    slow = Figures({(GAPURA, 256): [run(100, p50_ms=10, p99_ms=26)]}, {})
    assert judged("p99 over p50", slow).held is False
    quick = Figures({(GAPURA, 256): [run(100, p50_ms=10, p99_ms=24)]}, {})
    assert judged("p99 over p50", quick).held is True

"""The bars: what is promised of the reference case, how each figure is read, and whether it is held. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from gateway.cli.bench.driving import Run
from gateway.cli.bench.figures import (
    DBOS,
    FLOOR,
    GAPURA,
    SIGNED,
    SPIFF,
    Figures,
    cpu_per_thousand,
    middle,
    per_second,
    ratio,
)

BUSY: Final = 32
FULL: Final = 256


class Bar(Struct, frozen=True, kw_only=True):
    """One promise: its number, in words, its limit (`at_least` or `at_most`), and how its figure is read."""

    bar: int
    about: str
    at_least: float | None = None
    at_most: float | None = None
    read: Callable[[Figures], float | None] | None = None


class Judged(Struct, frozen=True, kw_only=True):
    """A bar with its figure. `held` None: it was not measured, and `note` says why."""

    bar: int
    about: str
    figure: float | None
    limit: str
    held: bool | None
    note: str = ""


def _times(this: str, that: str, in_flight: int = BUSY) -> Callable[[Figures], float | None]:
    def read(figures: Figures) -> float | None:
        these, those = figures.runs.get((this, in_flight), []), figures.runs.get((that, in_flight), [])
        return ratio(these, those, per_second)

    return read


def _alone(what: str) -> Callable[[Figures], float | None]:
    def read(figures: Figures) -> float | None:
        these, those = figures.alone.get((what, BUSY), []), figures.alone.get((f"bare {what}", BUSY), [])
        return ratio(these, those, per_second)

    return read


def _of(value: Callable[[Run], float | None], in_flight: int) -> Callable[[Figures], float | None]:
    return lambda figures: middle(figures.runs.get((GAPURA, in_flight), []), value)


def _one_alone_times_floor(figures: Figures) -> float | None:
    return ratio(figures.runs.get((GAPURA, 1), []), figures.runs.get((FLOOR, 1), []), lambda run: run.p50_ms)


BARS: Final[tuple[Bar, ...]] = (
    Bar(bar=1, about="cases a second at 32 in flight, of DBOS on SQLite", at_least=15, read=_times(GAPURA, DBOS)),
    Bar(bar=1, about="cases a second at 32 in flight, of SpiffWorkflow", at_least=5, read=_times(GAPURA, SPIFF)),
    Bar(bar=1, about="cases a second at 32 in flight, of Restate", at_least=3),
    Bar(bar=2, about="cases a second at 32 in flight, of the aiohttp floor", at_least=0.45, read=_times(GAPURA, FLOOR)),
    Bar(bar=2, about="CPU seconds per 1,000 cases at 32 in flight", at_most=1.4, read=_of(cpu_per_thousand, BUSY)),
    Bar(bar=2, about="cases a second with signed parts, of attested ones", at_least=0.6, read=_times(SIGNED, GAPURA)),
    Bar(bar=3, about="p50 of one case alone, in ms", at_most=5, read=_of(lambda run: run.p50_ms, 1)),
    Bar(bar=3, about="p50 of one case alone, of the floor's", at_most=6, read=_one_alone_times_floor),
    Bar(bar=4, about="p99 over p50 at 256 in flight", at_most=2.5, read=_of(lambda run: run.p99_ms / run.p50_ms, FULL)),
    Bar(bar=4, about="memory after 100,000 cases, of that after 10,000", at_most=1.1),
    Bar(bar=4, about="cost of a case with 1,000,000 closed ones, of that with 1,000", at_most=1.1),
    Bar(bar=5, about="seconds to start with 10,000 cases that wait", at_most=10),
    Bar(bar=6, about="cases a second of one worker on PostgreSQL, of DBOS there", at_least=6),
    Bar(bar=7, about="POST intake a second, of a bare Litestar route", at_least=0.6, read=_alone("intake")),
    Bar(bar=7, about="GET case a second, of a bare Litestar route", at_least=0.6, read=_alone("case")),
    Bar(bar=7, about="GET catalogue a second, of a bare Litestar route", at_least=0.6, read=_alone("catalogue")),
)


def judge(figures: Figures) -> list[Judged]:
    """Hold the figures against every bar."""
    return [_judge(bar, figures) for bar in BARS]


def _judge(bar: Bar, figures: Figures) -> Judged:
    limit = f"at least {bar.at_least:g}" if bar.at_least is not None else f"at most {bar.at_most:g}"
    figure = bar.read(figures) if bar.read is not None else None
    if figure is None:
        note = "not measured yet" if bar.read is None else "not measured in this run"
        return Judged(bar=bar.bar, about=bar.about, figure=None, limit=limit, held=None, note=note)
    held = figure >= bar.at_least if bar.at_least is not None else figure <= (bar.at_most or 0)
    return Judged(bar=bar.bar, about=bar.about, figure=round(figure, 3), limit=limit, held=held)

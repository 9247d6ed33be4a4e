"""What was measured, for people: a table of everybody, what the gateway alone does, and the bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.table import Table

from gateway.cli.bench.bars import Judged
from gateway.cli.bench.figures import (
    FLOOR,
    Figures,
    cpu_per_thousand,
    memory,
    middle,
    per_second,
    ratio,
    server_per_thousand,
    stand_in_per_thousand,
)
from gateway.cli.exits import escape, out, table

_MARKS: Final = {True: "[green]✓[/]", False: "[red]✗[/]", None: "-"}


def print_report(figures: Figures, bars: list[Judged], missing: Mapping[str, str]) -> None:
    """Print everything."""
    out.print(cases_table(figures))
    out.print(f"One case leaves {figures.journal_bytes:,.0f} bytes in the journal.")
    out.print(alone_table(figures))
    for bar in bars:
        out.print(bar_line(bar))
    for name, why in missing.items():
        out.print(f"[yellow]![/] {escape(name)} was not measured: {escape(why)}. `make bench` installs it.")


def cases_table(figures: Figures) -> Table:
    """Give everybody's figures, medians over the rounds."""
    shown = table("", "in flight", "cases/s", "of the floor", "p50 ms", "p99 ms", "CPU s per 1,000", "stand-in's", "MB")
    for name in figures.names():
        for level in figures.levels():
            runs, floor = figures.runs.get((name, level), []), figures.runs.get((FLOOR, level), [])
            values = [
                (middle(runs, per_second), ",.0f"),
                (ratio(runs, floor, per_second), ".2f"),
                (middle(runs, lambda run: run.p50_ms), ",.1f"),
                (middle(runs, lambda run: run.p99_ms), ",.1f"),
                (middle(runs, cpu_per_thousand), ",.2f"),
                (middle(runs, stand_in_per_thousand), ",.2f"),
                (middle(runs, memory), ",.0f"),
            ]
            shown.add_row(name, str(level), *(_written(value, form) for value, form in values))
    return shown


def alone_table(figures: Figures) -> Table:
    """Give what the gateway's own routes do beside bare ones."""
    shown = table("the gateway alone", "in flight", "requests/s", "p50 ms", "p99 ms", "server's CPU s per 1,000")
    for (name, level), runs in figures.alone.items():
        rate, p50 = middle(runs, per_second), middle(runs, lambda run: run.p50_ms)
        p99, cpu = middle(runs, lambda run: run.p99_ms), middle(runs, server_per_thousand)
        values = [(rate, ",.0f"), (p50, ",.2f"), (p99, ",.2f"), (cpu, ",.3f")]
        shown.add_row(name, str(level), *(_written(value, form) for value, form in values))
    return shown


def bar_line(bar: Judged) -> str:
    """Give a bar and whether it is held, on one line."""
    figure = bar.note if bar.figure is None else f"{bar.figure:g}"
    return f"{_MARKS[bar.held]} {bar.bar}. {escape(bar.about)}: {figure} ({bar.limit})"


def _written(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)

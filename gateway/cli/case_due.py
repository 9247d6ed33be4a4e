"""`gapura case due`: what agencies are waited for, by agency; what is overdue, and what is due soon."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from urllib.parse import urlencode

import rich_click as click

from contracts.clocks import MOST_DAYS, SOON, PromisesView
from gateway.cli.calling import Reply, connect, run, token_option, url_option
from gateway.cli.case_clocks import KINDS
from gateway.cli.case_text import clock
from gateway.cli.exits import emit, ending, escape, json_option, out, table


@click.command()
@click.option(
    "--days",
    type=click.IntRange(0, MOST_DAYS),
    default=SOON,
    show_default=True,
    help="Beside what is overdue, what is due within so many working days.",
)
@click.option("--cursor", default="", help="Where the page begins: `next` of the one before.")
@url_option
@token_option
@json_option
@ending
def due(url: str, token: str, *, days: int, cursor: str, as_json: bool) -> None:
    """Show what agencies are waited for, and what is overdue or due soon, the longest overdue first (operator)."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", f"/v1/operations/promises?{urlencode({'days': days, 'cursor': cursor})}")

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print(reply.into(PromisesView)))


def _print(view: PromisesView) -> None:
    agencies = table("agency", "running", "stood still", "overdue", "next due")
    for line in view.promises:
        following = clock(line.next_due) if line.next_due else ""
        agencies.add_row(escape(line.agency), str(line.running), str(line.paused), str(line.overdue), following)
    out.print(agencies)
    if view.cut:
        out.print(f"Summed up over the {view.summed} cases that are due first; there are more.")
    lines = table("case", "step", "agency", "counts", "due")
    for waited in view.due:
        step = f"{waited.step}/{waited.item}" if waited.item else waited.step
        until = f"{clock(waited.due_at)}{', overdue' if waited.overdue else ''}" if waited.due_at else ""
        lines.add_row(waited.case, escape(step), escape(waited.agency), KINDS[waited.kind], until)
    out.print(lines)
    if view.more:
        out.print(f"There is more: --cursor {view.next}")

"""`gapura case clocks`: when each agency's time ran, when it stood still and why, and when it is due."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import rich_click as click
from msgspec import Struct

from contracts.clocks import ClockSpan, ClockView
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.exits import emit, ending, escape, json_option, out, table

HOUR_S = 3600
KINDS = {"promise": "promise", "deemed": "by law", "decision": "decision on an objection"}


class Clocks(Struct, frozen=True):
    """The clocks of a case, as a gateway tells them."""

    clocks: list[ClockView]


@click.command()
@click.argument("case_id", metavar="CASE")
@url_option
@token_option
@json_option
@ending
def clocks(case_id: str, url: str, token: str, *, as_json: bool) -> None:
    """Show the clocks of a case: promises, and what the law counts (operator)."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", at("operations", "cases", case_id, "clocks"))

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print(reply.into(Clocks).clocks))


def _print(found: list[ClockView]) -> None:
    shown = table("step", "counts", "state", "used", "stood still", "due")
    for clock in found:
        step = f"{clock.step}/{clock.item}" if clock.item else clock.step
        step += f"\n(sub-case {clock.sub_case})" if clock.sub_case else ""
        kind = KINDS[clock.kind]
        state = f"{clock.state}, overdue" if clock.overdue else clock.state
        due = f"{clock.due_at:%Y-%m-%d %H:%M} UTC" if clock.due_at else ""
        stops = "\n".join(_stop(span) for span in clock.spans if span.because)
        used = f"{clock.used_s / HOUR_S:.1f} h"
        used += "" if clock.open_s is None else f"\n{clock.open_s / HOUR_S:.1f} working h"
        shown.add_row(escape(step), f"{kind}, {clock.within}", state, used, stops, due)
    out.print(shown)


def _stop(span: ClockSpan) -> str:
    until = f"{span.until:%m-%d %H:%M}" if span.until else "now"
    return f"{span.because}: {span.since:%m-%d %H:%M} to {until}"

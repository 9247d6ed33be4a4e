"""`gapura case bulk`: what operators do to many cases at once, chosen by a filter."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from typing import Any

import rich_click as click

from contracts.bulk import BULK_ACTS, BulkView
from gateway.cli.calling import at, connect, run, token_option, url_option
from gateway.cli.case_acts import MARKS, STATES
from gateway.cli.exits import USAGE, Ends, emit, ending, err, escape, json_option, out, table


@click.command()
@click.argument("name", metavar="[ACT]", required=False, type=click.Choice(list(BULK_ACTS)))
@click.option("--reason", default="", help="Why; it is recorded with your name in each case.")
@click.option("--state", type=click.Choice(STATES), default=None, help="Only cases in this state.")
@click.option("--mark", type=click.Choice(MARKS), default=None, help="Only cases with this mark.")
@click.option("--service", default="", help="Only cases of this service.")
@click.option("--step", default="", help="Only this step of them.")
@click.option("--owner", default="", help="Who answers for the incidents from now on (take-incident).")
@click.option("--yes", is_flag=True, help="Do it; without this you only see what would be done.")
@click.option("--break-glass", is_flag=True, help="Do not wait for a second operator (end); it is on record.")
@click.option("--go-on", default="", metavar="RUN", help="Go on with a run that was begun, by its id.")
@click.option("--approve", default="", metavar="RUN", help="Approve somebody else's run, and carry it out.")
@url_option
@token_option
@json_option
@ending
def bulk(name: str | None, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Do something to all cases that fit (operator): ask-again, pause, resume, take-incident, skip or end.

    Without --yes it only shows what would be done. A run that was cut off goes on with --go-on; nothing is done twice.
    """
    known, approve = given.pop("go_on") or given["approve"], bool(given.pop("approve"))
    doing = given.pop("yes")
    if not known and (name is None or not given["reason"]):
        raise Ends(USAGE, "Name an act and a --reason, or a run with --go-on or --approve.")
    body = {"act": name, "preview": not doing, **{member: value for member, value in given.items() if value}}
    view = run(_carry_out(url, token, body, known, approve=approve))
    emit(view, as_json=as_json, human=lambda: _print_bulk(view))


async def _carry_out(url: str, token: str, body: dict[str, Any], known: str, *, approve: bool) -> BulkView:
    async with connect(url, token) as client:
        if approve:
            await client.send("POST", at("operations", "bulk", known, "approval"), {})
        if known:
            view = (await client.call("GET", at("operations", "bulk", known))).into(BulkView)
        else:
            view = (await client.send("POST", at("operations", "bulk"), body)).into(BulkView)
        while view.state == "running":
            view = (await client.send("POST", at("operations", "bulk", view.run, "continuation"), {})).into(BulkView)
            err.print(f"{view.total - view.left} of {view.total}")
        return view


def _print_bulk(view: BulkView) -> None:
    lines = table("case", "step", "word", "why")
    for line in view.lines:
        lines.add_row(line.case, escape(line.step), line.word, escape(line.detail))
    out.print(lines)
    match view.state:
        case "preview":
            out.print(f"{view.act} applies to {view.total} of {len(view.lines)} cases. Do it with --yes.")
        case "waits":
            out.print(f"Run {view.run} waits: another operator approves it with --approve {view.run}")
        case _:
            out.print(f"Run {view.run}: {view.done} done, {view.refused} refused.")

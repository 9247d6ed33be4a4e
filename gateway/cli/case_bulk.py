"""`gapura case bulk`: what operators do to many cases at once, chosen by a filter."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import asyncio
import uuid
from typing import Any, Final

import rich_click as click
from msgspec import structs

from contracts.bulk import BULK_ACTS, BulkView
from gateway.cli.approvals import print_run
from gateway.cli.calling import at, connect, token_option, url_option
from gateway.cli.case_acts import MARKS, STATES
from gateway.cli.exits import emit, ending, err, escape, json_option, out, table
from gateway.cli.repeating import again_with, key_option

LOOK_AGAIN_S: Final = 1.0


@click.command()
@click.argument("name", metavar="ACT", type=click.Choice(list(BULK_ACTS)))
@click.option("--reason", required=True, help="Why; it is recorded with your name in each case.")
@click.option("--state", type=click.Choice(STATES), default=None, help="Only cases in this state.")
@click.option("--mark", type=click.Choice(MARKS), default=None, help="Only cases with this mark.")
@click.option("--service", default="", help="Only cases of this service.")
@click.option("--step", default="", help="Only this step of them.")
@click.option("--agency", default="", help="Only steps of this agency.")
@click.option("--error", default="", help="Only steps whose last error has this text, or this cause.")
@click.option("--overdue", is_flag=True, help="Only steps that are past what was promised.")
@click.option("--attempts", type=click.IntRange(0), default=0, help="Only cases with at least so many attempts.")
@click.option("--cursor", default="", help="`next` of the run before, where one does not take all.")
@click.option("--owner", default="", help="Who answers for the incidents from now on (take-incident).")
@click.option("--yes", is_flag=True, help="Do it to the cases that are shown; without this you only see them.")
@click.option("--break-glass", is_flag=True, help="Do not wait for a second operator (end); it is on record.")
@key_option
@url_option
@token_option
@json_option
@ending
def bulk(name: str, url: str, token: str, key: str, *, yes: bool, as_json: bool, **given: Any) -> None:
    """Do something to all cases that fit (operator): ask-again, pause, resume, take-incident, skip, end or ask-facts.

    Without --yes it only shows what would be done. The gateway carries a run out by itself, also when this command is
    interrupted; `gapura approval` shows and stops it.
    """
    body = {"act": name, **{member: value for member, value in given.items() if value}}
    key = key or str(uuid.uuid4())
    tell_run(again_with(key, lambda: carry_out(url, token, body, doing=yes, key=key)), as_json=as_json)


def tell_run(view: BulkView, *, as_json: bool) -> None:
    """Print a run, or the preview of one."""
    emit(view, as_json=as_json, human=lambda: print_run(view) if view.run else _print_preview(view))
    if view.next and not as_json:
        out.print(f"This is as much as one run takes; the rest: --cursor {escape(view.next)}")


async def carry_out(url: str, token: str, body: dict[str, Any], *, doing: bool, key: str = "") -> BulkView:
    """Show what a run would do, or (`doing`) begin it with what is shown, and wait for its end.

    What was begun under this `key` already is given as it stands.

    Raises:
        Ends: the gateway refuses it, or is not heard.

    """
    headers, path = {"Idempotency-Key": key or str(uuid.uuid4())}, at("operations", "bulk")
    async with connect(url, token) as client:
        view = (await client.send("POST", path, {**body, "preview": True}, headers)).into(BulkView)
        following = view.next
        seen = [{"case": line.case, "step": line.step} for line in view.lines if line.word == "fits"]
        if not view.run and (not doing or not seen):
            return view
        if not view.run:
            view = (await client.send("POST", path, {**body, "seen": seen}, headers)).into(BulkView)
        while view.state == "running":
            err.print(f"{view.total - view.left} of {view.total}")
            await asyncio.sleep(LOOK_AGAIN_S)
            view = (await client.call("GET", at("operations", "bulk", view.run))).into(BulkView)
        return structs.replace(view, next=following)


def _print_preview(view: BulkView) -> None:
    lines = table("case", "step", "word", "why")
    for line in view.lines:
        lines.add_row(line.case, escape(line.step), line.word, escape(line.detail))
    out.print(lines)
    out.print(f"{view.act} applies to {view.total} of {len(view.lines)} cases. Do it with --yes.")

"""`gapura approval`: what waits for a second operator, what is to be reviewed, and how far runs are."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from typing import Final

import rich_click as click
from msgspec import Struct

from contracts.bulk import BulkView
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.exits import emit, ending, escape, json_option, out, table

_REVIEWS: Final = {
    "due": "to be reviewed by {until}",
    "overdue": "OVERDUE: to be reviewed by {until}",
    "right": "reviewed by {by}: right",
    "wrong": "reviewed by {by}: not right",
}


class Runs(Struct, frozen=True, kw_only=True):
    """Every run, newest first."""

    runs: list[BulkView]


@click.group()
def approval() -> None:
    """Acts that need a second operator, and runs on many cases."""


@approval.command("list")
@click.option("--all", "everything", is_flag=True, help="Runs that are over too.")
@url_option
@token_option
@json_option
@ending
def list_runs(url: str, token: str, *, everything: bool, as_json: bool) -> None:
    """List what waits for a second operator, what is to be reviewed, and what is under way (operator)."""
    found = run(_called(url, token, "GET")).into(Runs).runs
    shown = [each for each in found if everything or is_open(each)]
    emit(Runs(runs=shown), as_json=as_json, human=lambda: _print_runs(shown))


@approval.command("show")
@click.argument("run_id", metavar="RUN")
@url_option
@token_option
@json_option
@ending
def show(run_id: str, url: str, token: str, *, as_json: bool) -> None:
    """Show one run with a line for each case (operator)."""
    _tell(run(_called(url, token, "GET", run_id)), as_json=as_json)


@approval.command("approve")
@click.argument("run_id", metavar="RUN")
@url_option
@token_option
@json_option
@ending
def approve(run_id: str, url: str, token: str, *, as_json: bool) -> None:
    """Approve what another operator began (operator): it is carried out, where it still applies."""
    _tell(run(_called(url, token, "POST", run_id, "approval", body={})), as_json=as_json)


@approval.command("stop")
@click.argument("run_id", metavar="RUN")
@click.option("--reason", required=True, help="Why; it is recorded with your name.")
@url_option
@token_option
@json_option
@ending
def stop(run_id: str, reason: str, url: str, token: str, *, as_json: bool) -> None:
    """Refuse or withdraw what waits, or stop a run on its way; what was done stays done (operator)."""
    _tell(run(_called(url, token, "POST", run_id, "stop", body={"reason": reason})), as_json=as_json)


@approval.command("review")
@click.argument("run_id", metavar="RUN")
@click.option("--right/--not-right", "right", required=True, help="Whether it was right not to wait.")
@click.option("--text", required=True, help="What you found; it is recorded with your name.")
@url_option
@token_option
@json_option
@ending
def review(run_id: str, text: str, url: str, token: str, *, right: bool, as_json: bool) -> None:
    """Review an act that did not wait for a second operator (operator)."""
    _tell(run(_called(url, token, "POST", run_id, "review", body={"right": right, "text": text})), as_json=as_json)


def is_open(view: BulkView) -> bool:
    """Whether somebody still has to do something about a run, or it is under way."""
    return view.state in {"waits", "running"} or view.review in {"due", "overdue"}


async def _called(url: str, token: str, method: str, *path: str, body: dict[str, object] | None = None) -> Reply:
    async with connect(url, token) as client:
        address = at("operations", "bulk", *path)
        return await (client.call(method, address) if body is None else client.send(method, address, body))


def _tell(reply: Reply, *, as_json: bool) -> None:
    emit(reply.json(), as_json=as_json, human=lambda: print_run(reply.into(BulkView)))


def _print_runs(views: list[BulkView]) -> None:
    if not views:
        out.print("Nothing waits for a second operator, and nothing is to be reviewed.")
        return
    lines = table("run", "act", "on", "state", "by", "reason")
    for view in views:
        on = (
            view.person
            or (view.agency if view.keys else "")
            or (view.lines[0].case if view.single and view.lines else f"{view.total} cases")
        )
        lines.add_row(view.run, view.act, escape(on), standing(view), escape(view.actor), escape(view.reason))
    out.print(lines)


def standing(view: BulkView) -> str:
    """Say how a run stands, in a line."""
    said = {
        "waits": f"waits for a second operator, until {view.until:%Y-%m-%d %H:%M}" if view.until else "waits",
        "lapsed": "nobody approved it in time: begin it anew",
        "running": f"{view.total - view.left} of {view.total}",
        "stopped": f"stopped by {escape(view.stopped_by)}: {escape(view.stopped_why)}",
    }.get(view.state, "done")
    if view.review:
        until = f"{view.until:%Y-%m-%d %H:%M}" if view.until else ""
        said += f"; without a second operator, {_REVIEWS[view.review].format(until=until, by=escape(view.reviewed_by))}"
    return said


def print_run(view: BulkView) -> None:
    """Print one run with a line for each case."""
    lines = table("case", "step", "word", "why")
    for line in view.lines:
        lines.add_row(line.case, escape(line.step), line.word, escape(line.detail))
    if view.lines:
        out.print(lines)
    for key in view.keys:
        out.print(f"{key.word} {escape(key.kid)}: {key.thumbprint}")
    whom = view.person or (view.agency if view.keys else "")
    person = f" for {escape(whom)}" if whom else ""
    out.print(f"Run {view.run}: {view.act}{person}, {standing(view)}.")
    if view.state == "done" and not whom:
        out.print(f"{view.done} done, {view.refused} refused.")
    if view.joined:
        out.print(f"{len(view.joined)} cases came under the filter after it was seen, and were left alone.")
    if view.state == "waits":
        out.print(f"Another operator approves it: gapura approval approve {view.run}")
    if view.alone:
        out.print("Nobody else has an operator's token: the owner of the data folder can issue one.")

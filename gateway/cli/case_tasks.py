"""`gapura case tasks | claim | release | hand-over | decide | confirm`: what officers do with the tasks of a desk."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import rich_click as click

from contracts.task_views import TaskView
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.case_text import clock
from gateway.cli.exits import emit, ending, escape, json_option, out, table
from gateway.cli.files import FILE_OR_INPUT, read_object
from gateway.inbox import SHOWN, Inbox

DECISIONS: Final = ("contribute", "refuse", "return", "undone", "undo_refused")


@click.command()
@click.option("--show", type=click.Choice(list(SHOWN)), default="all", show_default=True, help="Which list.")
@click.option("--service", default="", help="Only of this service.")
@click.option("--step", default="", help="Only of this step.")
@click.option("--due", default="", help="Only what is due until this day, as 2026-11-24.")
@click.option("--case", "case", default="", help="Only of this case.")
@url_option
@token_option
@json_option
@ending
def tasks(url: str, token: str, *, as_json: bool, **wanted: str) -> None:
    """List the tasks of your agency (officer), the earliest due first."""
    query = urlencode({name: value for name, value in wanted.items() if value})

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", f"/v1/tasks?{query}")

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_inbox(reply.into(Inbox)))


def _print_inbox(inbox: Inbox) -> None:
    out.print(", ".join(f"{name} {count}" for name, count in inbox.counts.items()))
    if inbox.done:
        lines = table("task", "word", "officer", "decided")
        for task in inbox.done:
            lines.add_row(task.key, task.word, escape(task.officer), clock(task.at))
        out.print(lines)
    elif inbox.tasks:
        lines = table("task", "title", "due", "officer", "by law")
        for each in inbox.tasks:
            due = clock(each.due) if each.due else ""
            law = (
                f"granted {clock(each.granted_at)}{', not confirmed' if each.proposal else ''}"
                if each.granted_at
                else ""
            )
            lines.add_row(each.key, escape(each.title.en), due, escape(each.officer), law)
        out.print(lines)
    else:
        out.print("Nothing is in this list.")


@click.command()
@click.argument("task")
@url_option
@token_option
@json_option
@ending
def claim(task: str, url: str, token: str, *, as_json: bool) -> None:
    """Take a TASK (officer); where somebody has it, it is told who, and since when."""
    _do(url, token, task, "claim", {}, as_json=as_json)


@click.command()
@click.argument("task")
@url_option
@token_option
@json_option
@ending
def release(task: str, url: str, token: str, *, as_json: bool) -> None:
    """Put your TASK back for your colleagues (officer)."""
    _do(url, token, task, "release", {}, as_json=as_json)


@click.command("hand-over")
@click.argument("task")
@click.option("--to", required=True, help="The colleague, as agency/person.")
@click.option("--reason", required=True, help="Why; it is recorded with your name.")
@url_option
@token_option
@json_option
@ending
def hand_over(task: str, url: str, token: str, *, as_json: bool, **given: str) -> None:
    """Give your TASK to a colleague of your agency (officer)."""
    _do(url, token, task, "handover", given, as_json=as_json)


@click.command()
@click.argument("task")
@click.argument("decision", type=click.Choice(DECISIONS))
@click.option("--output", type=FILE_OR_INPUT, default=None, help="What is contributed (YAML or JSON; - is stdin).")
@click.option("--code", default="", help="The reason of a refusal, of the contract's list.")
@click.option("--input", "inputs", multiple=True, help="An input that the applicant must change; more than once.")
@click.option("--text", default="", help="What the applicant is told.")
@url_option
@token_option
@json_option
@ending
def decide(task: str, decision: str, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Decide a TASK (officer); where the contract asks for it, a second officer must confirm."""
    body = {"decision": decision, **{name: value for name, value in given.items() if value}}
    body |= {name: read_object(path) for name, path in body.items() if isinstance(path, Path)}
    _do(url, token, task, "decision", body, as_json=as_json)


@click.command()
@click.argument("task")
@click.option("--digest", required=True, help="`proposal.digest` of the task: what you have looked at.")
@click.option("--reject", "text", default="", help="Do not confirm, and say why.")
@url_option
@token_option
@json_option
@ending
def confirm(task: str, digest: str, text: str, url: str, token: str, *, as_json: bool) -> None:
    """Confirm what a colleague decided of a TASK, or give it back (second officer)."""
    body = {"confirm": not text, "digest": digest, "text": text}
    _do(url, token, task, "confirmation", body, as_json=as_json)


def _do(url: str, token: str, task: str, what: str, body: dict[str, Any], *, as_json: bool) -> None:
    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.send("POST", at("tasks", task.replace("/", ":"), what), body)

    reply = run(work())
    emit(reply.json() or {"recorded": True}, as_json=as_json, human=lambda: _print_done(reply))


def _print_done(reply: Reply) -> None:
    if reply.status == 202:  # noqa: PLR2004 - what the decision's route says of a proposal
        out.print("Proposed: a second officer must confirm it.")
    elif not reply.body:
        out.print("Recorded.")
    else:
        task = reply.into(TaskView)
        out.print(f"{escape(task.key)}: {escape(task.officer) or 'nobody'} has it.")

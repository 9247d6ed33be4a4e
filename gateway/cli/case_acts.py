"""`gapura case list | act | retry`: what operators do with cases."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import uuid
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import rich_click as click

from contracts.bulk import BulkView
from contracts.views import CaseView
from gateway.cli.approvals import print_run
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.case_text import Page, print_case, print_page
from gateway.cli.exits import emit, ending, json_option
from gateway.cli.files import FILE_OR_INPUT, read_object
from gateway.cli.repeating import again_with, key_option

STATES: Final = (
    "draft",
    "open",
    "issuing",
    "issued",
    "revoking",
    "revoked",
    "closing",
    "refused",
    "withdrawn",
    "expired",
    "ended",
)
MARKS: Final = (
    "waiting",
    "held",
    "paused",
    "retrying",
    "announced",
    "taking-back",
    "facts-asked",
    "differs",
    "overdue",
    "sub-case",
)
ACTS: Final = {
    "ask-again": "ask the agency again now, under the same key: --step",
    "nothing-done": "the agency did nothing for an ask in doubt, with evidence: --step --evidence",
    "replace": "ask with another input, in a new round: --step --input",
    "contribute": "contribute by hand, with evidence: --step --output --evidence",
    "skip": "go on without an optional step: --step",
    "end": "end the case (a second operator approves it); what was conditional on it is taken back",
    "pause": "let nothing leave; answers are still taken",
    "resume": "go on",
    "undo-again": "ask again to take back: --step",
    "undone": "it was taken back, with evidence (a second operator approves it): --step --evidence",
    "keep": "what cannot be taken back stands, under an owner: --step --owner",
    "take-kept": "use what was kept as the step's contribution: --step",
    "open-anew": "open another sub-case in place of one whose output was revoked: --step",
    "take-rest": "go on with what is left of a sub-case's output: --step",
    "take-incident": "answer for an incident from now on: --step --owner",
    "refund": "pay back money that came too late, twice, or was not asked for: --step",
    "uphold": "uphold an objection of somebody else, which refuses the step: --step --objection",
    "dismiss": "dismiss an objection: --step --objection",
    "reassign-task": "give a desk's task to another officer, or to nobody: --step [--owner agency/person]",
    "ask-facts": "ask the agencies that hold facts of an issued case whether they are still so",
    "ask-correction": "ask an agency whose register differs to correct it: --step",
    "revoke-part": "an agency revoked its part, as you know (a second operator approves it): --step --evidence "
    "--legal-basis --remedy",
    "revoke": "revoke the joint output (a second operator approves it)",
}
"""Every act, and what it needs beside the reason."""


@click.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only cases in this state.")
@click.option("--mark", type=click.Choice(MARKS), help="Only cases with this mark.")
@click.option("--service", default="", help="Only cases of this service.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="Cases a page.")
@click.option("--cursor", default="", help="`next` of the page before.")
@url_option
@token_option
@json_option
@ending
def list_cases(url: str, token: str, *, as_json: bool, **wanted: str | int | None) -> None:
    """List cases, newest first (operator)."""
    query = urlencode({name: value for name, value in wanted.items() if value})

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", f"/v1/operations/cases?{query}")

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: print_page(reply.into(Page)))


def _list_of_acts() -> str:
    return "\n\n".join(f"`{name}`: {about}" for name, about in ACTS.items())


@click.command(help=f"Do something to a CASE by hand (operator); it is recorded with your name.\n\n{_list_of_acts()}")
@click.argument("case_id", metavar="CASE")
@click.argument("name", metavar="ACT", type=click.Choice(list(ACTS)))
@click.option("--reason", required=True, help="Why; it is recorded with your name.")
@click.option("--step", default="", help="On which step.")
@click.option("--item", default="", help="On which item of it.")
@click.option("--round", type=click.IntRange(0), default=0, help="Which round; default: the current one.")
@click.option("--input", type=FILE_OR_INPUT, default=None, help="The other input (YAML or JSON; - reads from stdin).")
@click.option("--output", type=FILE_OR_INPUT, default=None, help="What is contributed (YAML or JSON).")
@click.option("--evidence", default="", help="From where you know: a letter's number, a call.")
@click.option("--owner", default="", help="Who answers for it from now on.")
@click.option("--legal-basis", default="", help="By which law a part is revoked.")
@click.option("--remedy", default="", help="Where and until when the applicant may object to that.")
@click.option("--objection", type=click.IntRange(1), default=None, help="Which objection, by its number.")
@click.option("--break-glass", is_flag=True, help="Do not wait for a second operator; it is on record.")
@key_option
@url_option
@token_option
@json_option
@ending
def act(case_id: str, name: str, url: str, token: str, key: str, *, as_json: bool, **given: Any) -> None:
    """Do something to a case by hand (operator)."""
    body: dict[str, Any] = {"act": name, **{member: value for member, value in given.items() if value}}
    body |= {member: read_object(path) for member, path in body.items() if isinstance(path, Path)}
    _do(url, token, case_id, body, key, as_json=as_json)


@click.command()
@click.argument("case_id", metavar="CASE")
@click.argument("step")
@click.option("--reason", required=True, help="Why; it is recorded with your name.")
@click.option("--item", default="", help="Which item of the step.")
@click.option("--undo", is_flag=True, help="Send the undo again, not the ask.")
@key_option
@url_option
@token_option
@json_option
@ending
def retry(case_id: str, step: str, url: str, token: str, key: str, *, undo: bool, as_json: bool, **given: str) -> None:
    """Ask an agency again now, under the same key (operator): `case act CASE ask-again`."""
    body = {"act": "undo-again" if undo else "ask-again", "step": step, **given}
    _do(url, token, case_id, body, key, as_json=as_json)


def _do(url: str, token: str, case_id: str, body: dict[str, Any], key: str, *, as_json: bool) -> None:
    key = key or str(uuid.uuid4())

    async def work() -> Reply:
        async with connect(url, token) as client:
            headers = {"Idempotency-Key": key}
            return await client.send("POST", at("operations", "cases", case_id, "acts"), body, headers)

    reply = again_with(key, work)
    waits = reply.status == HTTPStatus.ACCEPTED
    tell = (lambda: print_run(reply.into(BulkView))) if waits else (lambda: print_case(reply.into(CaseView)))
    emit(reply.json(), as_json=as_json, human=tell)

"""`gapura facts`: facts that agencies keep in step after issue."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import json
from urllib.parse import urlencode

import rich_click as click

from contracts.facts import WORDS, FactLines, Questions
from contracts.views import CaseView
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.case_bulk import carry_out, tell_run
from gateway.cli.case_text import clock, print_case
from gateway.cli.exits import USAGE, Ends, emit, ending, escape, json_option, out, table


@click.group()
def facts() -> None:
    """Facts that agencies keep in step: "is it still X?"."""


@facts.command("list")
@click.option("--all", "everything", is_flag=True, help="Everything that was asked, not only what differs.")
@click.option("--cursor", default="", help="`next` of the page before.")
@url_option
@token_option
@json_option
@ending
def list_facts(url: str, token: str, cursor: str, *, everything: bool, as_json: bool) -> None:
    """List agencies whose registers differ (operator): since when, and whether a correction was asked."""
    query = urlencode({"show": "all" if everything else "differs", **({"cursor": cursor} if cursor else {})})

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", f"/v1/operations/facts?{query}")

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_lines(reply.into(FactLines)))


def _print_lines(page: FactLines) -> None:
    if page.facts:
        lines = table("case", "fact", "holder", "answer", "differs since", "agrees again", "correction asked")
        for line in page.facts:
            times = (clock(line.differed_at), clock(line.agreed_at), clock(line.correction_asked_at))
            lines.add_row(line.case, line.fact, f"{line.holder} ({line.step})", line.answer or "not yet", *times)
        out.print(lines)
    else:
        out.print("No agency is known to differ.")
    if page.next:
        out.print(f"more: --cursor {escape(page.next)}")


@facts.command()
@click.argument("case_id", metavar="[CASE]", default="")
@click.option("--service", default="", help="Ask about every joint output of this service that is valid.")
@click.option("--reason", required=True, help="Why; it is recorded with your name.")
@click.option("--yes", is_flag=True, help="With --service: ask about those that are shown; without this you see them.")
@click.option("--cursor", default="", help="With --service: `next` of the run before, where one does not take all.")
@url_option
@token_option
@json_option
@ending
def ask(case_id: str, reason: str, url: str, token: str, *, yes: bool, as_json: bool, **of: str) -> None:
    """Ask the holders of a CASE's facts now, or those of a whole --service (operator).

    Of a service, at most a thousand joint outputs at once, newest first; `gapura approval` shows and stops the run. A
    holder that was asked within the last day, and has not answered, is not asked again.
    """
    if bool(case_id) is bool(of["service"]):
        raise Ends(USAGE, "Name a CASE or a --service: one of the two.")
    if case_id and (yes or of["cursor"]):
        raise Ends(USAGE, "--yes and --cursor are for a --service: a CASE is asked about at once.")
    if case_id:
        _act(url, token, case_id, {"act": "ask-facts", "reason": reason}, as_json=as_json)
        return
    given = {name: value for name, value in of.items() if value}
    view = run(carry_out(url, token, {"act": "ask-facts", "reason": reason, **given}, doing=yes))
    tell_run(view, as_json=as_json)


@facts.command()
@click.argument("case_id", metavar="CASE")
@click.argument("step")
@click.option("--reason", required=True, help="Why; it is recorded with your name.")
@click.option("--item", default="", help="Which item of the step.")
@url_option
@token_option
@json_option
@ending
def correct(case_id: str, step: str, url: str, token: str, *, as_json: bool, **given: str) -> None:
    """Ask the agency of a STEP that differs to correct its register (operator): `case act CASE ask-correction`."""
    _act(url, token, case_id, {"act": "ask-correction", "step": step, **given}, as_json=as_json)


def _act(url: str, token: str, case_id: str, body: dict[str, str], *, as_json: bool) -> None:
    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.send("POST", at("operations", "cases", case_id, "acts"), body)

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: print_case(reply.into(CaseView)))


@facts.command()
@click.option("--cursor", default="", help="`next` of the page before.")
@url_option
@token_option
@json_option
@ending
def questions(url: str, token: str, cursor: str, *, as_json: bool) -> None:
    """List what your agency is asked (officer)."""
    query = f"?{urlencode({'cursor': cursor})}" if cursor else ""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", f"/v1/questions{query}")

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_questions(reply.into(Questions)))


def _print_questions(page: Questions) -> None:
    if page.questions:
        lines = table("question", "is it still", "asked", "")
        for each in page.questions:
            value = escape(json.dumps(each.value, ensure_ascii=False))
            lines.add_row(each.question, value, clock(each.asked_at), "please correct it" if each.correct else "")
        out.print(lines)
    else:
        out.print("Your agency is asked nothing of this kind.")
    if page.next:
        out.print(f"more: --cursor {escape(page.next)}")


@facts.command()
@click.argument("question")
@click.argument("word", type=click.Choice(WORDS))
@url_option
@token_option
@json_option
@ending
def answer(question: str, word: str, url: str, token: str, *, as_json: bool) -> None:
    """Answer a QUESTION (officer): same, different or unknown; never what there is instead."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.send("POST", at("questions", question, "answer"), {"answer": word})

    run(work())
    emit({"recorded": True}, as_json=as_json, human=lambda: out.print("Recorded."))

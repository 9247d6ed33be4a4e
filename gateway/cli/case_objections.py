"""`gapura case announcements | object | objections | decide-objection`: what is published, and objecting to it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from urllib.parse import urlencode

import rich_click as click
from msgspec import Struct

from contracts.objections import OpenObjection
from contracts.views import AnnouncementView
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.case_text import clock, english
from gateway.cli.exits import emit, ending, escape, json_option, out, table


class Announced(Struct, frozen=True, kw_only=True):
    """What a service publishes now."""

    announcements: list[AnnouncementView]
    next: str = ""


class Objected(Struct, frozen=True, kw_only=True):
    """An objection is on record, under its number."""

    number: int


@click.command()
@click.argument("service")
@click.option("--cursor", default="", help="`next` of the page before.")
@url_option
@json_option
@ending
def announcements(service: str, url: str, cursor: str, *, as_json: bool) -> None:
    """List the cases of a SERVICE against which anybody may object now."""

    async def work() -> Reply:
        async with connect(url) as client:
            query = f"?{urlencode({'cursor': cursor})}" if cursor else ""
            return await client.call("GET", at("services", service, "announcements") + query)

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print(reply.into(Announced)))


def _print(shown: Announced) -> None:
    if not shown.announcements:
        out.print("Nothing is announced.")
        return
    lines = table("case", "step", "what", "until", "")
    for each in shown.announcements:
        told = "; ".join(f"{name}: {value}" for name, value in each.published.items())
        lines.add_row(each.case, each.step, english(each.title), clock(each.until), escape(told))
    out.print(lines)
    if shown.next:
        out.print(f"more: --cursor {escape(shown.next)}")


@click.command("object")
@click.argument("service")
@click.argument("case_id", metavar="CASE")
@click.argument("step")
@click.option("--name", required=True, help="Who objects.")
@click.option("--contact", required=True, help="How to be reached: a telephone number, an e-mail address.")
@click.option("--grounds", required=True, help="Why; the applicant reads it, without the name.")
@url_option
@json_option
@ending
def raise_objection(service: str, case_id: str, step: str, url: str, *, as_json: bool, **body: str) -> None:
    """Object to a CASE while a STEP of it is announced; the lead agency decides."""

    async def work() -> Reply:
        async with connect(url) as client:
            return await client.send(
                "POST", at("services", service, "announcements", case_id, step, "objections"), body
            )

    reply = run(work())
    objected = reply.into(Objected)
    emit(reply.json(), as_json=as_json, human=lambda: out.print(f"Objection {objected.number} is on record."))


class OpenObjections(Struct, frozen=True, kw_only=True):
    """What is to be decided."""

    objections: list[OpenObjection]


@click.command()
@url_option
@token_option
@json_option
@ending
def objections(url: str, token: str, *, as_json: bool) -> None:
    """List the objections that your agency is to decide as the lead of its services (officer)."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", at("objections"))

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_open(reply.into(OpenObjections)))


def _print_open(shown: OpenObjections) -> None:
    if not shown.objections:
        out.print("No objection waits for your agency.")
        return
    lines = table("case", "step", "number", "decide by", "who", "grounds")
    for each in shown.objections:
        step = f"{each.step}/{each.item}" if each.item else each.step
        who = f"{each.raised.name} ({each.raised.contact})"
        number, due = str(each.raised.number), clock(each.decide_by)
        lines.add_row(each.case, step, number, due, escape(who), escape(each.raised.grounds))
    out.print(lines)


@click.command("decide-objection")
@click.argument("case_id", metavar="CASE")
@click.argument("step")
@click.argument("number", type=click.IntRange(1))
@click.option("--uphold/--dismiss", "upheld", required=True, help="Upheld, it refuses the step.")
@click.option("--reason", required=True, help="Why; the applicant reads that of an upheld one.")
@click.option("--item", default="", help="Which item of the step.")
@url_option
@token_option
@json_option
@ending
def decide_objection(case_id: str, step: str, url: str, token: str, *, as_json: bool, **word: object) -> None:
    """Uphold or dismiss an objection, as an officer of the lead agency."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.send("POST", at("objections", case_id, step), word)

    run(work())
    emit({"recorded": True}, as_json=as_json, human=lambda: out.print("Recorded."))

"""`gapura case announcements | object`: what services publish of their cases, and objecting to it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from urllib.parse import urlencode

import rich_click as click
from msgspec import Struct

from contracts.views import AnnouncementView
from gateway.cli.calling import Reply, at, connect, run, url_option
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

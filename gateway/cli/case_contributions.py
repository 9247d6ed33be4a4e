"""`gapura case contributions | revoke-part | confirm-revocation`: what an agency gave, and taking a part of it back."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from urllib.parse import urlencode

import rich_click as click
from msgspec import Struct

from contracts.contributions import ContributionView
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.case_text import clock, english
from gateway.cli.exits import emit, ending, escape, json_option, out, table


class Given(Struct, frozen=True, kw_only=True):
    """What an agency gave, and where the list goes on."""

    contributions: list[ContributionView]
    next: str = ""


@click.command()
@click.option("--case", "case", default="", help="Only of this case.")
@click.option("--cursor", default="", help="`next` of the page before.")
@url_option
@token_option
@json_option
@ending
def contributions(url: str, token: str, *, as_json: bool, **wanted: str) -> None:
    """List what your agency gave to joint outputs that were issued (officer)."""
    query = urlencode({name: value for name, value in wanted.items() if value})

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", f"/v1/contributions?{query}")

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print(reply.into(Given)))


def _print(given: Given) -> None:
    if given.contributions:
        lines = table("contribution", "what", "given", "stands")
        for each in given.contributions:
            given_at = clock(each.at) if each.at else ""
            lines.add_row(each.key, english(each.title), given_at, _stands(each))
        out.print(lines)
    else:
        out.print("Nothing of your agency is in the outputs looked through.")
    if given.next:
        out.print(f"more: --cursor {escape(given.next)}")


def _stands(given: ContributionView) -> str:
    if given.revoked is not None:
        return f"revoked on {given.revoked.at:%Y-%m-%d}"
    if given.proposal is not None:
        return f"yes, until a second officer confirms what {escape(given.proposal.officer)} proposes"
    return "yes; the output stands only with it" if given.required else "yes"


@click.command("revoke-part")
@click.argument("contribution")
@click.option("--reason", required=True, help="Why it stands no more; the applicant reads it.")
@click.option("--legal-basis", required=True, help="By which law; whoever verifies the output reads it.")
@click.option("--objection", required=True, help="Where and until when the applicant may object.")
@url_option
@token_option
@json_option
@ending
def revoke_part(contribution: str, url: str, token: str, *, as_json: bool, **body: str) -> None:
    """Take back a CONTRIBUTION of your agency to a joint output (officer); it is named as `case contributions` does."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.send("POST", at("contributions", contribution.replace("/", ":"), "revocation"), body)

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_done(reply.into(ContributionView)))


@click.command("confirm-revocation")
@click.argument("contribution")
@click.option("--digest", required=True, help="`proposal.digest` of the contribution: what you have looked at.")
@click.option("--reject", "text", default="", help="Do not confirm, and say why.")
@url_option
@token_option
@json_option
@ending
def confirm_revocation(contribution: str, digest: str, text: str, url: str, token: str, *, as_json: bool) -> None:
    """Confirm that a colleague takes a CONTRIBUTION back, or let it stand (second officer)."""
    body = {"confirm": not text, "digest": digest, "text": text}

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.send("POST", at("contributions", contribution.replace("/", ":"), "confirmation"), body)

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_done(reply.into(ContributionView)))


def _print_done(given: ContributionView) -> None:
    if given.proposal is not None:
        out.print(f"Proposed: a second officer must confirm it, with --digest {escape(given.proposal.digest)}.")
        return
    if given.revoked is None:
        out.print(f"{escape(given.key)} stands.")
        return
    whole = " The joint output is revoked with it." if given.required else " The rest of the joint output stands."
    out.print(f"{escape(given.key)} stands no more.{whole}")

"""`gapura case`: renewing what ends, and what agencies note of what was revoked."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from urllib.parse import urlencode

import rich_click as click

from contracts.after_issue import NoticePage, NoticeView
from contracts.draft_views import DraftView
from gateway.cli.calling import Reply, at, connect, run, secret_option, token_option, url_option
from gateway.cli.case_text import clock, english
from gateway.cli.exits import Ends, emit, ending, err, escape, json_option, out, table
from gateway.cli.secrets import Secrets


@click.command()
@click.argument("case_id", metavar="CASE")
@secret_option
@url_option
@json_option
@ending
def renew(case_id: str, secret: str, url: str, *, as_json: bool) -> None:
    """Begin to renew the joint output of a CASE that ends: a draft with your earlier answers, under the same secret.

    From 90 days before its end on. Look through the answers, and send them with `gapura draft`.
    """
    held = Secrets().needed(case_id, secret)

    async def work() -> Reply:
        async with connect(url, held) as client:
            return await client.call("POST", at("cases", case_id, "renewal"))

    reply = run(work())
    view = reply.into(DraftView)
    emit(reply.json(), as_json=as_json, human=lambda: _print_begun(view))
    try:
        Secrets().keep(view.draft, held)
    except Ends as ends:
        err.print(f"{ends} The draft opens with the secret of {case_id}.", style="yellow", markup=False)


def _print_begun(view: DraftView) -> None:
    out.print(f"{view.draft} renews {view.renews}: a draft with its answers; nothing is sent yet.", markup=False)
    if view.carried:
        out.print(f"Documents taken over: {', '.join(view.carried)}; hand in others to replace them.", markup=False)
    if view.unfit:
        out.print(f"The form now on offer does not take: {', '.join(view.unfit)}", style="yellow", markup=False)
    out.print(f"look    gapura draft show {view.service} {view.draft}", markup=False)
    out.print(f"change  gapura draft save {view.service} FORM --draft {view.draft}", markup=False)
    out.print(f"send    gapura draft apply {view.service} {view.draft}", markup=False)


@click.command()
@click.option("--cursor", default="", help="`next` of the page before.")
@url_option
@token_option
@json_option
@ending
def notices(url: str, token: str, cursor: str, *, as_json: bool) -> None:
    """List what was revoked of outputs that your agency gave a part to, and has still to note (officer)."""
    query = f"?{urlencode({'cursor': cursor})}" if cursor else ""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", f"/v1/notices{query}")

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_notices(reply.into(NoticePage)))


def _print_notices(page: NoticePage) -> None:
    if page.notices:
        lines = table("notice", "revoked", "by", "since", "legal basis", "")
        for each in page.notices:
            lines.add_row(
                each.notice, _what(each), each.by, clock(each.at), escape(each.legal_basis), "rests" * each.rests
            )
        out.print(lines)
    else:
        out.print("Nothing is to be noted by your agency.")
    if page.next:
        out.print(f"more: --cursor {escape(page.next)}")


def _what(notice: NoticeView) -> str:
    return f"the whole: {english(notice.title)}" if notice.whole else english(notice.title)


@click.command("take-notice")
@click.argument("notice")
@url_option
@token_option
@json_option
@ending
def take_notice(notice: str, url: str, token: str, *, as_json: bool) -> None:
    """Say that your agency knows of a NOTICE (officer); it is named as `case notices` does."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("POST", at("notices", notice, "taking"))

    run(work())
    emit({"recorded": True}, as_json=as_json, human=lambda: out.print("Recorded."))

"""`gapura case`: what applicants do with their applications: submit, show, watch."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import aclosing, nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import rich_click as click
from msgspec import Struct, field

from contracts.bills import BillView
from contracts.views import CaseLine, CaseView
from gateway.cli.calling import Reply, at, connect, run, secret_option, token_option, url_option
from gateway.cli.case_acts import act, list_cases, retry
from gateway.cli.case_after_issue import notices, renew, take_notice
from gateway.cli.case_bills import print_bills
from gateway.cli.case_bulk import bulk
from gateway.cli.case_clocks import clocks
from gateway.cli.case_contributions import confirm_revocation, contributions, revoke_part
from gateway.cli.case_documents import document
from gateway.cli.case_due import due
from gateway.cli.case_form import answers_of
from gateway.cli.case_mending import answer, correct, withdraw
from gateway.cli.case_objections import announcements, decide_objection, objections, raise_objection
from gateway.cli.case_payments import check_payment
from gateway.cli.case_sheets import decide_sheet, sheet
from gateway.cli.case_tasks import claim, confirm, decide, hand_over, release, tasks
from gateway.cli.case_text import History, Receipt, event_line, print_case, print_history, print_within
from gateway.cli.exits import (
    INTERRUPTED,
    NOT_SO,
    UNREACHABLE,
    USAGE,
    Ends,
    emit,
    ending,
    err,
    json_option,
    out,
    print_json,
)
from gateway.cli.files import FILE_OR_INPUT, read_object
from gateway.cli.secrets import Secrets

UNFINISHED: Final = frozenset({"draft", "open", "issuing", "closing", "revoking"})
LAST_EVENTS: Final = frozenset({"CaseIssued", "CaseClosed", "CaseRevoked"})
PATIENCE_S: Final = 60.0
"""How long a gateway that was there may be away while a case is watched."""
_AGAIN_S: Final = 1.0


@click.group()
def case() -> None:
    """Applications: submit, follow, mend."""


_APPLICANTS: Final = (document, answers_of, correct, answer, check_payment, withdraw, renew)
_OPERATORS: Final = (list_cases, clocks, act, retry, bulk, due)
_OFFICERS: Final = (
    tasks,
    claim,
    release,
    hand_over,
    decide,
    confirm,
    sheet,
    decide_sheet,
    objections,
    decide_objection,
    contributions,
    revoke_part,
    confirm_revocation,
    notices,
    take_notice,
)
for _command in (*_APPLICANTS, announcements, raise_objection, *_OPERATORS, *_OFFICERS):
    case.add_command(_command)


# --- submit ---------------------------------------------------------------------------------------------------


@case.command()
@click.argument("service")
@click.argument("form", type=FILE_OR_INPUT)
@click.option("--wait", type=click.IntRange(0, 30), default=0, help="Wait so many seconds for the output.")
@click.option("--key", default="", help="Idempotency-Key: a wish that is sent again under its key is one case.")
@url_option
@json_option
@ending
def submit(service: str, form: Path, wait: int, key: str, url: str, *, as_json: bool) -> None:
    """Apply: send a FORM (YAML or JSON; - is standard input) for a SERVICE.

    Prints the case and its secret, which is kept for you. All mistakes in the form come at once.
    """
    answers = _read_form(form)
    key = key or str(uuid.uuid4())
    again = f"It may have arrived. Send it again with --key {key}: the same wish is one case."
    try:
        with err.status(f"Waiting up to {wait} s for the output …" if wait else "Sending …"):
            reply = run(_apply(url, service, answers, key=key, wait=wait))
    except KeyboardInterrupt as stop:
        raise Ends(INTERRUPTED, f"Interrupted. {again}") from stop
    except Ends as ends:
        if ends.code != UNREACHABLE:
            raise
        raise Ends(ends.code, f"{ends}\n{again}", ends.problem) from ends
    receipt = reply.into(Receipt)
    emit(reply.json(), as_json=as_json, human=lambda: _print_receipt(receipt))
    _keep(receipt)


def _keep(receipt: Receipt) -> None:
    """Keep the secret; where that cannot be, the case is submitted all the same."""
    try:
        Secrets().keep(receipt.case, receipt.secret)
    except Ends as ends:
        err.print(f"{ends} The secret is not kept for you: write it down.", style="yellow", markup=False)


async def _apply(url: str, service: str, answers: dict[str, Any], *, key: str, wait: int) -> Reply:
    async with connect(url) as client:
        headers = {"Idempotency-Key": f'"{key}"', **({"Prefer": f"wait={wait}"} if wait else {})}
        try:
            return await client.send("POST", at("services", service, "cases"), answers, headers)
        except Ends as ends:
            if (ends.problem or {}).get("status") != HTTPStatus.NOT_FOUND:
                raise
            offered = [entry["service"] for entry in (await client.get(at("services")))["services"]]
            raise Ends(ends.code, f"{ends}\n  (on offer: {', '.join(offered) or 'nothing'})", ends.problem) from ends


def _read_form(path: Path) -> dict[str, Any]:
    """Read a form: an object, or what is under `form` in one, as in the example's samples."""
    loaded = read_object(path)
    form = loaded.get("form", loaded)
    if not isinstance(form, dict):
        raise Ends(USAGE, f"{path}: what is under `form` must be an object: a name and a value for each answer.")
    return cast("dict[str, Any]", form)


def _print_receipt(receipt: Receipt) -> None:
    out.print(f"case   [bold]{receipt.case}[/]\nsecret {receipt.secret}\n")
    print_case(receipt.view)
    if receipt.view.state in UNFINISHED:
        out.print(f"Follow it: gapura case watch {receipt.case}")


# --- show -----------------------------------------------------------------------------------------------------


class Shown(Struct, frozen=True, kw_only=True):
    """A case; its history where an operator looks."""

    view: CaseView
    history: History | None = None
    bills: list[BillView] = field(default_factory=list[BillView])
    within: list[CaseLine] = field(default_factory=list[CaseLine])


@case.command()
@click.argument("case_id", metavar="CASE")
@secret_option
@url_option
@token_option
@json_option
@ending
def show(case_id: str, secret: str, url: str, token: str, *, as_json: bool) -> None:
    """Show where each step stands. With an operator's token: any case, its attempts, acts and bills."""
    shown = run(_look(url, case_id, secret, token))
    emit(shown, as_json=as_json, human=lambda: _print_shown(msgspec.convert(shown, Shown)))


async def _look(url: str, case_id: str, secret: str, token: str) -> dict[str, Any]:
    """Look as the applicant by a given secret, else as the operator, else as the applicant by the kept secret."""
    if token and not secret:
        async with connect(url, token) as client:
            return cast("dict[str, Any]", await client.get(at("operations", "cases", case_id)))
    async with connect(url, Secrets().needed(case_id, secret)) as client:
        return {"view": await client.get(at("cases", case_id))}


def _print_shown(shown: Shown) -> None:
    print_case(shown.view)
    print_within(shown.within)
    if shown.history is not None:
        print_history(shown.history)
    print_bills(shown.bills)


# --- watch ----------------------------------------------------------------------------------------------------


@case.command()
@click.argument("case_id", metavar="CASE")
@click.option("--after", type=click.IntRange(0), default=0, help="Leave out the events up to this version.")
@secret_option
@url_option
@json_option
@ending
def watch(case_id: str, after: int, secret: str, url: str, *, as_json: bool) -> None:
    """Follow a case, from its first event, until it is issued or closed; exit 0 only when it is issued.

    Goes on when the gateway is restarted. With --json each event is a line, and the last line is the case.
    """
    held = Secrets().needed(case_id, secret)
    following = Following(url, held, case_id, after, as_json=as_json)
    try:
        with nullcontext() if as_json else out.status("Following; Ctrl-C stops looking, the case goes on."):
            view = run(following.to_the_end())
    except KeyboardInterrupt as stop:
        again = f"gapura case watch {case_id} --after {following.seen}"
        raise Ends(INTERRUPTED, f"Stopped looking; the case goes on. Go on here: {again}") from stop
    if as_json:
        print_json(view, indent=0)
    else:
        print_case(view)
    if view.state != "issued":
        raise Ends(NOT_SO)


class Following:
    """Tells each event of a case once, over restarts of the gateway."""

    def __init__(self, url: str, secret: str, case_id: str, after: int, *, as_json: bool) -> None:
        """Take where and which case, and the version after which to begin."""
        self._url, self._secret, self._as_json = url, secret, as_json
        self._path = at("cases", case_id)
        self.seen = after

    async def to_the_end(self) -> CaseView:
        """Tell events until the case is issued or closed, and give it as it then is.

        Raises:
            Ends: the gateway declines, is not there, or was and is away for longer than `PATIENCE_S`.

        """
        view = await self._look()
        away_since: float | None = None
        while view.state in UNFINISHED or self.seen < view.version:
            try:
                if away_since is None:
                    await self._tell(view)
                view, away_since = await self._look(), None
            except Ends as ends:
                if ends.code != UNREACHABLE:
                    raise
                if away_since is None:
                    err.print(f"{ends} Trying again for {PATIENCE_S:.0f} s.", markup=False)
                    away_since = time.monotonic()
                elif time.monotonic() - away_since > PATIENCE_S:
                    raise
                await asyncio.sleep(_AGAIN_S)
        return view

    async def _look(self) -> CaseView:
        async with connect(self._url, self._secret) as client:
            return (await client.call("GET", self._path)).into(CaseView)

    async def _tell(self, view: CaseView) -> None:
        """Tell events until the last one, or as far as a finished case goes, or the gateway ends the stream."""
        path = f"{self._path}/events"
        async with connect(self._url, self._secret) as client, aclosing(client.events(path, self.seen)) as events:
            async for event in events:
                self.seen = event["version"]
                if self._as_json:
                    print_json(event, indent=0)
                else:
                    out.print(event_line(event))
                finished = view.state not in UNFINISHED and self.seen >= view.version
                if finished or event["event"] in LAST_EVENTS:
                    return

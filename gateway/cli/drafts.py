"""`gapura draft`: applications that are gone on with later."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import rich_click as click

from contracts.draft_views import DraftView
from contracts.views import CaseView
from gateway.cli.calling import Reply, at, connect, run, secret_option, url_option
from gateway.cli.case_text import print_case
from gateway.cli.exits import Ends, emit, ending, err, json_option, out, print_json
from gateway.cli.files import FILE_OR_INPUT, read_object
from gateway.cli.secrets import Secrets
from gateway.routes.drafts import DraftReceipt


@click.group()
def draft() -> None:
    """Drafts of applications: save, show, apply, delete."""


@draft.command()
@click.argument("service")
@click.argument("form", type=FILE_OR_INPUT)
@click.option("--draft", "name", default="", metavar="DRAFT", help="Save this draft again; default: begin one.")
@click.option("--key", default="", help="Idempotency-Key: a wish that is sent again under its key is one draft.")
@secret_option
@url_option
@json_option
@ending
def save(service: str, form: Path, name: str, key: str, secret: str, url: str, *, as_json: bool) -> None:
    """Save a FORM (YAML or JSON; - is standard input) for a SERVICE, as far as it is filled in.

    Prints the draft and its secret, which is kept for you. The last save counts.
    """
    answers = _answers(form)
    if name:
        held = Secrets().needed(name, secret)
        view = _call(url, held, "PUT", at("services", service, "drafts", name), answers)
        emit(view.json(), as_json=as_json, human=lambda: _print_draft(view.into(DraftView)))
        return
    headers = {"Idempotency-Key": f'"{key or uuid.uuid4()}"'}
    reply = _call(url, "", "POST", at("services", service, "drafts"), answers, headers)
    receipt = reply.into(DraftReceipt)
    emit(reply.json(), as_json=as_json, human=lambda: _print_receipt(receipt))
    try:
        Secrets().keep(receipt.draft, receipt.secret)
    except Ends as ends:
        err.print(f"{ends} The secret is not kept for you: write it down.", style="yellow", markup=False)


@draft.command()
@click.argument("service")
@click.argument("name", metavar="DRAFT")
@secret_option
@url_option
@json_option
@ending
def show(service: str, name: str, secret: str, url: str, *, as_json: bool) -> None:
    """Show a draft: its answers, and until when it is kept."""
    reply = _call(url, Secrets().needed(name, secret), "GET", at("services", service, "drafts", name))
    emit(reply.json(), as_json=as_json, human=lambda: _print_whole(reply.into(DraftView)))


@draft.command()
@click.argument("service")
@click.argument("name", metavar="DRAFT")
@secret_option
@url_option
@json_option
@ending
def apply(service: str, name: str, secret: str, url: str, *, as_json: bool) -> None:
    """Apply with a draft as it was saved; all mistakes in it come at once.

    The case has the draft's name and secret.
    """
    reply = _call(url, Secrets().needed(name, secret), "POST", at("services", service, "drafts", name, "case"))
    emit(reply.json(), as_json=as_json, human=lambda: print_case(reply.into(CaseView)))


@draft.command()
@click.argument("service")
@click.argument("name", metavar="DRAFT")
@secret_option
@url_option
@json_option
@ending
def delete(service: str, name: str, secret: str, url: str, *, as_json: bool) -> None:
    """Delete a draft: nobody can read it any more."""
    _call(url, Secrets().needed(name, secret), "DELETE", at("services", service, "drafts", name))
    emit({"draft": name, "deleted": True}, as_json=as_json, human=lambda: out.print(f"{name} is deleted."))


def _call(
    url: str, secret: str, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> Reply:
    async def work() -> Reply:
        async with connect(url, secret) as client:
            if body is None:
                return await client.call(method, path, headers=headers)
            return await client.send(method, path, body, headers)

    return run(work())


def _answers(path: Path) -> dict[str, Any]:
    """Read answers: an object, or what is under `form` in one, as in the example's samples."""
    loaded = read_object(path)
    form = loaded.get("form")
    return form if isinstance(form, dict) else loaded


def _print_receipt(receipt: DraftReceipt) -> None:
    out.print(f"draft  [bold]{receipt.draft}[/]\nsecret {receipt.secret}\n")
    _print_draft(receipt.view)


def _print_draft(view: DraftView) -> None:
    out.print(f"{view.draft}  {view.service}, kept until {view.expires_at:%Y-%m-%d %H:%M %Z}", markup=False)
    if view.overwrote:
        out.print("A save that was newer than what this began from is replaced.", style="yellow")
    if view.carried:
        out.print(f"Documents of {view.renews}, as they were: {', '.join(view.carried)}", markup=False)
    if view.unfit:
        out.print(f"The form now on offer does not take: {', '.join(view.unfit)}", style="yellow", markup=False)
    if not view.offered:
        out.print("The service is not offered at the moment: it can be kept, and not be sent.", style="yellow")


def _print_whole(view: DraftView) -> None:
    _print_draft(view)
    print_json(view.form)

"""`gapura agreement list` and `fetch`: the agreements that a gateway has, and everything to check one without it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import rich_click as click

from contracts.agreement_views import AgreementList, AgreementShown, AgreementView, WordView
from contracts.bulk import BulkView
from gateway.cli.approvals import print_run
from gateway.cli.calling import at, connect, run, token_option, url_option
from gateway.cli.exits import NOT_SO, Ends, emit, ending, escape, json_option, out, table
from gateway.cli.files import FILE, NEW_FOLDER, read_file, write_file
from gateway.clock import SystemClock
from workflows.loading.agreement_standing import days_left, soon
from workflows.loading.agreements import document
from workflows.outputs.signed_pdf import attached_agreement

_DAYS: Final = re.compile(r"([0-9]{1,4}) ?(?:d|days?)")
_STATES: Final = {
    "in_force": "[green]in force[/]",
    "waits": "[yellow]waits[/]",
    "rejected": "[red]rejected[/]",
    "revoked": "[red]revoked[/]",
    "not_yet": "not yet valid",
    "ended": "ended",
}


def _days(_: click.Context, __: click.Parameter, value: str) -> int:
    """Take a time in days, or say how it is written."""
    if not value:
        return 0
    found = _DAYS.fullmatch(value.strip())
    if found is None or not int(found[1]):
        raise click.BadParameter(f"{value!r} is no number of days; write 30d.")
    return int(found[1])


@click.command("list")
@click.option("--service", default="", help="Only agreements on this service: its history.")
@click.option("--agency", default="", help="Only agreements to which this agency is a party.")
@click.option(
    "--ending", "ending_days", default="", callback=_days, help="Only those in force that end within so long: 30d."
)
@url_option
@json_option
@ending
def list_agreements(service: str, agency: str, ending_days: int, url: str, *, as_json: bool) -> None:
    """List the agreements at the gateway: where each stands, whom it waits for, when it ends."""
    query = urlencode({"service": service, "agency": agency, "ending": ending_days})

    async def work() -> AgreementList:
        async with connect(url) as client:
            return (await client.call("GET", f"{at('agreements')}?{query}")).into(AgreementList)

    found = run(work())
    emit(found, as_json=as_json, human=lambda: _print(found.agreements))


def _print(views: list[AgreementView]) -> None:
    if not views:
        out.print("No agreement is like this.")
        return
    now, rows = SystemClock().now(), table("service", "state", "waits for", "valid until", "digest")
    for view in views:
        ends = f"{view.valid_until:%Y-%m-%d}"
        if soon(view, now) is not None:
            ends += f" [yellow]in {days_left(view, now)} days[/]"
        waits = ", ".join(word.agency for word in view.words if word.state != "signed")
        rows.add_row(f"{view.service} {view.version}", _STATES[view.state], escape(waits), ends, view.digest)
    out.print(rows)


@click.command()
@click.argument("digest")
@click.option("--out", "folder", type=NEW_FOLDER, default=Path(), help="Folder to write into.")
@url_option
@json_option
@ending
def fetch(digest: str, folder: Path, url: str, *, as_json: bool) -> None:
    """Fetch an agreement, its PDF, every agency's word and the keys: what `check` needs, also without a network."""

    async def work() -> tuple[AgreementShown, bytes, bytes]:
        async with connect(url) as client:
            path = at("agreements", digest)
            shown = (await client.call("GET", path, headers={"Accept": "application/json"})).into(AgreementShown)
            pdf = (await client.call("GET", path, headers={"Accept": "application/pdf"})).body
            return shown, pdf, (await client.call("GET", at("keys"))).body

    shown, pdf, keys = run(work())
    name = f"{shown.view.service}-{shown.view.version}.agreement"
    files = {f"{name}.json": document(shown.agreement), f"{name}.pdf": pdf, "keys.json": keys}
    files |= {_named(name, word): f"{word.jws}\n".encode() for word in shown.view.words if word.jws}
    for file, content in files.items():
        write_file(folder / file, content)
    written = [str(folder / file) for file in files]
    emit({"files": written}, as_json=as_json, human=lambda: out.print("\n".join(escape(file) for file in written)))


@click.command("record-signed")
@click.argument("file", type=FILE)
@click.option("--agreement", "digest", default="", help="Its digest; default: of the document attached to the PDF.")
@click.option("--agency", required=True, help="Whose word it is.")
@click.option(
    "--decision",
    type=click.Choice(["accept", "reject", "revoke"]),
    default="accept",
    show_default=True,
    help="What it says.",
)
@click.option("--name", required=True, help="Who signed.")
@click.option("--office", required=True, help="In which office.")
@click.option("--mandate", default="", help="By which mandate.")
@click.option(
    "--kind",
    type=click.Choice(["letter", "PKS", "SK"]),
    default="letter",
    show_default=True,
    help="What the paper is, or came with.",
)
@click.option("--number", required=True, help="Number of the letter or instrument.")
@click.option("--date", required=True, help="Its date: 2026-11-24.")
@click.option("--signed-on", required=True, help="The day of the signature: 2026-11-24.")
@click.option("--reason", default="", help="Why not, as the agency says it.")
@click.option("--note", required=True, help="How the paper came to you; it is recorded with your name.")
@click.option("--break-glass", is_flag=True, help="An emergency: it counts at once, and is reviewed within three days.")
@url_option
@token_option
@json_option
@ending
def record_signed(file: Path, digest: str, url: str, token: str, *, as_json: bool, **said: Any) -> None:
    """Record a word that came back as a signed PDF (operator); it counts once another operator approves it."""
    content = read_file(file)
    agreement = digest or attached_agreement(content)
    if not agreement:
        raise Ends(NOT_SO, f"{file} has no agreement attached: name it with --agreement sha256:... (`agreement list`).")

    async def work() -> BulkView:
        async with connect(url, token) as client:
            return (await client.send("POST", at("agreements", agreement, "papers"), {**said, "file": content})).into(
                BulkView
            )

    view = run(work())
    emit(view, as_json=as_json, human=lambda: _print_paper(view))


def _print_paper(view: BulkView) -> None:
    if view.paper is not None:
        out.print(f"{escape(view.paper.agency)} says {view.paper.decision}; the file is {view.paper.file}.")
        out.print(f"Electronic signatures in it: {_FOUND[view.paper.found]}{escape(_of(view.paper.signers))}")
    print_run(view)


_FOUND: Final = {
    "none": "there is none",
    "valid": "valid, of an issuer that is known here",
    "unknown": "intact, of an issuer that is not known here",
    "altered": "ALTERED after it was signed",
}


def _of(signers: list[str]) -> str:
    return f" ({'; '.join(signers)})" if signers else ""


def _named(name: str, word: WordView) -> str:
    decision = {"signed": "accept", "rejected": "reject"}.get(word.state, "revoke")
    return f"{name}.{word.agency}.{decision}.{'record.' if word.file else ''}jws"

"""`gapura output`: get a joint output, and verify offline that it is what its agencies gave."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import rich_click as click

from contracts.trust import TrustFile
from gateway.cli.calling import at, connect, run, secret_option, url_option
from gateway.cli.exits import NOT_SO, USAGE, Ends, emit, ending, escape, json_option, out
from gateway.cli.files import FILE, FILE_OR_INPUT, NEW_FILE, read_as, read_file, read_text, write_file
from gateway.cli.secrets import Secrets
from gateway.clock import SystemClock
from workflows.outputs.part_check import PartVerdict
from workflows.outputs.verify import Verdict
from workflows.outputs.verify import verify as judge

_STYLES: Final = {"valid": "bold green", "altered": "bold red", "revoked": "bold red", "unknown": "bold yellow"}
KINDS: Final = {".pdf": "application/pdf", ".jwt": "application/vc+jwt", ".json": "application/json"}
"""How an output is asked for, by the ending of the file that it goes into."""


@click.group()
def output() -> None:
    """Joint outputs: get one, verify one."""


@output.command()
@click.argument("case_id", metavar="CASE")
@click.argument("file", type=NEW_FILE)
@secret_option
@url_option
@json_option
@ending
def get(case_id: str, file: Path, secret: str, url: str, *, as_json: bool) -> None:
    """Write a case's joint output (or closing record) to FILE: .pdf, .jwt for the credential, .json for both."""
    kind = KINDS.get(file.suffix)
    if kind is None:
        raise Ends(USAGE, f"{file}: name a file that ends in {', '.join(KINDS)}.")
    held = Secrets().needed(case_id, secret)

    async def work() -> bytes:
        async with connect(url, held) as client:
            return (await client.call("GET", at("cases", case_id, "output"), headers={"Accept": kind})).body

    body = run(work())
    write_file(file, body)
    written = {"file": str(file), "type": kind, "bytes": len(body)}
    emit(written, as_json=as_json, human=lambda: out.print(f"{escape(str(file))}  {len(body)} bytes, {kind}"))


@output.command()
@click.argument("file", type=FILE_OR_INPUT)
@click.option(
    "--keys", type=FILE, envvar="GAPURA_KEYS", default=None, help="A kept trust file; default: ask the gateway."
)
@click.option(
    "--status-list", type=FILE, default=None, help="A kept status list; without it --keys cannot tell of revocation."
)
@url_option
@json_option
@ending
def verify(file: Path, keys: Path | None, status_list: Path | None, url: str, *, as_json: bool) -> None:
    """Say whether FILE is valid, altered, revoked or unknown: a PDF, a credential or a QR code's text; - reads stdin.

    Exit 0 only when it is valid. With --keys nothing is asked of anybody.
    """
    presented = read_file(file)
    listed = read_text(status_list) if status_list else ""
    if keys is None:
        verdict = run(_ask_and_judge(presented, url, listed))
    else:
        verdict = _judge(presented, read_as(keys, TrustFile, "trust file (what `GET /v1/keys` gives)"), listed)
    emit(verdict, as_json=as_json, human=lambda: _print(verdict))
    if verdict.word != "valid":
        raise Ends(NOT_SO)


def _judge(presented: bytes, trust: TrustFile, listed: str) -> Verdict:
    try:
        return judge(presented, trust, now=SystemClock().now(), status_list=listed)
    except ValueError as error:
        raise Ends(USAGE, f"The trust file cannot be used: {error}.") from error


async def _ask_and_judge(presented: bytes, url: str, listed: str) -> Verdict:
    """Judge by the gateway's keys, and by the status list that the output names."""
    async with connect(url) as client:
        trust = (await client.call("GET", at("keys"))).into(TrustFile)
        verdict = _judge(presented, trust, listed)
        if listed or not verdict.status_list:
            return verdict
        return _judge(presented, trust, (await client.call("GET", urlsplit(verdict.status_list).path)).body.decode())


def _print(verdict: Verdict) -> None:
    language = "id" if os.environ.get("LANG", "").startswith("id") else "en"
    unsure = verdict.word == "valid" and not verdict.status_checked
    out.print(f"[{_STYLES[verdict.word]}]{verdict.word.upper()}[/]{'; status not checked' if unsure else ''}")
    for reason in verdict.reasons:
        out.print(f"  {escape(reason.text.into(language))}")
    if unsure and verdict.status_list:
        out.print(f"  The list is at {escape(verdict.status_list)}: keep it, and name it with --status-list.")
    if verdict.title is not None:
        out.print(f"  {escape(verdict.title.into(language))}, case {escape(verdict.case)}")
    if verdict.valid_until is not None:
        out.print(f"  valid until {verdict.valid_until:%Y-%m-%d %H:%M} UTC")
    for part in verdict.parts:
        out.print(f"  {_part(part)}")
        for document in part.documents:
            out.print(f"    {escape(f'{document.label.into(language)}: {document.name}')}  {escape(document.digest)}")


def _part(part: PartVerdict) -> str:
    """Give one part as a line: whose, its word, and by what it is known to be theirs."""
    if part.checked:
        others = sum(not value.signed for value in part.values)
        proof = f"signed by the agency, key {part.key_id}" + (f"; {others} of its values are not" if others else "")
    elif part.proof == "agency":
        proof = f"the agency's signature is not checked: {part.problem}"
    elif part.proof == "attestation":
        proof = "on the gateway's word"
    else:
        proof = ""
    if part.revoked:
        since = f" on {part.revoked_at:%Y-%m-%d}" if part.revoked_at is not None else ""
        proof = f"REVOKED by its agency{since}{f' ({part.revoked_by_law})' if part.revoked_by_law else ''}; {proof}"
    return escape(f"{part.agency:10} {part.step:12} {part.word:12} {proof}".rstrip())

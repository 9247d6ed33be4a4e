"""`gapura output`: get a joint output, and verify offline that it is what its agencies gave."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import rich_click as click
from rich.markup import escape

from contracts.trust import TrustFile
from gateway.cli.client import FILE, Secrets, connect, read_file, run, secret_option, url_option
from gateway.cli.exits import NOT_SO, USAGE, Ends, emit, ending, json_option, out
from workflows.outputs.part_check import PartVerdict
from workflows.outputs.verify import Verdict
from workflows.outputs.verify import verify as judge

_STYLES = {"valid": "bold green", "altered": "bold red", "revoked": "bold red", "unknown": "bold yellow"}


KINDS: Final = {".pdf": "application/pdf", ".jwt": "application/vc+jwt", ".json": "application/json"}
"""How an output is asked for, by the ending of the file that it goes into."""


@click.group()
def output() -> None:
    """Joint outputs: get one, verify one."""


@output.command()
@click.argument("case_id", metavar="CASE")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@secret_option
@url_option
@json_option
@ending
def get(case_id: str, file: Path, secret: str, url: str, *, as_json: bool) -> None:
    """Write a case's joint output (or closing record) to FILE: .pdf, .jwt for the credential, .json for both."""
    kind = KINDS.get(file.suffix)
    if kind is None:
        raise Ends(USAGE, f"{file}: name a file that ends in {', '.join(KINDS)}.")
    held = Secrets().of(case_id, secret)
    if not held:
        raise Ends(USAGE, "This case's secret is not kept here; give it with --secret.")

    async def work() -> bytes:
        async with connect(url, held) as client:
            return (await client.call("GET", f"/v1/cases/{case_id}/output", headers={"Accept": kind})).body

    body = run(work())
    try:
        file.write_bytes(body)
    except OSError as error:
        raise Ends(USAGE, f"{file} cannot be written: {error.strerror}.") from error
    written = {"file": str(file), "type": kind, "bytes": len(body)}
    emit(written, as_json=as_json, human=lambda: out.print(f"{escape(str(file))}  {len(body)} bytes, {kind}"))


@output.command()
@click.argument("file", type=FILE)
@click.option(
    "--keys", type=FILE, envvar="GAPURA_KEYS", default=None, help="A kept trust file; default: ask the gateway."
)
@click.option(
    "--status-list", type=FILE, default=None, help="A kept status list; without it revocation is not checked."
)
@url_option
@json_option
@ending
def verify(file: Path, keys: Path | None, status_list: Path | None, url: str, *, as_json: bool) -> None:
    """Say whether a joint output (PDF, credential or QR text) is valid, altered, revoked or unknown.

    Exit 0 only when it is valid. With --keys nothing is asked of anybody.
    """
    status = read_file(status_list).decode("ascii", "replace").strip() if status_list else ""
    if keys is not None:
        try:
            trust = msgspec.json.decode(read_file(keys), type=TrustFile)
        except msgspec.DecodeError as error:
            raise Ends(2, f"{keys} is no trust file: {error}") from error
    else:
        trust, status = run(_published(url, status))
    verdict = judge(read_file(file), trust, now=datetime.now(UTC), status_list=status)
    emit(verdict, as_json=as_json, human=lambda: _print(verdict))
    if verdict.word != "valid":
        raise Ends(NOT_SO)


async def _published(url: str, status: str) -> tuple[TrustFile, str]:
    async with connect(url) as client:
        trust = msgspec.json.decode((await client.call("GET", "/v1/keys")).body, type=TrustFile)
        if not status:
            status = (await client.call("GET", "/v1/status-lists/1")).body.decode()
        return trust, status


def _print(verdict: Verdict) -> None:
    language = "id" if os.environ.get("LANG", "").startswith("id") else "en"
    suffix = "" if verdict.status_checked or verdict.word != "valid" else "; status not checked"
    out.print(f"[{_STYLES[verdict.word]}]{verdict.word.upper()}[/]{suffix}")
    for reason in verdict.reasons:
        out.print(f"  {escape(reason.text.into(language))}")
    if verdict.title is not None:
        out.print(f"  {escape(verdict.title.into(language))}, case {escape(verdict.case)}")
    for part in verdict.parts:
        out.print(f"  {_part(part)}")


def _part(part: PartVerdict) -> str:
    """Give one part as a line: whose, its word, and by what it is known to be theirs."""
    if part.checked:
        proof = f"signed by the agency, key {part.key_id}"
    elif part.proof == "agency":
        proof = f"the agency's signature is not checked: {part.problem}"
    elif part.proof == "attestation":
        proof = "on the gateway's word"
    else:
        proof = ""
    return escape(f"{part.agency:10} {part.step:12} {part.word:12} {proof}".rstrip())

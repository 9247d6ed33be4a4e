"""`gapura output verify`: is a joint output what its agencies gave? Offline, with published keys."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich.markup import escape

from contracts.trust import TrustFile
from gateway.cli.client import connect, read_file, run, url_option
from gateway.cli.exits import NOT_SO, Ends, emit, ending, json_option, out
from gateway.cli.registering import FILE
from workflows.outputs.verify import Verdict
from workflows.outputs.verify import verify as judge

_STYLES = {"valid": "bold green", "altered": "bold red", "revoked": "bold red", "unknown": "bold yellow"}


@click.group()
def output() -> None:
    """Joint outputs."""


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


def _part(part: Any) -> str:  # noqa: ANN401 - a PartVerdict
    return escape(f"{part.agency}: {part.word}, {part.evidence} {part.key_id}".strip())

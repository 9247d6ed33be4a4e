"""What agencies promise and how it is carried out: `gapura contract` and `gapura plan`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import rich_click as click
from msgspec import Struct

from contracts.contract import Contract
from contracts.plan import PublishedPlan
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.exits import NOT_SO, USAGE, Ends, emit, ending, err, escape, json_option, out
from gateway.cli.files import FILE, FOLDER, read_file
from gateway.clock import SystemClock
from workflows.agencies.messages import Request
from workflows.agencies.signing import SigningKey, sign_request
from workflows.loading.api_files import DocumentUnusable, read_api
from workflows.loading.contracts import as_registered, load_contract, load_contracts
from workflows.loading.first_contract import Wanted, first_contract, name_of
from workflows.loading.hashing import contract_digest
from workflows.loading.mistakes import LoadingError, LoadMistake
from workflows.loading.plans import load_published

YAML: Final = {"Content-Type": "application/yaml"}

contracts_option = click.option(
    "--contracts",
    type=FOLDER,
    default=None,
    help="Folder of contracts; default: `contracts` beside `services`.",
)


def told(error: LoadingError, *, as_json: bool) -> Ends:
    """Print the mistakes of files and give the command's end."""
    if as_json:
        emit({"mistakes": error.mistakes}, as_json=True, human=lambda: None)
    else:
        for mistake in error.mistakes:
            err.print(_mistake(mistake))
    count = len(error.mistakes)
    return Ends(NOT_SO, "" if as_json else f"{count} {'mistake' if count == 1 else 'mistakes'}.")


def _mistake(mistake: LoadMistake) -> str:
    place = f"[bold]{escape(mistake.file)}:{mistake.line}:{mistake.column}[/]"
    return f"{place}: {escape(mistake.what)}\n    write {escape(mistake.instead)}"


# --- contracts ------------------------------------------------------------------------------------------------


@click.group()
def contract() -> None:
    """Contracts: what agencies promise."""


@contract.command("check")
@click.argument("files", nargs=-1, required=True, type=FILE)
@json_option
@ending
def check_contracts(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Check contract files; all mistakes at once, with line and what to write instead."""
    loaded: list[tuple[Path, Contract]] = []
    mistakes: list[LoadMistake] = []
    for file in files:
        try:
            loaded.append((file, load_contract(file)))
        except LoadingError as error:
            mistakes += error.mistakes
    if mistakes:
        raise told(LoadingError(mistakes), as_json=as_json)
    rows = [
        {"file": str(file), "name": entry.name, "version": entry.version, "digest": contract_digest(entry)}
        for file, entry in loaded
    ]
    emit(rows, as_json=as_json, human=lambda: _print_contracts(rows))


def _print_contracts(rows: list[dict[str, str]]) -> None:
    for row in rows:
        out.print(f"[green]✓[/] {escape(row['name'])} {row['version']}  {row['digest'][:19]}…  {escape(row['file'])}")


@contract.command("register")
@click.argument("file", type=FILE)
@click.option("--key", type=FILE, default=None, help="The agency's private key (a JWK), in place of a token.")
@url_option
@token_option
@json_option
@ending
def register_contract(file: Path, key: Path | None, url: str, token: str, *, as_json: bool) -> None:
    """Register a contract, or its new operational record: signed by the agency's key, or with a token of the agency."""
    try:
        entry = load_contract(file)
    except LoadingError as error:
        raise told(error, as_json=as_json) from error
    path = at("agencies", entry.agency, "contracts", entry.contract, entry.version)
    body = as_registered(read_file(file), entry)
    signature: dict[str, str] = {}
    if key is not None:
        token, signature = "", signed(Request("PUT", url + path, YAML, body), entry.agency, key)
    reply = run(_upload("PUT", path, body, url, token, signature))
    registered = reply.into(Registered)
    changed = "has a new operational record" if registered.changed else "is unchanged"
    word = "is registered" if registered.new else changed
    emit(reply.json(), as_json=as_json, human=lambda: out.print(f"{escape(entry.name)} {entry.version} {word}."))


@contract.command("from-openapi")
@click.argument("document", type=FILE)
@click.option("--operation", "ask", required=True, help="What does the work: an operationId, or METHOD /path.")
@click.option("--undo", default="", help="The operation that takes it back.")
@click.option("--lookup", default="", help="The operation that says what is held for an ask.")
@click.option("--poll", default="", help="The operation that says how an accepted ask stands.")
@click.option("--agency", required=True, help="The agency's name in addresses.")
@click.option("--contract", default="", help="The contract's name; default: made of the operation's.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Where; default: here.")
@json_option
@ending
def from_openapi(document: Path, output: Path | None, *, as_json: bool, **named: str) -> None:
    """Write a first contract and binding from an agency's OpenAPI document; what a person must decide says DECIDE."""
    named["contract"] = named["contract"] or name_of(named["ask"])
    wanted = Wanted(document=os.path.relpath(document, output.parent if output else Path.cwd()), **named)
    try:
        text = first_contract(read_api(document), wanted)
    except DocumentUnusable as error:
        raise Ends(NOT_SO, f"{document}: {error}") from error
    if output is not None:
        output.write_text(text, encoding="utf-8")
    numbered = enumerate(text.splitlines(), start=1)
    decide = [
        {"line": number, "what": line.partition("DECIDE:")[2].strip()} for number, line in numbered if "DECIDE:" in line
    ]
    written = {"file": None if output is None else str(output), "contract": text, "decide": decide}
    emit(written, as_json=as_json, human=lambda: _print_first(text, output, len(decide)))


def _print_first(text: str, output: Path | None, marks: int) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        out.print(f"{escape(str(output))} is written, with {marks} things to decide: search for DECIDE.")


class Registered(Struct, frozen=True, kw_only=True):
    """What became of a registration."""

    name: str
    version: str
    digest: str
    new: bool
    changed: bool


async def _upload(
    method: str, path: str, body: bytes, url: str, token: str, headers: Mapping[str, str] | None = None
) -> Reply:
    async with connect(url, token) as client:
        return await client.call(method, path, body=body, headers={**YAML, **(headers or {})})


def signed(request: Request, agency: str, key: Path) -> dict[str, str]:
    """Give the headers by which an agency signs a request.

    Raises:
        Ends: the key cannot sign.

    """
    try:
        private = SigningKey.from_jwk(agency, msgspec.json.decode(read_file(key), type=dict[str, object]))
    except (msgspec.DecodeError, ValueError) as error:
        raise Ends(USAGE, f"{key} cannot sign: {error}") from error
    return sign_request(request, private, now=SystemClock().now())


# --- plans ----------------------------------------------------------------------------------------------------


@click.group()
def plan() -> None:
    """Plans: how joint services are carried out."""


def read_plan(file: Path, folder: Path | None, *, as_json: bool = False) -> PublishedPlan:
    """Load a plan against a folder of contracts, and the calendars beside it.

    Raises:
        Ends: there are mistakes, or no contracts.

    """
    folder = folder or file.parent.parent / "contracts"
    if not folder.is_dir():
        raise Ends(USAGE, f"{folder} is no folder of contracts; name it with --contracts.")
    try:
        return load_published(file, load_contracts(folder), folder.absolute().parent / "calendars")
    except LoadingError as error:
        raise told(error, as_json=as_json) from error


@plan.command("check")
@click.argument("file", type=FILE)
@contracts_option
@json_option
@ending
def check_plan(file: Path, contracts: Path | None, *, as_json: bool) -> None:
    """Check a plan against the contracts of its agencies; all mistakes at once."""
    published = read_plan(file, contracts, as_json=as_json)
    summary = {
        "service": published.plan.service,
        "version": published.plan.version,
        "digest": published.digest,
        "agencies": published.agencies,
        "steps": {name: step.ask or step.kind for name, step in published.plan.steps.items()},
    }
    agencies = ", ".join(published.agencies)
    line = f"[green]✓[/] {published.plan.service} {published.plan.version}  {published.digest[:19]}…"
    emit(
        summary,
        as_json=as_json,
        human=lambda: out.print(f"{line}\n  {len(published.plan.steps)} steps; must be signed by {agencies}"),
    )


@plan.command("publish")
@click.argument("file", type=FILE)
@url_option
@token_option
@json_option
@ending
def publish_plan(file: Path, url: str, token: str, *, as_json: bool) -> None:
    """Publish a plan against the registered contracts (operator)."""
    reply = run(_upload("POST", at("plans"), read_file(file), url, token))
    published = reply.into(Registered)
    word = "is published as" if published.new else "was published before as"
    line = f"{escape(published.name)} {published.version} {word} {published.digest}."
    emit(reply.json(), as_json=as_json, human=lambda: out.print(line))

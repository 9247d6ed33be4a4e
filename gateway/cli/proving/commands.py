"""`gapura contract stand-in` and `gapura contract verify`: for whoever builds an agency's system."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec
import rich_click as click

from contracts.connection import WireConnection
from contracts.contract import Contract
from contracts.units import seconds
from gateway.cli.exits import NOT_SO, UNREACHABLE, USAGE, Ends, emit, ending, err, escape, json_option, out, print_json
from gateway.cli.files import FILE
from gateway.cli.registering import contract, told
from workflows.loading.contracts import load_contract
from workflows.loading.mistakes import LoadingError

if TYPE_CHECKING:
    from gateway.cli.proving.standing import Told as Serving
    from gateway.cli.proving.verifying import Verification

_TEST_KID: Final = "verify"


def _loaded(file: Path, *, as_json: bool) -> Contract:
    try:
        return load_contract(file)
    except LoadingError as error:
        raise told(error, as_json=as_json) from error


def _place(_: click.Context, __: click.Parameter, value: str) -> tuple[str, int]:
    """Take a host and a port."""
    found = re.fullmatch(r"(?P<host>[A-Za-z0-9.:\[\]-]+):(?P<port>[0-9]{1,5})", value)
    if found is None:
        raise click.BadParameter(f"{value!r} is no place to listen; write 127.0.0.1:8000, or port 0 for a free one.")
    return found["host"].strip("[]"), int(found["port"])


def _address(_: click.Context, __: click.Parameter, value: str) -> str:
    """Take the address of a system, or say how one looks."""
    try:
        parts = urlsplit(value)
        fits = not value or (parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
    except ValueError:
        fits = False
    if not fits or "?" in value or "#" in value:
        raise click.BadParameter(f"{value!r} is no address; write http://127.0.0.1:7103, with a path where it has one.")
    return value.rstrip("/")


def _wait(_: click.Context, __: click.Parameter, value: str) -> float:
    try:
        return seconds(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


# --- stand-in -------------------------------------------------------------------------------------------------


@contract.command("stand-in")
@click.argument("file", type=FILE)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on; default: a free one.")
@click.option("--address", default="", callback=_address, help="Where a gateway knows it; default: where it listens.")
@click.option("--key", type=FILE, default=None, help="The private key (a JWK) that signs; default: a new one.")
@click.option("--gateway-keys", default="", help="The gateway's JWK Set, a file or an address: verify who asks.")
@click.option("--always", default="", help="Faults for every ask: `refuse=CODE`, `slow=3 s, silence`.")
@json_option
@ending
def stand_in(file: Path, *, as_json: bool, **given: Any) -> None:
    """Serve a stand-in for a contract's system: it answers from examples and schemas, until Ctrl-C.

    The same input always gets the same answer. Whoever asks can have it refuse or fail by the header Gapura-Stand-In.
    """
    # Only now: other commands do without a server.
    from gateway.cli.proving.keys import own_key  # noqa: PLC0415 - see above
    from gateway.cli.proving.standing import Settings, serve  # noqa: PLC0415 - see above
    from workflows.proving.standing_in import StandIn  # noqa: PLC0415 - see above
    from workflows.proving.wishes import WishesUnknown, read_wishes  # noqa: PLC0415 - see above

    entry = _loaded(file, as_json=as_json)
    try:
        always = read_wishes(given["always"], entry)
    except WishesUnknown as error:
        lines = "\n".join(f"  {line}" for line in error.possible)
        raise Ends(USAGE, f"--always: {error}. What is possible:\n{lines}") from error
    settings = Settings(
        host=given["host"],
        port=given["port"],
        url=given["address"],
        always=always,
        gateway_keys=given["gateway_keys"],
    )
    key = own_key(entry.agency, given["key"], "stand-in")
    try:
        asyncio.run(serve(StandIn(entry), key, settings, lambda now: _tell_serving(now, entry, as_json=as_json)))
    except OSError as error:
        raise Ends(USAGE, f"{settings.host}:{settings.port} cannot be listened on: {error.strerror}.") from error


def _tell_serving(now: Serving, entry: Contract, *, as_json: bool) -> None:
    example = entry.examples[0].input if entry.examples else {}
    ask = msgspec.json.encode({"key": "try/1", "contract": entry.name, "input": example}).decode()
    sample = shlex.join(["curl", "-s", f"{now.url}/asks", "-d", ask])
    if as_json:
        print_json({"contract": entry.name, "url": now.url, "jwks": now.jwks, "try": sample}, indent=0)
        return
    believes = "what the gateway signed" if now.verifies else "whoever asks (--gateway-keys has it verify)"
    out.print(f"A stand-in for [bold]{entry.name}[/] is at {now.url}. Nothing that it answers means anything.")
    out.print(f"  its key   {now.jwks}")
    out.print(f"  believes  {believes}")
    if not now.verifies:
        out.print(f"  try       {escape(sample)}")
    out.print(f"  faults    {now.url}/ lists what the header Gapura-Stand-In may wish for")
    out.print("Ctrl-C ends it.")


# --- verify ---------------------------------------------------------------------------------------------------


@contract.command("verify")
@click.argument("file", type=FILE)
@click.option("--url", default="", callback=_address, help="Where the system is; default: where the contract says.")
@click.option("--key", type=FILE, default=None, help="The private key (a JWK) that asks as the gateway; default: new.")
@click.option("--agency-keys", default="", help="The agency's JWK Set, a file or an address; default: its own.")
@click.option(
    "--listen",
    default="127.0.0.1:0",
    show_default=True,
    callback=_place,
    help="Where callbacks are taken and the key of who asks is shown (/v1/keys).",
)
@click.option(
    "--callback-url",
    default="",
    callback=_address,
    help="The address before /v1/callbacks that the agency calls instead.",
)
@click.option("--wait", default="30 s", show_default=True, callback=_wait, help="How long for a callback.")
@click.option("--only", multiple=True, metavar="ROW", help="Only this row, with what it needs; may be repeated.")
@click.option("--details", is_flag=True, help="Tell every row in full, not just those that failed.")
@json_option
@ending
def verify(file: Path, *, details: bool, as_json: bool, **given: Any) -> None:
    """Verify that a live system keeps its contract: what was sent, what came, what should have come.

    It asks under keys of its own (verify-…), and undoes what it made. A system to be verified knows the public half of
    --key as the gateway's. Exit code 0 only if nothing failed.
    """
    # Only now: other commands do without them.
    from gateway.cli.proving.keys import KeysUnread, NotThere, own_key  # noqa: PLC0415 - see above
    from gateway.cli.proving.verifying import Wanted  # noqa: PLC0415 - see above
    from gateway.cli.proving.verifying import verify as run  # noqa: PLC0415 - see above
    from workflows.proving.checks import cannot_be_verified, checks_of  # noqa: PLC0415 - see above

    entry = _loaded(file, as_json=as_json)
    if reason := cannot_be_verified(entry):
        raise Ends(USAGE, f"{entry.name} cannot be verified: {reason}.")
    known = [check.name for check in checks_of(entry)]
    if unknown := [name for name in given["only"] if name not in known]:
        raise Ends(USAGE, f"There is no row {', '.join(unknown)}; there are {', '.join(known)}.")
    connection = entry.connection
    url: str = given["url"] or (connection.url if isinstance(connection, WireConnection) else "")
    wanted = Wanted(
        contract=entry,
        url=url,
        key=own_key("gateway", given["key"], _TEST_KID),
        agency_keys=given["agency_keys"],
        listen=given["listen"],
        callback_url=given["callback_url"],
        waits_s=given["wait"],
        only=given["only"],
    )
    try:
        verification = asyncio.run(run(wanted))
    except NotThere as error:
        message = f"Nothing answers at {url} ({error}). Start the system, or say where with --url."
        raise Ends(UNREACHABLE, message) from error
    except KeysUnread as error:
        raise Ends(UNREACHABLE, f"{error}. Start the system, or give its public keys with --agency-keys.") from error
    except OSError as error:
        host, port = given["listen"]
        raise Ends(USAGE, f"Callbacks cannot be taken at {host}:{port}: {error.strerror}.") from error
    command = ["gapura", "contract", "verify", str(file), "--url", url, *_repeated(given)]
    _tell(verification, command, details=details, as_json=as_json)
    if not verification.passed:
        raise Ends(NOT_SO)


def _repeated(given: Mapping[str, Any]) -> list[str]:
    """Give the options that a repeat needs as well."""
    host, port = given["listen"]
    said = {"--key": given["key"], "--agency-keys": given["agency_keys"], "--callback-url": given["callback_url"]}
    said["--listen"] = f"{host}:{port}" if port else ""
    return [word for name, value in said.items() if value for word in (name, str(value))]


def _tell(found: Verification, command: list[str], *, details: bool, as_json: bool) -> None:
    from workflows.proving.report import counted, told  # noqa: PLC0415 - as above

    rows = told(found.rows, found.exchanges, command)
    value = {
        "contract": found.contract,
        "url": found.url,
        "case": found.case,
        "passed": found.passed,
        "rows": [{**msgspec.to_builtins(each.row), "again": each.again} for each in rows],
        "undone": found.undone,
        "standing": found.standing,
    }

    def human() -> None:
        out.print(f"[bold]{found.contract}[/] at {escape(found.url)}, as case {found.case}\n")
        widest = max(len(each.row.name) for each in rows)
        for each in rows:
            _print_row(each, widest, full=details or each.row.state == "failed")
        out.print(f"\n{counted(found.rows)}{_left(found)}")
        if any(each.status == HTTPStatus.UNAUTHORIZED and not each.step.bend for each in found.exchanges.values()):
            err.print("It turns away what we sign (401): does it know the public half of --key as the gateway's?")

    emit(value, as_json=as_json, human=human)


def _left(found: Verification) -> str:
    if found.standing:
        return f" Still standing there: {', '.join(found.standing)}."
    return " Nothing of it is left standing."


def _print_row(each: Any, widest: int, *, full: bool) -> None:  # noqa: ANN401 - a row as it is told; its type is loaded late
    from workflows.proving.report import MARKS  # noqa: PLC0415 - as above

    row = each.row
    style = {"passed": "green", "failed": "red"}.get(row.state, "dim")
    why = f" ({escape(row.why)})" if row.why else ""
    out.print(f"[{style}]{MARKS[row.state]}[/] {row.name:{widest}}  {escape(row.what)}[dim]{why}[/]")
    if not full:
        return
    for name, words in (("sent", row.sent), ("got", row.got), ("expected", row.expected), ("again", each.again)):
        if words:
            out.print(f"      {name:9} {escape(words)}")

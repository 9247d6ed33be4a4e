"""Who takes part: `gapura agency` and `gapura token`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from joserfc.jwk import ECKey
from msgspec import Struct

from contracts.bulk import BulkView
from contracts.tokens import TokenView
from contracts.views import AgencyLine, ErrandView
from gateway.cli.approvals import print_run
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.case_text import held_back_words
from gateway.cli.exits import NOT_SO, USAGE, Ends, emit, ending, err, escape, json_option, out, table
from gateway.cli.files import FILE, NEW_FILE, read_as
from gateway.clock import SystemClock


@click.group()
def agency() -> None:
    """Agencies and their keys."""


@agency.command("make-key")
@click.argument("file", type=NEW_FILE)
@click.option("--kid", default="", help="The key's name; default: today's date.")
@json_option
@ending
def make_key(file: Path, kid: str, *, as_json: bool) -> None:
    """Make a key for an agency that has none: the private key in FILE, the public one beside it.

    FILE (a JWK) stays with the agency; the other (a JWK Set) is for `gapura agency register --keys`.
    """
    kid = kid or f"{SystemClock().now():%Y-%m-%d}"
    key = ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256", "use": "sig"})
    public = file.with_suffix(".public.json")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as private:
            private.write(msgspec.json.encode(key.as_dict(private=True)))
        public.write_bytes(msgspec.json.encode({"keys": [key.as_dict(private=False)]}))
    except FileExistsError as error:
        raise Ends(NOT_SO, f"{file} is there already; a key is never overwritten. Name another file.") from error
    except OSError as error:
        raise Ends(USAGE, f"{error.filename} cannot be written: {error.strerror}.") from error
    emit(
        {"private": str(file), "public": str(public), "kid": kid, "thumbprint": key.thumbprint()},
        as_json=as_json,
        human=lambda: out.print(
            f"{escape(str(file))} is private: keep it.\n{escape(str(public))} is to be registered.\n"
            f"Whoever registers it asks you for its thumbprint: {key.thumbprint()}"
        ),
    )


@agency.command("register")
@click.argument("name")
@click.option("--title", required=True, help="Its name for people.")
@click.option("--keys", "keys_file", type=FILE, required=True, help="Its public keys: a JWK Set.")
@click.option("--contact", default="", help="Whom to write to.")
@click.option("--reason", default="", help="Why a known agency has new keys; it is recorded with your name.")
@click.option("--break-glass", is_flag=True, help="Do not wait for a second operator (operator); it is on record.")
@url_option
@token_option
@json_option
@ending
def register_agency(
    name: str, title: str, keys_file: Path, url: str, token: str, *, as_json: bool, **given: Any
) -> None:
    """Register an agency, or its new keys (operator).

    Whoever holds a key signs as the agency: new keys of a known one wait for another operator, unless the data folder's
    owner registers them. A key is taken away at once.
    """
    keys = read_as(keys_file, dict[str, Any], "JWK Set (an object with `keys`)")

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.send("PUT", at("agencies", name), {"title": title, "keys": keys, **given})

    reply = run(work())
    asked = reply.into(BulkView) if reply.body else None
    registered = {"agency": name, "title": title, "contact": given["contact"], "run": asked.run if asked else ""}
    emit(registered, as_json=as_json, human=lambda: _tell_registered(name, asked))


def _tell_registered(name: str, asked: BulkView | None) -> None:
    if asked is None or asked.state != "waits":
        out.print(f"{escape(name)} is registered.")
    if asked is not None:
        print_run(asked)


class Directory(Struct, frozen=True, kw_only=True):
    """Every agency and its contracts."""

    agencies: list[AgencyLine]


@agency.command("list")
@url_option
@json_option
@ending
def list_agencies(url: str, *, as_json: bool) -> None:
    """List agencies, their contracts and which services use them."""

    async def work() -> Reply:
        async with connect(url) as client:
            return await client.call("GET", at("directory"))

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_directory(reply.into(Directory)))


def _print_directory(directory: Directory) -> None:
    if not directory.agencies:
        out.print("No agency is registered yet: `gapura agency register` does it.")
        return
    lines = table("agency", "contract", "version", "effect", "connection", "used by", "now")
    for line in directory.agencies:
        if not line.contracts:
            lines.add_row(line.agency, "[dim]none yet[/]", "", "", "", "", "")
        for entry in line.contracts:
            used = ", ".join(entry.used_by)
            held = held_back_words(entry.held_back) if entry.held_back else ""
            lines.add_row(line.agency, entry.name, entry.version, entry.effect, entry.connection, used, held)
    out.print(lines)


class Errands(Struct, frozen=True, kw_only=True):
    """What waits to be fetched, and what is with which worker."""

    errands: list[ErrandView]


@agency.command("leases")
@url_option
@token_option
@json_option
@ending
def list_leases(url: str, token: str, *, as_json: bool) -> None:
    """List what waits for agencies that fetch, and which worker has fetched what (operator)."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", at("operations", "leases"))

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_errands(reply.into(Errands)))


def _print_errands(found: Errands) -> None:
    if not found.errands:
        out.print("Nothing waits to be fetched, and no worker has anything.")
        return
    lines = table("agency", "worker", "contract", "case", "step", "what", "attempt", "since", "until")
    for each in found.errands:
        step = f"{each.step}/{each.item}" if each.item else each.step
        worker = escape(each.worker) if each.worker else "[dim]waits[/]"
        since, until = (f"{moment:%H:%M:%S}" for moment in (each.fetched_at or each.since, each.until))
        lines.add_row(
            each.agency, worker, each.contract, each.case, step, each.verb, str(each.attempt or ""), since, until
        )
    out.print(lines)


@click.group()
def token() -> None:
    """Tokens for officers, operators and automation."""


class TokenList(Struct, frozen=True, kw_only=True):
    """Every token that was issued, newest first."""

    tokens: list[TokenView]


@token.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that open nothing any more too.")
@url_option
@token_option
@json_option
@ending
def list_tokens(url: str, token: str, *, everything: bool, as_json: bool) -> None:
    """List who holds a token, who issued it, and which were revoked, by whom and why (operator)."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", at("tokens"))

    found = run(work()).into(TokenList).tokens
    shown = [each for each in found if everything or each.state == "valid"]
    emit(TokenList(tokens=shown), as_json=as_json, human=lambda: _print_tokens(shown))


@token.command("revoke")
@click.argument("name", metavar="TOKEN")
@click.option("--reason", required=True, help="Why; it is recorded with your name.")
@url_option
@token_option
@json_option
@ending
def revoke_token(name: str, reason: str, url: str, token: str, *, as_json: bool) -> None:
    """Take a TOKEN back, by its name in `gapura token list` (operator): from now on it opens nothing."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.send("POST", at("tokens", name, "revocation"), {"reason": reason})

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_tokens([reply.into(TokenView)]))


def _print_tokens(found: list[TokenView]) -> None:
    lines = table("token", "role", "agency", "person", "state", "until", "issued by", "")
    for each in found:
        note = f"revoked by {each.revoked_by}: {each.revoked_why}" if each.state == "revoked" else each.run
        lines.add_row(
            each.token,
            each.role,
            escape(each.agency),
            escape(each.person),
            each.state,
            f"{each.expires_at:%Y-%m-%d %H:%M}",
            escape(each.issued_by),
            escape(note),
        )
    out.print(lines)


@token.command("issue")
@click.argument("role", type=click.Choice(["officer", "operator", "agency"]))
@click.argument("person")
@click.option("--agency", "of_agency", default="", help="Whose officer, or which agency.")
@click.option("--valid-for", default="30 days", show_default=True, help="For how long: `8 h`, `30 days`.")
@click.option("--lead", is_flag=True, help="The officer leads the desk, and may reassign colleagues' tasks.")
@click.option("--reason", default="", help="Why there is to be this token; it is recorded with your name.")
@click.option("--break-glass", is_flag=True, help="Do not wait for a second operator (operator); it is on record.")
@url_option
@token_option
@json_option
@ending
def issue_token(role: str, person: str, of_agency: str, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Issue a token (operator); it is told once. The first operator's is in the data folder: `operator.token`.

    It opens nothing before another operator has approved it, unless the data folder's owner issues it.
    """

    async def work() -> Any:  # noqa: ANN401 - the gateway's reply
        async with connect(url, token) as client:
            body = {"role": role, "person": person, "agency": of_agency, **given}
            return (await client.send("POST", at("tokens"), body)).json()

    issued = run(work())
    if issued["waits"]:
        err.print(f"It opens nothing before another operator approves it: gapura approval approve {issued['run']}")
    emit(issued, as_json=as_json, human=lambda: out.print(issued["token"], markup=False))

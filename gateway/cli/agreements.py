"""`gapura agreement`: propose, sign, show and check what every agency of a plan signs. All of it works offline."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
import yaml
from rich.markup import escape

from contracts.agreement import Agreement, Decision, Signature
from contracts.trust import TrustFile
from contracts.views import AgreementView
from gateway.cli.client import FILE, connect, read_file, run, token_option, url_option
from gateway.cli.exits import NOT_SO, Ends, emit, ending, json_option, out
from gateway.cli.registering import contracts_option, read_plan
from workflows.loading import agreements as agreed
from workflows.loading.hashing import agreement_digest
from workflows.outputs.document import agreement_pdf


@click.group()
def agreement() -> None:
    """The agreement that every agency of a plan signs before the service is offered."""


@agreement.command()
@click.argument("plan", type=FILE)
@click.option("--terms", type=FILE, required=True, help="Instrument, contact, validity, signatories (YAML or JSON).")
@contracts_option
@click.option("--out", "folder", type=click.Path(path_type=Path), default=Path(), help="Folder to write into.")
@click.option("--send", is_flag=True, help="Propose it at the gateway too, where the plan is published (operator).")
@url_option
@token_option
@json_option
@ending
def propose(  # noqa: PLR0913 - its options
    plan: Path, terms: Path, contracts: Path | None, folder: Path, url: str, token: str, *, send: bool, as_json: bool
) -> None:
    """Write the canonical document of an agreement, and a PDF of the same for people."""
    published = read_plan(plan, contracts, as_json=as_json)
    try:
        said = msgspec.convert(yaml.safe_load(read_file(terms)), agreed.Terms, strict=False)
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        raise Ends(NOT_SO, f"{terms}: {error}") from error
    proposed = agreed.propose(published, said)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{proposed.service}-{proposed.version}.agreement.json"
    file.write_bytes(agreed.document(proposed))
    view = agreed.check(proposed, (), {}, now=datetime.now(UTC))
    file.with_suffix(".pdf").write_bytes(agreement_pdf(proposed, view, agency_titles={}))
    if send:
        run(_propose(url, token, published.digest, said))
    digest = agreement_digest(proposed)
    emit(
        {"file": str(file), "digest": digest, "agencies": proposed.agencies},
        as_json=as_json,
        human=lambda: out.print(
            f"{escape(str(file))}\n  {digest}\n  to be signed by {escape(', '.join(proposed.agencies))}"
        ),
    )


async def _propose(url: str, token: str, plan_digest: str, said: agreed.Terms) -> None:
    async with connect(url, token) as client:
        await client.send("POST", "/v1/agreements", {"plan": plan_digest, **msgspec.to_builtins(said)})


@agreement.command()
@click.argument("file", type=FILE)
@click.option("--agency", required=True)
@click.option("--key", type=FILE, required=True, help="The agency's private key: a JWK.")
@click.option("--decision", type=click.Choice(["accept", "reject", "revoke"]), default="accept", show_default=True)
@click.option("--send", is_flag=True, help="Hand it in at the gateway.")
@url_option
@json_option
@ending
def sign(file: Path, agency: str, key: Path, decision: Decision, url: str, *, send: bool, as_json: bool) -> None:
    """Sign an agreement for an agency; writes the signature beside it."""
    document = _read(file)
    if agency not in document.agencies:
        raise Ends(NOT_SO, f"{agency} is no party of this agreement: {', '.join(document.agencies)} are.")
    try:
        jwk = msgspec.json.decode(read_file(key), type=dict[str, Any])
        signature = agreed.sign(agreement_digest(document), agency, decision, jwk, now=datetime.now(UTC))
    except (msgspec.DecodeError, ValueError) as error:
        raise Ends(NOT_SO, f"{key} cannot sign: {error}") from error
    written = file.with_name(f"{file.stem}.{agency}.{decision}.jws")
    written.write_text(f"{signature.jws}\n", encoding="ascii")
    if send:
        run(_send(url, signature))
    emit(
        {"file": str(written), "signature": signature},
        as_json=as_json,
        human=lambda: out.print(f"{escape(str(written))}: {escape(agency)} says {decision}."),
    )


async def _send(url: str, signature: Signature) -> None:
    async with connect(url) as client:
        await client.send("POST", f"/v1/agreements/{signature.agreement}/signatures", signature)


@agreement.command()
@click.argument("which")
@url_option
@json_option
@ending
def show(which: str, url: str, *, as_json: bool) -> None:
    """Show an agreement: a file, or the digest of one that the gateway has."""
    if Path(which).is_file():
        document = _read(Path(which))
        emit(document, as_json=as_json, human=lambda: _print(document))
        return

    async def work() -> Any:  # noqa: ANN401 - the gateway's reply
        async with connect(url) as client:
            return await client.get(f"/v1/agreements/{which}")

    shown = run(work())
    document = msgspec.convert(shown["agreement"], Agreement)
    view = msgspec.convert(shown["view"], AgreementView)

    def human() -> None:
        _print(document)
        _print_view(view)

    emit(shown, as_json=as_json, human=human)


@agreement.command()
@click.argument("file", type=FILE)
@click.argument("signatures", nargs=-1, type=FILE)
@click.option("--keys", type=FILE, required=True, help="A trust file with the agencies' keys (`GET /v1/keys`).")
@json_option
@ending
def check(file: Path, signatures: tuple[Path, ...], keys: Path, *, as_json: bool) -> None:
    """Check an agreement and its signatures offline: exit 0 only when it is in force."""
    document = _read(file)
    try:
        trust = msgspec.json.decode(read_file(keys), type=TrustFile)
        words = [agreed.read_signature(read_file(path).decode("ascii", "replace").strip()) for path in signatures]
    except (msgspec.DecodeError, ValueError) as error:
        raise Ends(NOT_SO, f"Not readable: {error}") from error
    sets = {name: {"keys": known.keys} for name, known in trust.agencies.items()}
    view = agreed.check(document, words, sets, now=datetime.now(UTC))
    emit(view, as_json=as_json, human=lambda: _print_view(view))
    if not view.in_force:
        raise Ends(NOT_SO)


def _read(file: Path) -> Agreement:
    try:
        return agreed.read_agreement(read_file(file))
    except ValueError as error:
        raise Ends(NOT_SO, f"{file} is no agreement: {error}") from error


def _print(document: Agreement) -> None:
    out.print(f"[bold]{escape(document.title.id)}[/]  {document.service} {document.version}")
    out.print(f"  {agreement_digest(document)}")
    out.print(f"  {document.instrument.kind} {escape(document.instrument.number)}, {document.instrument.date}")
    out.print(f"  valid from {document.valid_from:%Y-%m-%d} until {document.valid_until:%Y-%m-%d}")
    for reading in document.readings:
        fields = ", ".join(reading.fields)
        out.print(
            f"  {escape(reading.agency)} reads {escape(fields)} for {reading.purpose} ({escape(reading.legal_basis)})"
        )


def _print_view(view: AgreementView) -> None:
    marks = {"accept": "[green]✓ accepts[/]", "reject": "[red]✗ rejects[/]", "revoke": "[red]✗ revoked[/]"}
    for name, decision in view.decisions.items():
        out.print(f"  {escape(name)} {marks.get(decision, decision)}")
    for name in sorted(set(view.missing) - set(view.decisions)):
        out.print(f"  {escape(name)} [yellow]… has not accepted[/]")
    out.print("In force." if view.in_force else "Not in force.")

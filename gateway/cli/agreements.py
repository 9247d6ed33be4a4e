"""`gapura agreement`: propose, sign, show and check what every agency of a plan signs. All of it works offline."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import rich_click as click

from contracts.agreement import Agreement, Decision, Signature
from contracts.agreement_views import AgreementShown, AgreementView, WordView
from contracts.trust import TrustFile
from gateway.cli.agreements_there import fetch, list_agreements, record_signed
from gateway.cli.calling import at, connect, run, token_option, url_option
from gateway.cli.exits import NOT_SO, USAGE, Ends, emit, ending, escape, json_option, out
from gateway.cli.files import FILE, NEW_FOLDER, read_as, read_file, read_object, read_text, write_file
from gateway.cli.registering import contracts_option, read_plan
from gateway.clock import SystemClock
from workflows.loading import agreements as agreed
from workflows.loading.agreement_standing import Recorded, Word
from workflows.loading.hashing import agreement_digest, content_digest
from workflows.outputs.agreement_records import is_record, read_record
from workflows.outputs.document import agreement_pdf
from workflows.outputs.jws import JwsInvalid


@click.group()
def agreement() -> None:
    """The agreement that every agency of a plan signs before the service is offered."""


agreement.add_command(list_agreements)
agreement.add_command(fetch)
agreement.add_command(record_signed)


# --- propose --------------------------------------------------------------------------------------------------


@agreement.command()
@click.argument("plan", type=FILE)
@click.option("--terms", type=FILE, required=True, help="Instrument, contact, validity, signatories (YAML or JSON).")
@contracts_option
@click.option("--out", "folder", type=NEW_FOLDER, default=Path(), help="Folder to write into.")
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
        said = msgspec.convert(read_object(terms), agreed.Terms, strict=False)
        proposed = agreed.propose(published, said)
    except ValueError as error:
        raise Ends(NOT_SO, f"{terms}: {error}.") from error
    digest = agreement_digest(proposed)
    if send:
        run(_propose(url, token, {"plan": published.digest, **msgspec.to_builtins(said)}, digest))
    file = folder / f"{proposed.service}-{proposed.version}.agreement.json"
    view = agreed.check(proposed, (), {}, now=SystemClock().now())
    write_file(file, agreed.document(proposed))
    write_file(file.with_suffix(".pdf"), agreement_pdf(proposed, view, agency_titles={}))
    emit(
        {"file": str(file), "digest": digest, "agencies": proposed.agencies},
        as_json=as_json,
        human=lambda: out.print(
            f"{escape(str(file))}\n  {digest}\n  to be signed by {escape(', '.join(proposed.agencies))}"
        ),
    )


async def _propose(url: str, token: str, body: Mapping[str, Any], digest: str) -> None:
    """Propose at the gateway, which must come to the same document as we did."""
    async with connect(url, token) as client:
        view = (await client.send("POST", at("agreements"), body)).into(AgreementView)
    if view.digest != digest:
        raise Ends(NOT_SO, f"The gateway's document is another one ({view.digest}): its contracts are not those here.")


# --- sign -----------------------------------------------------------------------------------------------------


@agreement.command()
@click.argument("file", type=FILE)
@click.option("--agency", required=True, help="Whose word it is.")
@click.option("--key", type=FILE, required=True, help="The agency's private key: a JWK.")
@click.option(
    "--decision",
    type=click.Choice(["accept", "reject", "revoke"]),
    default="accept",
    show_default=True,
    help="Its word; the latest of an agency counts.",
)
@click.option("--reason", default="", help="Why not: it is signed too, and anybody may read it.")
@click.option("--send", is_flag=True, help="Hand it in at the gateway.")
@url_option
@json_option
@ending
def sign(  # noqa: PLR0913 - its options
    file: Path, agency: str, key: Path, decision: Decision, reason: str, url: str, *, send: bool, as_json: bool
) -> None:
    """Sign an agreement for an agency; writes the signature beside it."""
    document = _read(file)
    if decision != "accept" and not reason.strip():
        raise Ends(USAGE, f"Say why with --reason: the other agencies, and people, read it beside {decision}.")
    if agency not in document.agencies:
        raise Ends(NOT_SO, f"{agency} is no party of this agreement: {', '.join(document.agencies)} are.")
    jwk = read_as(key, dict[str, Any], "private key (a JWK)")
    try:
        signature = agreed.sign(
            agreement_digest(document), agency, decision, jwk, now=SystemClock().now(), reason=reason.strip()
        )
    except ValueError as error:
        raise Ends(NOT_SO, f"{key} cannot sign: {error}.") from error
    written = file.with_name(f"{file.stem}.{agency}.{decision}.jws")
    write_file(written, f"{signature.jws}\n".encode())
    if send:
        run(_send(url, signature))
    emit(
        {"file": str(written), "signature": signature},
        as_json=as_json,
        human=lambda: out.print(f"{escape(str(written))}: {escape(agency)} says {decision}."),
    )


async def _send(url: str, signature: Signature) -> None:
    async with connect(url) as client:
        await client.send("POST", at("agreements", signature.agreement, "signatures"), signature)


_AS_JSON: Final = {"Accept": "application/json"}
_MARKS: Final = {
    "signed": "[green]✓ accepts[/]",
    "waits": "[yellow]… has not accepted[/]",
    "rejected": "[red]✗ rejects[/]",
    "revoked": "[red]✗ revoked[/]",
}


# --- show and check -------------------------------------------------------------------------------------------


@agreement.command()
@click.argument("which", metavar="FILE|DIGEST")
@url_option
@json_option
@ending
def show(which: str, url: str, *, as_json: bool) -> None:
    """Show an agreement: a file, or by its digest (sha256:...) one that the gateway has."""
    if Path(which).is_file():
        document = _read(Path(which))
        emit(document, as_json=as_json, human=lambda: _print(document))
        return
    if not which.startswith("sha256:"):
        raise Ends(USAGE, f"{which} is neither a file nor the digest of an agreement (sha256:...).")
    shown = run(_shown(url, which))
    emit(shown, as_json=as_json, human=lambda: _print_shown(shown))


async def _shown(url: str, digest: str) -> AgreementShown:
    async with connect(url) as client:
        return (await client.call("GET", at("agreements", digest), headers=_AS_JSON)).into(AgreementShown)


@agreement.command()
@click.argument("file", type=FILE)
@click.argument("signatures", nargs=-1, type=FILE)
@click.option("--keys", type=FILE, required=True, help="A trust file with the agencies' keys (`GET /v1/keys`).")
@json_option
@ending
def check(file: Path, signatures: tuple[Path, ...], keys: Path, *, as_json: bool) -> None:
    """Check an agreement and its words offline: exit 0 only when it is in force.

    A word is an agency's signature (.jws), or a gateway's record of one that came back on paper (.record.jws); with the
    signed PDF beside it, its digest must be the one on record.
    """
    document = _read(file)
    trust = read_as(keys, TrustFile, "trust file (what `GET /v1/keys` gives)")
    sets = {name: {"keys": known.keys} for name, known in trust.agencies.items()}
    counted: list[Word] = []
    not_counted: dict[str, str] = {}
    papers = {str(path): content_digest(read_file(path)) for path in signatures if path.suffix.lower() == ".pdf"}
    for path in [path for path in signatures if str(path) not in papers]:
        try:
            counted.append(_word(path, document, trust, sets))
        except (agreed.SignatureInvalid, JwsInvalid) as invalid:
            not_counted[str(path)] = str(invalid)
    recorded = {word.word.file for word in counted if isinstance(word, Recorded)}
    for name, digest in papers.items():
        if digest not in recorded:
            not_counted[name] = "no record that counts names this file: it is another one, or it was altered"
    view = agreed.check(document, counted, sets, now=SystemClock().now())
    found = {**msgspec.to_builtins(view), "not_counted": not_counted}
    emit(found, as_json=as_json, human=lambda: _print_view(view, not_counted))
    if not view.in_force:
        raise Ends(NOT_SO)


def _word(path: Path, document: Agreement, trust: TrustFile, sets: agreed.KeySets) -> Word:
    """Read a word that counts, signed or recorded; raises SignatureInvalid or JwsInvalid: why it does not."""
    text = read_text(path)
    if not is_record(text):
        return _signature(path, document, sets)
    record = read_record(text, {"keys": trust.keys})
    if record.word.agreement != agreement_digest(document):
        raise agreed.SignatureInvalid("it is for another agreement")
    if record.word.agency not in document.agencies:
        raise agreed.SignatureInvalid(f"{record.word.agency} is no party of this agreement")
    return record


def _signature(path: Path, document: Agreement, keys: agreed.KeySets) -> Signature:
    """Read a signature that counts; raises SignatureInvalid with the reason why it does not."""
    signature = agreed.read_signature(read_text(path))
    if signature.agreement != agreement_digest(document):
        raise agreed.SignatureInvalid("it is for another agreement")
    if signature.agency not in document.agencies:
        raise agreed.SignatureInvalid(f"{signature.agency} is no party of this agreement")
    agreed.verify(signature, keys.get(signature.agency, {}), now=SystemClock().now())
    return signature


def _read(file: Path) -> Agreement:
    try:
        return agreed.read_agreement(read_file(file))
    except ValueError as error:
        raise Ends(NOT_SO, f"{file} is no agreement (`gapura agreement propose` writes one): {error}.") from error


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
    for each in document.publications:
        shown = ", ".join(f"{label}: {value}" for label, value in each.values.items())
        out.print(f"  everybody is shown {escape(shown)} ({escape(each.step)}: {escape(each.lasts)})")


def _print_shown(shown: AgreementShown) -> None:
    _print(shown.agreement)
    if shown.before:
        out.print(f"Differs from what was signed before ({shown.before}):")
        for sentence in [*(each.says.en for each in shown.differences), *shown.plan_differences]:
            out.print(f"  - {escape(sentence)}")
        if not shown.differences and not shown.plan_differences:
            out.print("  nothing")
    _print_view(shown.view, {})


def _print_view(view: AgreementView, not_counted: Mapping[str, str]) -> None:
    for word in view.words:
        out.print(f"  {escape(word.agency)} {_MARKS[word.state]}{escape(_by(word))}")
    for path, why in not_counted.items():
        out.print(f"  [red]![/] {escape(path)} does not count: {escape(why)}")
    out.print("In force." if view.in_force else "Not in force.")


def _by(word: WordView) -> str:
    """Say whose word it is, when and how, and why not."""
    if word.state == "waits":
        return f" ({word.name}, {word.office})" if word.name else ""
    who = f", {word.name}, {word.office}" if word.name else ""
    how = f"key {word.key}" if word.key else f"on paper: {word.instrument}, file {word.file}"
    when = f" on {word.at:%Y-%m-%d}" if word.at else ""
    return f"{when}{who} ({how})" + (f": {word.reason}" if word.reason else "")

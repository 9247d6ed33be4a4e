"""Contracts from files: their shape, what must hold within them, their schemas and examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import structs

from contracts.contract import Contract, OpenApiConnection
from contracts.documents import described
from workflows.core.contract_check import check_contract
from workflows.core.maintenance import read_window
from workflows.core.mistakes import Finding, Place
from workflows.loading.api_files import DocumentUnusable, Fields, is_api, read_api
from workflows.loading.binding_check import check_binding
from workflows.loading.bindings import bound_operations, unknown_operation
from workflows.loading.mistakes import LoadingError, LoadMistake
from workflows.loading.openapi import excerpt, operations_of
from workflows.loading.structure import shape, told
from workflows.loading.validation import SchemaInvalid, compile_findings
from workflows.loading.yaml import Document, parse_document, read_document
from workflows.loading.zones import zone_of


def load_contract(path: Path) -> Contract:
    """Read a contract.

    Raises:
        LoadingError: it has mistakes: all of them.

    """
    return _contract(read_document(path), path.parent)


def parse_contract(data: bytes, file: str) -> Contract:
    """Read a contract that came over the wire (YAML or JSON); `file` is its name in messages.

    A binding brings its document with it: no file beside it is read.

    Raises:
        LoadingError: it has mistakes: all of them.

    """
    return _contract(parse_document(data, file), None)


def as_registered(written: bytes, contract: Contract) -> bytes:
    """Give the bytes under which a contract is registered: as its file is written, or with what its binding binds."""
    if not isinstance(contract.connection, OpenApiConnection):
        return written
    return msgspec.json.format(msgspec.json.encode(contract))


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Read every contract (`*.yaml`) in a folder, by the name that plans ask for (`agency/contract@major`).

    OpenAPI documents that lie beside them, for bindings to name, are no contracts.

    Raises:
        LoadingError: one of them has mistakes, or two are called the same: all mistakes of all files.

    """
    loaded: dict[str, Contract] = {}
    files: dict[str, Path] = {}
    mistakes: list[LoadMistake] = []
    for path in sorted(folder.glob("*.yaml")):
        if is_api(path):
            continue
        try:
            contract = load_contract(path)
        except LoadingError as error:
            mistakes.extend(error.mistakes)
            continue
        if contract.name in loaded:
            what = f"{contract.name} is also in {files[contract.name].name}"
            mistakes.append(LoadMistake(str(path), 1, 1, what, "one file for each agency, contract and major version"))
        loaded[contract.name], files[contract.name] = contract, path
    if not loaded and not mistakes:
        mistakes.append(LoadMistake(str(folder), 1, 1, "there are no contracts here", "a folder with *.yaml contracts"))
    if mistakes:
        raise LoadingError(mistakes)
    return loaded


def check_all(contract: Contract) -> list[Finding]:
    """Give every mistake of a contract whose shape is right, its schemas and examples included."""
    return [*_check_alone(contract), *check_binding(contract)]


def _check_alone(contract: Contract) -> list[Finding]:
    return [*check_contract(contract), *_check_zones(contract), *_check_schemas_and_values(contract)]


def _check_zones(contract: Contract) -> Iterator[Finding]:
    for index, text in enumerate(contract.limits.maintenance):
        try:
            window = read_window(text)
        except ValueError:
            continue  # said by check_contract
        if zone_of(window.zone) is None:
            yield Finding(
                ("limits", "maintenance", index),
                f"there is no time zone {window.zone}",
                "a zone of the IANA database: Asia/Jakarta, Asia/Makassar, Asia/Jayapura",
            )


def _contract(document: Document, folder: Path | None) -> Contract:
    contract = shape(document, Contract, _check_alone)
    findings: list[Finding] = []
    if isinstance(contract.connection, OpenApiConnection) and folder is not None:
        connection, findings = _with_document(contract.connection, folder)
        contract = structs.replace(contract, connection=connection)
    # What the document says is only asked where all of it could be found.
    findings += _check_alone(contract) if findings else check_all(contract)
    if findings:
        raise told(document, findings)
    return contract


def _with_document(connection: OpenApiConnection, folder: Path) -> tuple[OpenApiConnection, list[Finding]]:
    """Give the connection with the part of its document that it binds in place of the path to it."""
    if not isinstance(connection.document, str):
        return connection, []
    place: Place = ("connection", "document")
    try:
        document = read_api(folder / connection.document)
        known = operations_of(document)
        bound = [(purpose, operation) for purpose, operation in bound_operations(connection)]
        findings = [
            Finding(("connection", *finding.place), finding.what, finding.instead)
            for finding in (unknown_operation(*one, known) for one in bound if one[1].operation not in known)
        ]
        taken: Fields = excerpt(document, [known[one.operation] for _, one in bound if one.operation in known])
    except DocumentUnusable as error:
        return connection, [Finding(place, error.what, error.instead)]
    return structs.replace(connection, document=taken), findings


def _check_schemas_and_values(contract: Contract) -> Iterator[Finding]:
    for name, schema in (("input", contract.input), ("output", contract.output)):
        try:
            findings_of = compile_findings(described(schema))
        except SchemaInvalid as error:
            yield from _under((name,), error.findings)
            continue
        for place, value in _values(contract, name):
            yield from _under(place, findings_of(value))


def _values(contract: Contract, name: str) -> Iterator[tuple[Place, object]]:
    """Walk over the values in a contract that one of its schemas describes."""
    for index, example in enumerate(contract.examples):
        if name == "input":
            yield ("examples", index, "input"), example.input
        elif example.output is not None:
            yield ("examples", index, "output"), example.output
    if name == "output" and contract.deemed is not None:
        yield ("deemed", "output"), contract.deemed.output


def _under(place: Place, findings: list[Finding]) -> Iterator[Finding]:
    for finding in findings:
        yield Finding((*place, *finding.place), finding.what, finding.instead)

"""The example `france` under test: on the recorded answers where they are here, and on a few written by hand always.

Those written by hand have the shape of the API's own document, so that binding, replay server and plan are tested
without the recordings, too.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from msgspec import structs

from contracts.contract import Contract, OpenApiConnection
from contracts.ids import AskKey
from contracts.wire import Ask, Contributed, Heard, Refused, Unheard, Unreadable
from examples.france.prepared import contracts_at, prepare_contracts
from examples.france.recordings import DOCUMENT, ENDPOINTS, NoRecordings, Recording, read_recordings, recorded_folder
from examples.france.replay import Replay, serving
from gateway.bootstrap import OutputChecks
from tests.conformance.agencies import LOOPBACK, PromptClock
from tests.conformance.rest_office import KnownSecrets
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.links import Links
from workflows.agencies.openapi import OpenApiAgency
from workflows.agencies.reading import AnswerChecks
from workflows.ports import Clock, Told

BUYER, TENDER = "13002526500013", "2026-LOT-01"
SECRETS = {
    f"{agency}__TOKEN": f"token-of-{agency.lower()}"
    for agency in ("INSEE", "DGFIP", "URSSAF", "INFOGREFFE", "COMMISSION", "CMA", "CIBTP", "PROBTP")
}
STATUSES = ("200", "401", "403", "404", "409", "422", "429", "502", "504")
PEOPLE = {"raison_sociale": "ATELIER EXEMPLE", "sigle": None}
DULL = {"prenom_usuel": None, "nom_naissance": None}
NOBODY: dict[str, Any] = {
    "errors": [{"code": "01003", "title": "Entité non trouvée", "detail": "inconnu", "source": None, "meta": {}}]
}


def company(state: str, siren: str = "100000009", kind: str = "personne_morale") -> dict[str, Any]:
    """Give what the Sirene register says of a company."""
    natural = {"prenom_usuel": "LOU", "nom_naissance": "EXEMPLE"} if kind == "personne_physique" else DULL
    return {
        "siren": siren,
        "siret_siege_social": f"{siren}00017",
        "type": kind,
        "personne_morale_attributs": PEOPLE if natural is DULL else {"raison_sociale": None, "sigle": None},
        "personne_physique_attributs": natural,
        "status_diffusion": "diffusible",
        "forme_juridique": {"code": "5710", "libelle": "SAS"},
        "activite_principale": {"code": "43.32A", "libelle": "Menuiserie", "nomenclature": "NAFRev2"},
        "etat_administratif": state,
    }


def establishment(state: str, siret: str = "10000000900017") -> dict[str, Any]:
    """Give what the Sirene register says of an establishment."""
    return {
        "siret": siret,
        "siege_social": True,
        "etat_administratif": state,
        "activite_principale": {"code": "43.32A", "libelle": "Menuiserie", "nomenclature": "NAFRev2"},
        "unite_legale": company("A", siret[:9]),
        "adresse": {"acheminement_postal": {"l4": "1 RUE EXEMPLE", "l6": "75001 PARIS"}},
    }


def vigilance(code: str) -> dict[str, Any]:
    """Give what social security says of a company."""
    fine = code == "ok"
    return {
        "document_url": "http://127.0.0.1:1/vigilance.pdf" if fine else None,
        "document_url_expires_in": 86400 if fine else None,
        "date_debut_validite": "2026-01-31" if fine else None,
        "date_fin_validite": "2026-07-31" if fine else None,
        "code_securite": "ABC" if fine else None,
        "entity_status": {"code": code, "libelle": "en mots", "description": ""},
    }


EXTRACT = {"date_radiation": None, "date_extrait": "2026-01-15", "date_immatriculation": "1985-07-01"}
PDF_LINK = {"document_url": "http://127.0.0.1:1/certificat.pdf", "expires_in": 600}
TAX = {
    "document_url": "http://127.0.0.1:1/fiscale.pdf",
    "document_url_expires_in": 86400,
    "date_delivrance_attestation": "2026-04-11",
    "date_periode_analysee": "2026-03-31",
}
ARREARS: dict[str, Any] = {
    "errors": [{"code": "38422", "title": "Attestation non disponible", "detail": "pas en règle", "meta": {}}]
}

WRITTEN: list[tuple[str, str, str, int, dict[str, Any], str]] = [
    ("insee_unites_legales", "active", "100000009", 200, company("A"), "contributed"),
    ("insee_unites_legales", "person", "100000017", 200, company("A", "100000017", "personne_physique"), "contributed"),
    ("insee_unites_legales", "ceased", "100000025", 200, company("C", "100000025"), "refused ceased"),
    ("insee_unites_legales", "strange", "100000033", 200, company("?", "100000033"), "exhausted"),
    ("insee_unites_legales", "closed-by-law", "100000041", 451, NOBODY, "exhausted"),
    ("insee_unites_legales", "untaxed", "100000058", 200, company("A", "100000058"), "contributed"),
    ("insee_etablissements", "untaxed", "10000005800017", 200, establishment("A", "10000005800017"), "contributed"),
    ("acoss_attestations", "untaxed", "100000058", 200, vigilance("ok"), "contributed"),
    ("insee_etablissements", "open", "10000000900017", 200, establishment("A"), "contributed"),
    ("insee_etablissements", "closed", "10000000900025", 200, establishment("F", "10000000900025"), "refused closed"),
    ("insee_successions", "known", "10000000900017", 200, {"predecesseurs": [], "successeurs": [
        {"siret": "10000000900033", "date_succession": "2026-01-02"}]}, "contributed"),
    ("insee_successions", "not-allowed", "10000000900025", 403, NOBODY, "exhausted"),
    ("insee_successions", "wrong-token", "10000000900033", 401, NOBODY, "exhausted"),
    ("dgfip_attestations", "issued", "100000009", 200, TAX, "contributed"),
    ("dgfip_attestations", "unknown", "100000017", 404, NOBODY, "refused not_issued"),
    ("dgfip_attestations", "busy", "100000025", 429, NOBODY, "failed"),
    ("dgfip_attestations", "at-it", "100000033", 409, NOBODY, "failed"),
    ("acoss_attestations", "issued", "100000009", 200, vigilance("ok"), "contributed"),
    ("acoss_attestations", "refused", "100000017", 200, vigilance("refus_de_delivrance"), "refused not_issued"),
    ("acoss_attestations", "new-word", "100000025", 200, vigilance("en_cours"), "exhausted"),
    ("infogreffe", "known", "100000009", 200, {**EXTRACT, "greffe": {"valeur": "PARIS"}}, "contributed"),
    ("infogreffe", "struck-off", "100000017", 200, {**EXTRACT, "date_radiation": "2026-01-01"}, "refused struck_off"),
    ("infogreffe", "broken", "100000025", 200, {**EXTRACT, "greffe": None}, "exhausted"),
    ("vies", "known", "100000009", 200, {"tva_number": "FR00100000009"}, "contributed"),
    ("vies", "slow", "100000017", 504, NOBODY, "failed"),
    ("rnm", "known", "100000009", 200, {"modalite_exercice": "P", "non_sedentaire": "0"}, "contributed"),
    ("rnm", "invalid", "100000017", 422, NOBODY, "exhausted"),
    ("cibtp", "issued", "10000000900017", 200, PDF_LINK, "contributed"),
    ("cibtp", "arrears", "10000000900025", 404, ARREARS, "refused in_arrears"),
    ("cibtp", "unknown", "10000000900033", 404, NOBODY, "refused no_record"),
    ("probtp", "fine", "10000000900017", 200, {"eligible": True}, "contributed"),
    ("probtp", "not", "10000000900025", 200, {"eligible": False}, "refused not_compliant"),
    ("probtp", "broken", "10000000900033", 502, NOBODY, "failed"),
]  # fmt: skip
"""Answers in the shape of the document's examples: endpoint, name, number, status, what it says, what that means."""


def write_by_hand(folder: Path) -> Path:
    """Write a small document and small answers, in the shape of the recorded ones."""
    (folder / DOCUMENT).write_bytes(b"# by hand\n" + msgspec.json.encode(small_document()))
    for word, name, number, status, said, _ in WRITTEN:
        endpoint = next(it for it in ENDPOINTS.values() if word in it)
        payload = said if "errors" in said else {"data": said, "links": {}, "meta": {}}
        path = folder / "answers" / endpoint / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        file = {
            "params": {"siren" if len(number) == 9 else "siret": number},
            "status": status,
            "payload": msgspec.json.encode(payload).decode(),
        }
        path.write_text(yaml.safe_dump(file, allow_unicode=True), encoding="utf-8")
    return folder


def small_document() -> dict[str, Any]:
    """Give an OpenAPI document with the endpoints, what they demand, and the statuses that they name."""
    demanded = [
        {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}
        for name in ("recipient", "context", "object")
    ]
    paths: dict[str, Any] = {}
    for path in ENDPOINTS:
        number = path.partition("{")[2].partition("}")[0]
        own = {"name": number, "in": "path", "required": True, "schema": {"type": "string"}}
        closed = ("451",) if path.startswith("/v4/insee") else ()
        responses = {status: {"description": status} for status in (*STATUSES, *closed)}
        paths[path] = {"get": {"parameters": [own, *demanded], "responses": responses}}
    return {
        "openapi": "3.0.1",
        "info": {"title": "API Entreprise, shortened", "version": "3"},
        "servers": [{"url": "https://entreprise.api.gouv.fr"}],
        "paths": paths,
    }


def recorded_or_skip() -> Path:
    """Give the folder of recorded answers, or skip the test and say why."""
    try:
        return recorded_folder()
    except NoRecordings as missing:
        pytest.skip(str(missing))


@cache
def recorded_in(folder: Path) -> list[Recording]:
    """Read the answers of a folder once."""
    return read_recordings(folder)


@cache
def prepared(recorded: Path, folder: Path) -> Mapping[str, Contract]:
    """Load the contracts of the example against the document of a folder of answers."""
    return contracts_at("http://127.0.0.1:1", prepare_contracts(recorded, folder))


def contract_of(contracts: Mapping[str, Contract], endpoint: str) -> Contract:
    """Give the contract that reads an endpoint."""
    path = next(path for path, name in ENDPOINTS.items() if name == endpoint)
    for contract in contracts.values():
        assert isinstance(contract.connection, OpenApiConnection)
        if contract.connection.ask.operation == f"GET {path}":
            return contract
    raise LookupError(endpoint)


def at(url: str, contract: Contract, **changes: Any) -> Contract:
    """Give a contract whose API is here."""
    assert isinstance(contract.connection, OpenApiConnection)
    return structs.replace(contract, connection=structs.replace(contract.connection, url=url, **changes))


def ask_about(recording: Recording, contract: Contract) -> Ask:
    """Ask about the number of a recording, as the plan would."""
    name = "siren" if "siren" in contract.input["required"][0] else "siret"
    given = {name: recording.number, "recipient": BUYER, "tender": TENDER}
    if "siren" in contract.input["required"][1:]:
        said = msgspec.json.decode(recording.payload)
        given["siren"] = said["data"]["unite_legale"]["siren"] if "data" in said else recording.number[:9]
    return Ask(
        key=AskKey("case/step/ask/1"),
        contract=contract.name,
        contract_digest="sha256:0",
        purpose=contract.purpose,
        legal_basis=contract.legal_basis,
        input=given,
        salt="c2FsdHNhbHRzYWx0c2FsdA",
        deadline=datetime.now(UTC),
        callback="http://127.0.0.1:1/v1/callbacks",
    )


@asynccontextmanager
async def open_agency(clock: Clock | None = None) -> AsyncGenerator[OpenApiAgency]:
    """Give the binding's adapter, which holds outputs to the contracts and fetches documents."""
    linked = HttpExchange(LOOPBACK)
    checks = AnswerChecks(OutputChecks().check, lambda _claim: [], Links(linked).fetch)
    agency = OpenApiAgency(checks=checks, secrets=KnownSecrets(**SECRETS), clock=clock or PromptClock(), guard=LOOPBACK)
    try:
        yield agency
    finally:
        await agency.close()
        await linked.close()


async def told_of(replay: Replay, recording: Recording, contract: Contract, **changes: Any) -> Told:
    """Ask once, over HTTP."""
    async with open_agency() as agency, serving(replay) as url:
        return await agency.ask(ask_about(recording, contract), at(url, contract, **changes), traceparent="")


async def heard_of(replay: Replay, recording: Recording, contract: Contract, **changes: Any) -> Heard:
    """Ask once, and give only what was heard."""
    return (await told_of(replay, recording, contract, **changes)).heard


def class_of(heard: Heard) -> str:
    """Say in a word what was heard: with its code where it is a refusal."""
    match heard:
        case Contributed():
            return "contributed"
        case Refused():
            return f"refused {heard.code}"
        case Unheard(final=False):
            return "failed"
        case Unheard() | Unreadable():
            return "exhausted"
        case _:
            return type(heard).__name__

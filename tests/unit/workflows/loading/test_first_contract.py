"""A first contract from a document: it loads as it is, does no harm as it is, and says what is to be decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.connection import ApiKeyAuth, BasicAuth, BearerAuth, ClientCredentials, OpenApiConnection, Secret
from contracts.contract import Contract
from workflows.loading.api_files import DocumentUnusable, read_api
from workflows.loading.contracts import as_registered, load_contract, parse_contract
from workflows.loading.first_contract import Wanted, first_contract, name_of
from workflows.loading.openapi import operations_of

OWN = Path(__file__).parents[4] / "contracts" / "schemas" / "openapi.json"
ANSWER = {
    "type": "object",
    "properties": {
        "data": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}, "month": {"type": "string", "enum": ["08", "09"]}},
        },
        "links": {"type": "object"},
    },
}
PERSON = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "pattern": "(?=x)a"},
        "mother": {"$ref": "#/components/schemas/Person"},
        "tags[]": {"type": "array", "items": {"type": "string"}},
        "id": {"type": "string"},
    },
}
SCHEMES = {
    "a": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "b": {"type": "http", "scheme": "Basic"},
    "c": {"type": "http", "scheme": "bearer"},
    "d": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://a.example/t", "scopes": {"x": ""}}}},
    "e": {"type": "openIdConnect"},
}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def answered(*statuses: int) -> dict[str, Any]:
    """Give responses, the first with an answer."""
    first = {"description": "", "content": {"application/json": {"schema": ANSWER}}}
    return {str(status): first if not number else {"description": ""} for number, status in enumerate(statuses)}


def request(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "T", "version": "1"},
    "security": [{name: []} for name in SCHEMES],
    "components": {"schemas": {"Person": PERSON}, "securitySchemes": SCHEMES},
    "paths": {
        "/people": {
            "post": {
                "operationId": "addPerson",
                "requestBody": request({"$ref": "#/components/schemas/Person"}),
                "responses": answered(201, 202, 400, 409),
            },
            "put": {
                "operationId": "addMany",
                "requestBody": request({"type": "array"}),
                "responses": {"204": {"description": ""}, "default": {"description": ""}},
            },
        },
        "/people/{id}": {
            "parameters": [ID],
            "get": {"operationId": "showPerson", "responses": answered(200, 404)},
            "delete": {"operationId": "dropPerson", "responses": answered(204, 404)},
        },
    },
}


def made(tmp_path: Path, **wanted: str) -> tuple[Contract, str]:
    (tmp_path / "api.json").write_bytes(msgspec.json.encode(DOCUMENT))
    text = first_contract(DOCUMENT, Wanted(agency="civil", contract="do", document="api.json", **wanted))
    (tmp_path / "do.yaml").write_text(text)
    return load_contract(tmp_path / "do.yaml"), text


def bound(contract: Contract) -> OpenApiConnection:
    assert isinstance(contract.connection, OpenApiConnection)
    return contract.connection


def test_what_is_written_loads_and_is_registered_as_it_was_read(tmp_path: Path) -> None:
    contract, text = made(tmp_path, ask="addPerson", undo="dropPerson", lookup="showPerson", poll="showPerson")
    assert parse_contract(as_registered(text.encode(), contract), "sent") == contract
    assert (contract.effect, contract.lookup, bound(contract).repeat) == ("reversible", True, "never")
    assert contract.input["required"] == ["name"]
    assert set(contract.input["properties"]) == {"name", "mother", "tags", "id"}
    assert contract.output == {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string"}, "month": {"type": "string", "enum": ["08", "09"]}},
    }
    assert bound(contract).ask.body == {
        "name": "input.name",
        "mother": "input.mother",
        "tags[]": "input.tags",
        "id": "input.id",
    }


def test_no_status_is_taken_for_a_no_until_a_person_decides(tmp_path: Path) -> None:
    contract, text = made(tmp_path, ask="addPerson", undo="dropPerson", lookup="showPerson")
    for operation in (bound(contract).ask, bound(contract).undo, bound(contract).lookup):
        assert operation is not None
        assert not any(outcome.refuse or outcome.undone or outcome.nothing_held for outcome in operation.outcomes)
    assert "'status == 409', exhaust: true}  # DECIDE" in text
    assert "# DECIDE: does a second ask do it twice?" in text


def test_every_way_of_proving_oneself_becomes_one_with_secrets_of_the_agency(tmp_path: Path) -> None:
    contract, _ = made(tmp_path, ask="showPerson")
    kinds = [type(auth) for auth in bound(contract).auth]
    assert kinds == [ApiKeyAuth, BasicAuth, BearerAuth, ClientCredentials]
    assert bound(contract).auth[2] == BearerAuth(token=Secret(secret="CIVIL__TOKEN"))


def test_what_only_reads_is_harmless_and_has_no_effect(tmp_path: Path) -> None:
    contract, _ = made(tmp_path, ask="GET /people/{id}")
    assert (contract.effect, bound(contract).repeat) == ("none", "harmless")
    assert bound(contract).ask.parameters == {"id": "input.id"}


def test_a_body_or_an_answer_of_no_fields_is_taken_whole(tmp_path: Path) -> None:
    contract, _ = made(tmp_path, ask="addMany")
    assert bound(contract).ask.body == "input.body"
    assert contract.output["required"] == ["answer"]
    assert contract.effect == "final"


def test_an_operation_that_is_not_there_is_told() -> None:
    with pytest.raises(DocumentUnusable, match=r"no operation addPersons; write addPerson\?"):
        first_contract(DOCUMENT, Wanted(agency="civil", contract="do", document="x", ask="addPersons"))


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("addPerson", "add-person"),
        ("people.add_one/v2", "people-add-one-v2"),
        ("GET /v4/insee/sirene/{siren}/papers", "insee-sirene-papers"),
        ("DELETE /v1.2/people/{id}", "delete-people"),
        ("GET /{id}", "get"),
        ("GET /2026/x", "get-2026-x"),
        ("7up", "do-7up"),
        ("GET /" + "long/" * 40, "long-" * 12 + "lon"),
    ],
)
def test_a_contract_is_called_what_no_person_would_call_it(operation: str, name: str) -> None:
    assert name_of(operation) == name


def changed_document(path: str, method: str, **operation: Any) -> dict[str, Any]:
    """Give the document with one operation described otherwise."""
    return {**DOCUMENT, "paths": {path: {method: {"responses": answered(200), **operation}}}}


def test_the_words_of_a_document_are_lost(tmp_path: Path) -> None:
    answer = {"type": "object", "properties": {"id": {"type": "string", "title": "Number of the paper"}}}
    document = changed_document(
        "/papers",
        "get",
        summary="Papers of\n  a person: all",
        parameters=[
            {"name": "Cache-Control", "in": "header", "schema": {"type": "string"}},
            {"name": "X-Office", "in": "header", "required": True, "schema": {"type": "string"}},
        ],
        responses={"200": {"description": "", "content": {"application/json": {"schema": answer}}}},
    )
    contract = loaded(document, tmp_path, "GET /papers")
    assert (contract.title.id, contract.title.en) == ("Papers of a person: all", "Papers of a person: all")
    assert contract.output["properties"]["id"]["title"] == "Number of the paper"
    assert list(contract.input["properties"]) == ["X-Office"], "an optional header becomes a question"


def test_what_a_document_requires_twice_or_does_not_describe_is_lost(tmp_path: Path) -> None:
    part = {"type": "object", "required": ["id", "id"], "properties": {"id": {"type": "string"}}}
    body = {"allOf": [part, {**part, "required": ["id", "undescribed"]}]}
    document = changed_document("/papers", "post", requestBody=request(body), responses=answered(201))
    document["paths"]["/papers"]["post"]["responses"]["201"]["content"] = {"application/json": {"schema": part}}
    contract = loaded(document, tmp_path, "POST /papers")
    assert contract.input["required"] == ["id", "undescribed"]
    assert contract.output["required"] == ["id"]


def loaded(document: dict[str, Any], folder: Path, ask: str) -> Contract:
    """Write a first contract and load it."""
    (folder / "api.json").write_bytes(msgspec.json.encode(document))
    text = first_contract(document, Wanted(agency="civil", contract="do", document="api.json", ask=ask))
    (folder / "do.yaml").write_text(text)
    return load_contract(folder / "do.yaml")


def test_an_operation_of_a_whole_document_gives_a_contract_that_does_not_load(tmp_path: Path) -> None:
    document = read_api(OWN)
    takes_text = {"POST /v1/verifications", "POST /v1/sheets/{step}"}
    takes_json = [name for name in operations_of(document) if " " in name and name not in takes_text]
    for name in takes_json[::4]:
        assert loaded(document, tmp_path, name).title.en


def test_a_body_that_cannot_be_sent_is_told_instead_of_a_contract_that_does_not_load() -> None:
    files = {"required": True, "content": {"multipart/form-data": {"schema": {"type": "object"}}}}
    document = changed_document("/papers", "post", requestBody=files)
    with pytest.raises(DocumentUnusable, match="takes its body as multipart/form-data, which cannot be sent"):
        first_contract(document, Wanted(agency="civil", contract="do", document="x", ask="POST /papers"))

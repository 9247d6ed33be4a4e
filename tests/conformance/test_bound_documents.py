"""Documents that a bound API gives, as bytes or by link: they come along, or the answer is none."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from msgspec import structs

from contracts.connection import BoundOperation, BoundOutcome
from contracts.contract import Contract
from contracts.wire import Contributed, Unheard, Unreadable
from gateway.bootstrap import OutputChecks
from tests.conformance.agencies import LOOPBACK, TRACEPARENT, PromptClock, make_ask
from tests.conformance.raw_agency import always, http, raw
from tests.conformance.rest_office import KnownSecrets, bound_contract
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.links import Links
from workflows.agencies.openapi import OpenApiAgency
from workflows.agencies.reading import AnswerChecks
from workflows.ports import Told

PDF = b"%PDF-1.4\nsmall\n%%EOF\n"
TAKEN = BoundOutcome(when="status == 201", contribute={"paper": "body.file"})


def papers(url: str, **outcomes: Any) -> Contract:
    """Give a contract whose output is a document."""
    schema = {"type": "object", "required": ["paper"], "properties": {"paper": {"document": "application/pdf"}}}
    ask = BoundOperation(operation="matchPerson", body={"full_name": "input.name"}, **outcomes)
    return structs.replace(bound_contract(url, ask=ask), output=schema)


async def told_by(body: dict[str, Any], **outcomes: Any) -> Told:
    """Ask an agency that answers so."""
    linked = HttpExchange(LOOPBACK)
    checks = AnswerChecks(OutputChecks().check, lambda _claim: [], Links(linked).fetch)
    agency = OpenApiAgency(checks=checks, secrets=KnownSecrets(), clock=PromptClock(), guard=LOOPBACK)
    reply = always(http(201, {"Content-Type": "application/json"}, json.dumps(body).encode()))
    try:
        async with raw(reply) as office:
            return await agency.ask(make_ask(), papers(office.url, **outcomes), traceparent=TRACEPARENT)
    finally:
        await agency.close()
        await linked.close()


@pytest.mark.parametrize("outcomes", [{"outcomes": [TAKEN]}, {}], ids=["mapped", "by itself"])
async def test_bytes_in_an_answer_do_not_come_along(outcomes: dict[str, Any]) -> None:
    text = b64encode(PDF).decode()
    told = await told_by({"file": text, "paper": text}, **outcomes)
    assert isinstance(told.heard, Contributed), told.heard
    assert told.documents == (PDF,)
    assert told.heard.output["paper"]["size"] == len(PDF)


@pytest.mark.parametrize(
    "link", ["http://127.0.0.1:1/a.pdf", "http://169.254.169.254/latest", "https://user:word@agency.example/a.pdf"]
)
async def test_a_link_that_gives_nothing_or_leads_elsewhere_is_an_answer(link: str) -> None:
    told = await told_by({"file": link}, outcomes=[TAKEN])
    assert isinstance(told.heard, Unheard), told.heard
    assert (told.heard.final, told.heard.sent, told.documents) == (False, True, ())
    assert told.evidence.digest, "what was answered is not in the evidence"


@pytest.mark.parametrize("given", ["no base64 at all", b64encode(b"<html>").decode(), "", 7, None])
async def test_what_is_no_such_document_is_taken_for_one(given: object) -> None:
    told = await told_by({"file": given}, outcomes=[TAKEN])
    assert isinstance(told.heard, Unreadable), told.heard
    assert told.documents == ()

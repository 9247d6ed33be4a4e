"""An agency built on the kit, asked by the gateway's own adapter and judged by the gateway's own checks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from contracts import wire
from contracts.connection import WireConnection
from contracts.contract import Contract
from contracts.ids import AskKey
from contracts.wire import Contributed, NothingHeld, Refused, Returned, Undone, Unreadable
from gapura_agency import Agency, Ask, Document, Gateway, SigningKey, SqliteStore, listening, refuse, send_back
from gapura_agency.asked import Given
from gateway.bootstrap import OutputChecks, part_mistakes
from tests.conformance.agencies import LOOPBACK, TRACEPARENT, PromptClock
from tests.tidy import tree
from workflows.agencies import signing
from workflows.agencies.reading import AnswerChecks
from workflows.agencies.wire import WireAgency
from workflows.loading.contracts import load_contract
from workflows.loading.hashing import contract_digest

CONTRACT = tree.ROOT / "examples" / "purbalingga" / "contracts" / "oss-register-business.yaml"
GATEWAY = signing.SigningKey("gateway/1", ec.derive_private_key(7001, ec.SECP256R1()))
KEY = "case/business/ask/1"
PDF = b"%PDF-1.4 a certificate"


def decide(ask: Ask) -> Given:
    """Register a business, except two."""
    if ask.input["kbli"] == "00000":
        return refuse("activity_not_open", "Tidak terbuka.")
    if ask.input["kbli"] == "00001":
        return send_back(["kbli"], "Tidak dikenal.")
    return {
        "nib": "9120000000010",
        "risk": "low",
        "certificate": "OSS-2026-9120000000010",
        "registered_on": ask.now.date(),
        "nib_document": Document("NIB.pdf", PDF),
    }


class Asked:
    """The gateway's adapter, before an agency on the kit that listens."""

    def __init__(self, agency: Agency, url: str) -> None:
        keys: dict[str, dict[str, Any]] = {"oss": {"keys": [msgspec.to_builtins(agency.key.public_jwk())]}}
        known = {agency.key.name: keys["oss"]["keys"][0]}
        loaded = load_contract(CONTRACT)
        self.contract: Contract = msgspec.structs.replace(loaded, connection=WireConnection(url=url, deadline="5 s"))
        self.adapter = WireAgency(
            key=GATEWAY,
            keys=known.get,
            checks=AnswerChecks(OutputChecks().check, lambda claim: part_mistakes(claim, keys)),
            clock=PromptClock(),
            guard=LOOPBACK,
        )

    async def ask(self, kbli: str = "56103", *, attempt: int = 1) -> wire.Heard:
        values: dict[str, Any] = {**self.contract.examples[0].input, "kbli": kbli}
        ask = wire.Ask(
            key=AskKey(KEY),
            contract=self.contract.name,
            contract_digest=contract_digest(self.contract),
            purpose="business-registration",
            legal_basis="PP 28/2025",
            input=values,
            salt="c2FsdHNhbHRzYWx0c2FsdA",
            deadline=datetime.now(UTC) + timedelta(seconds=5),
            callback="http://127.0.0.1:1/v1/callbacks",
            attempt=attempt,
        )
        return (await self.adapter.ask(ask, self.contract, traceparent=TRACEPARENT)).heard

    async def undo(self) -> wire.Heard:
        undo = wire.Undo(
            key=AskKey(KEY.replace("/ask/", "/undo/")),
            undoes=AskKey(KEY),
            contract=self.contract.name,
            purpose="business-registration",
            reason="withdrawn",
            deadline=datetime.now(UTC) + timedelta(seconds=5),
            callback="http://127.0.0.1:1/v1/callbacks",
        )
        return (await self.adapter.undo(undo, self.contract, traceparent=TRACEPARENT)).heard

    async def lookup(self) -> wire.Heard:
        deadline = datetime.now(UTC) + timedelta(seconds=5)
        lookup = wire.Lookup(key=AskKey(KEY), contract=self.contract.name, deadline=deadline)
        return (await self.adapter.lookup(lookup, self.contract, traceparent=TRACEPARENT)).heard


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    key = ECKey.import_key(GATEWAY.private.public_key()).as_dict(private=False)
    (tmp_path / "gateway.json").write_bytes(msgspec.json.encode({"keys": [{**key, "kid": "1"}]}))
    agency = Agency(
        key=SigningKey.new("oss"),
        gateway=Gateway("http://127.0.0.1:1", keys=tmp_path / "gateway.json"),
        contracts=CONTRACT,
        store=SqliteStore(tmp_path / "agency.sqlite"),
    )
    agency.contract("oss/register-business@2")(decide)
    agency.undo("oss/register-business@2")(lambda _: None)
    with listening(agency) as url:
        asked = Asked(agency, url)
        yield asked
        await asked.adapter.close()
        await asyncio.sleep(0)


async def test_a_contribution_with_its_part_and_document_is_taken(asked: Asked) -> None:
    heard = await asked.ask()
    assert isinstance(heard, Contributed), heard
    assert heard.output["nib_document"]["size"] == len(PDF)
    assert heard.part.count("~") == 6


async def test_a_repeat_a_lookup_and_an_undo_are_taken(asked: Asked) -> None:
    assert isinstance(await asked.lookup(), NothingHeld)
    first = await asked.ask()
    assert await asked.ask(attempt=2) == first
    assert await asked.lookup() == first
    assert isinstance(await asked.undo(), Undone)
    assert isinstance(await asked.ask(attempt=3), Undone)


async def test_an_undo_that_comes_first_is_taken(asked: Asked) -> None:
    assert isinstance(await asked.undo(), Undone)
    assert isinstance(await asked.ask(), Undone)


@pytest.mark.parametrize(("kbli", "kind"), [("00000", Refused), ("00001", Returned)])
async def test_a_no_and_a_correction_are_taken(asked: Asked, kbli: str, kind: type[wire.Answer]) -> None:
    heard = await asked.ask(kbli)
    assert isinstance(heard, kind), heard
    assert not isinstance(heard, Unreadable)

"""What an agency, or whoever has its token, could put into the register to harm others: all of it is refused.

What stands in the register is met again at every start, so nothing gets in that a fresh start could not take.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import msgspec
import pytest
import pytest_asyncio
from joserfc import jws
from joserfc.jwk import ECKey

from contracts.agreement import Signature
from contracts.events import AgreementSigned, ContractRegistered, RegisterEvent
from tests.gateways import CONTRACTS, TOKENS, Gateway, bearer, running
from workflows.loading.agreements import TYPE, sign
from workflows.loading.hashing import canonical
from workflows.ports import REGISTER
from workflows.projections.directory import Directory

pytestmark = pytest.mark.asyncio(loop_scope="module")

MACHINE: Final = bearer(TOKENS["agency"])
OPERATOR: Final = bearer(TOKENS["operator"])


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="gateway")
async def _gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Gateway, None]:
    async with running(tmp_path_factory.mktemp("gateway"), guesses_per_min=100_000) as gateway:
        yield gateway
        started_afresh(await events_of(gateway))


async def events_of(gateway: Gateway) -> list[RegisterEvent]:
    return [cast("RegisterEvent", row.event) for row in await gateway.parts.journal.read(REGISTER)]


def started_afresh(events: list[RegisterEvent]) -> Directory:
    """Read the register as the next start will."""
    directory = Directory()
    for event in events:
        directory.apply(event)
    return directory


async def put(gateway: Gateway, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:  # noqa: ANN401 - JSON
    async with gateway.client.put(gateway.url + path, json=body, headers=headers) as response:
        return response.status, await response.json() if response.status != 204 else None


def document(**changes: Any) -> dict[str, Any]:
    return {**msgspec.to_builtins(CONTRACTS["alpha"]), **changes}


@pytest.mark.parametrize(
    "version", ["1." + "9" * 5000 + ".0", "9" * 5000 + ".0.0", "01.0.0", "1.0", "1.0.0\n", "1.0.00", "\uff11.0.0"]
)
async def test_a_version_that_is_none_is_refused_before_it_is_on_record(gateway: Gateway, version: str) -> None:
    before = len(await events_of(gateway))
    path = f"/v1/agencies/alpha/contracts/do/{version.strip()}"
    status, said = await put(gateway, path, document(version=version), MACHINE)
    assert status in {404, 422}, said
    assert len(await events_of(gateway)) == before


WAITS: Final = {
    "no wait at all": {"attempts": {"first_wait": "0 s", "longest_wait": "0 ms"}},
    "waits beyond the calendar": {"attempts": {"longest_wait": "999999 weeks", "give_up_after": "999999 weeks"}},
    "a deadline beyond the calendar": {
        "connection": {"kind": "wire", "url": "https://alpha.example", "deadline": "999999 weeks"}
    },
    "no deadline": {"connection": {"kind": "wire", "url": "https://alpha.example", "deadline": "0 s"}},
}
ADDRESSES: Final = (
    "file:///etc/passwd",
    "ftp://alpha.example/",
    "https://user:secret@alpha.example/",
    "https://alpha.example/?token=1",
    "https://alpha.example/#a",
    "https:///path",
    "//alpha.example",
    "https://alpha.example/\r\nX-Evil: 1",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("what", WAITS)
async def test_an_operational_record_cannot_make_the_gateway_hammer_or_choke(gateway: Gateway, what: str) -> None:
    status, said = await put(gateway, "/v1/agencies/alpha/contracts/do/1.0.0", document(**WAITS[what]), MACHINE)
    assert status == 422, said
    assert "too short or too long" in said["errors"][0]["detail"]


@pytest.mark.parametrize("url", ADDRESSES)
async def test_an_address_that_asks_cannot_go_to_is_refused(gateway: Gateway, url: str) -> None:
    connection = {"kind": "wire", "url": url}
    path = "/v1/agencies/alpha/contracts/do/1.0.0"
    status, said = await put(gateway, path, document(connection=connection), MACHINE)
    assert status == 422, said


DOCUMENTS: Final = {
    "a billion laughs": b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nagency: *c\n",
    "an alias of itself": b"&a [*a]",
    "a merge of itself": b"&a {<<: *a}",
    "an object of Python": b"!!python/object/apply:os.system [id]",
    "ten thousand levels": b"[" * 10_000,
    "ten thousand blocks": b"".join(b" " * depth + b"a:\n" for depth in range(400)),
    "a document after another": b"a: 1\n---\nb: 2\n",
    "half a megabyte of keys": b"".join(b"k%d: 1\n" % number for number in range(40_000)),
    "no text": bytes(range(128, 256)),
    "a number of 5,000 digits": b"agency: " + b"9" * 5000,
    "an endless word": b"agency: " + b"a" * 400_000,
    "quotes without end": b"agency: '" + b"'' " * 100_000,
    "a key of 300,000 letters": b"a" * 300_000 + b": 1",
}


@pytest.mark.parametrize("what", DOCUMENTS)
async def test_a_document_that_would_grow_is_told_and_costs_little(gateway: Gateway, what: str) -> None:
    headers = {**MACHINE, "Content-Type": "application/yaml"}
    url = f"{gateway.url}/v1/agencies/alpha/contracts/do/1.0.0"
    async with gateway.client.put(url, data=DOCUMENTS[what], headers=headers) as response:
        assert response.status == 422, await response.text()
        assert len(await response.read()) < 200_000


@pytest.mark.parametrize("name", ["gateway", "GATEWAY", "a b", "a%00b", "-", "ü", "a" * 64, "a%0ab", "1a"])
async def test_an_agency_has_a_plain_name_that_is_not_ours(gateway: Gateway, name: str) -> None:
    status, said = await put(gateway, f"/v1/agencies/{name}", {"title": "T", "keys": {"keys": []}}, OPERATOR)
    assert status == 422, said


async def test_a_key_never_becomes_another_one_under_its_name(gateway: Gateway) -> None:
    def public(kid: str) -> dict[str, Any]:
        return {**ECKey.generate_key("P-256").as_dict(private=False), "kid": kid}

    first = public("2026-1")
    for keys, status in (([first], 204), ([first], 204), ([public("2026-1")], 422), ([public("2026-2")], 200)):
        body = {"title": "T", "keys": {"keys": keys}, "reason": "yearly", "break_glass": True}
        assert (await put(gateway, "/v1/agencies/rotating", body, OPERATOR))[0] == status
    known = gateway.calls.judge.trust().agencies["rotating"].keys
    assert {key["kid"] for key in known} == {"2026-1", "2026-2"}
    assert first in known


async def sign_of(gateway: Gateway, signature: Any) -> int:  # noqa: ANN401 - a Signature, or what passes for one
    agreement = next(iter(gateway.parts.engine.directory.agreements))
    async with gateway.client.post(
        f"{gateway.url}/v1/agreements/{agreement}/signatures",
        data=msgspec.json.encode(signature),
        headers={"Content-Type": "application/json"},
    ) as response:
        assert response.status < 500, await response.text()
        return response.status


async def test_a_word_without_a_zone_or_from_the_future_is_not_on_record(gateway: Gateway) -> None:
    agreement = next(iter(gateway.parts.engine.directory.agreements))
    key = gateway.keys["alpha"]
    for at in ("2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        word = {"agreement": agreement, "agency": "alpha", "decision": "revoke", "at": at, "reason": "x"}
        header = {"alg": "ES256", "typ": TYPE, "kid": key["kid"]}
        text = jws.serialize_compact(header, canonical(word), ECKey.import_key(key), algorithms=["ES256"])
        assert await sign_of(gateway, {**word, "jws": text}) in {200, 422}, at
    later = datetime.now(UTC) + timedelta(minutes=10)
    assert await sign_of(gateway, sign(agreement, "alpha", "revoke", key, now=later, reason="The law changed.")) == 422
    started_afresh(await events_of(gateway))
    assert not gateway.parts.engine.directory.agreement(agreement, datetime.now(UTC)).missing  # type: ignore[union-attr]


async def test_a_word_that_is_carried_again_and_again_is_on_record_once(gateway: Gateway) -> None:
    agreement = next(iter(gateway.parts.engine.directory.agreements))
    word: Signature = sign(agreement, "alpha", "accept", gateway.keys["alpha"], now=datetime.now(UTC))
    for _ in range(5):
        assert await sign_of(gateway, word) == 200
    recorded = [event for event in await events_of(gateway) if isinstance(event, AgreementSigned)]
    assert sum(event.signature == word for event in recorded) == 1


async def test_an_old_acceptance_does_not_undo_a_revocation(gateway: Gateway) -> None:
    agreement = next(iter(gateway.parts.engine.directory.agreements))
    key, now = gateway.keys["alpha"], datetime.now(UTC)
    old = sign(agreement, "alpha", "accept", key, now=now - timedelta(minutes=2))
    for word in (old, sign(agreement, "alpha", "revoke", key, now=now, reason="The law changed."), old):
        assert await sign_of(gateway, word) == 200
    view = gateway.parts.engine.directory.agreement(agreement, now)
    assert view is not None
    assert view.decisions["alpha"] == "revoke"
    assert await sign_of(gateway, sign(agreement, "alpha", "accept", key, now=now + timedelta(seconds=1))) == 200


async def test_only_what_was_refused_whole_is_missing_from_the_register(gateway: Gateway) -> None:
    contracts = [event for event in await events_of(gateway) if isinstance(event, ContractRegistered)]
    assert len(contracts) == len(CONTRACTS)

"""A stand-in behind HTTP, as whoever asks it with curl sees it, and as a gateway does."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from msgspec import Struct

from gateway.cli.proving.keys import OwnKey, own_key
from gateway.cli.proving.standing import LARGEST_BODY, Settings, serving
from tests.eventually import eventually_async
from workflows.agencies.signing import Request, Response, SigningKey, sign_request, verify_response
from workflows.loading.contracts import load_contract
from workflows.outputs.sdjwt import Bindings, input_digest, verify_part
from workflows.proving.standing_in import StandIn
from workflows.proving.wishes import HEADER, NOTHING, WISHES, Wished

OSS = load_contract(Path(__file__).parents[5] / "examples" / "purbalingga" / "contracts" / "oss-register-business.yaml")
GIVEN = OSS.examples[0].input
JSON = {"Content-Type": "application/json"}


class Said(Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - JSON
        return msgspec.json.decode(self.body)


class Asking(Struct, frozen=True):
    url: str
    key: OwnKey
    session: aiohttp.ClientSession

    async def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> Said:
        async with self.session.post(f"{self.url}{path}", data=body, headers={**JSON, **(headers or {})}) as response:
            return Said(response.status, dict(response.headers), await response.read())

    async def ask(self, *, key: str = "try/1", headers: dict[str, str] | None = None, **more: Any) -> Said:
        said = {"key": key, "contract": OSS.name, "input": GIVEN} | more
        return await self.post("/asks", msgspec.json.encode(said), headers)

    def signed(self, body: bytes, key: SigningKey) -> Request:
        headers = {**JSON, "Idempotency-Key": "try/1"}
        bare = Request("POST", f"{self.url}/asks", headers, body)
        return Request("POST", bare.url, headers | sign_request(bare, key, now=datetime.now(UTC)), body)


@asynccontextmanager
async def stand_in(always: Wished = NOTHING, gateway_keys: str = "") -> AsyncGenerator[Asking]:
    key = own_key("oss", None, "stand-in")
    settings = Settings(host="127.0.0.1", port=0, url="", always=always, gateway_keys=gateway_keys)
    async with serving(StandIn(OSS), key, settings) as server, aiohttp.ClientSession() as session:
        yield Asking(server.url, key, session)


async def test_whoever_tries_it_by_hand_must_sign() -> None:
    async with stand_in() as asking:
        said = await asking.ask()
        assert (said.status, said.json()["outcome"], said.json()["output"]["nib"]) == (
            200,
            "contributed",
            "9120000000010",
        )
        assert b64decode(said.json()["output"]["nib_document"]["bytes"]).startswith(b"%PDF-")
        assert "Signature" not in said.headers
        undone = await asking.post("/undos", b'{"key":"u","undoes":"try/1","contract":"oss/register-business@2"}')
        held = await asking.post("/lookups", b'{"key":"try/1","contract":"oss/register-business@2"}')
        assert (undone.json()["outcome"], held.json()["outcome"]) == ("undone", "undone")


async def test_a_reply_could_be_taken_for_the_agencys() -> None:
    async with stand_in() as asking:
        for said in (await asking.ask(), await asking.ask(contract="oss/other@1"), await asking.post("/asks", b"{")):
            assert said.headers[HEADER] == OSS.name
        async with asking.session.get(asking.url) as response:
            about = await response.json()
    assert (
        about["stand_in"] == "This is a stand-in for oss/register-business@2: nothing that it answers means anything."
    )
    assert len(about[f"header {HEADER}"]) == len(WISHES)
    assert [example["answer"] for example in about["examples"]] == ["contributed", "already_registered"]


async def test_what_is_wrong_is_not_told_by_field_and_rule() -> None:
    async with stand_in() as asking:
        said = await asking.ask(input={**GIVEN, "nik": "12", "colour": "red"})
    problem = said.json()
    assert (said.status, said.headers["Content-Type"]) == (422, "application/problem+json")
    assert {wrong["pointer"] for wrong in problem["errors"]} == {"/input/nik", "/input/colour"}
    assert problem["detail"].startswith("stand-in: the contract oss/register-business@2 does not allow this input")


async def test_a_wish_that_cannot_be_granted_is_not_answered_with_what_can() -> None:
    async with stand_in() as asking:
        said = await asking.ask(headers={HEADER: "refuse=nobody, explode"})
    assert said.status == 400
    assert "refuse=nobody is none of the contract's refusals" in said.json()["detail"]
    assert "explode is nothing that can be wished for" in said.json()["detail"]
    assert [line["detail"].partition(":")[0] for line in said.json()["errors"]] == [wish.written for wish in WISHES]


async def test_a_wish_of_who_asks_does_not_go_with_the_operators() -> None:
    async with stand_in(Wished(refuse="not_a_resident")) as asking:
        said = await asking.ask()
        assert said.json()["code"] == "not_a_resident"
        said = await asking.ask(key="try/2", headers={HEADER: "status=418"})
        assert (said.status, said.json()["status"]) == (418, 418)
        assert (await asking.ask(key="try/2")).json()["code"] == "not_a_resident", "what was not heard was not done"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"key":"k"}', 400),
        (b'{"key":"\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"key":"k","contract":"oss/register-business@2","input":{"nik":12345678901234567890123}}', 422),
        (b" " * (LARGEST_BODY + 1), 413),
    ],
    ids=["empty", "list", "lacking", "no UTF-8", "deep", "huge number", "large"],
)
async def test_a_body_that_is_no_ask_breaks_it(body: bytes, status: int) -> None:
    async with stand_in() as asking:
        async with asking.session.post(f"{asking.url}/asks", data=_pieces(body)) as response:
            assert response.status == status
            assert (await response.json(content_type=None))["status"] == status
        assert (await asking.ask()).status == 200


async def _pieces(body: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(body) or 1, 2**20):
        yield body[start : start + 2**20]


async def test_a_salt_that_is_none_breaks_it() -> None:
    async with stand_in() as asking:
        assert (await asking.ask(salt="a salt")).status == 400


async def test_a_signed_ask_is_answered_without_signature_or_part(tmp_path: Path) -> None:
    gateway = own_key("gateway", None, "1")
    keys = tmp_path / "gateway.json"
    keys.write_bytes(msgspec.json.encode(gateway.published))
    async with stand_in(gateway_keys=str(keys)) as asking:
        body = msgspec.json.encode({"key": "try/1", "contract": OSS.name, "input": GIVEN, "salt": "AAAA"})
        request = asking.signed(body, gateway.signing)
        said = await asking.post("/asks", body, dict(request.headers.items()))
        assert (await asking.post("/asks", body, dict(request.headers.items()))).status == 401, "it came before"
        assert (await asking.ask()).status == 401, "nobody signed it"
        stranger = asking.signed(body, own_key("gateway", None, "2").signing)
        assert (await asking.post("/asks", body, dict(stranger.headers.items()))).status == 401
    jwk = asking.key.published["keys"][0]
    response = Response(said.status, said.headers, said.body)
    assert verify_response(response, request, {"oss/stand-in": jwk}.get, now=datetime.now(UTC)).party == "oss"
    bound = Bindings(
        agency="oss", ask_key="try/1", contract_digest=StandIn(OSS).digest, input_digest=input_digest(b"\0\0\0", GIVEN)
    )
    disclosed = verify_part(said.json()["part"], asking.key.published, bound).disclosed
    assert disclosed["nib"] == "9120000000010"
    assert "bytes" not in disclosed["nib_document"]


async def test_keys_that_are_not_there_yet_are_taken_for_a_wrong_signature() -> None:
    async with stand_in(gateway_keys="http://127.0.0.1:9/v1/keys") as asking:
        said = await asking.ask()
    assert (said.status, "Connection refused" in said.json()["detail"]) == (503, True)


async def test_what_is_accepted_is_called_back_more_or_less_than_once() -> None:
    heard: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        heard.append(await request.read())
        return web.Response(status=503 if len(heard) == 1 else 204)

    async def _heard_twice() -> bool:
        return len(heard) == 2

    application = web.Application()
    application.add_routes([web.post("/v1/callbacks", take)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callback = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/callbacks"
    async with stand_in(Wished(late_callback_s=0.01)) as asking:
        accepted = await asking.ask(callback=callback)
        assert (accepted.status, accepted.json()["outcome"]) == (202, "accepted")
        await asking.ask(callback=callback)
        await eventually_async(_heard_twice)
        assert (await asking.ask()).json()["outcome"] == "contributed"
    await runner.cleanup()
    assert [msgspec.json.decode(body)["outcome"] for body in heard] == ["contributed"] * 2, (
        "it was heard the second time"
    )

"""Forged, altered, stale, replayed and misdirected answers: refused, and nothing moves.

Every one is sent to a case that waits for exactly this answer, so that whatever got through would be seen.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from joserfc.jwk import ECKey
from msgspec import Struct

from tests.abuse.whole import desk_contract, key_of, whole
from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, bearer, running
from workflows.agencies.fake import Behaviour
from workflows.agencies.signing import Request, SigningKey, digest_of, sign_request

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALWAYS_LATER: Final[list[Behaviour]] = ["later"] * 100
LATE: Final[Mapping[str, Sequence[Behaviour]]] = {"delta/do@1": ALWAYS_LATER}
PATH: Final = "/v1/callbacks"
JSON: Final = {"Content-Type": "application/json"}


class Waiting(Struct, frozen=True, kw_only=True):
    """A case whose agency `delta` has accepted, and answers later."""

    gateway: Gateway
    case: str
    secret: str

    @property
    def key(self) -> str:
        """The ask's key."""
        return f"{self.case}/delta/ask/1"

    def answer(self, key: str = "", **changes: Any) -> bytes:
        """Write the answer, or another one."""
        return json.dumps(
            {"outcome": "contributed", "key": key or self.key, "output": {"number": "D-1"}, **changes}
        ).encode()

    async def send(self, body: bytes, headers: dict[str, str], path: str = PATH, method: str = "POST") -> int:
        """Send it as it is."""
        async with self.gateway.client.request(method, self.gateway.url + path, data=body, headers=headers) as response:
            assert response.status < 500, await response.text()
            return response.status

    async def step(self) -> dict[str, Any]:
        """Give the step that waits."""
        url = f"{self.gateway.url}/v1/cases/{self.case}"
        async with self.gateway.client.get(url, headers=bearer(self.secret)) as response:
            return next(step for step in (await response.json())["steps"] if step["step"] == "delta")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="gateway")
async def _gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Gateway, None]:
    async with running(tmp_path_factory.mktemp("gateway"), script=LATE, guesses_per_min=100_000) as gateway:
        yield gateway


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="waiting")
async def _waiting(gateway: Gateway) -> Waiting:
    receipt = await gateway.apply("late")
    waiting = Waiting(gateway=gateway, case=receipt["case"], secret=receipt["secret"])

    async def accepted() -> bool:
        return bool((await waiting.step())["state"] == "accepted")

    await eventually_async(accepted)
    return waiting


def signed(
    waiting: Waiting, body: bytes, key: SigningKey | None = None, *, ago: timedelta = timedelta(), **parts: str
) -> dict[str, str]:
    """Sign as the agency does, or as another one, at another time, for another address."""
    key = key or SigningKey.from_jwk("delta", waiting.gateway.keys["delta"])
    url = waiting.gateway.url + parts.get("path", PATH)
    request = Request(parts.get("method", "POST"), url, JSON, body)
    return {**JSON, **sign_request(request, key, now=datetime.now(UTC) - ago)}


def stranger(party: str, kid: str = "delta-1") -> SigningKey:
    return SigningKey.from_jwk(party, {**ECKey.generate_key("P-256").as_dict(private=True), "kid": kid})


async def test_nothing_that_is_not_this_agencys_own_and_fresh_word_moves_the_case(waiting: Waiting) -> None:
    body, keys = waiting.answer(), waiting.gateway.keys
    good = signed(waiting, body)
    beta = SigningKey.from_jwk("beta", keys["beta"])
    as_delta = SigningKey("delta/delta-1", beta.private)
    attempts: dict[str, tuple[bytes, dict[str, str], set[int]]] = {
        "unsigned": (body, dict(JSON), {401}),
        "a token instead of a signature": (body, {**JSON, **bearer(TOKENS["agency"])}, {401}),
        "the operator's token": (body, {**JSON, **bearer(TOKENS["operator"])}, {401}),
        "a stranger's key under its name": (body, signed(waiting, body, stranger("delta")), {401}),
        "another agency's key under its name": (body, signed(waiting, body, as_delta), {401}),
        "another agency's own key": (body, signed(waiting, body, beta), {404}),
        "a key of ours by name": (body, signed(waiting, body, stranger("gateway")), {401}),
        "an unknown key of its": (body, signed(waiting, body, stranger("delta", "delta-2")), {401}),
        "a key id without a party": (body, signed(waiting, body, SigningKey("delta-1", beta.private)), {401}),
        "stale": (body, signed(waiting, body, ago=timedelta(minutes=6)), {401}),
        "of the future": (body, signed(waiting, body, ago=timedelta(minutes=-6)), {401}),
        "signed for another address": (body, signed(waiting, body, path="/v1/tokens"), {401}),
        "signed for another method": (body, signed(waiting, body, method="PUT"), {401}),
        "signed for another query": (body, signed(waiting, body, path=f"{PATH}?a=b"), {401}),
        "another body": (waiting.answer(output={"number": "D-2"}), good, {401}),
        "another body and its digest": (
            waiting.answer(output={"number": "D-2"}),
            {**good, "Content-Digest": digest_of(waiting.answer(output={"number": "D-2"}))},
            {401},
        ),
        "a weaker digest": (body, {**good, "Content-Digest": "md5=:Q2hlY2sgSW50ZWdyaXR5IQ==:"}, {401}),
        "no digest": (body, {name: value for name, value in good.items() if name != "Content-Digest"}, {401}),
        "two signatures of ours": (
            body,
            {
                **good,
                "Signature-Input": ", ".join(
                    [good["Signature-Input"], good["Signature-Input"].replace("gapura=", "b=")]
                ),
            },
            {401},
        ),
        "a signature of nothing": (
            body,
            {**good, "Signature-Input": good["Signature-Input"].replace("(", '("@method" ').split(" ")[0] + ")"},
            {401},
        ),
        "another type": (body, {**good, "Content-Type": "text/json"}, {401, 415}),
        "a key in the header that is not signed": (body, {**good, "Idempotency-Key": waiting.key}, {401}),
    }
    before = await waiting.step()
    for what, (sent, headers, statuses) in attempts.items():
        assert await waiting.send(sent, headers) in statuses, what
    assert await waiting.step() == before


async def test_a_key_that_was_never_asked_is_not_found(waiting: Waiting) -> None:
    before, case = await waiting.step(), waiting.case
    for key in (
        f"{case}/delta/lookup/1",
        f"{case}/delta/ask/2",
        f"{case}/delta/ask/01",
        f"{case}/delta/item/ask/1",
        f"{case}/alpha/ask/1",
        f"{case}/nothing/ask/1",
        "register/delta/ask/1",
        "0000-0000-0000-0000/delta/ask/1",
        f"../{case}/delta/ask/1",
        f"{case}/delta/ask/{'9' * 300}",
        "/" * 4,
    ):
        body = waiting.answer(key)
        assert await waiting.send(body, signed(waiting, body)) == 404, key
    assert await waiting.step() == before


async def test_a_word_on_an_undo_that_nobody_wished_moves_nothing(waiting: Waiting) -> None:
    before = await waiting.step()
    for outcome in ("undone", "undo_refused"):
        body = json.dumps({"outcome": outcome, "key": f"{waiting.case}/delta/undo/1"}).encode()
        assert await waiting.send(body, signed(waiting, body)) in {204, 404}
    assert await waiting.step() == before


async def test_of_fifty_identical_messages_one_is_heard_and_after_the_word_nothing_moves(waiting: Waiting) -> None:
    body = waiting.answer()
    headers = signed(waiting, body)
    async with asyncio.TaskGroup() as group:
        sent = [group.create_task(waiting.send(body, headers)) for _ in range(50)]
    answered = [task.result() for task in sent]
    assert sorted(answered) == [204, *[401] * 49]
    decided = await waiting.step()
    assert decided["state"] == "contributed"
    for later in (
        waiting.answer(output={"number": "D-2"}),
        json.dumps({"outcome": "refused", "key": waiting.key, "code": "no"}).encode(),
        json.dumps({"outcome": "undone", "key": waiting.key}).encode(),
        json.dumps({"outcome": "accepted", "key": waiting.key}).encode(),
    ):
        assert await waiting.send(later, signed(waiting, later)) == 204
    assert await waiting.step() == decided


async def test_a_key_that_was_replaced_answers_no_more(gateway: Gateway) -> None:
    receipt = await gateway.apply("late")
    waiting = Waiting(gateway=gateway, case=receipt["case"], secret=receipt["secret"])

    async def accepted() -> bool:
        return bool((await waiting.step())["state"] == "accepted")

    await eventually_async(accepted)
    fresh = {**ECKey.generate_key("P-256").as_dict(private=True), "kid": "delta-2"}
    public = {name: value for name, value in fresh.items() if name != "d"}
    async with gateway.client.put(
        f"{gateway.url}/v1/agencies/delta",
        json={"title": "Delta", "keys": {"keys": [public]}, "reason": "lost", "break_glass": True},
        headers=bearer(TOKENS["operator"]),
    ) as response:
        assert response.status == 200
    body = waiting.answer()
    assert await waiting.send(body, signed(waiting, body)) == 401
    assert await waiting.send(body, signed(waiting, body, SigningKey.from_jwk("delta", fresh))) == 204
    assert (await waiting.step())["state"] == "contributed"


async def test_a_restart_forgets_no_message_that_was_seen(tmp_path: Path) -> None:
    keys = {agency: key_of(agency) for agency in ("lead", "alpha", "beta")}
    body, public = b'{"outcome": "undone", "key": "a/b/ask/1"}', "https://gapura.example"
    request = Request("POST", f"{public}{PATH}", JSON, body)
    headers = {**JSON, **sign_request(request, SigningKey.from_jwk("beta", keys["beta"]), now=datetime.now(UTC))}
    statuses: list[int] = []
    for _ in range(2):
        async with whole(tmp_path / "data", [desk_contract("beta")], keys=keys, public_url=public) as gateway:
            for _ in range(2):
                async with gateway.client.post(f"{gateway.here}{PATH}", data=body, headers=headers) as response:
                    statuses.append(response.status)
    assert statuses == [404, 401, 401, 401]

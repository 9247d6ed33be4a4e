"""The provider of payments over real HTTP, when it, or whoever stands in between, means no good."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.ids import AskKey
from contracts.payments import Billing
from contracts.units import Text
from contracts.wire import NothingHeld, Unheard, Unreadable
from tests.conformance.agencies import LOOPBACK
from tests.conformance.rest_office import KnownSecrets
from workflows.agencies import payments_http
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.payments_http import SIGNATURE, SIGNED_AT, HttpPayments, is_signed, sign

KEY, UNDO = AskKey("case/pay/ask/1"), AskKey("case/pay/undo/1")
NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
SECRET = "a-secret-that-nobody-else-knows"
BILLING = Billing(key=KEY, amount=150_000, title=Text("R", "C"), payee=Text("K", "T"), until=NOW + timedelta(7))
HELD = {
    "key": KEY,
    "bill": {"number": "B-1", "until": "2026-11-09T03:00:00Z"},
    "amount": 150_000,
    "state": "unpaid",
}

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Still:
    """A clock that stands, and does not wait."""

    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        del seconds


@asynccontextmanager
async def calling(
    answer: Answer, *, guard: AddressGuard = LOOPBACK, path: str = "", **secrets: str
) -> AsyncGenerator[HttpPayments]:
    app, exchange = web.Application(), HttpExchange(guard)
    app.router.add_route("*", "/{any:.*}", answer)
    async with TestServer(app) as server:
        yield HttpPayments(
            str(server.make_url("/")).rstrip("/") + path,
            secret="PAYMENTS__SECRET",
            secrets=KnownSecrets(**(secrets or {"PAYMENTS__SECRET": SECRET})),
            notify="https://gapura.example/v1/payments/notices",
            clock=Still(),
            exchange=exchange,
            back=lambda key: f"https://gapura.example/{key}",
        )
        await exchange.close()


async def test_a_call_is_not_signed_over_its_moment_path_and_body() -> None:
    seen: list[tuple[str, bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        body, at = await request.read(), request.headers[SIGNED_AT]
        assert is_signed(
            SECRET, signature=request.headers[SIGNATURE], signed_at=at, path=request.path, body=body, now=NOW
        )
        seen.append((request.path, body))
        return web.json_response(HELD)

    async with calling(answer, path="/v2") as payments:
        await payments.create(BILLING)
        await payments.find(KEY)
        await payments.cancel(KEY)
        await payments.refund(KEY, under=UNDO, keep=5, reason="late")
    assert [path for path, _ in seen] == ["/v2/bills", "/v2/bills/find", "/v2/bills/cancel", "/v2/bills/refund"]
    made = json.loads(seen[0][1])
    assert (made["currency"], made["amount"], made["back"]) == ("IDR", 150_000, f"https://gapura.example/{KEY}")
    assert json.loads(seen[3][1]) == {"key": KEY, "under": UNDO, "keep": 5, "reason": "late"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_an_address_inside_is_followed(status: int) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response(HELD, status=status, headers={"Location": "/latest/meta-data"})

    async with calling(answer) as payments:
        said = await payments.find(KEY)
    assert isinstance(said.what, Unheard)
    assert asked == ["/bills/find"]


async def test_a_provider_at_an_address_inside_is_called_though_no_operator_allows_it() -> None:
    async def answer(request: web.Request) -> web.Response:
        raise AssertionError(request.path)

    async with calling(answer, guard=AddressGuard()) as payments:
        said = await payments.create(BILLING)
    assert isinstance(said.what, Unheard)
    assert (said.what.sent, said.sent_digest) == (False, "")
    assert "127.0.0.1" in said.what.reason


async def test_an_answer_that_drips_holds_the_case_up_beyond_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments_http, "_DEADLINE_S", 0.1)

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"{")
        await asyncio.Event().wait()
        return response

    async with calling(answer) as payments:
        said = await payments.find(KEY)
    assert isinstance(said.what, Unheard)
    assert said.what.sent
    assert said.what.reason.startswith("no whole answer within")


async def test_an_answer_without_end_is_read_to_its_end() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 1024 * 1024)

    async with calling(answer) as payments:
        said = await payments.find(KEY)
    assert isinstance(said.what, Unheard)
    assert said.what.reason == "the answer is larger than 4 MiB"


async def test_a_sign_in_page_with_200_counts_as_a_bill_or_as_silence() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<html>Sign in</html>", content_type="text/html")

    async with calling(answer) as payments:
        said = await payments.create(BILLING)
    assert isinstance(said.what, Unreadable)
    assert said.digest.startswith("sha256:")


async def test_the_secret_or_the_signature_gets_into_what_is_told_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    signed: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        signed.append(request.headers[SIGNATURE])
        return web.Response(text=f"{SECRET} {request.headers[SIGNATURE]}", status=401)

    with caplog.at_level(logging.DEBUG):
        async with calling(answer) as payments:
            said = await payments.create(BILLING)
        told = repr(said) + caplog.text
    assert SECRET not in told
    assert signed
    assert signed[0] not in told


async def test_without_the_secret_something_leaves_unsigned_or_a_notice_is_believed() -> None:
    async def answer(request: web.Request) -> web.Response:
        raise AssertionError(request.path)

    async with calling(answer, OTHER="x") as payments:
        said = await payments.find(KEY)
        assert not payments.is_genuine(signature=sign("", "1", "/n", b"{}"), signed_at="1", path="/n", body=b"{}")
    assert isinstance(said.what, Unheard)
    assert (said.what.sent, said.what.reason) == (False, "the secret PAYMENTS__SECRET is not there")


MOMENT = str(int(NOW.timestamp()))


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/v1/payments/other"},
        {"body": b'{"key":"b"}'},
        {"signed_at": str(int(MOMENT) + 1)},
        {"signature": ""},
        {"signature": "é" * 64},
        {"signed_at": "-1"},
        {"signed_at": "١٢"},
        {"signed_at": "1e9"},
        {"signed_at": "9" * 400},
        {"now": NOW + timedelta(minutes=5, seconds=1)},
        {"now": NOW - timedelta(minutes=5, seconds=1)},
    ],
    ids=[
        "another path",
        "another body",
        "another moment",
        "no signature",
        "no hex",
        "below 0",
        "other digits",
        "a power",
        "without end",
        "too late",
        "too early",
    ],
)
def test_a_notice_that_was_altered_or_is_stale_counts_as_signed(changes: dict[str, object]) -> None:
    signature = sign(SECRET, MOMENT, "/n", b'{"key":"a"}')
    right = {"signature": signature, "signed_at": MOMENT, "path": "/n", "body": b'{"key":"a"}', "now": NOW}
    assert is_signed(SECRET, **right)  # type: ignore[arg-type]  # one mapping of several types
    assert not is_signed(SECRET, **{**right, **changes})  # type: ignore[arg-type]  # the same


@pytest.mark.parametrize(("date", "apart_s"), [("Mon, 02 Nov 2026 03:01:30 GMT", 90.0), ("yesterday", None)])
async def test_a_probe_takes_another_key_than_nobodys_or_does_not_see_the_clock(
    date: str, apart_s: float | None
) -> None:
    async def answer(request: web.Request) -> web.Response:
        assert await request.json() == {"key": "nobody/nothing/ask/1"}
        return web.json_response({"code": "nothing_held"}, status=404, headers={"Date": date})

    async with calling(answer) as payments:
        probe = await payments.probe()
    assert isinstance(probe.what, NothingHeld)
    assert probe.apart_s == apart_s


async def test_a_probe_that_is_not_heard_raises() -> None:
    async def answer(request: web.Request) -> web.Response:
        raise AssertionError(request.path)

    async with calling(answer, guard=AddressGuard()) as payments:
        probe = await payments.probe()
    assert isinstance(probe.what, Unheard)
    assert probe.apart_s is None

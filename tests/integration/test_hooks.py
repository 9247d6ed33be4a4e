"""Other systems are told over real HTTP of what happened; outside implementations judge what they get."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cloudevents.http import from_http  # pyright: ignore[reportUnknownVariableType]  # theirs is open
from standardwebhooks import Webhook, WebhookVerificationError

from contracts.events import HookDisabled, HookRegistered
from tests.abuse.test_page_owners import people
from tests.eventually import eventually_async
from tests.gateways import FORM, MISSPELT, TOKENS, Gateway, bearer, running
from tests.hooks import Receiver, Sent, receiving
from workflows.hooks.ledger import NewDelivery

ALPHA, OPERATOR, OFFICER = bearer(TOKENS["agency"]), bearer(TOKENS["operator"]), bearer(TOKENS["officer"])
ALL = ["case.changed", "output.issued", "output.revoked", "part.revoked", "correction.asked"]


async def http(gateway: Gateway, method: str, path: str, who: dict[str, str], body: object = None) -> tuple[int, Any]:
    async with gateway.client.request(method, f"{gateway.url}/v1{path}", headers=who, json=body) as response:
        return response.status, await response.json() if response.content_type.endswith("json") else None


@asynccontextmanager
async def telling(folder: Path, networks: tuple[str, ...] = ("127.0.0.0/8",)) -> AsyncGenerator[Gateway, None]:
    """Run a gateway that tells hooks."""
    async with running(folder, allow_networks=networks) as gateway, asyncio.TaskGroup() as group:
        task = group.create_task(gateway.parts.hooks.run())
        yield gateway
        task.cancel()


async def registered(gateway: Gateway, url: str, who: dict[str, str] = ALPHA, **more: Any) -> dict[str, Any]:
    made: dict[str, Any]
    status, made = await http(gateway, "POST", "/hooks", who, {"url": url, "kinds": ALL, **more})
    assert status == 201, made
    return made


async def got(gateway: Gateway, receiver: Receiver, count: int) -> list[Sent]:
    async def enough() -> bool:
        gateway.parts.hooks.wake()
        return len(receiver.sent) >= count

    await eventually_async(enough)
    return receiver.sent


async def deliveries(gateway: Gateway, hook: str, state: str = "") -> list[dict[str, Any]]:
    status, page = await http(gateway, "GET", f"/hooks/{hook}/deliveries?state={state}", ALPHA)
    assert status == 200
    return list(page["deliveries"])


async def test_outside_judges_do_not_accept_what_is_told_or_it_tells_of_a_person(tmp_path: Path) -> None:
    async with telling(tmp_path) as gateway, receiving() as receiver, receiving() as whole:
        made = await registered(gateway, receiver.url)
        await registered(gateway, whole.url, OPERATOR)
        receipt = await gateway.apply(Prefer="wait=10")
        sent = await got(gateway, receiver, 4)
        for each in sent:
            headers = {str(name): str(value) for name, value in each.headers.items()}
            read = Webhook(made["secret"]).verify(each.body, headers)
            event: Any = from_http(headers, each.body)  # pyright: ignore[reportUnknownVariableType]  # theirs is open
            assert event["id"] == each.headers["webhook-id"], "the two names of one thing differ"
            assert (event["source"], event["subject"]) == (gateway.url, receipt["case"])
            assert event["type"] == f"gapura.{read['type'].removeprefix('gapura.')}"
            assert each.headers["Content-Type"] == "application/cloudevents+json"
        words = [(json.loads(each.body)["type"], json.loads(each.body)["data"]["word"]) for each in sent]
        assert words == [
            ("gapura.case.changed", "asked"),
            ("gapura.case.changed", "contributed"),
            ("gapura.case.changed", "issued"),
            ("gapura.output.issued", "issued"),
        ]
        await got(gateway, whole, 5)
        assert json.loads(whole.sent[0].body)["data"]["word"] == "opened"
        told = b"".join(each.body for each in (*sent, *whole.sent)).decode()
        assert not any(word in told for word in (FORM["name"], "Siti", FORM["kbli"], "alpha-1")), told
        with pytest.raises(WebhookVerificationError):
            Webhook(made["secret"]).verify(sent[0].body + b" ", dict(sent[0].headers))


async def test_an_agency_is_told_of_steps_or_cases_of_others(tmp_path: Path) -> None:
    async with telling(tmp_path) as gateway, receiving() as receiver, receiving() as beta:
        await registered(gateway, receiver.url)
        await registered(gateway, beta.url, OPERATOR, agency="beta")
        await gateway.apply("papers")
        await gateway.apply(Prefer="wait=10")
        sent = await got(gateway, receiver, 4)
        assert {json.loads(each.body)["data"]["service"] for each in sent} == {"quick"}
        assert {json.loads(each.body)["data"]["step"] for each in sent if b'"step"' in each.body} == {"alpha"}
        await got(gateway, beta, 1)
        assert {json.loads(each.body)["data"]["service"] for each in beta.sent} == {"papers"}
        assert not any(b"scribe" in each.body or b"opened" in each.body for each in beta.sent), "before it was asked"


async def test_a_correction_that_is_asked_is_told_to_nobody(tmp_path: Path) -> None:
    async with telling(tmp_path) as gateway, receiving() as receiver:
        await registered(gateway, receiver.url, kinds=["correction.asked"])
        path = f"{gateway.url}/v1/services/quick/cases"
        async with gateway.client.post(path, json={**FORM, "name": MISSPELT}) as response:
            assert response.status == 202
        (only,) = await got(gateway, receiver, 1)
        body = json.loads(only.body)
        assert (body["type"], body["data"]["word"], body["data"]["step"]) == (
            "gapura.correction.asked",
            "refused",
            "alpha",
        )
        assert MISSPELT.encode() not in only.body
        assert b"identity card" not in only.body, "the agency's own words about a person leave"


async def test_a_rotation_leaves_a_gap_or_the_old_secret_for_ever(tmp_path: Path) -> None:
    async with telling(tmp_path) as gateway, receiving() as receiver:
        made = await registered(gateway, receiver.url, kinds=["output.issued"])
        status, new = await http(gateway, "POST", f"/hooks/{made['hook']}/rotation", ALPHA)
        assert status == 200
        assert new["secret"] != made["secret"]
        await gateway.apply(Prefer="wait=10")
        (sent,) = await got(gateway, receiver, 1)
        for secret in (made["secret"], new["secret"]):
            Webhook(secret).verify(sent.body, dict(sent.headers))
        _, newest = await http(gateway, "POST", f"/hooks/{made['hook']}/rotation", ALPHA)
        await gateway.apply(Prefer="wait=10")
        sent = (await got(gateway, receiver, 2))[1]
        Webhook(newest["secret"]).verify(sent.body, dict(sent.headers))
        with pytest.raises(WebhookVerificationError):
            Webhook(made["secret"]).verify(sent.body, dict(sent.headers))
        _, listed = await http(gateway, "GET", "/hooks", ALPHA)
        assert "whsec_" not in repr(listed), "a secret is shown again"
        assert all(made["secret"].removeprefix("whsec_").encode() not in file.read_bytes() for file in files(tmp_path))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_receiver_that_is_gone_is_told_on_and_on_or_what_it_missed_is_lost(tmp_path: Path) -> None:
    async with telling(tmp_path) as gateway, receiving() as receiver:
        made = await registered(gateway, receiver.url, kinds=["output.issued"])
        hook = f"/hooks/{made['hook']}"
        receiver.answers = [410, 204]
        await gateway.apply(Prefer="wait=10")
        await got(gateway, receiver, 1)

        async def gone() -> bool:
            return bool((await http(gateway, "GET", hook, ALPHA))[1]["state"] == "gone")

        await eventually_async(gone)
        await gateway.apply(Prefer="wait=10")

        async def both_kept() -> bool:
            gateway.parts.hooks.wake()
            return len(await deliveries(gateway, made["hook"], "undelivered")) == 2

        await eventually_async(both_kept)
        assert len(receiver.sent) == 1, "it is told although it said that it is gone"
        (line,) = (await http(gateway, "GET", "/hooks", OPERATOR))[1]["hooks"]
        assert (line["state"], line["undelivered"]) == ("gone", 2), "an operator does not see it"
        since = {"since": "2026-01-01T00:00:00Z"}
        assert (await http(gateway, "POST", f"{hook}/resending", ALPHA, since))[0] == 409
        assert (await http(gateway, "POST", f"{hook}/enabling", ALPHA))[1]["state"] == "on"
        assert (await http(gateway, "POST", f"{hook}/resending", ALPHA, since))[1] == {"deliveries": 2}
        sent = await got(gateway, receiver, 3)
        assert sent[0].headers["webhook-id"] in {each.headers["webhook-id"] for each in sent[1:]}, "under a new name"

        async def all_delivered() -> bool:
            return {each["state"] for each in await deliveries(gateway, made["hook"])} == {"delivered"}

        await eventually_async(all_delivered)
        (first,) = [each for each in await deliveries(gateway, made["hook"]) if len(each["attempts"]) == 2]
        assert [attempt["status"] for attempt in first["attempts"]] == [410, 204]
        again = {"delivery": first["delivery"]}
        assert (await http(gateway, "POST", f"{hook}/resending", OPERATOR, again))[1] == {"deliveries": 1}
        await got(gateway, receiver, 4)
        assert (await http(gateway, "POST", f"{hook}/resending", ALPHA, {"delivery": "none"}))[0] == 404
        assert (await http(gateway, "POST", f"{hook}/resending", ALPHA, {**again, **since}))[0] == 422


async def test_a_redirect_is_followed_or_an_address_inside_is_connected_to(tmp_path: Path) -> None:
    async with telling(tmp_path, networks=()) as gateway, receiving() as inside:
        for url in (inside.url, "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/", "https://10.0.0.1"):
            status, told = await http(gateway, "POST", "/hooks", ALPHA, {"url": url, "kinds": ["output.issued"]})
            assert (status, told["errors"][0]["pointer"]) == (422, "/url"), url
        by_name = inside.url.replace("127.0.0.1", "localhost").replace("http:", "https:")
        made = await registered(gateway, by_name, kinds=["output.issued"])
        await gateway.apply(Prefer="wait=10")

        async def tried() -> list[dict[str, Any]]:
            gateway.parts.hooks.wake()
            found = await deliveries(gateway, made["hook"])
            return found[0]["attempts"] if found else []

        attempts = await eventually_async(tried)
        assert "not allowed" in attempts[0]["error"]
        assert not inside.sent
    async with telling(tmp_path / "2") as gateway, receiving() as receiver:
        receiver.answers = [302, 204]
        made = await registered(gateway, receiver.url, kinds=["output.issued"])
        await gateway.apply(Prefer="wait=10")
        await got(gateway, receiver, 1)

        async def waits() -> list[dict[str, Any]]:
            return [each for each in await deliveries(gateway, made["hook"], "waiting") if each["attempts"]]

        (waiting,) = await eventually_async(waits)
        assert (waiting["attempts"][0]["status"], len(receiver.sent)) == (302, 1)


async def test_a_bad_registration_is_taken_or_its_mistakes_come_one_by_one(tmp_path: Path) -> None:
    async with telling(tmp_path) as gateway:
        bad = {"url": "https://me:secret@agency.example/#x", "kinds": ["case.closed"], "agency": "nobody"}
        status, told = await http(gateway, "POST", "/hooks", OPERATOR, bad)
        pointers = [mistake["pointer"] for mistake in told["errors"]]
        assert (status, pointers) == (422, ["/url", "/url", "/agency", "/kinds/0"])
        assert "secret@" not in repr(told)
        for url in (
            "",
            "agency.example",
            "ftp://agency.example",
            "https://",
            "https://a b.example",
            "https://x:99999/",
        ):
            assert (await http(gateway, "POST", "/hooks", ALPHA, {"url": url, "kinds": ALL}))[0] == 422, url
        assert (await http(gateway, "POST", "/hooks", ALPHA, {"url": "https://alpha.example/"}))[0] == 422
        await registered(gateway, "https://alpha.example/")
        status, told = await http(gateway, "POST", "/hooks", ALPHA, {"url": "https://alpha.example/", "kinds": ALL})
        assert (status, "told already" in told["detail"]) == (409, True)
        for number in range(19):
            await registered(gateway, f"https://alpha.example/{number}")
        assert (await http(gateway, "POST", "/hooks", ALPHA, {"url": "https://a.example/", "kinds": ALL}))[0] == 409


async def test_an_agency_that_signs_cannot_do_what_one_with_a_token_can(tmp_path: Path) -> None:
    async with telling(tmp_path) as gateway:
        body = json.dumps({"url": "https://beta.example/", "kinds": ALL, "agency": "beta"}).encode()
        headers = gateway.signed("beta", "/v1/hooks", body)
        async with gateway.client.post(f"{gateway.url}/v1/hooks", data=body, headers=headers) as response:
            assert response.status == 201
            made = await response.json()
        path = f"/v1/hooks/{made['hook']}"
        for agency, expected in (("beta", 200), ("alpha", 404)):
            signed = gateway.signed(agency, path, b"", method="GET")
            async with gateway.client.get(f"{gateway.url}{path}", headers=signed) as response:
                assert response.status == expected, agency
        assert (await http(gateway, "GET", "/hooks", ALPHA))[1] == {"hooks": []}, "another agency's is listed"
        assert (await http(gateway, "GET", "/hooks?agency=beta", ALPHA))[0] == 404
        listed = "/v1/hooks?agency=beta"
        signed = gateway.signed("beta", listed, b"", method="GET")
        async with gateway.client.get(gateway.url + listed, headers=signed) as response:
            assert [each["hook"] for each in (await response.json())["hooks"]] == [made["hook"]]
        for who, expected in (({}, 401), (OFFICER, 401), (ALPHA, 404)):
            assert (await http(gateway, "DELETE", f"/hooks/{made['hook']}", who))[0] == expected
        assert (await http(gateway, "DELETE", f"/hooks/{made['hook']}", OPERATOR))[0] == 204
        assert (await http(gateway, "GET", "/hooks", OPERATOR))[1] == {"hooks": []}


async def test_an_operator_does_not_see_what_did_not_arrive_or_cannot_send_it_again(tmp_path: Path) -> None:
    async with people(tmp_path) as (stage, persons, _):
        operator, officer, parts = persons["operator"], persons["officer"], stage.parts
        page = "/operasi/pemberitahuan"
        assert "gapura hook add" in (await operator.get(page))[1], "who begins here finds no beginning"
        now = parts.clock.now()
        made = HookRegistered(at=now, hook="h1", agency="djp", url="https://djp.example/<b>", kinds=ALL, actor="op")
        await parts.engine.register([made, HookDisabled(at=now, hook="h1", because="spent")])
        lost = [
            NewDelivery(hook="h1", id=name, kind="output.issued", subject="c", body=b"{}", made_at=now, next_at=None)
            for name in ("m1", "m2")
        ]
        await parts.hooks.ledger.move(1, lost)

        def state() -> str:
            return parts.engine.directory.hooks["h1"].state

        shown = (await operator.get(page))[1]
        assert "https://djp.example/&lt;b&gt;" in shown
        assert "kirim yang belum sampai" in shown
        assert (await officer.get(page))[0] in {303, 401, 403}
        assert (await officer.post(page, {"nama": "h1"}))[0] in {303, 401, 403}
        assert state() == "spent", "an officer mends it"
        assert (await operator.post(page, {"nama": "none"}))[0] == 404
        assert (await operator.post(page, {"nama": "h1"}))[0] == 303
        assert state() == "on"
        assert (await parts.hooks.ledger.counts())["h1"].waiting == 2
        assert "2 pemberitahuan dikirim ulang" in (await operator.get(f"{page}?terkirim=2"))[1]
